import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSource } from '../../../runner/control/systems.ts';
import { openChangeLog } from '../../../runner/pull/changes.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { type TestFolder, testFolder } from '../../connectors/files/folder.ts';
import { systemOf } from './fake-source.ts';
import { openPullWorld, type PullWorld } from './pull-world.ts';

/* A department delivers its file with other columns. Files have no types, so columns are added, dropped and renamed. */

let world: PullWorld;
let folder: TestFolder;
beforeAll(async () => {
  [world, folder] = await Promise.all([openPullWorld(), testFolder()]);
});
afterAll(async () => {
  await folder?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const ITEMS = { id: '编号', name: '名称', note: '备注' };
const BEFORE = ['id,name,note,spare', '1,青海甲公司,x,7'];

/** Read once, delivered anew with other columns, read again. */
async function delivered(system: string, lines: readonly string[]) {
  const entry = {
    base: 'legal-entity',
    mapping: { name: { from: 'name', as: 'entity-name' } },
    resource: {
      ...{ code: '307001/1', title: 't', abstract: 'a', sharing: 'unconditional', updateCycle: 'daily' },
      items: ITEMS,
    },
    source: { files: `${system}*.csv`, key: ['id'], encoding: 'utf-8' },
  };
  const spec = systemOf(system, { rows: entry }, { connector: 'csv', connection: { folder: folder.path } });
  const pull = async (): Promise<string | null> => {
    const context = { signal: new AbortController().signal, log: silentLogger, now: () => new Date() };
    await using source = await openSource(spec, {}, context);
    return await world.pullApplied(spec, source).then(
      () => null,
      (error: { code: string }) => error.code,
    );
  };
  await world.systems.apply(spec);
  await writeFile(join(folder.path, `${system}-1.csv`), `${BEFORE.join('\n')}\n`);
  expect(await pull()).toBeNull();
  await rm(join(folder.path, `${system}-1.csv`));
  await writeFile(join(folder.path, `${system}-2.csv`), `${lines.join('\n')}\n`);
  const failure = await pull();
  const changes = (await openChangeLog(world.pool).open()).filter((one) => one.system === system);
  return {
    failure,
    state: (await world.systems.get(system)).streams[0]?.state,
    changes: changes.map(({ kind, column, decision }) => `${column} ${kind} ${decision}`),
    rows: Object.fromEntries((await world.records(`raw.${system}.rows`)).map(({ key, value }) => [key, value])),
  };
}
const WAITS = { failure: 'HUB_SOURCE_SCHEMA_CHANGED', state: 'halted' };
const GOES_ON = { failure: null, state: 'ready' };

test('a mapped column is missing: this stream waits, nothing is filled with NULL', async () => {
  const found = await delivered('csv-dropped', ['id,note,spare', '2,y,8']);
  expect(found).toMatchObject({ ...WAITS, changes: ['name dropped pause'] });
  expect(Object.keys(found.rows)).toEqual(['1']);
});

test('a mapped column under another name: waits, and names the new one', async () => {
  const found = await delivered('csv-renamed', ['id,title,note,spare', '2,青海乙公司,y,8']);
  expect(found).toMatchObject({ ...WAITS, changes: ['name renamed pause'] });
});

test('a column that nobody needs is missing: goes on with a notice', async () => {
  const found = await delivered('csv-spare', ['id,name,note', '2,青海乙公司,y']);
  expect(found).toMatchObject({ ...GOES_ON, changes: ['spare dropped notice'] });
  expect(found.rows['2']).toEqual({ id: '2', name: '青海乙公司', note: 'y' });
});

test('a new column, and the others in another order: goes on with a notice, and it travels', async () => {
  const found = await delivered('csv-added', ['extra,spare,name,note,id', 'e,8,青海乙公司,y,2']);
  expect(found).toMatchObject({ ...GOES_ON, changes: ['extra added notice'] });
  expect(found.rows['2']).toEqual({ id: '2', name: '青海乙公司', note: 'y', spare: '8', extra: 'e' });
});
