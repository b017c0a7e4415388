import { againOnPostgresql } from '../../support/lanes.ts';

await againOnPostgresql(() => import('./publish.pg.test.ts'));
