import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ApplyOptions } from '../../../../pipelines/engine/ingest/ingestion.ts';
import { prepareBatch } from '../../../../pipelines/engine/ingest/prepare.ts';
import { accountOf } from '../../../../pipelines/engine/reports/account.ts';
import { replayQuarantine } from '../../../../pipelines/engine/steward/replay.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import type { Normalize, Normalizer, Part } from '../../../../pipelines/record.ts';
import { asIs, encode, jsonDecoder, openScene, type Row, type Scene } from '../scene.ts';

/* What a person has settled in quarantine outlives every rebuild, replay and remap. */

let scene: Scene;
beforeEach(async () => {
  scene = await openScene(population);
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const WHO = { by: '马主任', reason: '重复登记' };
const BAD = { rule: 'P09', severity: 'F', attribute: 'name', message: 'no name' } as const;
/** Rules of the day of rejection: a name that begins with `bad` is none. */
const strict: Normalize = (record) => {
  const { attributes } = asIs(record);
  return { attributes, issues: String(attributes['name']).startsWith('bad') ? [BAD] : [] };
};
/** Rules of today. */
const mild: Normalize = asIs;

async function send(rows: readonly Row[], normalize: Normalizer, options?: ApplyOptions) {
  const source = await scene.source('shield');
  const messages = rows.map((row, offset) => ({ offset, value: encode(row) }));
  const batch = await prepareBatch({ topic: source.topic, partition: 0, messages }, population, jsonDecoder, normalize);
  return { source, result: await scene.ingestion.apply(source, batch, options) };
}
const remap = (rows: readonly Row[], normalize: Normalizer) => send(rows, normalize, { remap: true });
const names = async (): Promise<readonly string[]> =>
  (
    await scene.query<{ said: string }>(
      "SELECT source_key || '=' || (attributes->>'name') AS said FROM population.source_record ORDER BY 1",
    )
  ).map(({ said }) => said);
const entries = (): Promise<readonly unknown[]> =>
  scene.query(
    'SELECT source_key AS key, state, settled_by AS by, message FROM population.quarantine ORDER BY quarantine_id',
  );
const entry = (key: string, state: string, by: string | null = WHO.by) => ({ key, state, by, message: 'P09: no name' });
const isBalanced = async (): Promise<boolean> => (await accountOf(scene.pool, population)).balanced;

/** Everything that comes from the log; what people have said stays. */
const forget = () =>
  scene.query(`TRUNCATE population.entity, population.source_record, population.link_key, population.golden,
    population.applied_position, population.block_open, population.block_anchored, population.choice, population.batch, population.stream_total`);

const ROWS: readonly Row[] = [
  { key: '1', name: '马英' },
  { key: '2', name: 'bad' },
];

test('a rejected row that a person dismissed stays out when it is remapped under a milder rule, and its entry stays dismissed', async () => {
  await send(ROWS, strict);
  await scene.stewardship.settle(1, { state: 'dismissed', ...WHO });
  expect((await remap(ROWS, mild)).result).toMatchObject({ read: 2, unchanged: 1, rejected: 1 });
  expect(await names()).toEqual(['1=马英']);
  expect(await entries()).toEqual([entry('2', 'dismissed')]);
  expect(await isBalanced()).toBe(true);
});

test('without a word of anybody the milder rule lets it in, and its entry is replayed', async () => {
  await send(ROWS, strict);
  await remap(ROWS, mild);
  expect(await names()).toEqual(['1=马英', '2=bad']);
  expect(await entries()).toEqual([entry('2', 'replayed', null)]);
  expect(await isBalanced()).toBe(true);
});

test('a row that a person mended stays mended when what was mended would pass by now', async () => {
  await send(ROWS, strict);
  const withMended = [...ROWS, { key: '2', name: '才让' }];
  await send(withMended, strict);
  await scene.stewardship.settle(1, { state: 'mended', ...WHO, changes: { name: '才让' } });
  await remap(withMended, mild);
  expect(await names()).toEqual(['1=马英', '2=才让']);
  // Not even where the correction itself is found wrong by now.
  const noCorrections: Normalize = (record) =>
    record.value?.['name'] === '才让' ? { attributes: {}, issues: [BAD] } : mild(record);
  await remap(withMended, noCorrections);
  expect(await names()).toEqual(['1=马英', '2=才让']);
  expect((await entries())[0]).toEqual(entry('2', 'mended'));
  await forget();
  await send(withMended, noCorrections);
  expect(await names()).toEqual(['1=马英']);
});

test('a base that is loaded anew from the log leaves out what people are done with', async () => {
  await send(ROWS, strict);
  await scene.stewardship.settle(1, { state: 'dismissed', ...WHO });
  await forget();
  expect((await send(ROWS, mild)).result).toMatchObject({ read: 2, inserted: 1, rejected: 1 });
  expect(await names()).toEqual(['1=马英']);
  expect(await entries()).toEqual([entry('2', 'dismissed')]);
  expect(await isBalanced()).toBe(true);
});

test('a replay leaves it alone: one of everything takes the others, one that names it is refused', async () => {
  const rows = [...ROWS, { key: '3', name: 'bad too' }];
  const { source } = await send(rows, strict);
  await scene.stewardship.settle(1, { state: 'dismissed', ...WHO });
  const replay = (ids?: readonly number[]) =>
    replayQuarantine(scene.pool, scene.ingestion, { ids }, jsonDecoder, async () => ({ source, normalize: mild }));
  await expect(replay([1])).rejects.toMatchObject({
    code: 'HUB_QUARANTINE_REFUSED',
    message: 'entry 1 is dismissed already',
  });
  expect(await replay()).toEqual({ replayed: 1, rejected: 0 });
  expect(await names()).toEqual(['1=马英', '3=bad too']);
  expect(await entries()).toEqual([entry('2', 'dismissed'), entry('3', 'replayed', null)]);
});

test('a row that is dismissed while its replay is under way is not stored by it', async () => {
  const { source } = await send(ROWS, strict);
  const normalize: Normalize = (record) => mild(record);
  const pipelineOf = async () => {
    await scene.stewardship.settle(1, { state: 'dismissed', ...WHO });
    return { source, normalize };
  };
  await replayQuarantine(scene.pool, scene.ingestion, {}, jsonDecoder, pipelineOf);
  expect(await names()).toEqual(['1=马英']);
  expect(await entries()).toEqual([entry('2', 'dismissed')]);
});

test('the same message rejected again for another reason opens nothing; a second dismissal is refused', async () => {
  await send(ROWS, strict);
  await scene.stewardship.settle(1, { state: 'dismissed', ...WHO });
  const stricter: Normalize = (record) =>
    record.key === '2' ? { attributes: {}, issues: [{ ...BAD, message: 'worse' }] } : strict(record);
  await remap(ROWS, stricter);
  expect(await entries()).toEqual([entry('2', 'dismissed')]);
  await expect(scene.stewardship.settle(1, { state: 'dismissed', ...WHO })).rejects.toMatchObject({
    code: 'HUB_QUARANTINE_REFUSED',
  });
});

test('a dismissal that is taken back lets the row in; what is not dismissed cannot be opened again', async () => {
  await send(ROWS, strict);
  await expect(scene.stewardship.reopen(1, WHO)).rejects.toMatchObject({ code: 'HUB_QUARANTINE_REFUSED' });
  await scene.stewardship.settle(1, { state: 'dismissed', ...WHO });
  await scene.stewardship.reopen(1, { by: '祁科长', reason: '并非重复' });
  expect(await entries()).toEqual([entry('2', 'open', '祁科长')]);
  await remap(ROWS, mild);
  expect(await names()).toEqual(['1=马英', '2=bad']);
  expect(await entries()).toEqual([entry('2', 'replayed', '祁科长')]);
});

test('what the source sends anew is another message and is judged by itself', async () => {
  await send(ROWS, strict);
  await scene.stewardship.settle(1, { state: 'dismissed', ...WHO });
  await send([...ROWS, { key: '2', name: 'bad again' }, { key: '2', name: '才让' }], strict);
  expect(await names()).toEqual(['1=马英', '2=才让']);
  expect(await entries()).toEqual([entry('2', 'dismissed'), entry('2', 'open', null)]);
});

test('a topic that was made again numbers other rows alike: what was said of the old ones is not said of them', async () => {
  await send(ROWS, strict);
  await scene.stewardship.settle(1, { state: 'dismissed', ...WHO });
  await scene.query('DELETE FROM population.applied_position');
  const other: readonly Row[] = [
    { key: '1', name: 'bad', at: 1_800_000_000_000 },
    { key: '2', name: '才让', at: 1_800_000_000_000 },
  ];
  expect((await send(other, strict)).result).toMatchObject({ inserted: 1, rejected: 1 });
  expect(await names()).toEqual(['1=马英', '2=才让']);
  expect(await entries()).toEqual([entry('2', 'dismissed'), entry('1', 'open', null)]);
});

test('of a row with several parts the rejected ones stay out, and the good ones come in, also from the log alone', async () => {
  const part = (name: string, rules: Normalize): Part => ({
    name,
    normalize: (record) => rules({ ...record, value: { name: record.value?.[name] ?? null } }),
  });
  const parts = (rules: Normalize): Normalizer => [part('month', rules), part('total', rules)];
  const rows = [{ key: 'a', month: '一', total: 'bad' }];
  await send(rows, parts(strict));
  await scene.stewardship.settle(1, { state: 'dismissed', ...WHO });
  expect((await remap(rows, parts(mild))).result).toMatchObject({ read: 2, unchanged: 1, rejected: 1 });
  expect(await names()).toEqual(['a#month=一']);
  await forget();
  expect((await send(rows, parts(mild))).result).toMatchObject({ read: 2, inserted: 1, rejected: 1 });
  expect(await names()).toEqual(['a#month=一']);
  expect(await isBalanced()).toBe(true);
});
