import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./plans.pg.test.ts'));
