import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { prepareBatch } from '../../../../pipelines/engine/ingest/prepare.ts';
import { replayQuarantine } from '../../../../pipelines/engine/steward/replay.ts';
import type { BaseDefinition } from '../../../../pipelines/pipeline.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import type { Normalizer, Part, StoredRecord } from '../../../../pipelines/record.ts';
import { encode, jsonDecoder, openScene, type Row, type Scene } from '../scene.ts';

/* A row that becomes several records, and a projection of them. */

let scene: Scene;
let projected: StoredRecord[] = [];
const base: BaseDefinition = {
  ...population,
  projection: {
    async apply(client, schema, records) {
      await client.query(`SELECT 1 FROM ${schema}.source_record LIMIT 1`);
      projected.push(...records);
    },
  },
};
beforeEach(async () => {
  projected = [];
  scene = await openScene(base);
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const part = (name: string, column: string): Part => ({
  name,
  normalize(record) {
    const value = record.value?.[column] ?? null;
    const bad = { rule: 'P09', severity: 'F', attribute: 'name', message: `${column} is bad` } as const;
    return { attributes: { name: value as string }, issues: value === 'bad' ? [bad] : [] };
  },
});
const parts: Normalizer = [part('month', 'm'), part('total', 't')];

async function take(rows: readonly Row[], offset: number) {
  const source = await scene.source('shield');
  const messages = rows.map((row, i) => ({ offset: offset + i, value: encode(row) }));
  const batch = await prepareBatch({ topic: source.topic, partition: 0, messages }, base, jsonDecoder, parts);
  return { source, result: await scene.ingestion.apply(source, batch) };
}
const stored = () =>
  scene.query<{ key: string; name: string; deleted: boolean }>(
    "SELECT source_key AS key, attributes->>'name' AS name, deleted FROM population.source_record ORDER BY source_key",
  );

test('each part is a source record of its own, and a delete takes them all', async () => {
  const { result } = await take([{ key: 'a', m: '1', t: '5' }], 0);
  expect(result).toMatchObject({ read: 2, inserted: 2, rejected: 0 });
  expect((await take([{ key: 'a', m: '1', t: '6' }], 1)).result).toMatchObject({ read: 2, updated: 1, unchanged: 1 });
  expect((await stored()).map(({ key, name }) => `${key}=${name}`)).toEqual(['a#month=1', 'a#total=6']);
  await take([{ key: 'a', deleted: true }], 2);
  expect((await stored()).map(({ deleted }) => deleted)).toEqual([true, true]);
});

test('a bad part puts the row into quarantine, the good one is stored, and the replay makes it whole', async () => {
  const { source, result } = await take(
    [
      { key: 'a', m: '1', t: 'bad' },
      { key: 'b', m: 'bad', t: 'bad' },
    ],
    0,
  );
  expect(result).toMatchObject({ read: 3, inserted: 1, rejected: 2 });
  const states = () => scene.query('SELECT source_key AS key, state FROM population.quarantine ORDER BY 1');
  const again = async () => ({ source, normalize: parts });
  expect(await replayQuarantine(scene.pool, scene.ingestion, {}, jsonDecoder, again)).toEqual({
    replayed: 0,
    rejected: 2,
  });
  expect(await states()).toEqual([
    { key: 'a', state: 'open' },
    { key: 'b', state: 'open' },
  ]);
  const mended: Normalizer = [
    part('month', 'm'),
    { name: 'total', normalize: () => ({ attributes: { name: '9' }, issues: [] }) },
  ];
  await replayQuarantine(scene.pool, scene.ingestion, {}, jsonDecoder, async () => ({ source, normalize: mended }));
  expect((await stored()).map(({ key, name }) => `${key}=${name}`)).toEqual(['a#month=1', 'a#total=9', 'b#total=9']);
  expect(await states()).toEqual([
    { key: 'a', state: 'replayed' },
    { key: 'b', state: 'open' },
  ]);
});

test('a projection is told of every changed record, and of no unchanged one', async () => {
  await take([{ key: 'a', m: '1', t: '5' }], 0);
  await take([{ key: 'a', m: '1', t: '6' }], 1);
  await take([{ key: 'a', deleted: true }], 2);
  expect(projected.map(({ attributes, deleted }) => (deleted ? 'gone' : attributes['name']))).toEqual([
    '1',
    '5',
    '6',
    'gone',
    'gone',
  ]);
  expect(new Set(projected.map(({ recordId }) => recordId)).size).toBe(2);
});
