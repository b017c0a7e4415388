import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { openRunStore } from '../../../runner/control/runs.ts';
import { openSystemStore } from '../../../runner/control/systems.ts';
import { type SystemFile, systemFile } from '../../../schemas/system.ts';
import { testDatabase } from '../../support/postgres.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 8 });
  pool.on('error', () => {});
  await migrateHub(pool);
});
afterAll(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});

const file = (
  system: string,
  streams: Record<string, unknown> = { one: {}, two: {} },
  change: object = {},
): SystemFile =>
  systemFile.parse({
    system,
    title: { zh: '甲', en: 'A' },
    owner: { name: '厅', uscc: '116300000150040478' },
    authority: 'tax',
    connector: 'csv',
    connection: { folder: '${FOLDER}' },
    streams: Object.fromEntries(
      Object.entries(streams).map(([name, entry]) => [
        name,
        { title: name, source: { files: name }, ...(entry as object) },
      ]),
    ),
    ...change,
  });

const setCheckpoint = (system: string, stream: string): Promise<unknown> =>
  pool.query('UPDATE hub.stream SET checkpoint = \'{"at": 7}\' WHERE system = $1 AND stream = $2', [system, stream]);

test('apply says what it did', async () => {
  const store = openSystemStore(pool);
  const nothing = { removed: [], restarted: [], remapped: [], moved: [] };
  expect(await store.apply(file('alpha'))).toEqual({ outcome: 'created', ...nothing });
  expect(await store.apply(file('alpha'))).toEqual({ outcome: 'unchanged', ...nothing });
  expect(await store.apply(file('alpha', undefined, { schedule: '1 1 * * *' }))).toEqual({
    outcome: 'changed',
    ...nothing,
  });
  expect(await store.apply(file('alpha', { two: {}, three: {} }))).toEqual({
    ...{ ...nothing, outcome: 'changed' },
    removed: ['one'],
  });
  const { spec, enabled, streams } = await store.get('alpha');
  expect(spec).toEqual(file('alpha', { two: {}, three: {} }));
  expect(enabled).toBe(true);
  expect(streams.map(({ stream, state }) => [stream, state])).toEqual([
    ['three', 'ready'],
    ['two', 'ready'],
  ]);
});

test('checkpoints are kept unless what is read has changed', async () => {
  const store = openSystemStore(pool);
  const runs = openRunStore(pool);
  await store.apply(file('beta'));
  await setCheckpoint('beta', 'one');
  await setCheckpoint('beta', 'two');
  await store.apply(file('beta', undefined, { connection: { folder: '/elsewhere' } }));
  expect(await runs.checkpoint('beta', 'one')).toEqual({ at: 7 });
  const applied = await store.apply(file('beta', { one: { title: 'new' }, two: { source: { files: 'other' } } }));
  expect(applied.restarted).toEqual(['two']);
  expect(await runs.checkpoint('beta', 'one')).toEqual({ at: 7 });
  expect(await runs.checkpoint('beta', 'two')).toBeNull();
  expect((await store.apply(file('beta', undefined, { connector: 'dbf' }))).restarted).toEqual(['one']);
});

describe('what was read before a mapping changed', () => {
  const mapping = { name: { from: 'NAME', as: 'text' } };
  const fed = { base: 'legal-entity', mapping };
  const read = (system: string) =>
    pool.query("UPDATE hub.stream SET rows_appended = 12, checkpoint = '{}' WHERE system = $1 AND stream = 'one'", [
      system,
    ]);
  const applied = async (system: string, before: object, after: object, change = {}) => {
    const store = openSystemStore(pool);
    await store.apply(file(system, { one: before, two: fed }));
    await read(system);
    return store.apply(file(system, { one: after, two: fed }, change));
  };
  const kept = [{ stream: 'one', base: 'legal-entity', rows: 12 }];
  const other = { ...fed, mapping: { name: { from: 'NAME', as: 'entity-name' } } };

  test('is said to stay as the old one made it', async () => {
    expect(await applied('mapped-1', fed, other)).toMatchObject({ remapped: kept, moved: [], restarted: [] });
  });
  test('is said so of an authority, by which values are chosen', async () => {
    expect(await applied('mapped-2', fed, fed, { authority: 'finance' })).toMatchObject({ remapped: kept });
  });
  test('is nothing where only words changed, or all is read again', async () => {
    expect(await applied('mapped-3', fed, { ...fed, title: 'other' })).toMatchObject({ remapped: [] });
    const elsewhere = { ...other, source: { files: 'elsewhere' } };
    expect(await applied('mapped-4', fed, elsewhere)).toMatchObject({ remapped: [], restarted: ['one'] });
  });
  test('stays in the base that the stream fed before', async () => {
    const moved = { base: 'population', mapping: {} };
    expect(await applied('mapped-5', fed, moved)).toMatchObject({
      ...{ remapped: [], moved: [{ stream: 'one', from: 'legal-entity' }] },
    });
  });
});

