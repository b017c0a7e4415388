import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { bridgesAmong, explainEdges } from '../../../../pipelines/engine/match/edges.ts';
import { explainPair } from '../../../../pipelines/engine/match/explain.ts';
import { listDecisions, listReview } from '../../../../pipelines/engine/match/review.ts';
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
    population.golden, population.entity_event, population.applied_position, population.batch, population.stream_total, population.block_open,
    population.block_anchored, population.choice, population.decision, population.override, population.link_model`),
);

const NUMBER = '630102199003071236';
const OTHER = '630103198501024321';
const PERSON = {
  ...{ name: '才让卓玛', birthDate: '1990-03-07', sex: '2', ethnicity: '04' },
  ...{ residenceRegion: '630102', residenceAddress: '青海省西宁市城东区八一路12号3号楼' },
};
const take = async (system: string, ...rows: Row[]) => scene.take(await scene.source(system), rows);
const decide = (left: string, right: string, kind: 'confirmed' | 'forbidden', by = '马主任') =>
  scene.stewardship.decide({ left, right, kind, by, reason: '核对户口簿' });

describe('what waits for a person', () => {
  beforeEach(async () => {
    await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON }, { key: '2', citizenNumber: OTHER, ...PERSON });
    await take('clinic', { key: 'a', ...PERSON });
  });

  test('is listed with whom it may be, and goes when it is decided', async () => {
    const [item] = await listReview(scene.pool, population, { limit: 10 });
    expect(item).toMatchObject({ row: 'clinic/rows a' });
    expect(item?.candidates.map(({ row }) => row).sort()).toEqual(['shield/rows 1', 'shield/rows 2']);
    await decide('clinic/rows a', 'shield/rows 1', 'confirmed');
    expect(await scene.partition()).toEqual(['clinic/a shield/1', 'shield/2']);
    const rules = await scene.query<{ link_rule: string }>(
      "SELECT link_rule FROM population.source_record WHERE source_key = 'a'",
    );
    expect(rules).toEqual([{ link_rule: 'steward' }]);
    await decide('clinic/rows a', 'shield/rows 2', 'forbidden');
    expect(await listReview(scene.pool, population, { limit: 10 })).toEqual([]);
  });

  test('a decision outlives corrections, new versions and the deletion of its rows', async () => {
    await decide('clinic/rows a', 'shield/rows 2', 'confirmed');
    await take('clinic', { key: 'a', at: 1_700_000_000_001, ...PERSON, residenceAddress: '青海省海东市乐都区' });
    expect(await scene.partition()).toEqual(['clinic/a shield/2', 'shield/1']);
    await take('clinic', { key: 'a', at: 1_700_000_000_002, deleted: true });
    await take('clinic', { key: 'a', at: 1_700_000_000_003, ...PERSON });
    expect(await scene.partition()).toEqual(['clinic/a shield/2', 'shield/1']);
  });

  test('a decision taken back leaves what there was before', async () => {
    const before = await scene.partition();
    const { decisionId } = await decide('clinic/rows a', 'shield/rows 1', 'confirmed');
    await scene.stewardship.withdraw(decisionId, '马主任');
    expect(await scene.partition()).toEqual(before);
    expect(await listReview(scene.pool, population, { limit: 10 })).toHaveLength(1);
    await expect(scene.stewardship.withdraw(decisionId, '马主任')).rejects.toMatchObject({
      code: 'HUB_CATALOG_NOT_FOUND',
    });
  });
});

test('what is forbidden is kept apart, whatever key the rows share', async () => {
  await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
  await take('insurance', { key: 'x', citizenNumber: NUMBER, ...PERSON });
  expect(await scene.partition()).toEqual(['insurance/x shield/1']);
  await decide('shield/rows 1', 'insurance/rows x', 'forbidden');
  expect(await scene.partition()).toEqual(['insurance/x', 'shield/1']);
  expect(await scene.query('SELECT kind FROM population.entity_event')).toEqual([{ kind: 'split' }]);
});

test('to join entities of more than two sources takes two persons', async () => {
  await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
  await take('insurance', { key: 'x', citizenNumber: NUMBER, ...PERSON });
  await take('clinic', { key: 'a', name: '才让', sex: '2' });
  const { decisionId, stands } = await decide('clinic/rows a', 'shield/rows 1', 'confirmed');
  expect([stands, await scene.partition()]).toEqual([false, ['clinic/a', 'insurance/x shield/1']]);
  await expect(scene.stewardship.second(decisionId, '马主任')).rejects.toMatchObject({ code: 'HUB_REVIEW_REFUSED' });
  await scene.stewardship.second(decisionId, '祁科长');
  expect(await scene.partition()).toEqual(['clinic/a insurance/x shield/1']);
});

test.each([
  ['Wang Wei', 'wang wei'],
  ['Wang Wei', 'ＷＡＮＧ　ＷＥＩ'],
  ['马主任', ' 马 主任\u200b'],
  ['straße', 'STRASSE'],
  ['才让·卓玛', '才让卓玛'],
])('%s is one person, however written: %s is no second one', async (first, again) => {
  await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
  await take('insurance', { key: 'x', citizenNumber: NUMBER, ...PERSON });
  await take('clinic', { key: 'a', name: '才让', sex: '2' });
  const { decisionId } = await decide('clinic/rows a', 'shield/rows 1', 'confirmed', first);
  await expect(scene.stewardship.second(decisionId, again)).rejects.toMatchObject({ code: 'HUB_REVIEW_REFUSED' });
  await expect(scene.stewardship.second(decisionId, ' \u3000')).rejects.toMatchObject({ code: 'HUB_REQUEST_INVALID' });
});

test('who decides is kept with one width of letters and single blanks', async () => {
  await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
  await take('insurance', { key: 'x', citizenNumber: NUMBER, ...PERSON });
  await decide('shield/rows 1', 'insurance/rows x', 'forbidden', '　Ｗang  Wei ');
  expect(await listDecisions(scene.pool, 'population', 10)).toMatchObject([{ by: 'Wang Wei' }]);
});

test('rows that are not there, and a row with itself, are refused', async () => {
  await take('shield', { key: '1', ...PERSON });
  await expect(decide('shield/rows 1', 'shield/rows 9', 'confirmed')).rejects.toMatchObject({
    code: 'HUB_CATALOG_NOT_FOUND',
  });
  await expect(decide('shield/rows 1', 'shield/rows 1', 'forbidden')).rejects.toMatchObject({
    code: 'HUB_REVIEW_REFUSED',
  });
});

test('what holds an entity together, the weakest first', async () => {
  await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
  await take('insurance', { key: 'x', citizenNumber: NUMBER, ...PERSON });
  await take('clinic', { key: 'a', ...PERSON });
  const [entity] = await scene.query<{ id: number }>('SELECT entity_id::int AS id FROM population.golden');
  const edges = await explainEdges(scene.pool, population, entity?.id ?? 0);
  expect(edges.map(({ by }) => by)).toEqual(['match', 'match', 'citizen']);
  expect(edges[0]?.weight).toBeGreaterThan(16);
  expect(edges.map(({ weakest }) => weakest)).toEqual([true, false, false]);
  expect(edges[2]).toMatchObject({ rows: ['insurance/rows x', 'shield/rows 1'], by: 'citizen', weight: null });
});

test('a pair is explained: keys, fields with their bits, veto, decision', async () => {
  await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
  await take('clinic', { key: 'a', ...PERSON, birthDate: '1990-03-09' });
  const explained = await explainPair(scene.pool, population, 'clinic/rows a', 'shield/rows 1');
  expect(explained).toMatchObject({ keys: [], vetoes: [], decision: null, match: { model: 'population-3', link: 16 } });
  const birth = explained.match?.fields.find(({ field }) => field === 'birth');
  expect(birth).toMatchObject({ zh: '出生日期', zhLevel: '一个数字之差或月日颠倒', level: 1 });
  expect(explained.together).toBe((explained.match?.weight ?? 0) >= 16);
  await decide('clinic/rows a', 'shield/rows 1', 'forbidden');
  expect(await explainPair(scene.pool, population, 'clinic/rows a', 'shield/rows 1')).toMatchObject({
    together: false,
    decision: { kind: 'forbidden', by: '马主任', reason: '核对户口簿' },
  });
});

test('fields that add up to a link and agree in too little are explained as asked', async () => {
  await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
  await take('clinic', { key: 'a', ...PERSON });
  const sure = await explainPair(scene.pool, population, 'clinic/rows a', 'shield/rows 1');
  expect(sure.match).toMatchObject({ asked: false });
  const unnamed = { ...PERSON, name: null };
  await take('clinic', { key: 'b', ...unnamed });
  const { match } = await explainPair(scene.pool, population, 'clinic/rows b', 'shield/rows 1');
  const total = match?.fields.at(-1)?.total ?? 0;
  expect([total >= (match?.link ?? 0), match?.asked]).toEqual([true, true]);
  expect(match?.weight).toBeCloseTo((match?.link ?? 0) - 0.01, 9);
});

describe('what else waits', () => {
  const kinds = async () => (await listReview(scene.pool, population, { limit: 10 })).map(({ kind }) => kind);

  test('a decision that wants a second person, until it has one', async () => {
    await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
    await take('insurance', { key: 'x', citizenNumber: NUMBER, ...PERSON });
    await take('clinic', { key: 'a', name: '才让', sex: '2' });
    const { decisionId } = await decide('clinic/rows a', 'shield/rows 1', 'confirmed');
    const [item] = await listReview(scene.pool, population, { kind: 'second', limit: 10 });
    expect(item).toMatchObject({ kind: 'second', row: 'clinic/rows a', decision: { id: decisionId, by: '马主任' } });
    expect(item?.candidates).toMatchObject([{ row: 'shield/rows 1', weight: null }]);
    expect(await listDecisions(scene.pool, 'population', 10)).toMatchObject([{ id: decisionId, waits: true }]);
    await scene.stewardship.second(decisionId, '祁科长');
    expect(await kinds()).toEqual([]);
    expect(await listDecisions(scene.pool, 'population', 10)).toMatchObject([{ waits: false, secondedBy: '祁科长' }]);
  });

  test('a match that is hardly sure and alone holds an entity together, until a person has confirmed it', async () => {
    // Name and sex agree, of the birth date all but one digit, nothing else is known: enough to link, hardly more.
    const few = { name: '尼玛次仁', birthDate: '1971-11-23', sex: '1' };
    await take('shield', { key: '1', citizenNumber: NUMBER, ...few });
    await take('clinic', { key: 'a', ...few, birthDate: '1971-11-28' });
    expect(await scene.partition()).toEqual(['clinic/a shield/1']);
    const [item] = await listReview(scene.pool, population, { kind: 'bridge', limit: 10 });
    expect(item).toMatchObject({ kind: 'bridge', row: 'clinic/rows a', candidates: [{ row: 'shield/rows 1' }] });
    expect(item?.candidates[0]?.weight).toBeLessThan(19);
    // By the numbers of the records, as the pages show them.
    await decide(String(item?.recordId), String(item?.candidates[0]?.recordId), 'confirmed');
    expect(await kinds()).toEqual([]);
  });

  test('an entity with very many records', async () => {
    const rows = Array.from({ length: 21 }, (_, i) => ({ key: `k${i}`, citizenNumber: NUMBER, ...PERSON }));
    await take('shield', ...rows);
    expect(await listReview(scene.pool, population, { limit: 10 })).toMatchObject([
      { kind: 'large', records: 21, row: 'shield/rows k0', candidates: [] },
    ]);
    await take('shield', { key: 'k3', at: 1_700_000_000_001, deleted: true });
    expect(await kinds()).toEqual([]);
  });
});

test('decisions outlive the base: loaded anew in another order it comes to the same', async () => {
  const rows: (readonly [string, Row])[] = [
    ['shield', { key: '1', citizenNumber: NUMBER, ...PERSON }],
    ['shield', { key: '2', citizenNumber: OTHER, ...PERSON }],
    ['insurance', { key: 'x', citizenNumber: OTHER, ...PERSON }],
    ['clinic', { key: 'a', ...PERSON }],
    ['clinic', { key: 'b', name: '李娜', sex: '2' }],
  ];
  for (const [system, row] of rows) await take(system, row);
  await decide('clinic/rows a', 'shield/rows 1', 'confirmed');
  await decide('shield/rows 2', 'insurance/rows x', 'forbidden');
  await decide('clinic/rows b', 'shield/rows 2', 'confirmed');
  const decided = ['clinic/a shield/1', 'clinic/b shield/2', 'insurance/x'];
  expect(await scene.partition()).toEqual(decided);
  await scene.query(`TRUNCATE population.entity, population.source_record, population.source_record_history, population.link_key,
    population.golden, population.entity_event, population.applied_position, population.block_open, population.block_anchored,
    population.choice`);
  for (const [system, row] of [...rows].reverse()) await take(system, row);
  expect(await scene.partition()).toEqual(decided);
});

describe('bridges', () => {
  test.each<[string, [number, number][], number[]]>([
    ['two', [[1, 2]], [0]],
    // biome-ignore format: one graph a line
    ['a triangle', [[1, 2], [2, 3], [3, 1]], []],
    // biome-ignore format: one graph a line
    ['two triangles and what joins them', [[1, 2], [2, 3], [3, 1], [3, 4], [4, 5], [5, 6], [6, 4]], [3]],
    // biome-ignore format: one graph a line
    ['two by two edges', [[1, 2], [2, 1]], []],
    // biome-ignore format: one graph a line
    ['a chain beside a pair', [[1, 2], [2, 3], [8, 9]], [0, 1, 2]],
  ])('%s', (_, edges, bridges) => {
    expect([...bridgesAmong(edges)].sort()).toEqual(bridges);
  });

  test('a long chain does not exhaust the stack', () => {
    const chain = Array.from({ length: 50_000 }, (_, i) => [i, i + 1] as const);
    expect(bridgesAmong(chain).size).toBe(50_000);
  });
});
