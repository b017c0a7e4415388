import { copyFile, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { feedTopics } from '../../../../catalog/directory/hub-views.ts';
import type { CatalogBase } from '../../../../catalog/options.ts';
import { drainOutbox } from '../../../../pipelines/engine/ingest/outbox.ts';
import { prepareBatch } from '../../../../pipelines/engine/ingest/prepare.ts';
import { accountOf } from '../../../../pipelines/engine/reports/account.ts';
import { batchTrend } from '../../../../pipelines/engine/reports/scorecard.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { openBase } from '../../../../runner/compose.ts';
import { baseMigrations, type MigrationSet, migrate, migrateBase } from '../../../../runner/control/migrate.ts';
import { type Plan, watchPlans } from '../../../support/plans.ts';
import { testDatabase } from '../../../support/postgres.ts';
import { asIs, encode, jsonDecoder, openScene, type Scene } from '../scene.ts';

/* What a statement costs is counted in rows and pages: a busy machine changes neither. */

let database: Awaited<ReturnType<typeof testDatabase>>;
let scene: Scene;
let watched: pg.Pool;
let plans: Plan[];
beforeEach(async () => {
  database = await testDatabase();
  scene = await openScene(population, database);
  // As eager to compile as a server can be.
  watched = new pg.Pool({ connectionString: database.url, max: 1, options: '-c jit=on -c jit_above_cost=0' });
  watched.on('error', () => {});
  plans = watchPlans(watched);
});
afterEach(async () => {
  await watched.end();
  await scene[Symbol.asyncDispose]();
});

const rowsRead = (): number => plans.splice(0).reduce((sum, plan) => sum + plan.rowsRead, 0);

let offset = 0;
/** One row as a batch of its own, over the watched connection. */
async function takeOne(key: string, more: object = {}): Promise<void> {
  const { ingestion } = openBase(watched, population);
  const source = await ingestion.source({
    system: 's',
    stream: 'rows',
    authority: 'a',
    topic: 'raw.s.rows',
    order: 'file',
  });
  const row = { key, name: `人${key}`, citizenNumber: `6301021990030${key.padStart(5, '0')}`, ...more };
  const messages = [{ offset: offset++, value: encode(row) }];
  await ingestion.apply(
    source,
    await prepareBatch({ topic: source.topic, partition: 0, messages }, population, jsonDecoder, asIs),
  );
}

test('a batch of one row compiles no plan, although the price of a whole-table scan is put beyond all bounds', async () => {
  for (const key of ['1', '2', '2']) await takeOne(key);
  expect(plans.length).toBeGreaterThan(10);
  expect(plans.filter(({ compiled }) => compiled).map(({ statement }) => statement)).toEqual([]);
});

test('the outbox is read by its key: the next thousand changes cost the same whatever waits behind them', async () => {
  const pagesWith = async (waiting: number): Promise<number> => {
    await scene.query(
      `INSERT INTO population.outbox (entity_id, kind, attributes)
       SELECT n, 'upsert', '{"name":"张伟","birthDate":"1990-03-07"}' FROM generate_series(1, $1::int) AS n`,
      [waiting],
    );
    await scene.query('ANALYZE population.outbox');
    const stopped = drainOutbox(watched, 'population', async (changes) => {
      expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, i) => i + 1));
      throw new RangeError('published nothing');
    });
    await expect(stopped).rejects.toThrow('published nothing');
    const read = plans.splice(0).filter(({ statement }) => statement.includes('.outbox'));
    expect(read.flatMap(({ nodes }) => nodes.filter((node) => /Sort|Seq Scan/.test(node)))).toEqual([]);
    return read.at(-1)?.rowsRead ?? Number.NaN;
  };
  expect([await pagesWith(5_000), await pagesWith(50_000)]).toEqual([1_000, 1_000]);
});

/** What reading them costs, before and after so many more batches that nobody asks for. */
async function costOf(read: () => Promise<unknown>): Promise<readonly [before: number, after: number]> {
  const source = await scene.source('s');
  await scene.take(source, [{ key: '1', name: '张伟' }]);
  await read();
  const before = rowsRead();
  await scene.query(`INSERT INTO population.batch
      (topic, log_partition, first_offset, next_offset, messages, read, inserted, updated, unchanged, stale, rejected, committed_at)
    SELECT 'raw.s.rows', 0, n, n, 0, 0, 0, 0, 0, 0, 0, now() - n * interval '1 hour' FROM generate_series(1, 10000) AS n`);
  await read();
  return [before, rowsRead()];
}

