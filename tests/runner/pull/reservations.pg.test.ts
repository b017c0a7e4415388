import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KnownKeys, PullResult } from '../../../runner/pull/pull.ts';
import {
  dismissRejectedRows,
  listRejectedRows,
  openRejectedRow,
  reopenRejectedRows,
} from '../../../runner/pull/rejected-rows.ts';
import { reservationsOf } from '../../../runner/pull/reservations.ts';
import { performRun, type RunDeps } from '../../../runner/pull/run.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import type { StreamEntry } from '../../../schemas/system.ts';
import { type TestFolder, testFolder } from '../../connectors/files/folder.ts';
import { systemOf } from './fake-source.ts';
import { openPullWorld, type PullWorld } from './pull-world.ts';

/* "Succeeded" is said of a run whose rows arrived, each under a key of its own. */

let world: PullWorld;
beforeAll(async () => {
  world = await openPullWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

let count = 0;
/** A folder and its system, run as often as the test likes. */
async function story(key: readonly string[] = ['id'], change: Partial<RunDeps> = {}, entry: object = {}) {
  const folder: TestFolder = await testFolder();
  count += 1;
  const source = { files: '*.csv', encoding: 'utf-8', key };
  const connection = { folder: '${FOLDER}', stableSeconds: 0 };
  const spec = systemOf(`reserved-${count}`, { rows: { source, ...entry } }, { connection });
  const { system } = spec;
  await world.systems.apply(spec);
  const deps: RunDeps = {
    ...{ runs: world.runs, systems: world.systems, registry: world.registry, log: world.log, hub: world.pool },
    ...{ partitions: 1, env: { FOLDER: folder.path }, logger: silentLogger, breaker: { share: 0.5, minRecords: 10 } },
    ...change,
  };
  return {
    ...{ system, spec, folder },
    state: async () => (await world.systems.get(system)).streams[0],
    async run(files: Readonly<Record<string, string>> = {}) {
      for (const [name, text] of Object.entries(files)) await folder.write(name, text);
      const { runId } = await world.runs.request(system, 'test');
      const signal = new AbortController().signal;
      const result = await performRun(deps, runId, { signal, lastAttempt: true }).catch((error: unknown) => error);
      return { result, run: await world.runs.byId(runId) };
    },
  };
}

async function runOver(files: Readonly<Record<string, string>>, key: readonly string[] = ['id']) {
  const told = await story(key);
  return { ...(await told.run(files)), system: told.system };
}

describe('a key that is not unique within one read', () => {
  test('is a reservation of the run, with counts and places', async () => {
    const { result, run } = await runOver({ 'a.csv': 'id,v\n1,x\n1,y\n2,z\n1,w\n' });
    expect(reservationsOf(result as PullResult)).toMatchObject([
      { code: 'HUB_SOURCE_KEY_REPEATED', message: expect.stringContaining('rows: 2 rows, such as a.csv#2, a.csv#4') },
    ]);
    expect(run).toMatchObject({ state: 'succeeded', error: { code: 'HUB_SOURCE_KEY_REPEATED' } });
  });
  test('is none where another file brings the row anew', async () => {
    const { result, run } = await runOver({ '1.csv': 'id,v\n1,x\n2,x\n', '2.csv': 'id,v\n1,y\n' });
    expect(reservationsOf(result as PullResult)).toEqual([]);
    expect(run).toMatchObject({ state: 'succeeded', error: null });
  });
  test('is none where the columns of the key together are unique', async () => {
    const { result } = await runOver({ 'a.csv': 'id,v\n1,x\n1,y\n' }, ['id', 'v']);
    expect(reservationsOf(result as PullResult)).toEqual([]);
  });
});

describe('rows that are rejected at the source', () => {
  const rows = (good: number, bad: number): string =>
    `a,b\n${Array.from({ length: good }, (_, i) => `${i},1\n`).join('')}${Array.from({ length: bad }, (_, i) => `x${i},1,2\n`).join('')}`;
  test('count: a few are a reservation', async () => {
    const { result, run } = await runOver({ 'a.csv': rows(20, 2) }, ['a']);
    expect(reservationsOf(result as PullResult)).toMatchObject([
      { code: 'HUB_SOURCE_ROWS_REJECTED', message: expect.stringContaining('rows: 2 of 22 rows') },
    ]);
    expect(run).toMatchObject({ state: 'succeeded', error: { code: 'HUB_SOURCE_ROWS_REJECTED' } });
  });
  test.each([
    ['all, however few', 0, 3],
    ['more than the share of the breaker', 8, 12],
  ])('fail the run when they are %s', async (_, good, bad) => {
    const { result, run } = await runOver({ 'a.csv': rows(good, bad) }, ['a']);
    expect(result).toMatchObject({ code: 'HUB_SOURCE_ROWS_REJECTED' });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'HUB_SOURCE_ROWS_REJECTED' } });
  });
});

