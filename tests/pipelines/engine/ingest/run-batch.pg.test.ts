import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { compareKeys } from '../../../../pipelines/engine/ingest/known-keys.ts';
import { type CommittableBatch, runPipeline } from '../../../../pipelines/engine/ingest/run-batch.ts';
import { accountOf } from '../../../../pipelines/engine/reports/account.ts';
import { listQuarantine, replayQuarantine } from '../../../../pipelines/engine/steward/replay.ts';
import type { BatchResult } from '../../../../pipelines/pipeline.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import type { Normalize } from '../../../../pipelines/record.ts';
import { asIs, encode, jsonDecoder, openScene, type Row, type Scene } from '../scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene(population);
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const FATAL = JSON.stringify([{ rule: 'P09', severity: 'F', attribute: 'citizenNumber', message: 'numeric cell' }]);
const rows = (from: number, count: number, more: object = {}): Row[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k${from + i}`, name: '张伟', ...more }));

async function* batchesOf(
  topic: string,
  committed: number[],
  ...parts: readonly Row[][]
): AsyncIterable<CommittableBatch> {
  let offset = 0;
  for (const part of parts) {
    const messages = part.map((row) => ({ offset: offset++, value: encode(row) }));
    const last = offset;
    yield { topic, partition: 0, messages, commit: async () => void committed.push(last) };
  }
}

test('batches are stored and committed in order, the position after the last', async () => {
  const source = await scene.source('shield');
  const committed: number[] = [];
  const results: BatchResult[] = [];
  const options = { ingestion: scene.ingestion, source, normalize: asIs, decoder: jsonDecoder };
  const batches = batchesOf(source.topic, committed, rows(0, 5), rows(5, 3), rows(0, 2));
  await runPipeline(batches, { ...options, onBatch: (result) => results.push(result) });
  expect(committed).toEqual([5, 8, 10]);
  expect(results.map(({ read, inserted, unchanged }) => [read, inserted, unchanged])).toEqual([
    [5, 5, 0],
    [3, 3, 0],
    [2, 0, 2],
  ]);
  expect((await scene.ingestion.position(source.topic, 0)).next).toBe(10);
  expect(await accountOf(scene.pool, population)).toMatchObject({ read: 10, inserted: 8, balanced: true });
});

test('the breaker stops before anything of a mostly rejected batch is stored; what came before stays', async () => {
  const source = await scene.source('shield');
  const committed: number[] = [];
  const bad = [...rows(10, 60, { issues: FATAL }), ...rows(70, 40)];
  const run = runPipeline(batchesOf(source.topic, committed, rows(0, 5), bad, rows(200, 5)), {
    ...{ ingestion: scene.ingestion, source, normalize: asIs, decoder: jsonDecoder },
  });
  await expect(run).rejects.toMatchObject({
    code: 'HUB_PIPELINE_BREAKER',
    details: { read: 100, rejected: 60, reasons: { P09: 60 } },
  });
  expect(committed).toEqual([5]);
  expect((await scene.ingestion.position(source.topic, 0)).next).toBe(5);
  expect(await scene.query('SELECT quarantine_id FROM population.quarantine')).toEqual([]);
});

test('few bad rows never trip the breaker, and a crash of the mapping on one row rejects that row', async () => {
  const source = await scene.source('shield');
  const normalize: Normalize = (record) => {
    if (record.key === 'k1') throw new TypeError('unforeseen');
    return asIs(record);
  };
  const batches = batchesOf(source.topic, [], [...rows(0, 2), ...rows(2, 20, { issues: FATAL })]);
  await runPipeline(batches, { ingestion: scene.ingestion, source, normalize, decoder: jsonDecoder });
  const newest = await listQuarantine(scene.pool, 'population', {}, 100);
  expect(newest.total).toBe(21);
  expect(await listQuarantine(scene.pool, 'population', { before: newest.entries[1]?.id ?? 0 }, 1)).toMatchObject({
    ...{ entries: [newest.entries[2]], total: 19 },
  });
  const entries = [...newest.entries].reverse();
  expect(entries).toHaveLength(21);
  expect(entries[0]).toMatchObject({
    key: 'k1',
    code: 'HUB_RECORD_CRASHED',
    message: 'TypeError: unforeseen',
    offset: 1,
  });
});

test('a store that fails ends the pipeline without a commit, and the next start goes on from there', async () => {
  const source = await scene.source('shield');
  const committed: number[] = [];
  const failing = { ...scene.ingestion, apply: async () => Promise.reject(new Error('the disk is full')) };
  const options = { source, normalize: asIs, decoder: jsonDecoder };
  const parts = [rows(0, 5), rows(5, 5)];
  await expect(
    runPipeline(batchesOf(source.topic, committed, ...parts), { ...options, ingestion: failing }),
  ).rejects.toThrow('the disk is full');
  expect(committed).toEqual([]);
  await runPipeline(batchesOf(source.topic, committed, ...parts), { ...options, ingestion: scene.ingestion });
  expect(await accountOf(scene.pool, population)).toMatchObject({ read: 10, inserted: 10, balanced: true });
});

test('a mended mapping replays what was rejected; what is older than the stored row by then is done with', async () => {
  const source = await scene.source('shield');
  await scene.take(source, [
    { key: '1', name: '张伟', issues: FATAL },
    { key: '2', name: '李娜', issues: FATAL },
    { key: '3', name: '王芳', issues: FATAL },
  ]);
  await scene.take(source, [{ key: '2', name: '李娜娜', at: 1_800_000_000_000 }]);
  const normalize: Normalize = (record) => {
    const { issues: _, ...value } = record.value as Record<string, string>;
    return record.key === '3' ? asIs(record) : { attributes: value, issues: [] };
  };
  const pipelineOf = async () => ({ source, normalize });
  expect(await replayQuarantine(scene.pool, scene.ingestion, {}, jsonDecoder, pipelineOf)).toEqual({
    replayed: 2,
    rejected: 1,
  });
  const golden = await scene.query<{ name: string }>(
    "SELECT attributes->>'name' AS name FROM population.golden ORDER BY entity_id",
  );
  expect(golden.map(({ name }) => name)).toEqual(['李娜娜', '张伟']);
  const states = await scene.query('SELECT source_key, state FROM population.quarantine ORDER BY source_key');
  expect(states).toEqual([
    { source_key: '1', state: 'replayed' },
    { source_key: '2', state: 'replayed' },
    { source_key: '3', state: 'open' },
  ]);
  expect(await accountOf(scene.pool, population)).toMatchObject({
    read: 7,
    inserted: 2,
    stale: 1,
    rejected: 4,
    balanced: true,
  });
  expect(await replayQuarantine(scene.pool, scene.ingestion, { system: 'other' }, jsonDecoder, pipelineOf)).toEqual({
    replayed: 0,
    rejected: 0,
  });
});

test('keys are compared in the database: what the base has and the source has not', async () => {
  const source = await scene.source('shield');
  const other = await scene.source('insurance');
  await scene.take(source, rows(0, 10));
  await scene.take(other, rows(100, 3));
  await scene.take(source, [{ key: 'k9', deleted: true, at: 1_800_000_000_000 }]);
  async function* present(): AsyncIterable<readonly string[]> {
    yield ['k0', 'k1', 'k2'];
    yield ['k3', 'new\tone', 'k4', 'k5'];
  }
  await using comparison = await compareKeys(scene.pool, population, source, present());
  expect(comparison).toMatchObject({ known: 9, vanished: 3 });
  const vanished: string[] = [];
  for await (const keys of comparison.batches()) vanished.push(...keys);
  expect(vanished).toEqual(['k6', 'k7', 'k8']);
});
