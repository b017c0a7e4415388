import { againOnPostgresql } from '../../support/lanes.ts';

await againOnPostgresql(() => import('./runs.pg.test.ts'));
