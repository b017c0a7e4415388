import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PullOptions } from '../../../runner/pull/pull.ts';
import { type ErrorCode, HubError } from '../../../schemas/kernel/errors.ts';
import { until } from '../../support/until.ts';
import { column, type FakeStream, rowsOf, systemOf } from './fake-source.ts';
import { openPullWorld, type PullWorld } from './pull-world.ts';

let world: PullWorld;
beforeAll(async () => {
  world = await openPullWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** A base that knows these keys. */
const knows = (known: readonly string[], atOnce = 3): NonNullable<PullOptions['knownKeys']> =>
  async function* (_system, _stream, present) {
    const here = new Set<string>();
    for await (const keys of present) for (const key of keys) here.add(key);
    const missing = known.filter((key) => !here.has(key));
    for (let from = 0; from < missing.length; from += atOnce) yield missing.slice(from, from + atOnce);
  };
const spec = (system: string, change: object = {}) =>
  systemOf(system, { one: { base: 'legal-entity', detectDeletes: true } }, change);
const stream = (count: number, change: Partial<FakeStream> = {}): FakeStream => ({
  columns: [column('ID'), column('NAME')],
  rows: rowsOf(count),
  ...change,
});
const known = (count: number): string[] => rowsOf(count).map(({ ID }) => String(ID));
const deletes = async (system: string): Promise<string[]> =>
  (await world.records(`raw.${system}.one`)).flatMap(({ op, key }) => (op === 'delete' ? [key] : [])).sort();

test('keys that the base knows and the source has not are deleted in the log', async () => {
  const start = Date.now();
  const { streams } = await world.pull(spec('sweep'), { one: stream(40) }, { knownKeys: knows(known(48)) });
  expect(streams).toEqual([{ stream: 'one', read: 40, appended: 40, unchanged: 0, rejected: 0, deleted: 8 }]);
  const records = await world.records('raw.sweep.one');
  const deleted = records.filter(({ op }) => op === 'delete');
  expect(deleted.map(({ key }) => key).sort()).toEqual(known(48).slice(40).sort());
  for (const { value, observedAt, origin } of deleted) {
    expect(value).toBeNull();
    expect(observedAt).toBeGreaterThanOrEqual(start);
    expect(observedAt).toBeLessThanOrEqual(Date.now());
    expect(origin).toMatch(/^one, missing at 20/);
  }
  expect(await world.runs.checkpoint('sweep', 'one')).toEqual({ at: 40 });
  expect((await world.systems.get('sweep')).streams[0]).toMatchObject({ rowsRead: 40, rowsAppended: 48 });
});

test('the time of the delete lies before the first key was asked for', async () => {
  let asked = 0;
  async function* slowKeys(): AsyncIterable<readonly string[]> {
    const begun = Date.now();
    await until(() => Date.now() > begun, 'the clock goes on');
    asked = Date.now();
    yield known(40);
  }
  await world.pull(spec('before'), { one: stream(40, { keys: slowKeys }) }, { knownKeys: knows(known(41)) });
  const gone = (await world.records('raw.before.one')).find(({ op }) => op === 'delete');
  expect(gone?.observedAt).toBeLessThan(asked);
});

test('a stream that does not ask for it is not swept', async () => {
  const plain = systemOf('plain', { one: { base: 'legal-entity' } });
  await world.pull(plain, { one: stream(5) }, { knownKeys: knows(known(6)) });
  expect(await deletes('plain')).toEqual([]);
});

test('after a read that broke off nothing is deleted', async () => {
  const before = (row: number): void => {
    if (row === 20) throw new HubError('HUB_SOURCE_READ_FAILED', 'reset');
  };
  const pull = world.pull(spec('half'), { one: stream(40, { before }) }, { knownKeys: knows(known(41)) });
  await expect(pull).rejects.toMatchObject({ code: 'HUB_SOURCE_READ_FAILED' });
  expect(await deletes('half')).toEqual([]);
});

describe('too many missing keys are not believed', () => {
  test('nothing is deleted, the rows are in, the error says how many', async () => {
    const pull = world.pull(spec('vanished'), { one: stream(60) }, { knownKeys: knows(known(100)) });
    await expect(pull).rejects.toMatchObject({
      code: 'HUB_SOURCE_KEYS_VANISHED',
      recovery: 'stop',
      details: { present: 60, missing: expect.any(Number) },
    });
    expect(await deletes('vanished')).toEqual([]);
    expect(await world.runs.checkpoint('vanished', 'one')).toEqual({ at: 60 });
  });
  test('unless the owner agreed', async () => {
    const agreed = spec('agreed', { limits: { maxVanishedShare: 0.5 } });
    const { streams } = await world.pull(agreed, { one: stream(60) }, { knownKeys: knows(known(100)) });
    expect(streams[0]).toMatchObject({ deleted: 40 });
  });
  test('a few may go whatever their share', async () => {
    const { streams } = await world.pull(spec('few'), { one: stream(2) }, { knownKeys: knows(known(9)) });
    expect(streams[0]).toMatchObject({ deleted: 7 });
  });
  test('but never the last one', async () => {
    const pull = world.pull(spec('last'), { one: stream(0) }, { knownKeys: knows(known(2)) });
    await expect(pull).rejects.toMatchObject({ code: 'HUB_SOURCE_KEYS_VANISHED' });
    const all = spec('last', { limits: { maxVanishedShare: 1 } });
    expect((await world.pull(all, { one: stream(0) }, { knownKeys: knows(known(2)) })).streams[0]).toMatchObject({
      deleted: 2,
    });
    expect(await deletes('last')).toEqual(['k0', 'k1']);
  });
});

describe('keys that cannot be told', () => {
  const failing = (code: ErrorCode): FakeStream =>
    stream(20, {
      // biome-ignore lint/correctness/useYield: it fails before the first key
      async *keys() {
        throw new HubError(code, 'one#3 cannot be read');
      },
    });
  test.each(['HUB_SOURCE_READ_FAILED', 'HUB_FILE_RECORD'] as const)(
    '%s: the run succeeds without deletes',
    async (code) => {
      const system = code === 'HUB_FILE_RECORD' ? 'untold-record' : 'untold-read';
      const { streams } = await world.pull(spec(system), { one: failing(code) }, { knownKeys: knows(known(25)) });
      expect(streams[0]).toMatchObject({ appended: 20, deleted: 0 });
    },
  );
  test('another failure fails the run', async () => {
    const pull = world.pull(spec('rights'), { one: failing('HUB_SOURCE_NO_RIGHTS') }, { knownKeys: knows(known(25)) });
    await expect(pull).rejects.toMatchObject({ code: 'HUB_SOURCE_NO_RIGHTS' });
  });
  test('a base that cannot be asked fails the run', async () => {
    const pull = world.pull(
      spec('base'),
      { one: stream(5) },
      {
        knownKeys() {
          throw new HubError('HUB_SOURCE_READ_FAILED', 'this is the base, not the source');
        },
      },
    );
    await expect(pull).rejects.toMatchObject({ code: 'HUB_SOURCE_READ_FAILED' });
  });
});

test('a worker that lost its run while it compared deletes nothing', async () => {
  const knownKeys: PullOptions['knownKeys'] = async function* (system, name, present) {
    const [run] = await world.runs.recent(1, system);
    await world.takeOver(run?.runId ?? 0);
    yield* knows(known(22))(system, name, present);
  };
  await expect(world.pull(spec('zombie'), { one: stream(20) }, { knownKeys })).rejects.toMatchObject({
    code: 'HUB_RUN_FENCED',
  });
  expect(await deletes('zombie')).toEqual([]);
});
