import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { localToday } from '../../../../pipelines/calendar.ts';
import { beginPublication } from '../../../../pipelines/engine/ingest/publication.ts';
import { entityAsOf } from '../../../../pipelines/engine/reports/as-of.ts';
import { baseHash } from '../../../../pipelines/engine/reports/base-hash.ts';
import { listOverrides } from '../../../../pipelines/engine/steward/list-overrides.ts';
import { overrideValue } from '../../../../pipelines/engine/steward/override-value.ts';
import { legalEntity } from '../../../../pipelines/legal-entity/definition.ts';
import { macroeconomic } from '../../../../pipelines/macroeconomic/definition.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { openScene, type Row, type Scene } from '../scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene(population);
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});
beforeEach(() =>
  scene.query(`TRUNCATE population.entity, population.source_record, population.source_record_history, population.link_key,
    population.golden, population.entity_event, population.applied_position, population.batch, population.stream_total,
    population.block_open, population.block_anchored, population.choice, population.decision, population.override,
    population.outbox, population.publication`),
);

const NUMBER = '630102199003071236';
const PERSON = { citizenNumber: NUMBER, name: '才让卓玛', maritalStatus: '10' };
const UNTIL = '2999-12-31';
const take = async (system: string, ...rows: Row[]) => scene.take(await scene.source(system), rows);
const say = (
  row: string,
  attribute: string,
  value: string,
  more: { by?: string; reason?: string; until?: string } = {},
) =>
  scene.stewardship.override({
    ...{ on: { row }, attribute, value, by: '马主任', reason: '核对结婚证原件', until: UNTIL, ...more },
  });
interface Survivors {
  readonly attributes: Record<string, unknown>;
  readonly winners: Record<string, readonly unknown[]>;
  readonly conflicts: readonly string[];
}
const golden = async (): Promise<Survivors[]> =>
  scene.query<Survivors>('SELECT attributes, winners, conflicts FROM population.golden ORDER BY entity_id');
const entityOf = async (key: string): Promise<number> => {
  const [row] = await scene.query<{ id: number }>(
    'SELECT entity_id::int AS id FROM population.source_record WHERE source_key = $1',
    [key],
  );
  return row?.id ?? 0;
};

test('what a steward says wins, what sources say stays in conflict, and taking it back restores them', async () => {
  await take('shield', { key: '1', ...PERSON });
  const before = await golden();
  const { overrideId, row, entityId } = await say('shield/rows 1', 'maritalStatus', '已婚');
  expect([row, entityId]).toEqual(['shield/rows 1', await entityOf('1')]);
  const [told] = await golden();
  expect(told).toMatchObject({ attributes: { maritalStatus: '20', name: '才让卓玛' }, conflicts: ['maritalStatus'] });
  expect(told?.winners['maritalStatus']).toEqual([expect.any(Number), 'steward', overrideId]);
  await scene.stewardship.withdrawOverride(overrideId, '马主任');
  expect(await golden()).toEqual(before);
  await expect(scene.stewardship.withdrawOverride(overrideId, '马主任')).rejects.toMatchObject({
    code: 'HUB_CATALOG_NOT_FOUND',
  });
});

test('it outlives corrections, deletion and return of its row, and follows the row through a merge and a split', async () => {
  await take('shield', { key: '1', ...PERSON });
  await say('shield/rows 1', 'name', '才让卓玛措');
  await take('shield', { key: '1', at: 1_700_000_000_001, ...PERSON, name: '才让' });
  expect((await golden()).map(({ attributes }) => attributes['name'])).toEqual(['才让卓玛措']);
  await take('shield', { key: '1', at: 1_700_000_000_002, deleted: true });
  expect(await golden()).toEqual([]);
  expect(await listOverrides(scene.pool, 'population', false, 10)).toMatchObject([{ entityId: null }]);
  await take('shield', { key: '1', at: 1_700_000_000_003, ...PERSON });
  // A better source joins the entity: the steward still wins. Without the number the other one is on its own again.
  await take('insurance', { key: 'x', ...PERSON, phone: '13912344552' });
  expect(await golden()).toMatchObject([{ attributes: { name: '才让卓玛措', phone: '13912344552' } }]);
  await take('insurance', { key: 'x', at: 1_700_000_000_001, name: '才让卓玛' });
  const names = await scene.query<{ key: string; name: string }>(
    `SELECT r.source_key AS key, g.attributes->>'name' AS name FROM population.golden g JOIN population.source_record r USING (entity_id) ORDER BY 1`,
  );
  expect(names).toEqual([
    { key: '1', name: '才让卓玛措' },
    { key: 'x', name: '才让卓玛' },
  ]);
});

