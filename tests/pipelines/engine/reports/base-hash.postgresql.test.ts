import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./base-hash.pg.test.ts'));
