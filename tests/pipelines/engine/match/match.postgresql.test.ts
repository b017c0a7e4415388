import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./match.pg.test.ts'));
