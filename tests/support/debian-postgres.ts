import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../runner/stack/processes.ts';

const run = promisify(execFile);
const HOME = '/usr/lib/postgresql';

export interface DebianServer extends AsyncDisposable {
  readonly port: number;
  url(database: string, role?: string): string;
  /** As the superuser, in a database. */
  query(database: string, sql: string): Promise<void>;
}

/** Newest first. */
export function debianVersions(): readonly string[] {
  if (!existsSync(HOME)) return [];
  return readdirSync(HOME)
    .filter((version) => existsSync(join(HOME, version, 'bin', 'initdb')))
    .sort((a, b) => Number(b) - Number(a));
}

/** PostgreSQL does not run as root; Debian has a user for it. */
function identity(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/**
 * The PostgreSQL that Debian ships, in a folder of its own that is gone afterwards, with the settings it comes with: what
 * a province's own server is before anybody has touched it. Only where it listens is ours.
 */
export async function openDebianPostgres(folder: string, version = debianVersions()[0] ?? ''): Promise<DebianServer> {
  const bin = join(HOME, version, 'bin');
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  const options = { cwd: folder, ...identity() };
  const data = join(folder, 'data');
  const port = await freePort();
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8'],
    options,
  );
  const listen = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`;
  await run(
    join(bin, 'pg_ctl'),
    ['-D', data, '-l', join(folder, 'postgres.log'), '-w', '-o', listen, 'start'],
    options,
  );
  const url = (database: string, role = 'postgres'): string => `postgresql://${role}@127.0.0.1:${port}/${database}`;
  return {
    ...{ port, url },
    async query(database, sql) {
      const client = new pg.Client(url(database));
      await client.connect();
      try {
        await client.query(sql);
      } finally {
        await client.end();
      }
    },
    async [Symbol.asyncDispose]() {
      await run(join(bin, 'pg_ctl'), ['-D', data, '-w', '-m', 'immediate', 'stop'], options);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
