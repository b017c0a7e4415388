import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./scorecard.pg.test.ts'));
