import { againOnPostgresql } from '../../support/lanes.ts';

await againOnPostgresql(() => import('./tidy.pg.test.ts'));