describe('what was rejected is told until it is settled', () => {
  const good = 'id,v\n1,x\n2,y\n3,z\n';
  const bad = 'id,v\n1,x,?\n2,y,?\n3,z,?\n';
  const REJECTED = { code: 'HUB_SOURCE_ROWS_REJECTED' };

  test('a run over the file that failed does not succeed because it has nothing new to read', async () => {
    const told = await story();
    expect((await told.run({ 'a.csv': bad })).run).toMatchObject({ state: 'failed', error: REJECTED });
    expect(await told.state()).toMatchObject({ state: 'halted', stateCode: 'HUB_SOURCE_ROWS_REJECTED' });
    const again = await told.run();
    expect(again.run).toMatchObject({ state: 'failed', rowsRead: 0, error: REJECTED });
    expect(again.result).toMatchObject({ message: expect.stringContaining('rows: 3 rows of this and earlier reads') });
    await world.systems.apply(told.spec);
    expect(await told.state()).toMatchObject({ state: 'halted' });
    expect((await told.run()).run).toMatchObject({ state: 'failed' });
  });
  test('the mended file settles them', async () => {
    const told = await story();
    await told.run({ 'a.csv': bad });
    expect((await told.run({ 'a.csv': good })).run).toMatchObject({ state: 'succeeded', error: null });
    expect(await told.state()).toMatchObject({ state: 'ready', stateCode: null });
    expect(await listRejectedRows(world.pool, { system: told.system }, 10)).toMatchObject({ total: 0 });
  });
  test('a stream that was good and is now rejected waits for a person', async () => {
    const told = await story();
    expect((await told.run({ 'a.csv': good })).run).toMatchObject({ state: 'succeeded', error: null });
    await told.run({ 'b.csv': bad });
    expect(await told.state()).toMatchObject({ state: 'halted' });
    // Another good file is taken, and the rows of the bad one are still told.
    const { run } = await told.run({ 'c.csv': 'id,v\n4,x\n' });
    expect(run).toMatchObject({ state: 'succeeded', error: REJECTED });
    expect(await told.state()).toMatchObject({ state: 'ready' });
  });
  test('a file mended in part leaves the rows that are still wrong', async () => {
    const told = await story();
    await told.run({ 'a.csv': 'id,v\n1,x,?\n2,y\n3,z,?\n4,w\n' });
    const { run } = await told.run({ 'a.csv': 'id,v\n1,x\n2,y\n3,z,?\n4,w\n' });
    expect(run).toMatchObject({ state: 'succeeded', error: { message: expect.stringContaining('1 of 4 rows') } });
    const { entries } = await listRejectedRows(world.pool, { system: told.system }, 10);
    expect(entries).toMatchObject([{ origin: 'a.csv#3' }]);
  });
  test('dismissed rows count no more, and a read that rejects them again leaves them so', async () => {
    const told = await story();
    await told.run({ 'a.csv': bad });
    const { entries } = await listRejectedRows(world.pool, { system: told.system }, 10);
    const ids = entries.map(({ id }) => id);
    const who = { by: '马兰', reason: 'a test file' };
    await dismissRejectedRows(world.pool, ids, who);
    expect((await told.run()).run).toMatchObject({ state: 'succeeded', error: null });
    expect(await told.state()).toMatchObject({ state: 'ready' });
    // Written anew, so that it is read again.
    expect((await told.run({ 'a.csv': bad })).run).toMatchObject({ state: 'succeeded', rowsRejected: 3, error: null });
    expect(await openRejectedRow(world.pool, ids[0] as number)).toMatchObject({
      state: 'dismissed',
      settledBy: '马兰',
    });
    await expect(dismissRejectedRows(world.pool, ids, who)).rejects.toMatchObject({ code: 'HUB_QUARANTINE_REFUSED' });
    await reopenRejectedRows(world.pool, ids, who);
    expect((await told.run()).run).toMatchObject({ state: 'succeeded', error: REJECTED });
  });
  test('all or none: a number that is not open refuses the whole dismissal', async () => {
    const told = await story();
    await told.run({ 'a.csv': bad });
    const { entries } = await listRejectedRows(world.pool, { system: told.system }, 10);
    const ids = [...entries.map(({ id }) => id), 987_654_321];
    const failure = dismissRejectedRows(world.pool, ids, { by: 'x', reason: 'y' });
    await expect(failure).rejects.toMatchObject({ message: expect.stringContaining('987654321') });
    expect((await listRejectedRows(world.pool, { system: told.system }, 10)).total).toBe(3);
  });
});

describe('rows that are gone from a file which gives everything', () => {
  const known: KnownKeys = async function* (_, __, present) {
    const seen = new Set<string>();
    for await (const keys of present) for (const key of keys) seen.add(key);
    yield ['1', '2', '3'].filter((key) => !seen.has(key));
  };
  const GONE = { code: 'HUB_SOURCE_ROWS_GONE', message: expect.stringContaining('rows: 1 rows') };
  const three = 'id,v\n1,x\n2,y\n3,z\n';
  const begin = async (entry: object = {}) => {
    const told = await story(['id'], { knownKeys: known }, { base: 'legal-entity', ...entry });
    expect((await told.run({ 'a.csv': three })).run).toMatchObject({ state: 'succeeded', error: null });
    return told;
  };
  test('are told by each run until somebody decides', async () => {
    const told = await begin();
    expect((await told.run({ 'a.csv': 'id,v\n1,x\n3,z\n' })).run).toMatchObject({ state: 'succeeded', error: GONE });
    expect((await told.run()).run).toMatchObject({ rowsRead: 0, error: GONE });
    expect((await told.run({ 'a.csv': three })).run).toMatchObject({ error: null });
  });
  test('are deleted, or stay without a word, as the system file says', async () => {
    const told = await begin();
    await told.run({ 'a.csv': 'id,v\n1,x\n3,z\n' });
    const decide = (detectDeletes: boolean) => {
      const rows = { ...(told.spec.streams['rows'] as StreamEntry), detectDeletes };
      return world.systems.apply({ ...told.spec, streams: { rows } });
    };
    await decide(false);
    expect((await told.run()).run).toMatchObject({ error: null });
    await decide(true);
    const { result } = await told.run();
    expect(result).toMatchObject({ streams: [{ deleted: 1 }] });
  });
  test('are not asked for where another file may have them', async () => {
    const told = await begin();
    await told.run({ 'b.csv': 'id,v\n4,x\n' });
    expect((await told.run({ 'a.csv': 'id,v\n1,x\n' })).run).toMatchObject({ error: null });
  });
});
