import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./order.pg.test.ts'));
