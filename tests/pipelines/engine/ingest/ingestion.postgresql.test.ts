import { againOnPostgresql } from '../../../support/lanes.ts';

await againOnPostgresql(() => import('./ingestion.pg.test.ts'));
