import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./link-model.pg.test.ts'));