test('of two for one attribute the latest wins, a new one of the same row replaces the old one, history stays', async () => {
  await take('shield', { key: '1', ...PERSON });
  await take('insurance', { key: 'x', ...PERSON });
  await say('shield/rows 1', 'maritalStatus', '20');
  await say('insurance/rows x', 'maritalStatus', '40');
  expect(await golden()).toMatchObject([{ attributes: { maritalStatus: '40' }, conflicts: ['maritalStatus'] }]);
  await say('shield/rows 1', 'maritalStatus', '30', { by: '祁科长' });
  expect(await golden()).toMatchObject([{ attributes: { maritalStatus: '30' } }]);
  const all = await listOverrides(scene.pool, 'population', true, 10);
  expect(all.map(({ value, state, by }) => [value, state, by])).toEqual([
    ['30', 'stands', '祁科长'],
    ['40', 'stands', '马主任'],
    ['20', 'withdrawn', '马主任'],
  ]);
});

test('said of an entity, also by an old id, it goes to the row that the value comes from now', async () => {
  await take('shield', { key: '1', citizenNumber: NUMBER, name: '才让' });
  await take('insurance', { key: 'x', name: '才让', phone: '13912344552' });
  const loser = await entityOf('x');
  await take('insurance', {
    key: 'x',
    at: 1_700_000_000_001,
    citizenNumber: NUMBER,
    name: '才让',
    phone: '13912344552',
  });
  expect(await entityOf('x')).not.toBe(loser);
  const on = { entityId: loser };
  const done = await scene.stewardship.override({
    ...{ on, attribute: 'phone', value: '139 8765 4321', by: '马主任', reason: '本人来电', until: UNTIL },
  });
  expect([done.row, done.value]).toEqual(['insurance/rows x', '13987654321']);
  await expect(
    scene.stewardship.override({
      on: { entityId: 999_999 },
      attribute: 'phone',
      value: '1',
      by: 'a',
      reason: 'b',
      until: UNTIL,
    }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/NOT_FOUND|INVALID/) });
});

test('when its last day is over it gives way, and only then', async () => {
  await take('shield', { key: '1', ...PERSON });
  await say('shield/rows 1', 'maritalStatus', '20', { until: localToday() });
  expect(await scene.stewardship.expireOverrides(localToday())).toBe(0);
  expect(await golden()).toMatchObject([{ attributes: { maritalStatus: '20' } }]);
  expect(await scene.stewardship.expireOverrides('2999-01-01')).toBe(1);
  expect(await golden()).toMatchObject([{ attributes: { maritalStatus: '10' }, conflicts: [] }]);
  expect(await scene.stewardship.expireOverrides('2999-01-01')).toBe(0);
  expect(await listOverrides(scene.pool, 'population', true, 10)).toMatchObject([{ state: 'expired' }]);
});

test('the past knows what stewards had said by then', async () => {
  const moment = async (): Promise<string> => {
    const [row] = await scene.query<{ at: string }>(
      `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`,
    );
    return row?.at ?? '';
  };
  await take('shield', { key: '1', ...PERSON });
  const before = await moment();
  const { overrideId } = await say('shield/rows 1', 'maritalStatus', '20', { until: localToday() });
  const during = await moment();
  await scene.stewardship.expireOverrides('2999-01-01');
  const after = await moment();
  const at = async (time: { knownAt?: string; validAt?: string }) => {
    const past = await entityAsOf(scene.pool, population, await entityOf('1'), time);
    return [past?.attributes['maritalStatus'], past?.winners['maritalStatus']?.[1]];
  };
  expect(await at({ knownAt: before })).toEqual(['10', 'only']);
  expect(await at({ knownAt: during })).toEqual(['20', 'steward']);
  expect(await at({ knownAt: after })).toEqual(['10', 'only']);
  // Nobody took it back: for its days it holds.
  expect(await at({ validAt: during })).toEqual(['20', 'steward']);
  expect(await at({ validAt: '2998-01-01T00:00:00Z' })).toEqual(['10', 'only']);
  await scene.query('UPDATE population.override SET withdrawn_at = now() WHERE override_id = $1', [overrideId]);
  expect(await at({ validAt: during })).toEqual(['10', 'only']);
});