test('the state of the streams on a page, and the account of a base, cost the same whatever number of batches', async () => {
  for (const read of [
    () => feedTopics({ pool: watched, schema: 'population', name: 'population' } as CatalogBase),
    () => accountOf(watched, population),
  ]) {
    const [before, after] = await costOf(read);
    expect(before).toBeGreaterThan(0);
    expect(after).toBe(before);
  }
});

test('the last days on which batches came are read without the days before them', async () => {
  const [, after] = await costOf(() => batchTrend(watched, 'population', 2));
  expect(after).toBeLessThan(2 * 3 * 24 + 50);
});

test('a batch reads the decisions about its own rows, whatever number of others stand', async () => {
  await takeOne('1');
  await takeOne('2');
  const decisions = openBase(scene.pool, population).stewardship;
  await decisions.decide({ left: 's/rows 1', right: 's/rows 2', kind: 'confirmed', by: 'a', reason: 'r' });
  plans.splice(0);
  await takeOne('1', { phone: '1' });
  const before = rowsRead();
  await scene.query(`INSERT INTO population.decision (left_row, right_row, kind, decided_by, reason)
    SELECT 't/rows ' || n, 't/rows ' || n || 'x', 'confirmed', 'a', 'r' FROM generate_series(1, 10000) AS n`);
  await takeOne('1', { phone: '2' });
  expect(rowsRead()).toBeLessThan(before + 5);
  expect(await scene.partition()).toEqual(['s/1 s/2']);
});

test('running totals are what a sum over all batches says, rejected, stale and replayed messages included', async () => {
  const [one, two] = [await scene.source('s'), await scene.source('t')];
  const issues = JSON.stringify([{ rule: 'P09', severity: 'F', attribute: 'name', message: 'm' }]);
  await scene.take(one, [
    { key: '1', name: '张伟' },
    { key: '2', name: '李娜', issues },
  ]);
  await scene.take(one, [
    { key: '1', name: '张伟' },
    { key: '1', name: '张', at: 1 },
    { key: '1', name: '张三' },
  ]);
  await scene.take(two, [{ key: '1', name: '张伟' }]);
  const message = { offset: 1, value: encode({ key: '2', name: '李娜' }) };
  const again = { topic: one.topic, partition: 0, messages: [message] };
  await scene.ingestion.apply(one, await prepareBatch(again, population, jsonDecoder, asIs), { replay: true });
  const columns = ['read', 'inserted', 'updated', 'unchanged', 'stale', 'rejected'];
  const summed = await scene.query(
    `SELECT topic, count(*) AS batches, sum(messages) FILTER (WHERE NOT replay) AS messages,
       ${columns.map((column) => `sum(${column}) AS ${column}`).join(', ')}, max(committed_at) AS last_committed_at
     FROM population.batch GROUP BY topic ORDER BY topic`,
  );
  const totals = (): Promise<object[]> =>
    scene.query(
      `SELECT topic, batches, messages, ${columns.join(', ')}, last_committed_at FROM population.stream_total ORDER BY topic`,
    );
  expect(await totals()).toEqual(summed);
  expect(summed).toMatchObject([{ batches: '3', messages: '5', rejected: '1', stale: '1' }, { batches: '1' }]);
  expect(await accountOf(scene.pool, population)).toMatchObject({ balanced: true, read: 7 });
});

test('a base from before there were running totals begins with what its batches say', async () => {
  const other = await testDatabase();
  const pool = new pg.Pool({ connectionString: other.url, max: 2 });
  try {
    const set = baseMigrations(population)[0] as MigrationSet;
    const older = await mkdtemp(join(tmpdir(), 'sanjiang-older-'));
    for (const name of (await readdir(set.folder)).sort()) {
      if (name.includes('running-totals')) break;
      await copyFile(join(set.folder, name), join(older, name));
    }
    await migrate(pool, { ...set, folder: older });
    await pool.query(`INSERT INTO population.batch
      (topic, log_partition, first_offset, next_offset, messages, read, inserted, updated, unchanged, stale, rejected, replay)
      VALUES ('raw.a.b', 0, 0, 2, 3, 3, 2, 0, 0, 0, 1, false), ('raw.a.b', 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, true),
        ('raw.c.d', 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, false)`);
    await migrateBase(pool, population);
    const { rows } = await pool.query(
      'SELECT topic, batches, messages, read, inserted, updated, rejected FROM population.stream_total ORDER BY topic',
    );
    expect(rows).toEqual([
      { topic: 'raw.a.b', batches: '2', messages: '3', read: '4', inserted: '3', updated: '0', rejected: '1' },
      { topic: 'raw.c.d', batches: '1', messages: '1', read: '1', inserted: '0', updated: '1', rejected: '0' },
    ]);
  } finally {
    await pool.end();
    await other[Symbol.asyncDispose]();
  }
});
