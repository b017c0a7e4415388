import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSource } from '../../../runner/control/systems.ts';
import { preview } from '../../../runner/pull/preview.ts';
import type { PullResult } from '../../../runner/pull/pull.ts';
import { listRejectedRows, openRejectedRow, readableBytes } from '../../../runner/pull/rejected-rows.ts';
import { reservationsOf } from '../../../runner/pull/reservations.ts';
import { createRunHandler, performRun, type RunDeps } from '../../../runner/pull/run.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import type { SystemFile } from '../../../schemas/system.ts';
import { gb18030, type TestFolder, testContext, testFolder } from '../../connectors/files/folder.ts';
import { systemOf } from './fake-source.ts';
import { failingLog, openPullWorld, type PullWorld } from './pull-world.ts';

let world: PullWorld;
let folder: TestFolder;
beforeAll(async () => {
  world = await openPullWorld();
  folder = await testFolder();
  const lines = Array.from(
    { length: 25 },
    (_, row) => `${String(row).padStart(8, '0')}0,青海省第${row}中学,63000${row % 10}`,
  );
  lines[7] = '"unclosed';
  await folder.write('a.csv', gb18030(`机构代码,机构名称,行政区划\n${lines.join('\n')}\n`));
});
afterAll(async () => {
  await folder?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const spec = (system: string, change: object = {}): SystemFile =>
  systemOf(
    system,
    {
      codes: {
        source: { files: '*.csv', key: ['机构代码'], encoding: 'gb18030' },
        base: 'legal-entity',
        mapping: {
          organisationCode: { from: '机构代码', as: 'organisation-code' },
          name: { from: '机构名称', as: 'entity-name' },
        },
      },
    },
    { connection: { folder: '${FOLDER}', batchRows: 5 }, ...change },
  );
const deps = (change: Partial<RunDeps> = {}): RunDeps => ({
  runs: world.runs,
  systems: world.systems,
  log: world.log,
  hub: world.pool,
  registry: world.registry,
  partitions: 2,
  env: { FOLDER: folder.path },
  logger: silentLogger,
  ...change,
});
const job = (change: object = {}) => ({
  signal: new AbortController().signal,
  attempt: 1,
  lastAttempt: false,
  ...change,
});
async function request(file: SystemFile): Promise<{ runId: number; system: string }> {
  await world.systems.apply(file);
  return { ...(await world.runs.request(file.system, 'test')), system: file.system };
}

test('a run reads a folder to its end and succeeds', async () => {
  const payload = await request(spec('csv-whole'));
  await createRunHandler(deps())(payload, job());
  expect(await world.runs.byId(payload.runId)).toMatchObject({
    state: 'succeeded',
    rowsRead: 25,
    rowsAppended: 24,
    rowsRejected: 1,
    error: { code: 'HUB_SOURCE_ROWS_REJECTED', message: expect.stringContaining('1 of 25 rows') },
  });
  expect(await world.records('raw.csv-whole.codes')).toHaveLength(24);
  expect(await world.rejects('csv-whole')).toEqual([
    expect.objectContaining({ origin: 'a.csv#8', code: 'HUB_FILE_RECORD' }),
  ]);
  // the job comes twice
  await createRunHandler(deps())(payload, job());
  expect((await world.runs.byId(payload.runId))?.attempts).toBe(1);
});

test('a run with a file that cannot be read names it, reads the others, and does not plainly say that it succeeded', async () => {
  const full = folder;
  folder = await testFolder();
  try {
    await folder.write('1.csv', gb18030('机构代码,机构名称,行政区划\n000000010,甲,630000\n'));
    await folder.write('2.csv', gb18030('没有,这样的列\n1,2\n'));
    await folder.write('3.csv', gb18030('机构代码,机构名称,行政区划\n000000030,丙,630000\n'));
    const { runId } = await request(spec('csv-broken'));
    expect(await performRun(deps(), runId, job())).toEqual({
      streams: [{ stream: 'codes', read: 3, appended: 2, unchanged: 0, rejected: 1, deleted: 0, setAside: ['2.csv'] }],
    });
    expect(await world.runs.byId(runId)).toMatchObject({
      state: 'succeeded',
      error: { code: 'HUB_FILE_UNREADABLE', message: expect.stringContaining('codes: 2.csv') },
    });
    expect(await world.rejects('csv-broken')).toEqual([
      expect.objectContaining({ origin: '2.csv', code: 'HUB_FILE_UNREADABLE' }),
    ]);
    const { runId: second } = await request(spec('csv-broken'));
    // It is reported once, and each run says that it is still so.
    expect(reservationsOf((await performRun(deps(), second, job())) as PullResult)[0]?.message).toContain(
      'codes: 2.csv',
    );
    expect(await world.runs.byId(second)).toMatchObject({
      ...{ state: 'succeeded', rowsRead: 0 },
      error: { code: 'HUB_FILE_UNREADABLE', message: expect.stringContaining('codes: 2.csv') },
    });
    expect(await world.rejects('csv-broken')).toHaveLength(1);
    const open = await listRejectedRows(world.pool, { system: 'csv-broken' }, 10);
    expect(open).toMatchObject({ entries: [{ origin: '2.csv' }], total: 1 });
    const { raw } = await openRejectedRow(world.pool, open.entries[0]?.id ?? 0);
    expect(readableBytes(raw)).toMatchObject({ as: 'utf-8', text: expect.stringContaining('"file":"2.csv"') });
    // Mended, its report is settled.
    await folder.write('2.csv', gb18030('机构代码,机构名称,行政区划\n000000020,乙,630000\n'));
    const { runId: third } = await request(spec('csv-broken'));
    await performRun(deps(), third, job());
    expect(await world.runs.byId(third)).toMatchObject({ state: 'succeeded', rowsRead: 1, error: null });
    expect(await listRejectedRows(world.pool, { system: 'csv-broken' }, 10)).toEqual({ entries: [], total: 0 });
  } finally {
    await folder[Symbol.asyncDispose]();
    folder = full;
  }
});

test('bytes of a row are shown as a person can read them', () => {
  expect(readableBytes(gb18030('1,青海'))).toEqual({ as: 'gb18030', text: '1,青海' });
  expect(readableBytes(Buffer.from('1,青海'))).toEqual({ as: 'utf-8', text: '1,青海' });
  expect(readableBytes(Buffer.from([0x01, 0xff, 0x00]))).toEqual({ as: 'hex', text: '01 ff 00' });
});

test('the result of a run in the foreground', async () => {
  const { runId } = await request(spec('csv-front'));
  expect(await performRun(deps(), runId, job())).toEqual({
    streams: [{ stream: 'codes', read: 25, appended: 24, unchanged: 0, rejected: 1, deleted: 0, waiting: 1 }],
  });
  expect(await performRun(deps(), runId, job())).toBeNull();
});

describe('what becomes of a run that fails', () => {
  const gone = new HubError('HUB_LOG_UNAVAILABLE', 'no broker at kafka://u:canary@b');
  const broken = () => deps({ log: failingLog(world.log, 2, 'before', gone) });

  test('it is pending again when a later attempt can help, and goes on where it stood', async () => {
    const payload = await request(spec('csv-retry'));
    await expect(createRunHandler(broken())(payload, job())).rejects.toBe(gone);
    const run = await world.runs.byId(payload.runId);
    expect(run).toMatchObject({
      state: 'pending',
      rowsRead: 5,
      error: { code: 'HUB_LOG_UNAVAILABLE', remedy: expect.any(String) },
    });
    expect(run?.error?.message).toBe('no broker at kafka://u:***@b');
    await createRunHandler(deps())(payload, job());
    expect(await world.runs.byId(payload.runId)).toMatchObject({ state: 'succeeded', attempts: 2, rowsRead: 25 });
    expect(await world.records('raw.csv-retry.codes')).toHaveLength(24);
  });

  test('it has failed after the last attempt', async () => {
    const payload = await request(spec('csv-last'));
    await expect(createRunHandler(broken())(payload, job({ lastAttempt: true }))).rejects.toBe(gone);
    expect((await world.runs.byId(payload.runId))?.state).toBe('failed');
  });

  test('it has failed at once when a person must act', async () => {
    const payload = await request(spec('csv-secret'));
    await expect(createRunHandler(deps({ env: {} }))(payload, job())).rejects.toMatchObject({
      code: 'HUB_CONFIG_SECRET_MISSING',
    });
    expect(await world.runs.byId(payload.runId)).toMatchObject({
      state: 'failed',
      error: { code: 'HUB_CONFIG_SECRET_MISSING' },
    });
  });

  test('in quiet hours it waits, also at the last attempt', async () => {
    const payload = await request(spec('csv-quiet', { limits: { quietHours: ['08:00-18:00'] } }));
    const now = (): Date => new Date('2015-06-01T17:00:00+08:00');
    const run = createRunHandler(deps({ now }))(payload, job({ lastAttempt: true }));
    await expect(run).rejects.toMatchObject({ code: 'HUB_SOURCE_BUSY', details: { retryAfterMs: 3_600_000 } });
    expect((await world.runs.byId(payload.runId))?.state).toBe('pending');
  });

  test('at a shutdown it is put back', async () => {
    const payload = await request(spec('csv-shutdown'));
    const stop = new AbortController();
    const log = { ...world.log, append: async () => stop.abort() };
    await expect(
      createRunHandler(deps({ log }))(payload, job({ signal: stop.signal, lastAttempt: true })),
    ).rejects.toMatchObject({ name: 'AbortError' });
    expect(await world.runs.byId(payload.runId)).toMatchObject({
      state: 'pending',
      error: { code: 'HUB_RUN_INTERRUPTED' },
    });
  });

  test('a cancelled run ends without a failure', async () => {
    const payload = await request(spec('csv-cancel'));
    const log = { ...world.log, append: async () => void (await world.runs.cancel(payload.runId)) };
    await createRunHandler(deps({ log }))(payload, job());
    expect(await world.runs.byId(payload.runId)).toMatchObject({ state: 'cancelled', rowsRead: 0 });
  });

  test('a run that never ends is given up', async () => {
    const payload = await request(spec('csv-crashing'));
    for (let crash = 0; crash < 3; crash++) await world.takeOver(payload.runId);
    await world.runs.recoverStale(0);
    await expect(createRunHandler(deps({ maxAttempts: 3 }))(payload, job())).rejects.toMatchObject({
      code: 'HUB_INTERNAL',
    });
    expect((await world.runs.byId(payload.runId))?.state).toBe('failed');
  });

  test('a system that is switched off is not read', async () => {
    const payload = await request(spec('csv-off'));
    await world.systems.setEnabled('csv-off', false);
    await expect(createRunHandler(deps())(payload, job())).rejects.toMatchObject({ code: 'HUB_CONFIG_INVALID' });
  });
});

describe('preview', () => {
  const open = (file: SystemFile) => openSource(file, { FOLDER: folder.path }, testContext());

  test('shows the first rows raw and as they would arrive, and writes nothing', async () => {
    const file = spec('csv-preview');
    await using source = await open(file);
    const shown = await preview(file, source, 'codes', 8, testContext());
    expect(shown.stream.columns.map(({ name }) => name)).toEqual(['机构代码', '机构名称', '行政区划']);
    expect(shown.rows).toHaveLength(8);
    expect(shown.rejects).toEqual([expect.objectContaining({ origin: 'a.csv#8' })]);
    expect(shown).toMatchObject({ records: 8, read: 10, rejected: 1 });
    expect(shown.rows[3]).toMatchObject({
      key: '000000030',
      origin: 'a.csv#4',
      raw: { 机构名称: '青海省第3中学' },
      attributes: { name: '青海省第3中学' },
      issues: expect.arrayContaining([expect.objectContaining({ attribute: 'organisationCode' })]),
    });
    await expect(world.systems.get('csv-preview')).rejects.toMatchObject({ code: 'HUB_CATALOG_NOT_FOUND' });
  });

  test('bad rows take no place of good ones, and all that were met are counted', async () => {
    const file = spec('csv-preview');
    const name = join(folder.path, 'a.csv');
    const whole = await readFile(name);
    const [head = '', ...rows] = whole.toString('latin1').split('\n');
    try {
      await writeFile(name, [head, 'x', 'x', 'x', ...rows].join('\n'), 'latin1');
      await using source = await open(file);
      const shown = await preview(file, source, 'codes', 2, testContext());
      expect(shown.rows.map(({ origin }) => origin)).toEqual(['a.csv#4', 'a.csv#5']);
      expect(shown.rejects.map(({ origin }) => origin)).toEqual(['a.csv#1', 'a.csv#2']);
      expect(shown).toMatchObject({ records: 2, read: 5, rejected: 3 });
    } finally {
      await writeFile(name, whole);
    }
  });

  test('names what is unknown', async () => {
    const file = spec('csv-preview');
    await using source = await open(file);
    await expect(preview(file, source, 'code', 3, testContext())).rejects.toMatchObject({
      code: 'HUB_CATALOG_NOT_FOUND',
    });
    const codes = file.streams['codes'];
    const wrong = {
      ...file,
      streams: { codes: { ...codes, mapping: { name: { from: '名称', as: 'entity-name' } } } },
    } as SystemFile;
    await expect(preview(wrong, source, 'codes', 3, testContext())).rejects.toMatchObject({
      code: 'HUB_MAPPING_INVALID',
      message: expect.stringContaining('机构名称'),
    });
  });
});
