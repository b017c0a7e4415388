import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./as-of.pg.test.ts'));
