import { againOnPostgresql } from '../../support/lanes.ts';

await againOnPostgresql(() => import('./embedded.pg.test.ts'));
