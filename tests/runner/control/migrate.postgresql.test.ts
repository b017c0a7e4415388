import { againOnPostgresql } from '../../support/lanes.ts';

await againOnPostgresql(() => import('./migrate.pg.test.ts'));
