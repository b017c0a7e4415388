import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import type { ConflictLedger, OpenConflict } from '../../../pipelines/cross/contract.ts';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { openConflictLedger } from '../../../runner/quality/conflict-ledger.ts';
import { testDatabase } from '../../support/postgres.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let hub: pg.Pool;
let ledger: ConflictLedger;
beforeAll(async () => {
  database = await testDatabase();
  hub = new pg.Pool({ connectionString: database.url, max: 4 });
  await migrateHub(hub);
  ledger = openConflictLedger(hub);
}, 60_000);
afterAll(async () => {
  await hub.end();
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await hub.query('TRUNCATE hub.conflict_since');
});

const conflict = (entityId: number, days = 0): OpenConflict => ({
  ...{ entityId, attribute: 'name' },
  writtenAt: new Date(Date.now() - days * 86_400_000).toISOString(),
});
/** A whole round; gives the entities whose conflict is older than thirty days. */
async function round(...conflicts: readonly OpenConflict[]): Promise<readonly number[]> {
  const one = await ledger.begin('population');
  const old = await one.see(conflicts, 30);
  await one.end();
  return old.map(({ entityId }) => entityId);
}
const daysPass = (days: number) =>
  hub.query(`UPDATE hub.conflict_since SET since = since - $1 * interval '1 day'`, [days]);

test('a conflict is as old as its golden record at the first sight of it', async () => {
  expect(await round(conflict(1, 40), conflict(2, 20), conflict(3))).toEqual([1]);
});

test('a golden record that is written again does not make its conflict younger', async () => {
  expect(await round(conflict(1, 20))).toEqual([]);
  await daysPass(11);
  expect(await round(conflict(1, 0))).toEqual([1]);
});

test('what a whole round has not seen is gone, and begins anew when it comes back', async () => {
  await round(conflict(1, 40), conflict(2, 40));
  expect(await round(conflict(2))).toEqual([2]);
  expect(await round(conflict(1), conflict(2))).toEqual([2]);
});

test('a round that breaks off forgets nothing; other bases are their own', async () => {
  await round(conflict(1, 40));
  const broken = await ledger.begin('population');
  await broken.see([], 30);
  await (await ledger.begin('spatial')).end();
  expect(await round(conflict(1))).toEqual([1]);
});

test('of two rounds at once neither forgets what the other has seen', async () => {
  await round(conflict(1, 40));
  const [first, second] = [await ledger.begin('population'), await ledger.begin('population')];
  await second.see([conflict(1)], 30);
  await first.see([conflict(1)], 30);
  await first.end();
  await second.end();
  expect(await round(conflict(1))).toEqual([1]);
});