test('a worker that runs with the old file is fenced, and its run starts again', async () => {
  const store = openSystemStore(pool);
  const runs = openRunStore(pool);
  await store.apply(file('gamma'));
  const { runId } = await runs.request('gamma', 'test');
  const lease = await runs.take(runId);
  if (lease === null) throw new Error('no lease');
  await store.apply(file('gamma'));
  await runs.heartbeat(lease);
  await store.apply(file('gamma', undefined, { authority: 'other' }));
  await expect(runs.heartbeat(lease)).rejects.toMatchObject({ code: 'HUB_RUN_FENCED' });
  expect((await runs.byId(runId))?.state).toBe('pending');
});

test('apply ends what halts a stream and forgets the agreed columns, but leaves paused streams paused', async () => {
  const store = openSystemStore(pool);
  await store.apply(file('delta'));
  const column = { name: 'A', type: 'text', sourceType: 'text', nullable: true } as const;
  const specs = ['one', 'two', 'gone'].map((name) => ({ name, columns: [column], key: ['A'], rowEstimate: 12.4 }));
  await store.saveDiscovered('delta', specs);
  await store.setStreamState('delta', 'one', 'halted', {
    ...{ code: 'HUB_SOURCE_SCHEMA_CHANGED', message: 'A is gone\0' },
  });
  await store.setStreamState('delta', 'two', 'paused');
  expect((await store.get('delta')).streams).toEqual([
    expect.objectContaining({
      stream: 'one',
      state: 'halted',
      stateCode: 'HUB_SOURCE_SCHEMA_CHANGED',
      stateMessage: 'HUB_SOURCE_SCHEMA_CHANGED: A is gone\u2400',
      columns: [column],
      rowEstimate: 12,
    }),
    expect.objectContaining({ stream: 'two', state: 'paused', stateMessage: null, lastReadAt: null, rowsRead: 0 }),
  ]);
  await store.apply(file('delta'));
  expect((await store.get('delta')).streams).toEqual([
    expect.objectContaining({ stream: 'one', state: 'ready', stateMessage: null, columns: null }),
    expect.objectContaining({ stream: 'two', state: 'paused', columns: [column] }),
  ]);
});

test('unknown names are answered with the known ones', async () => {
  const store = openSystemStore(pool);
  await store.apply(file('golden-tax'));
  await expect(store.get('goldn-tax')).rejects.toMatchObject({
    code: 'HUB_CATALOG_NOT_FOUND',
    message: expect.stringContaining('did you mean golden-tax?'),
    details: { allowed: expect.arrayContaining(['golden-tax']) },
  });
  await expect(store.setEnabled('nobody', false)).rejects.toMatchObject({ code: 'HUB_CATALOG_NOT_FOUND' });
  await expect(store.setStreamState('golden-tax', 'on', 'paused')).rejects.toMatchObject({
    code: 'HUB_CATALOG_NOT_FOUND',
    message: expect.stringContaining('did you mean one?'),
  });
  await store.setEnabled('golden-tax', false);
  expect((await store.get('golden-tax')).enabled).toBe(false);
});

test('a stored file that is not understood does not hide the others', async () => {
  const store = openSystemStore(pool);
  await store.apply(file('good'));
  await pool.query(`INSERT INTO hub.system (system, spec) VALUES ('old', '{"system": "old"}')`);
  const names = (await store.list()).map(({ spec }) => spec.system);
  expect(names).toContain('good');
  expect(names).not.toContain('old');
  await expect(store.get('old')).rejects.toMatchObject({ code: 'HUB_CONFIG_INVALID' });
});

test('applies at once do not collide', async () => {
  const store = openSystemStore(pool);
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => store.apply(file('epsilon'))));
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['created', 'unchanged', 'unchanged', 'unchanged']);
});
