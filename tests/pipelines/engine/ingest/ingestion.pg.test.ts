import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { population } from '../../../../pipelines/population/definition.ts';
import { openScene, type Scene } from '../scene.ts';

const AT = 1_700_000_000_000;
const LATER = AT + 60_000;
const ZHANG = { citizenNumber: '630102199003071236', name: '张伟', birthDate: '1990-03-07' };
const LI = { citizenNumber: '630103198501024321', name: '李娜', birthDate: '1985-01-02' };

let scene: Scene;
beforeEach(async () => {
  scene = await openScene(population);
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const golden = async (): Promise<
  { entity_id: string; attributes: Record<string, string>; winners: object; conflicts: string[]; sources: number }[]
> => scene.query('SELECT entity_id, attributes, winners, conflicts, sources FROM population.golden ORDER BY entity_id');

describe('outcomes', () => {
  test('a new row is inserted, the same again unchanged, an older one stale, another content updated', async () => {
    const shield = await scene.source('shield');
    expect(await scene.take(shield, [{ key: '1', ...ZHANG }])).toMatchObject({ read: 1, inserted: 1 });
    expect(await scene.take(shield, [{ key: '1', ...ZHANG }])).toMatchObject({ read: 1, unchanged: 1 });
    expect(await scene.take(shield, [{ key: '1', ...ZHANG, at: AT - 1, phone: '1' }])).toMatchObject({ stale: 1 });
    expect(await scene.take(shield, [{ key: '1', ...ZHANG, at: LATER, phone: '2' }])).toMatchObject({ updated: 1 });
    expect((await golden())[0]?.attributes).toEqual({ ...ZHANG, phone: '2' });
    const history = await scene.query<{ attributes: object }>(
      'SELECT attributes FROM population.source_record_history',
    );
    expect(history.map((row) => row.attributes)).toEqual([ZHANG]);
  });

  test('a batch that is applied again changes nothing and counts nothing', async () => {
    const shield = await scene.source('shield');
    const rows = [
      { key: '1', ...ZHANG },
      { key: '2', ...LI },
    ];
    await scene.take(shield, rows, 0);
    expect(await scene.take(shield, rows, 0)).toMatchObject({ read: 0, inserted: 0 });
    // one message that overlaps, one that is new
    expect(await scene.take(shield, [rows[1] as never, { key: '3', name: '王芳' }], 1)).toMatchObject({
      read: 1,
      inserted: 1,
    });
    expect((await scene.ingestion.position(shield.topic, 0)).next).toBe(3);
    expect(
      await scene.query('SELECT sum(read)::int AS read, sum(inserted)::int AS inserted FROM population.batch'),
    ).toEqual([{ read: 3, inserted: 3 }]);
  });

  test('a batch appended twice to the log, as after a crash of the connector, stores nothing twice', async () => {
    const shield = await scene.source('shield');
    const rows = [
      { key: '1', ...ZHANG },
      { key: '1', ...ZHANG, at: LATER, phone: '1' },
    ];
    expect(await scene.take(shield, rows)).toMatchObject({ inserted: 1, updated: 1 });
    expect(await scene.take(shield, rows)).toMatchObject({ stale: 1, unchanged: 1 });
    expect(await scene.query('SELECT record_id FROM population.source_record_history')).toHaveLength(1);
  });

  test('several versions of a row in one batch leave the last one and the others as history', async () => {
    const shield = await scene.source('shield');
    const versions = ['1', '2', '3'].map((phone, i) => ({ key: '1', ...ZHANG, at: AT + i, phone }));
    expect(await scene.take(shield, versions)).toMatchObject({ inserted: 1, updated: 2 });
    const history = await scene.query<{ phone: string }>(
      "SELECT attributes->>'phone' AS phone FROM population.source_record_history ORDER BY log_offset",
    );
    expect(history.map((row) => row.phone)).toEqual(['1', '2']);
    expect((await golden())[0]?.attributes['phone']).toBe('3');
  });

  test('a row of severity F and a row with NUL go to quarantine with their bytes; the others are stored', async () => {
    const shield = await scene.source('shield');
    const fatal = JSON.stringify([{ rule: 'P09', severity: 'F', attribute: 'citizenNumber', message: 'numeric cell' }]);
    const rows = [
      { key: '1', ...ZHANG },
      { key: '2', ...LI, issues: fatal },
      { key: '3', name: '王\u0000芳' },
      { key: '4', name: '王\ud800芳' },
      { key: '5', name: 'C:\\u0000\\ud800' },
    ];
    expect(await scene.take(shield, rows)).toMatchObject({ read: 5, inserted: 2, rejected: 3 });
    const rejects = await scene.query<{ code: string; raw: Buffer; log_offset: string; origin: string }>(
      'SELECT code, raw, log_offset, origin FROM population.quarantine ORDER BY log_offset',
    );
    expect(rejects.map(({ code, log_offset, origin }) => [code, log_offset, origin])).toEqual([
      ['HUB_RECORD_INVALID', '1', 't#2'],
      ['HUB_RECORD_INVALID', '2', 't#3'],
      ['HUB_RECORD_INVALID', '3', 't#4'],
    ]);
    expect(JSON.parse(rejects[0]?.raw.toString() ?? '')).toMatchObject({ key: '2' });
    expect(
      await scene.query("SELECT attributes->>'name' AS name FROM population.source_record WHERE source_key = '5'"),
    ).toEqual([{ name: 'C:\\u0000\\ud800' }]);
  });

  test('text with tabs, newlines, backslashes, quotes and characters beyond the first plane arrives as it is', async () => {
    const shield = await scene.source('shield');
    const name = '𠮷\t\\N\n"a",{b}\r\\';
    await scene.take(shield, [{ key: `k\t${name}`, ...ZHANG, name }]);
    expect((await golden())[0]?.attributes['name']).toBe(name);
    const rows = await scene.query('SELECT source_key, origin, link_keys FROM population.source_record');
    expect(rows).toEqual([
      { source_key: `k\t${name}`, origin: `t#k\t${name}`, link_keys: [`citizen:${ZHANG.citizenNumber}`] },
    ]);
  });
});

test('a source keeps the cycle that its department promises, as the system file has it now', async () => {
  const spec = {
    system: 'shield',
    stream: 'rows',
    authority: 'public-security',
    topic: 'raw.shield.rows',
    order: 'file' as const,
  };
  const cycles: unknown[] = [];
  for (const cycleDays of [7, undefined, 31, null]) {
    await scene.ingestion.source(cycleDays === undefined ? spec : { ...spec, cycleDays });
    cycles.push(...(await scene.query<{ cycle_days: number | null }>('SELECT cycle_days FROM population.source')));
  }
  expect(cycles).toEqual([7, null, 31, null].map((cycle_days) => ({ cycle_days })));
});

describe('deletion', () => {
  test('removes the golden record, keeps what the row last said, and the row can come back', async () => {
    const shield = await scene.source('shield');
    await scene.take(shield, [{ key: '1', ...ZHANG }]);
    expect(await scene.take(shield, [{ key: '1', at: LATER, deleted: true }])).toMatchObject({ updated: 1 });
    expect(await golden()).toEqual([]);
    expect(await scene.query('SELECT link_key FROM population.link_key')).toEqual([]);
    expect(await scene.query('SELECT deleted, attributes FROM population.source_record')).toEqual([
      { deleted: true, attributes: ZHANG },
    ]);
    expect(await scene.take(shield, [{ key: '1', at: LATER + 1, deleted: true }])).toMatchObject({ unchanged: 1 });
    // its own time is older than the deletion: it was read afterwards all the same
    expect(await scene.take(shield, [{ key: '1', ...ZHANG }])).toMatchObject({ updated: 1 });
    expect(await golden()).toHaveLength(1);
    expect(await scene.query('SELECT entity_id FROM population.entity')).toHaveLength(1);
  });

  test('of an unknown row is unchanged; a row that comes and goes in one batch leaves no golden record', async () => {
    const shield = await scene.source('shield');
    expect(await scene.take(shield, [{ key: '9', deleted: true }])).toMatchObject({ read: 1, unchanged: 1 });
    const both = [
      { key: '1', ...ZHANG },
      { key: '1', at: LATER, deleted: true },
    ];
    expect(await scene.take(shield, both)).toMatchObject({ inserted: 1, updated: 1 });
    expect(await golden()).toEqual([]);
    expect(await scene.query('SELECT deleted FROM population.source_record')).toEqual([{ deleted: true }]);
  });

  test('of one of two records leaves the value of the other', async () => {
    const shield = await scene.source('shield');
    const insurance = await scene.source('insurance', 'social-security');
    await scene.take(shield, [{ key: '1', ...ZHANG, phone: '1' }]);
    await scene.take(insurance, [{ key: 'a', ...ZHANG, phone: '2' }]);
    expect((await golden())[0]).toMatchObject({ sources: 2, conflicts: ['phone'], attributes: { phone: '2' } });
    await scene.take(insurance, [{ key: 'a', at: LATER, deleted: true }]);
    expect((await golden())[0]).toMatchObject({ sources: 1, conflicts: [], attributes: { phone: '1' } });
  });
});

describe('linkage', () => {
  test('two systems that hold the same number give one entity; the winner of each attribute is kept with its rule', async () => {
    const insurance = await scene.source('insurance', 'social-security');
    const shield = await scene.source('shield');
    await scene.take(insurance, [{ key: 'a', ...ZHANG, name: '張偉', insuranceStatus: '1' }]);
    await scene.take(shield, [{ key: '1', ...ZHANG }]);
    const [entity, ...others] = await golden();
    expect(others).toEqual([]);
    expect(entity?.attributes).toEqual({ ...ZHANG, insuranceStatus: '1' });
    expect(entity?.winners).toEqual({
      citizenNumber: [2, 'agreed'],
      name: [2, 'authority'],
      birthDate: [2, 'agreed'],
      insuranceStatus: [1, 'only'],
    });
    expect(entity?.conflicts).toEqual(['name']);
    const rules = await scene.query('SELECT link_rule FROM population.source_record ORDER BY record_id');
    expect(rules).toEqual([{ link_rule: 'first' }, { link_rule: 'citizen' }]);
  });

  test('a value with an error never becomes golden', async () => {
    const shield = await scene.source('shield');
    const issues = JSON.stringify([{ rule: 'P02', severity: 'E', attribute: 'citizenNumber', message: 'check digit' }]);
    await scene.take(shield, [{ key: '1', ...ZHANG, issues }]);
    expect((await golden())[0]?.attributes).toEqual({ name: '张伟', birthDate: '1990-03-07' });
    expect(await scene.query('SELECT link_rule FROM population.source_record')).toEqual([{ link_rule: 'alone' }]);
  });

  test('a veto keeps two records apart although they share a number, whichever comes first', async () => {
    const shield = await scene.source('shield');
    await scene.take(shield, [{ key: '1', ...ZHANG }]);
    await scene.take(shield, [{ key: '2', ...ZHANG, name: '欧阳建国' }]);
    expect(await scene.partition()).toEqual(['shield/1', 'shield/2']);
    expect(await scene.query('SELECT DISTINCT link_key FROM population.link_key')).toHaveLength(1);
  });

  test('a correction that brings two entities together merges them: the older id stays, the younger leads to it', async () => {
    const shield = await scene.source('shield');
    const insurance = await scene.source('insurance', 'social-security');
    await scene.take(shield, [{ key: '1', ...ZHANG }]);
    await scene.take(insurance, [{ key: 'a', ...ZHANG, citizenNumber: LI.citizenNumber }]);
    const before = await golden();
    expect(before).toHaveLength(2);
    await scene.take(insurance, [{ key: 'a', ...ZHANG, at: LATER }]);
    expect((await golden()).map((row) => row.entity_id)).toEqual([before[0]?.entity_id]);
    expect(await scene.query('SELECT entity_id, merged_into FROM population.entity ORDER BY entity_id')).toEqual([
      { entity_id: before[0]?.entity_id, merged_into: null },
      { entity_id: before[1]?.entity_id, merged_into: before[0]?.entity_id },
    ]);
    expect(await scene.query('SELECT kind, reason FROM population.entity_event')).toEqual([
      { kind: 'merge', reason: 'citizen' },
    ]);
    expect(await scene.query('SELECT link_key FROM population.link_key')).toEqual([
      { link_key: `citizen:${ZHANG.citizenNumber}` },
    ]);
  });

  test('bug: a record that stays as it was moves too when the corrected one keeps the entity', async () => {
    const shield = await scene.source('shield');
    await scene.take(shield, [
      { key: '1', ...ZHANG },
      { key: '3', ...ZHANG },
    ]);
    await scene.take(shield, [{ key: '1', at: LATER, name: ZHANG.name }]);
    expect(await scene.partition()).toEqual(['shield/1', 'shield/3']);
    expect((await golden()).map(({ attributes }) => attributes['citizenNumber'])).toEqual([
      undefined,
      ZHANG.citizenNumber,
    ]);
  });

  test('a correction that takes a record away splits the entity and says so', async () => {
    const shield = await scene.source('shield');
    const insurance = await scene.source('insurance', 'social-security');
    await scene.take(shield, [{ key: '1', ...ZHANG }]);
    await scene.take(insurance, [{ key: 'a', ...ZHANG }]);
    await scene.take(insurance, [{ key: 'a', ...ZHANG, at: LATER, citizenNumber: LI.citizenNumber }]);
    expect(await scene.partition()).toEqual(['insurance/a', 'shield/1']);
    const [first, second] = await golden();
    expect(first?.sources).toBe(1);
    expect(await scene.query('SELECT kind, entity_id, other_id FROM population.entity_event')).toEqual([
      { kind: 'split', entity_id: second?.entity_id, other_id: first?.entity_id },
    ]);
    expect(await scene.query('SELECT link_key, entity_id FROM population.link_key ORDER BY entity_id')).toEqual([
      { link_key: `citizen:${ZHANG.citizenNumber}`, entity_id: first?.entity_id },
      { link_key: `citizen:${LI.citizenNumber}`, entity_id: second?.entity_id },
    ]);
  });
});