test('subscribers hear of it, and a base loaded anew says the same', async () => {
  await take('shield', { key: '1', ...PERSON, name: 'a\\b' }, { key: '2', name: '马英' });
  await beginPublication(scene.pool, population.schema, 'a life');
  await scene.stewardship.override({
    ...{ on: { row: 'shield/rows 1' }, attribute: 'maritalStatus', value: '20', by: 'a', reason: 'b', until: UNTIL },
  });
  const published = await scene.query('SELECT kind, attributes FROM population.outbox');
  expect(published).toEqual([{ kind: 'upsert', attributes: { ...PERSON, name: 'a\\b', maritalStatus: '20' } }]);
  const hash = await baseHash(scene.pool, population);
  await scene.query(`TRUNCATE population.entity, population.source_record, population.link_key, population.golden,
    population.applied_position, population.block_open, population.block_anchored, population.choice`);
  await take('shield', { key: '2', name: '马英' });
  await take('shield', { key: '1', ...PERSON, name: 'a\\b' });
  expect(await baseHash(scene.pool, population)).toBe(hash);
});

test('an overridden number leaves nothing behind that described the old one', async () => {
  await take('shield', { key: '1', ...PERSON, citizenNumberUpgraded: true });
  await say('shield/rows 1', 'citizenNumber', '630105198612310028');
  const [told] = await golden();
  expect(told?.attributes).not.toHaveProperty('citizenNumberUpgraded');
});

describe('a value', () => {
  const wrong = (base: typeof population, attribute: string, value: string) => {
    try {
      return overrideValue(base, attribute, value, '2025-06-30');
    } catch (error) {
      return (error as { code: string; message: string }).message;
    }
  };
  test.each([
    [population, 'birthDate', '1990年3月7日', '1990-03-07'],
    [population, 'sex', '女', '2'],
    [population, 'householdRegion', '630102', '630102'],
    [population, 'contributionBase', '4,500.50', '4500.5'],
    [population, 'citizenNumberUpgraded', '是', true],
    [legalEntity, 'uscc', '91630000710425337h', '91630000710425337H'],
  ] as const)('of %#: as the base stores it', (base, attribute, given, stored) => {
    const value = wrong(base, attribute, given);
    expect(String(value).replace(/0+$/, '')).toBe(String(stored).replace(/0+$/, ''));
  });
  test.each([
    [population, 'birthDate', '1990-02-30', '出生日期'],
    [population, 'sex', '5', 'P13'],
    [population, 'citizenNumber', '630102198001010010', 'P02'],
    [population, 'householdRegion', '639999', '户籍地区划'],
    [population, 'contributionBase', 'much', 'no number'],
    [population, 'nmae', '才让', 'did you mean "name"'],
    [population, 'name', ' ', 'no value is left'],
    [macroeconomic, 'value', '1', 'cannot be overridden'],
  ] as const)('of %#: is refused and told why', (base, attribute, given, why) => {
    expect(wrong(base, attribute, given)).toContain(why);
  });
  test('a last day that is over, or is none, is refused', async () => {
    await take('shield', { key: '1', ...PERSON });
    for (const until of ['2001-01-01', '2999-02-30', 'soon'])
      await expect(say('shield/rows 1', 'name', '才让', { until })).rejects.toMatchObject({
        code: 'HUB_REQUEST_INVALID',
      });
    await expect(say('shield/rows 9', 'name', '才让')).rejects.toMatchObject({ code: 'HUB_CATALOG_NOT_FOUND' });
  });
});
