import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { drainOutbox } from '../../../../pipelines/engine/ingest/outbox.ts';
import { prepareBatch } from '../../../../pipelines/engine/ingest/prepare.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { openBase } from '../../../../runner/compose.ts';
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
  const source = await ingestion.source({ system: 's', stream: 'rows', authority: 'a', topic: 'raw.s.rows' });
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
    const [plan] = plans.splice(0).filter(({ statement }) => statement.includes('.outbox'));
    expect(plan?.nodes.filter((node) => /Sort|Seq Scan/.test(node))).toEqual([]);
    return plan?.rowsRead ?? Number.NaN;
  };
  expect([await pagesWith(5_000), await pagesWith(50_000)]).toEqual([1_000, 1_000]);
  rowsRead();
});
