import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./run-batch.pg.test.ts'));
