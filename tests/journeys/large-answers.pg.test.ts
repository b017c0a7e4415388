import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { testDatabase } from '../support/postgres.ts';
import { askRaw } from '../support/raw-http.ts';

/* Everything of a feed at once, by several readers of whom some are slow, against the catalog as a process of its own. */

const HUB = new URL('../../runner/cli/program.js', import.meta.url).href;
const SERIES = 1_000;
const MONTHS = 300;
/** The key of that many series. */
const some = (count: number): string =>
  `M.${Array.from({ length: count }, (_, n) => `63${String(n + 1).padStart(4, '0')}`).join('+')}.......`;
const EVERYTHING = '/feeds/macroeconomic/data/MACRO';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
let folder = '';
let server: ChildProcess;
let port = 0;

beforeAll(async () => {
  database = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'sanjiang-large-'));
  const { NODE_OPTIONS: _, ...env } = process.env;
  const script = `const { main } = await import('${HUB}'); await main(process.argv);`;
  server = spawn(process.execPath, ['--input-type=module', '-e', script, 'hub', 'serve', '--port', '0'], {
    cwd: folder,
    env: { ...env, DATABASE_URL: database.url, HUB_DATABASE_CONNECTIONS: '32', HUB_OPEN_FEEDS: 'sdmx,features' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  port = await new Promise<number>((resolve, reject) => {
    let said = '';
    const listen = (part: Buffer): void => {
      said += part.toString();
      const found = /"address":"http:\/\/[^"]*:(\d+)"/.exec(said);
      if (found !== null) resolve(Number(found[1]));
    };
    server.stdout?.on('data', listen);
    server.stderr?.on('data', listen);
    server.once('close', () => reject(new Error(said)));
  });
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
  await pool.query(
    `INSERT INTO macro.series (indicator, area, frequency, accumulation, transformation, price, adjustment, item, unit)
     SELECT 'retail.sales', '63' || lpad(n::text, 4, '0'), 'M', 'C', 'N', '_Z', '_Z', '_Z', 'CNY' FROM generate_series(1, $1::int) AS n`,
    [SERIES],
  );
  await pool.query(
    `INSERT INTO macro.observation (record_id, series_id, period, value, status, released_on, note)
     SELECT row_number() OVER (), series_id, to_char(month, 'YYYY-MM'), series_id * 1.5, 'A', month + interval '45 days', '初步统计'
     FROM macro.series CROSS JOIN generate_series('2000-01-01'::date, '2000-01-01'::date + make_interval(months => $1::int - 1), '1 month') AS month`,
    [MONTHS],
  );
  await pool.query('VACUUM ANALYZE macro.observation');
}, 60_000);
afterAll(async () => {
  server?.kill('SIGKILL');
  await pool?.end();
  await database?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const rssMb = (): number => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(server.pid)]).toString()) / 1024;

/** The most that the server has held meanwhile. */
async function peakDuring(work: Promise<unknown>): Promise<number> {
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  let peak = rssMb();
  while (!done) {
    await Promise.race([ended, sleep(50)]);
    peak = Math.max(peak, rssMb());
  }
  await ended;
  return Math.round(peak);
}

/** Reads everything, and counts. Whoever is sent away comes again. */
async function observations(path: string, pauseMs = 0): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  if (answer.status === 503) {
    expect(answer.headers.get('retry-after')).toBe('10');
    expect(await answer.json()).toMatchObject({ code: 'HUB_CATALOG_BUSY' });
    return observations(path, pauseMs);
  }
  expect(answer.status).toBe(200);
  let [count, rest] = [0, ''];
  for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
    const text = rest + Buffer.from(part).toString('latin1');
    count += text.split('<Obs ').length - 1;
    // A mark that is cut in two.
    rest = /<(?:O(?:b(?:s)?)?)?$/.exec(text)?.[0] ?? '';
    if (pauseMs > 0) await sleep(pauseMs);
  }
  return count;
}

