import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { openPool, PATIENCE } from '../../../schemas/store/pool.ts';
import { openSnapshot } from '../../../schemas/store/snapshot.ts';
import { testDatabase } from '../../support/postgres.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
/** Beside the pool that is looked at. */
let beside: pg.Pool;
const never = new AbortController().signal;

beforeAll(async () => {
  database = await testDatabase();
  pool = openPool({ url: database.url, max: 2, name: 'snapshots', patience: PATIENCE.catalog });
  pool.on('error', () => {});
  beside = new pg.Pool({ connectionString: database.url, max: 2 });
  await beside.query('CREATE TABLE t (n int); INSERT INTO t SELECT generate_series(1, 1050)');
});
afterAll(async () => {
  await pool.end();
  await beside.end();
  await database[Symbol.asyncDispose]();
});

const numbers = { text: 'SELECT n FROM t WHERE n <= $1 ORDER BY n', values: [1_000] };

test('rows come in portions, of the moment at which it was opened, and the connection is given back', async () => {
  const sizes: number[] = [];
  const seen: number[] = [];
  {
    await using snapshot = await openSnapshot(pool, 'a test reads', never);
    expect(await snapshot.rows({ text: 'SELECT count(*)::int AS count FROM t', values: [] })).toEqual([
      { count: 1_050 },
    ]);
    for await (const rows of snapshot.stream<{ n: number }>(numbers, 300)) {
      if (sizes.length === 0) await beside.query('DELETE FROM t WHERE n = 1000');
      sizes.push(rows.length);
      seen.push(...rows.map(({ n }) => n));
    }
    expect(await snapshot.rows({ text: 'SELECT count(*)::int AS count FROM t', values: [] })).toEqual([
      { count: 1_050 },
    ]);
  }
  expect(sizes).toEqual([300, 300, 300, 100]);
  expect([seen.at(0), seen.at(-1), new Set(seen).size]).toEqual([1, 1_000, 1_000]);
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  await beside.query('INSERT INTO t VALUES (1000)');
});

test('no portion is empty, also where the last one is full or there is nothing', async () => {
  await using snapshot = await openSnapshot(pool, 'a test reads', never);
  const sizesOf = async (most: number): Promise<readonly number[]> => {
    const sizes: number[] = [];
    for await (const rows of snapshot.stream({ ...numbers, values: [most] }, 100)) sizes.push(rows.length);
    return sizes;
  };
  expect([await sizesOf(200), await sizesOf(0), await sizesOf(1)]).toEqual([[100, 100], [], [1]]);
});

test('a reader who stops before the end leaves the connection fit for the next', async () => {
  {
    await using snapshot = await openSnapshot(pool, 'a test reads', never);
    for await (const rows of snapshot.stream(numbers, 10)) if (rows.length > 0) break;
  }
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('the signal ends a statement that is under way on the server, and nothing else', async () => {
  const gone = new AbortController();
  const snapshot = await openSnapshot(pool, 'a test reads', gone.signal);
  const waiting = snapshot.rows({ text: 'SELECT pg_sleep(600)', values: [] });
  const isSleeping = async (): Promise<boolean> =>
    (await beside.query(`SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'`))
      .rowCount === 1;
  while (!(await isSleeping()));
  gone.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  await snapshot[Symbol.asyncDispose]();
  expect(await isSleeping()).toBe(false);
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  expect(pool.idleCount).toBe(pool.totalCount);
});

test('a session that the server ends while nothing is asked is a failure that may pass, and no end of the process', async () => {
  const snapshot = await openSnapshot(pool, 'a test reads', never);
  const [{ pid } = { pid: 0 }] = await snapshot.rows<{ pid: number }>({
    text: 'SELECT pg_backend_pid() AS pid',
    values: [],
  });
  await beside.query('SELECT pg_terminate_backend($1)', [pid]);
  await expect(snapshot.rows({ text: 'SELECT 1', values: [] })).rejects.toMatchObject({ recovery: 'retry' });
  await snapshot[Symbol.asyncDispose]();
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('a statement that is wrong leaves the connection fit for the next', async () => {
  const snapshot = await openSnapshot(pool, 'a test reads', never);
  await expect(snapshot.stream({ text: 'SELECT nothing FROM t', values: [] }, 10).next()).rejects.toMatchObject({
    code: 'HUB_INTERNAL',
  });
  await snapshot[Symbol.asyncDispose]();
  expect(pool.idleCount).toBe(pool.totalCount);
});
