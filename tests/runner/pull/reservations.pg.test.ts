import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PullResult } from '../../../runner/pull/pull.ts';
import { performRun, type RunDeps, reservationsOf } from '../../../runner/pull/run.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
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
async function runOver(files: Readonly<Record<string, string>>, key = ['id']) {
  const folder: TestFolder = await testFolder();
  for (const [name, text] of Object.entries(files)) await folder.write(name, text);
  count += 1;
  const source = { files: '*.csv', encoding: 'utf-8', key };
  const connection = { folder: '${FOLDER}', stableSeconds: 0 };
  const spec = systemOf(`reserved-${count}`, { rows: { source } }, { connection });
  await world.systems.apply(spec);
  const runId = (await world.runs.request(spec.system, 'test')).runId;
  const deps: RunDeps = {
    ...{ runs: world.runs, systems: world.systems, registry: world.registry, log: world.log, hub: world.pool },
    ...{ partitions: 1, env: { FOLDER: folder.path }, logger: silentLogger, breaker: { share: 0.5, minRecords: 10 } },
  };
  const signal = new AbortController().signal;
  const result = await performRun(deps, runId, { signal, lastAttempt: true }).catch((error: unknown) => error);
  const run = await world.runs.byId(runId);
  return { result, run, system: spec.system };
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
