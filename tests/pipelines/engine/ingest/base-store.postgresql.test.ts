import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./base-store.pg.test.ts'));
