import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { guardedServices } from './services/run-guard.ts';

/**
 * A fresh, empty database (UTF8, C.UTF-8), dropped on dispose. The server is TEST_DATABASE_URL, which the test set-up
 * sets; a jest run without the set-up gets one embedded server that ends with the run.
 */
export async function testDatabase(): Promise<{ url: string } & AsyncDisposable> {
  const server = process.env['TEST_DATABASE_URL'] ?? (await ownServer());
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(
    server,
    `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'`,
  );
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await sessionsEnded(server, name);
      // A database with replication slots cannot be dropped.
      await execute(
        server,
        `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '${name}' AND NOT active`,
      );
      await execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** What a test has left open on purpose is ended by force after so long. */
const PATIENCE_MS = 2_000;

/** The main process of the jest run: this one, or the parent of a worker. */
const runPid = (): number => (process.argv[1]?.includes('processChild') === true ? process.ppid : process.pid);

async function ownServer(): Promise<string> {
  const { variables, skipped } = await guardedServices(runPid(), ['postgres']);
  const url = variables['TEST_DATABASE_URL'];
  if (url === undefined) throw new Error(`No PostgreSQL for the tests: ${skipped[0]?.reason}`);
  return url;
}

/** A pool says that it has ended before its sessions have; one that is ended by force fails the test beside it. */
async function sessionsEnded(server: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end) {
      const { rows } = await client.query<{ sessions: number }>(
        `SELECT count(*)::integer AS sessions FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
        [name],
      );
      if (rows[0]?.sessions === 0) return;
      await delay(10);
    }
  } finally {
    await client.end();
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
