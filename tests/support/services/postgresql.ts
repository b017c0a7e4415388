import { debianVersions, openDebianPostgres } from '../debian-postgres.ts';
import type { TestService } from './service.ts';

/** A province's own PostgreSQL: Debian's, with its defaults, beside the embedded one that the hub brings. */
export const postgresql: TestService = {
  name: 'postgresql',
  variable: 'TEST_PLAIN_DATABASE_URL',
  missing: () =>
    debianVersions().length === 0
      ? {
          reason: "there is no PostgreSQL of Debian's in /usr/lib/postgresql",
          remedy: 'apt-get install postgresql (or set TEST_PLAIN_DATABASE_URL)',
        }
      : null,
  async start(folder) {
    const server = await openDebianPostgres(folder);
    return { address: server.url('postgres'), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  },
};
