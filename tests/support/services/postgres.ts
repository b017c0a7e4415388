import { openEmbeddedPostgres } from '../../../runner/stack/postgres.ts';
import type { TestService } from './service.ts';

export const postgres: TestService = {
  name: 'postgres',
  variable: 'TEST_DATABASE_URL',
  missing: () => null,
  async start(folder, log) {
    const server = await openEmbeddedPostgres({
      folder,
      settings: { shared_buffers: '128MB', max_wal_size: '1GB', wal_level: 'logical', max_replication_slots: '50' },
      log,
    });
    return { address: server.url('postgres'), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
};
