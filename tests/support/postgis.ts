import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const HOME = '/usr/lib/postgresql';
export const POSTGIS_CHECK = ['-c', 'ls /usr/share/postgresql/*/extension/postgis.control'] as const;

const newest = (): string =>
  readdirSync(HOME)
    .filter((version) => existsSync(`/usr/share/postgresql/${version}/extension/postgis.control`))
    .sort((a, b) => Number(a) - Number(b))
    .at(-1) ?? '';

/** PostgreSQL does not run as root; Debian has a user for it. */
function identity(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

export interface PostgisServer extends AsyncDisposable {
  readonly port: number;
  /** Of an empty database of the role, which is created when it is not there. */
  database(name: string, role?: string): Promise<{ readonly url: string } & AsyncDisposable>;
  /** As the superuser, in a database. */
  query(database: string, sql: string): Promise<void>;
}

/** Debian's PostgreSQL with PostGIS, in a folder of its own that is gone afterwards. The embedded server has no PostGIS. */
export async function openPostgisServer(): Promise<PostgisServer> {
  const bin = join(HOME, newest(), 'bin');
  const folder = mkdtempSync(join(tmpdir(), 'hub-postgis-'));
  const who = identity();
  chmodSync(folder, 0o777);
  const options = { cwd: folder, ...who };
  const data = join(folder, 'data');
  const port = await freePort();
  await run(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8'],
    options,
  );
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=20`;
  const log = join(folder, 'postgres.log');
  await run(join(bin, 'pg_ctl'), ['-D', data, '-l', log, '-w', '-o', settings, 'start'], options);
  const url = (database: string, role = 'postgres'): string => `postgresql://${role}@127.0.0.1:${port}/${database}`;
  const query = async (database: string, sql: string): Promise<void> => {
    const client = new pg.Client(url(database));
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  return {
    port,
    query,
    async database(name, role) {
      if (role !== undefined) await query('postgres', `CREATE ROLE ${role} LOGIN`);
      await query('postgres', `CREATE DATABASE ${name} ${role === undefined ? '' : `OWNER ${role}`}`);
      return { url: url(name, role), async [Symbol.asyncDispose]() {} };
    },
    async [Symbol.asyncDispose]() {
      await run(join(bin, 'pg_ctl'), ['-D', data, '-w', '-m', 'immediate', 'stop'], options);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
