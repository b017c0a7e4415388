import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DebianServer, debianVersions, openDebianPostgres } from './debian-postgres.ts';

export const POSTGIS_CHECK = ['-c', 'ls /usr/share/postgresql/*/extension/postgis.control'] as const;

export interface PostgisServer extends DebianServer {
  /** Of an empty database of the role, which is created when it is not there. */
  database(name: string, role?: string): Promise<{ readonly url: string } & AsyncDisposable>;
}

/** Debian's PostgreSQL with PostGIS. The embedded server has no PostGIS. */
export async function openPostgisServer(): Promise<PostgisServer> {
  const version = debianVersions().find((one) => existsSync(`/usr/share/postgresql/${one}/extension/postgis.control`));
  const server = await openDebianPostgres(mkdtempSync(join(tmpdir(), 'hub-postgis-')), version);
  const { query, url } = server;
  return {
    ...server,
    async database(name, role) {
      if (role !== undefined) await query('postgres', `CREATE ROLE ${role} LOGIN`);
      await query('postgres', `CREATE DATABASE ${name} ${role === undefined ? '' : `OWNER ${role}`}`);
      return { url: url(name, role), async [Symbol.asyncDispose]() {} };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