/** Asks, takes what comes first, and then nothing more. */
async function stalled(path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nhost: hub\r\n\r\n`);
  await new Promise<void>((resolve) => socket.once('readable', () => resolve()));
  return socket;
}

/** Sessions of the catalog in which something is under way. */
async function openSessions(): Promise<number> {
  const { rows } = await pool.query<{ open: number }>(
    `SELECT count(*)::int AS open FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle' AND query NOT LIKE '%pg_stat_activity%'`,
  );
  return rows[0]?.open ?? 0;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

test('three whole answers at once need hardly more memory than one, ten of whom some are slow neither', async () => {
  expect(await observations(`${EVERYTHING}/${some(200)}`)).toBe(200 * MONTHS);
  const one = await peakDuring(observations(EVERYTHING));
  const three = await peakDuring(Promise.all([1, 2, 3].map(() => observations(EVERYTHING))));
  const readers = Array.from({ length: 10 }, (_, i) => observations(EVERYTHING, i % 3 === 0 ? 2 : 0));
  const ten = await peakDuring(
    Promise.all(readers).then((counts) => expect(counts).toEqual(readers.map(() => SERIES * MONTHS))),
  );
  process.stderr.write(`RSS of the catalog: one ${one} MB, three ${three} MB, ten ${ten} MB\n`);
  expect(three - one).toBeLessThan(64);
  expect(ten - one).toBeLessThan(128);
}, 300_000);

test.each([
  ['what is computed', `/feeds/macroeconomic/data/MACRO_DERIVED/${some(60)}.`],
  ['every vintage', `${EVERYTHING}/${some(500)}?includeHistory=true`],
  ['CSV', `${EVERYTHING}/${some(500)}?format=csv`],
])(
  '%s is streamed too: three at once',
  async (_what, path) => {
    const before = rssMb();
    const read = async (): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      let bytes = 0;
      for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) bytes += part.length;
      return bytes;
    };
    const three = Promise.all([read(), read(), read()]);
    expect((await peakDuring(three)) - before).toBeLessThan(96);
    expect(Math.min(...(await three))).toBeGreaterThan(5_000_000);
  },
  300_000,
);

test('a reader who goes away ends the query and frees the connection', async () => {
  const socket = await stalled(EVERYTHING);
  expect(await openSessions()).toBe(1);
  socket.destroy();
  await until(async () => (await openSessions()) === 0);
});

test('a reader who goes away before anything has come ends the query too', async () => {
  const client = await pool.connect();
  await client.query('BEGIN; LOCK TABLE macro.observation IN ACCESS EXCLUSIVE MODE');
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${EVERYTHING} HTTP/1.1\r\nhost: hub\r\n\r\n`);
  // The session that holds the lock, and the one that waits for it.
  await until(async () => (await openSessions()) === 2);
  socket.destroy();
  await until(async () => (await openSessions()) === 1);
  await client.query('ROLLBACK');
  client.release();
});

test('an answer that fails half way is broken off, not ended', async () => {
  const answer = await fetch(`http://127.0.0.1:${port}${EVERYTHING}`);
  expect(answer.status).toBe(200);
  await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'`,
  );
  await expect(answer.text()).rejects.toThrow();
  expect(await observations('/feeds/macroeconomic/data/MACRO/M.630001.......')).toBe(MONTHS);
});

test('whoever comes when too many wait already is told when to come again; pages and small answers go on', async () => {
  const readers = await Promise.all(Array.from({ length: 6 }, () => stalled(EVERYTHING)));
  const waiting = Array.from({ length: 40 }, () => askRaw(port, { method: 'GET', path: EVERYTHING }));
  const refused = await Promise.race(waiting);
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '10']);
  expect(Object.keys(JSON.parse(refused.body) as object)).toEqual(['code', 'message', 'remedy', 'allowed']);
  expect((await askRaw(port, { method: 'GET', path: '/', headers: { accept: 'text/html' } })).status).toBe(200);
  expect((await askRaw(port, { method: 'GET', path: '/feeds/spatial/collections/water-body/items' })).status).toBe(200);
  for (const reader of readers) reader.destroy();
  const statuses = (await Promise.all(waiting)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length + statuses.filter((status) => status === 503).length).toBe(
    40,
  );
}, 120_000);
