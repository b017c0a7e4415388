import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Pool, PoolClient } from 'pg';
import { openClient, openPool, PATIENCE } from '../../../schemas/store/pool.ts';
import { query } from '../../../schemas/store/query.ts';
import { inTransaction } from '../../../schemas/store/transaction.ts';
import { testDatabase } from '../../support/postgres.ts';

const IMPATIENT = { waitMs: 300, statementMs: 300, idleInTransactionMs: 300 };
let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: Pool;
let impatient: Pool;
beforeAll(async () => {
  database = await testDatabase();
  pool = openPool({ url: database.url, name: 'test', max: 2, patience: PATIENCE.short });
  impatient = openPool({ url: database.url, name: 'test', max: 1, patience: IMPATIENT });
}, 60_000);
afterAll(async () => {
  await pool.end();
  await impatient.end();
  await database[Symbol.asyncDispose]();
});

const pidOf = async (client: Pick<PoolClient, 'query'>): Promise<number> =>
  (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0;
/** As an administrator; resolves when the server has no such session any more. */
async function endSession(pid: number): Promise<void> {
  await query(pool, 'ending a session', 'SELECT pg_terminate_backend($1, 10000)', [pid]);
}

test('a session that ends while its client is checked out and idle is told by the next statement, and ends nothing else', async () => {
  const work = inTransaction(pool, 'reading', async (client) => {
    await endSession(await pidOf(client));
    await client.query('SELECT 1');
  });
  await expect(work).rejects.toMatchObject({ code: 'HUB_STORE_UNAVAILABLE' });
  expect(await pidOf(pool)).toBeGreaterThan(0);
});

test('a session that ends while its client rests in the pool is replaced', async () => {
  const first = await pidOf(pool);
  await inTransaction(pool, 'reading', async () => endSession(first)).catch(() => {});
  expect(await pidOf(pool)).not.toBe(first);
});

test('a client of its own whose session ends says so, and ends nothing else', async () => {
  const client = openClient({ url: database.url, name: 'test', patience: PATIENCE.short });
  await client.connect();
  const ended = new Promise((resolve) => client.once('end', resolve));
  await endSession(await pidOf(client));
  await ended;
  await expect(client.query('SELECT 1')).rejects.toThrow();
});

test('what waits for a pool whose connections are all taken fails with a code, to be tried again', async () => {
  const held = inTransaction(impatient, 'holding', async (client) => {
    await client.query('SELECT 1');
    await expect(query(impatient, 'asking', 'SELECT 1')).rejects.toMatchObject({
      ...{ code: 'HUB_STORE_BUSY', recovery: 'retry' },
    });
  });
  // Standing still in the middle, it has lost its own session meanwhile, or not: both are right.
  await held.catch((error: unknown) => expect(error).toMatchObject({ code: 'HUB_STORE_UNAVAILABLE' }));
  expect(await pidOf(impatient)).toBeGreaterThan(0);
});

test('a statement that hangs is ended and told as slow, and its pool goes on', async () => {
  await expect(query(impatient, 'hanging', 'SELECT pg_sleep(600)')).rejects.toMatchObject({
    ...{ code: 'HUB_STORE_SLOW', recovery: 'retry' },
  });
  expect(await pidOf(impatient)).toBeGreaterThan(0);
});

test('a transaction that stands still is ended, so that its locks are free', async () => {
  const still = inTransaction(impatient, 'standing still', async (client) => {
    const ended = new Promise((resolve) => client.once('end', resolve));
    await client.query('SELECT 1');
    await ended;
    await client.query('SELECT 1');
  });
  await expect(still).rejects.toMatchObject({ code: 'HUB_STORE_UNAVAILABLE' });
});
