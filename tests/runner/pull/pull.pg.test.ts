import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunStore } from '../../../runner/control/runs.ts';
import type { PullProgress } from '../../../runner/pull/pull.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { pause } from '../../../schemas/kernel/pause.ts';
import { until } from '../../support/until.ts';
import { column, type FakeStream, fakeSource, rowsOf, systemOf } from './fake-source.ts';
import { failingLog, openPullWorld, type PullWorld } from './pull-world.ts';

let world: PullWorld;
beforeAll(async () => {
  world = await openPullWorld();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const stream = (count: number, change: Partial<FakeStream> = {}): FakeStream => ({
  columns: [column('ID'), column('NAME')],
  rows: rowsOf(count),
  ...change,
});
const keys = (records: readonly { key: string }[]): string[] => records.map(({ key }) => key);
const wanted = (count: number): string[] => rowsOf(count).map(({ ID }) => String(ID));
const down = (): HubError => new HubError('HUB_LOG_UNAVAILABLE', 'the brokers are gone');

describe('a pull', () => {
  test('brings every row into the log, counts it and stands at the end', async () => {
    const spec = systemOf('whole', { one: {}, two: {} });
    const progress: PullProgress[] = [];
    const streams = {
      one: stream(95),
      two: stream(20, { columns: [column('ID'), column('NAME'), column('N', 'integer')] }),
    };
    const result = await world.pull(spec, streams, { onProgress: (at) => progress.push({ ...at }) });
    expect(result.streams).toEqual([
      { stream: 'one', read: 95, appended: 95, unchanged: 0, rejected: 0, deleted: 0 },
      { stream: 'two', read: 20, appended: 20, unchanged: 0, rejected: 0, deleted: 0 },
    ]);
    const records = await world.records('raw.whole.one');
    expect(keys(records).sort()).toEqual(wanted(95).sort());
    expect(records.find(({ key }) => key === 'k7')).toEqual({
      stream: 'one',
      key: 'k7',
      op: 'upsert',
      value: { ID: 'k7', NAME: '青海第7中学' },
      observedAt: 1_433_088_000_007,
      origin: 'one#7',
    });
    expect(await world.runs.checkpoint('whole', 'one')).toEqual({ at: 95 });
    const [run] = await world.runs.recent(1, 'whole');
    expect(run).toMatchObject({ rowsRead: 115, rowsAppended: 115, rowsRejected: 0 });
    expect(progress).toHaveLength(12);
    expect(progress.at(9)).toMatchObject({ system: 'whole', stream: 'one', read: 95, rowEstimate: 95 });
    const [one] = (await world.systems.get('whole')).streams;
    expect(one).toMatchObject({ columns: streams.one.columns, rowEstimate: 95, rowsAppended: 95, state: 'ready' });
  });

  test('the next one brings what is new only', async () => {
    const spec = systemOf('again', { one: {} });
    const one = stream(30);
    await world.pull(spec, { one });
    expect((await world.pull(spec, { one })).streams[0]).toMatchObject({ read: 0 });
    one.rows = rowsOf(42);
    expect((await world.pull(spec, { one })).streams[0]).toMatchObject({ read: 12, appended: 12 });
    expect(keys(await world.records('raw.again.one')).sort()).toEqual(wanted(42).sort());
  });

  test('versions of one row keep their order', async () => {
    const rows = Array.from({ length: 60 }, (_, version) => ({ ID: `k${version % 3}`, NAME: String(version) }));
    await world.pull(systemOf('versions', { one: {} }), { one: stream(0, { rows, portion: 7 }) });
    const records = await world.records('raw.versions.one');
    for (const key of ['k0', 'k1', 'k2']) {
      const versions = records.filter((record) => record.key === key).map(({ value }) => Number(value?.['NAME']));
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      expect(versions).toHaveLength(20);
    }
  });

  test('paused streams are left alone', async () => {
    const spec = systemOf('paused', { one: {}, two: {} });
    await world.systems.apply(spec);
    await world.systems.setStreamState('paused', 'one', 'paused');
    const { streams } = await world.pull(spec, { one: stream(5), two: stream(5) });
    expect(streams.map((total) => total.stream)).toEqual(['two']);
    expect(await world.runs.checkpoint('paused', 'one')).toBeNull();
  });

  test('a source without columns has nothing, and becomes a stream when it has', async () => {
    const spec = systemOf('empty', { one: {} });
    expect((await world.pull(spec, { one: stream(0, { columns: [] }) })).streams[0]).toMatchObject({ read: 0 });
    await expect(world.pull(spec, { one: stream(1, { columns: [] }) })).rejects.toMatchObject({
      code: 'HUB_SOURCE_READ_FAILED',
    });
    expect((await world.pull(spec, { one: stream(3) })).streams[0]).toMatchObject({ appended: 3 });
  });
});

describe('rows that cannot go into the log', () => {
  test('are kept with code, place and bytes, and the others go on', async () => {
    const one = stream(40, { bad: [3, 25], columns: [column('ID'), column('NAME'), column('N', 'integer')] });
    one.rows[12] = { ID: 'k12', NAME: 'x', N: 1.5 };
    one.rows[13] = { ID: 'k13', NAME: 'x'.repeat(950_000), N: 1 };
    one.rows[14] = { ID: 'k14', NAME: 'half \ud800', N: null };
    one.rows[15] = { ID: 'k15', NAME: 'x', EXTRA: Buffer.from([1, 2, 3]) };
    const { streams } = await world.pull(systemOf('rejects', { one: {} }), { one });
    expect(streams[0]).toEqual({
      ...{ stream: 'one', read: 40, appended: 34, unchanged: 0, rejected: 6, deleted: 0, waiting: 6 },
    });
    const rejects = await world.rejects('rejects');
    expect(rejects.map(({ origin, code }) => [origin, code])).toEqual([
      ['one#3', 'HUB_FILE_RECORD'],
      ['one#12', 'HUB_RECORD_INVALID'],
      ['one#13', 'HUB_LOG_MESSAGE_TOO_LARGE'],
      ['one#14', 'HUB_RECORD_INVALID'],
      ['one#15', 'HUB_RECORD_INVALID'],
      ['one#25', 'HUB_FILE_RECORD'],
    ]);
    expect(rejects[0]).toMatchObject({ message: 'unreadable\u2400', raw: Buffer.from('raw 3') });
    expect(JSON.parse(String(rejects[1]?.raw))).toMatchObject({
      key: 'k12',
      op: 'upsert',
      value: { ID: 'k12', N: 1.5 },
    });
    expect(JSON.parse(String(rejects[4]?.raw)).value.EXTRA).toBe('AQID');
    expect((await world.records('raw.rejects.one')).length).toBe(34);
  });

  test('are stored once, however often they are read', async () => {
    const spec = systemOf('once', { one: {} });
    const one = stream(20, { bad: [1, 2, 11] });
    const broken = failingLog(world.log, 2, 'before', down());
    await expect(world.pull(spec, { one }, { log: broken })).rejects.toMatchObject({ code: 'HUB_LOG_UNAVAILABLE' });
    await world.pool.query("UPDATE hub.stream SET checkpoint = NULL WHERE system = 'once'");
    await world.pull(spec, { one });
    expect((await world.rejects('once')).map(({ origin }) => origin)).toEqual(['one#1', 'one#2', 'one#11']);
  });

  test('come before the checkpoint: when they cannot be kept, the portion is read again', async () => {
    const spec = systemOf('unkept', { one: {} });
    const one = stream(20, { bad: [12] });
    const hub = Object.create(world.pool, {
      query: {
        value: (...given: [string, unknown[]]) =>
          String(given[0]).includes('hub.quarantine')
            ? Promise.reject(new Error('connection lost'))
            : world.pool.query(...given),
      },
    });
    await expect(world.pull(spec, { one }, { hub })).rejects.toMatchObject({ code: 'HUB_STORE_UNAVAILABLE' });
    expect(await world.runs.checkpoint('unkept', 'one')).toEqual({ at: 10 });
    await world.pull(spec, { one });
    expect(await world.rejects('unkept')).toHaveLength(1);
  });
});

describe('after a failure nothing is lost', () => {
  test.each(['before', 'after'] as const)('when an append fails %s it wrote', async (when) => {
    const spec = systemOf(`append-${when}`, { one: {} });
    const broken = failingLog(world.log, 4, when, down());
    await expect(world.pull(spec, { one: stream(95) }, { log: broken })).rejects.toMatchObject({
      code: 'HUB_LOG_UNAVAILABLE',
    });
    expect(await world.runs.checkpoint(spec.system, 'one')).toEqual({ at: 30 });
    await world.pull(spec, { one: stream(95) });
    const found = keys(await world.records(`raw.${spec.system}.one`));
    expect([...new Set(found)].sort()).toEqual(wanted(95).sort());
    expect(found).toHaveLength(when === 'before' ? 95 : 105);
  });

  test('when a checkpoint cannot be saved', async () => {
    const spec = systemOf('unsaved', { one: {} });
    let saves = 0;
    const runs: RunStore = {
      ...world.runs,
      async saveCheckpoint(lease, update) {
        if (++saves === 3) throw new HubError('HUB_STORE_UNAVAILABLE', 'gone');
        await world.runs.saveCheckpoint(lease, update);
      },
    };
    await expect(world.pull(spec, { one: stream(95) }, { runs })).rejects.toMatchObject({
      code: 'HUB_STORE_UNAVAILABLE',
    });
    expect(await world.runs.checkpoint('unsaved', 'one')).toEqual({ at: 20 });
    await world.pull(spec, { one: stream(95) });
    const found = keys(await world.records('raw.unsaved.one'));
    expect([...new Set(found)].sort()).toEqual(wanted(95).sort());
    // the portion in question and at most the one that was under way
    expect(found.length).toBeGreaterThanOrEqual(105);
    expect(found.length).toBeLessThanOrEqual(115);
  });

  test('when the source breaks off, what it gave is saved', async () => {
    const spec = systemOf('broken', { one: {} });
    const before = (row: number): void => {
      if (row === 50) throw new HubError('HUB_SOURCE_READ_FAILED', 'connection reset');
    };
    await expect(world.pull(spec, { one: stream(95, { before }) })).rejects.toMatchObject({
      code: 'HUB_SOURCE_READ_FAILED',
    });
    expect(await world.runs.checkpoint('broken', 'one')).toEqual({ at: 50 });
  });

  test('no checkpoint is ever ahead of the log, and at most two portions are under way', async () => {
    const spec = systemOf('order', { one: {} });
    let durable = 0;
    let given = 0;
    const log = {
      ...world.log,
      async append(...[topic, messages, signal]: Parameters<typeof world.log.append>) {
        await pause(3, new AbortController().signal);
        await world.log.append(topic, messages, signal);
        durable += messages.length;
      },
    };
    const ahead: number[] = [];
    const runs: RunStore = {
      ...world.runs,
      async saveCheckpoint(lease, update) {
        ahead.push(Number(update.checkpoint['at']) - durable);
        await pause(3, new AbortController().signal);
        await world.runs.saveCheckpoint(lease, update);
      },
    };
    const before = (row: number): void => {
      given = Math.max(given, row - durable);
    };
    await world.pull(spec, { one: stream(200, { before }) }, { log, runs });
    expect(Math.max(...ahead)).toBeLessThanOrEqual(0);
    expect(given).toBeLessThanOrEqual(20);
    expect(ahead).toHaveLength(20);
  });
});

describe('one stream', () => {
  const three = (before: FakeStream['before']) => ({
    one: stream(5),
    two: stream(25, before === undefined ? {} : { before }),
    three: stream(5),
  });
  const spec = (system: string) => systemOf(system, { one: {}, two: {}, three: {} });

  test('that fails does not stop the others', async () => {
    const before = (row: number): void => {
      if (row === 10) throw new HubError('HUB_FILE_HEADER', 'another header');
    };
    await expect(world.pull(spec('alone'), three(before))).rejects.toMatchObject({ code: 'HUB_FILE_HEADER' });
    expect(await world.runs.checkpoint('alone', 'two')).toEqual({ at: 10 });
    expect(await world.runs.checkpoint('alone', 'three')).toEqual({ at: 5 });
  });

  test('the worst of several failures is told, with all of them', async () => {
    const fails = (code: 'HUB_SOURCE_READ_FAILED' | 'HUB_SOURCE_NO_RIGHTS') => () => {
      throw new HubError(code, code);
    };
    const streams = {
      ...three(undefined),
      one: stream(5, { before: fails('HUB_SOURCE_READ_FAILED') }),
      two: stream(5, { before: fails('HUB_SOURCE_NO_RIGHTS') }),
    };
    await expect(world.pull(spec('several'), streams)).rejects.toMatchObject({
      code: 'HUB_SOURCE_NO_RIGHTS',
      details: { failures: [{ code: 'HUB_SOURCE_READ_FAILED' }, { code: 'HUB_SOURCE_NO_RIGHTS' }] },
    });
    expect(await world.runs.checkpoint('several', 'three')).toEqual({ at: 5 });
  });

  test('with another column type is marked, the others go on, and it heals when the source does', async () => {
    const system = spec('changed');
    const streams = three(undefined);
    await world.pull(system, streams);
    streams.two.columns = [column('ID'), column('NAME', 'integer')];
    streams.three.rows = rowsOf(9);
    await expect(world.pull(system, streams)).rejects.toMatchObject({ code: 'HUB_SOURCE_SCHEMA_CHANGED' });
    const state = async () => (await world.systems.get('changed')).streams.find((one) => one.stream === 'two');
    expect(await state()).toMatchObject({
      state: 'halted',
      stateMessage: expect.stringContaining('NAME retyped (text -> integer)'),
    });
    expect(await world.runs.checkpoint('changed', 'three')).toEqual({ at: 9 });
    streams.two.columns = [column('ID'), column('NAME')];
    await world.pull(system, streams);
    expect(await state()).toMatchObject({ state: 'ready', stateMessage: null });
  });

  test('that lost a column waits for a person; apply agrees to it', async () => {
    const system = systemOf('lost', { one: {} });
    await world.pull(system, { one: stream(5) });
    const rows = rowsOf(8).map(({ ID }) => ({ ID: ID as string }));
    const changed = stream(0, { columns: [column('ID')], rows });
    const refused = {
      code: 'HUB_SOURCE_SCHEMA_CHANGED',
      details: { changes: [{ kind: 'dropped', column: 'NAME', decision: 'pause' }] },
    };
    await expect(world.pull(system, { one: changed })).rejects.toMatchObject(refused);
    expect(await world.runs.checkpoint('lost', 'one')).toEqual({ at: 5 });
    // `pull` of this test applies the system first
    expect((await world.pull(system, { one: changed })).streams[0]).toMatchObject({ appended: 3 });
  });

  test('whose mapped column is gone is told so', async () => {
    const mapping = { name: { from: 'NAME', as: 'entity-name' }, address: { from: 'ADDR', as: 'address' } };
    const system = systemOf('mapped', { one: { base: 'legal-entity', mapping } });
    await expect(world.pull(system, { one: stream(5) })).rejects.toMatchObject({
      code: 'HUB_SOURCE_SCHEMA_CHANGED',
      message: expect.stringContaining('ADDR'),
    });
  });

  test('new columns are taken along', async () => {
    const system = systemOf('wider', { one: {} });
    await world.pull(system, { one: stream(2) });
    const rows = [...rowsOf(2), { ID: 'k2', NAME: 'x', NEW: 'y' }];
    await world.pull(system, { one: { columns: [column('ID'), column('NAME'), column('NEW')], rows } });
    const records = await world.records('raw.wider.one');
    expect(records.find(({ key }) => key === 'k2')?.value).toEqual({ ID: 'k2', NAME: 'x', NEW: 'y' });
  });

  test('that keeps the source from describing itself does not keep the others', async () => {
    const system = spec('undescribed');
    const streams = three(undefined);
    await world.pull(system, streams);
    streams.one.rows = rowsOf(11);
    const good = fakeSource(streams);
    const source = {
      ...good,
      [Symbol.asyncDispose]: good[Symbol.asyncDispose],
      discover: () => Promise.reject(new HubError('HUB_SOURCE_OBJECT_MISSING', 'table two is gone')),
    };
    await expect(world.pull(system, streams, { source })).rejects.toMatchObject({ code: 'HUB_SOURCE_OBJECT_MISSING' });
    expect(await world.runs.checkpoint('undescribed', 'one')).toEqual({ at: 11 });
  });
});

describe('protection of the source', () => {
  const at = (time: string): Date => new Date(`2015-06-01T${time}:00+08:00`);
  const ctxAt = (now: () => Date) => ({ signal: new AbortController().signal, log: silentLogger, now });

  test('in quiet hours it is not touched', async () => {
    const spec = systemOf('quiet', { one: {} }, { limits: { quietHours: ['22:00-06:00'] } });
    const busy = { code: 'HUB_SOURCE_BUSY', recovery: 'retry', details: { retryAfterMs: 7 * 3_600_000 } };
    await expect(world.pull(spec, { one: stream(5) }, { ctx: ctxAt(() => at('23:00')) })).rejects.toMatchObject(busy);
    expect(await world.runs.checkpoint('quiet', 'one')).toBeNull();
  });

  test('when they begin, the portion in hand is saved and the rest waits', async () => {
    const spec = systemOf('dusk', { one: {}, two: {} }, { limits: { quietHours: ['22:00-06:00'] } });
    let row = 0;
    const before = (first: number): void => {
      row = first;
    };
    const ctx = ctxAt(() => (row >= 20 ? at('22:00') : at('21:59')));
    const busy = { code: 'HUB_SOURCE_BUSY', details: { retryAfterMs: 8 * 3_600_000 } };
    await expect(world.pull(spec, { one: stream(95, { before }), two: stream(5) }, { ctx })).rejects.toMatchObject(
      busy,
    );
    expect(await world.runs.checkpoint('dusk', 'one')).toEqual({ at: 30 });
    expect(await world.runs.checkpoint('dusk', 'two')).toBeNull();
  });

  test('rows come no faster than agreed', async () => {
    const spec = systemOf('slow', { one: {} }, { limits: { rowsPerSecond: 200 } });
    const start = performance.now();
    await world.pull(spec, { one: stream(300) });
    expect(performance.now() - start).toBeGreaterThanOrEqual(450);
  });
});

describe('the end from outside', () => {
  test('an abort ends it between portions, and what is durable is saved', async () => {
    const stop = new AbortController();
    const before = (row: number): void => {
      if (row === 50) stop.abort();
    };
    const ctx = { signal: stop.signal, log: silentLogger, now: () => new Date() };
    await expect(
      world.pull(systemOf('aborted', { one: {} }), { one: stream(95, { before }) }, { ctx }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    const checkpoint = await world.runs.checkpoint('aborted', 'one');
    const found = (await world.records('raw.aborted.one')).length;
    expect(Number(checkpoint?.['at'])).toBeLessThanOrEqual(found);
    expect(Number(checkpoint?.['at'])).toBeGreaterThanOrEqual(30);
  });

  test('a run that another worker has taken is given up, also while the source is silent', async () => {
    const spec = systemOf('fenced', { one: {} });
    let taken: Promise<unknown> = Promise.resolve();
    const before = async (row: number): Promise<void> => {
      if (row !== 20) return;
      const saved = async () => (await world.runs.checkpoint('fenced', 'one'))?.['at'] === 20;
      await until(saved, 'the two portions before are saved');
      const [run] = await world.runs.recent(1, 'fenced');
      taken = world.takeOver(run?.runId ?? 0);
      await new Promise(() => {});
    };
    await expect(world.pull(spec, { one: stream(95, { before }) }, { heartbeatMs: 20 })).rejects.toMatchObject({
      code: 'HUB_RUN_FENCED',
    });
    await taken;
    expect(await world.runs.checkpoint('fenced', 'one')).toEqual({ at: 20 });
  });

  test('a silent source is no dead worker', async () => {
    let beats = 0;
    const before = async (): Promise<void> => {
      const heard = beats;
      await until(() => beats > heard + 3, 'the worker gives signs of life while the source is silent');
    };
    const runs: RunStore = {
      ...world.runs,
      async heartbeat(lease, counters) {
        beats++;
        await world.runs.heartbeat(lease, counters);
      },
    };
    await world.pull(systemOf('silent', { one: {} }), { one: stream(5, { before }) }, { runs, heartbeatMs: 20 });
    expect(beats).toBeGreaterThan(3);
  });
});
