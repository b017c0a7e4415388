import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./override.pg.test.ts'));
