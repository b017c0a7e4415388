import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { listFindings, runBatchRules } from '../../../pipelines/engine/batch-rules.ts';
import { macroBatchRules } from '../../../pipelines/macroeconomic/batch-rules.ts';
import { macroeconomic } from '../../../pipelines/macroeconomic/definition.ts';
import { spatial } from '../../../pipelines/spatial/definition.ts';
import { toWkb } from '../../../schemas/geometry.ts';
import { openScene, type Row, type Scene } from '../engine/scene.ts';
import { TODAY } from '../rule-fixtures.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene(macroeconomic);
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await scene.query(
    'TRUNCATE macro.observation, macro.series, macro.finding, macro.entity, macro.source_record, macro.golden, macro.link_key',
  );
});

let key = 0;
const sales = { indicator: 'retail.sales', area: '630000', frequency: 'M', accumulation: 'C', unit: 'CNY' };
const row = (fields: object): Row => ({ key: String(++key), ...sales, ...fields });
const take = async (rows: readonly Row[], system = 'statistics') => scene.take(await scene.source(system), rows);
const months = (values: readonly number[], more: object = {}): Row[] =>
  values.map((value, i) => row({ period: `2024-${String(i + 1).padStart(2, '0')}`, value: String(value), ...more }));
/** Subjects that a rule finds; nothing else may be found. */
async function found(rule: string): Promise<string[]> {
  await runBatchRules(scene.pool, macroeconomic, { today: TODAY });
  return (await listFindings(scene.pool, 'macro', rule, 100)).map(({ subject }) => subject).sort();
}

const annual = (change: object): Row => row({ frequency: 'A', accumulation: 'S', ...change });
const gdp = (code: string, value: number, change: object = {}): Row =>
  annual({ indicator: code, period: '2023', value: String(value), ...change });

test.each<[rule: string, what: string, rows: () => readonly Row[], subjects: readonly string[]]>([
  ['M07', 'rising', () => months([10, 20, 30]), []],
  ['M07', 'falling from year to year', () => [...months([10, 20]), row({ period: '2025-01', value: '5' })], []],
  ['M07', 'a flow that may be negative', () => months([10, 5], { indicator: 'budget.revenue' }), []],
  ['M07', 'falling in its year', () => months([10, 8, 30]), ['retail.sales 630000 M C N 2024-02']],
  [
    'M07',
    'falling twice',
    () => months([10, 8, 7]),
    ['retail.sales 630000 M C N 2024-02', 'retail.sales 630000 M C N 2024-03'],
  ],
  [
    'M07',
    'one item of two',
    () => [...months([1, 2], { item: '甲' }), ...months([2, 1], { item: '乙' })],
    ['retail.sales 630000 M C N 乙 2024-02'],
  ],
  ['M09', 'equal', () => [row({ period: '2023-12', value: '100' }), annual({ period: '2023', value: '100.4' })], []],
  ['M09', 'no annual figure', () => [row({ period: '2023-12', value: '100' })], []],
  [
    'M09',
    'another area',
    () => [row({ period: '2023-12', value: '100' }), annual({ period: '2023', value: '1', area: '630100' })],
    [],
  ],
  [
    'M09',
    'apart',
    () => [row({ period: '2023-12', value: '100' }), annual({ period: '2023', value: '90' })],
    ['retail.sales 630000 M C N 2023-12'],
  ],
  [
    'M09',
    'a quarter apart',
    () => [row({ frequency: 'Q', period: '2023-Q4', value: '9' }), annual({ period: '2023', value: '90' })],
    ['retail.sales 630000 Q C N 2023-Q4'],
  ],
  [
    'M14',
    'parts sum',
    () => [gdp('gdp', 100), gdp('gdp.primary', 10), gdp('gdp.secondary', 40), gdp('gdp.tertiary', 50)],
    [],
  ],
  ['M14', 'a part is missing', () => [gdp('gdp', 100), gdp('gdp.primary', 10)], []],
  [
    'M14',
    'parts do not sum',
    () => [gdp('gdp', 100), gdp('gdp.primary', 10), gdp('gdp.secondary', 40), gdp('gdp.tertiary', 60)],
    ['gdp 630000 A S N 2023'],
  ],
  [
    'M11',
    'as published',
    () => [
      annual({ period: '2022', value: '100' }),
      annual({ period: '2023', value: '106' }),
      annual({ period: '2023', value: '5.8', unit: 'PT', transformation: 'G1Y' }),
    ],
    [],
  ],
  [
    'M11',
    'another growth',
    () => [
      annual({ period: '2022', value: '100' }),
      annual({ period: '2023', value: '106' }),
      annual({ period: '2023', value: '16', unit: 'PT', transformation: 'G1Y' }),
    ],
    ['retail.sales 630000 A S G1Y 2023'],
  ],
  [
    'M29',
    'preliminary for years',
    () => [annual({ period: '2020', value: '1', releaseDate: '2021-01-20', releaseKind: 'preliminary' })],
    ['retail.sales 630000 A S 2020'],
  ],
  [
    'M29',
    'preliminary, then final',
    () => [
      annual({ period: '2020', value: '1', releaseDate: '2021-01-20', releaseKind: 'preliminary' }),
      annual({ period: '2020', value: '2', releaseDate: '2021-10-01' }),
    ],
    [],
  ],
])('%s: %s', async (rule, _, rows, subjects) => {
  await take(rows());
  expect(await found(rule)).toEqual([...subjects].sort());
});

test('M27: two departments differ by more than a hundredth', async () => {
  await take([row({ period: '2023-12', value: '100' }), row({ period: '2023-11', value: '50' })]);
  await take([row({ period: '2023-12', value: '103' }), row({ period: '2023-11', value: '50.2' })], 'tax');
  expect(await found('M27')).toEqual(['retail.sales 630000 C 2023-12']);
});

test('M17: one year out of ten', async () => {
  const values = [100, 104, 109, 113, 118, 122, 127, 131, 136, 400, 145];
  await take(values.map((value, i) => annual({ period: String(2010 + i), value: String(value) })));
  expect(await found('M17')).toEqual(['retail.sales 630000 A S N 2019', 'retail.sales 630000 A S N 2020']);
});

test('a finding keeps its first day while it is there, and goes when it is mended', async () => {
  await take([row({ key: 'a', period: '2024-01', value: '10' }), row({ key: 'b', period: '2024-02', value: '8' })]);
  const first = await runBatchRules(scene.pool, macroeconomic, { today: TODAY });
  expect(first.find(({ rule }) => rule === 'M07')).toMatchObject({ found: 1, isNew: 1, gone: 0 });
  const [before] = await listFindings(scene.pool, 'macro', 'M07', 1);
  const again = await runBatchRules(scene.pool, macroeconomic, { today: TODAY });
  expect(again.find(({ rule }) => rule === 'M07')).toMatchObject({ found: 1, isNew: 0, gone: 0 });
  expect((await listFindings(scene.pool, 'macro', 'M07', 1))[0]?.firstFoundAt).toEqual(before?.firstFoundAt);
  await take([{ ...row({ period: '2024-02', value: '18' }), key: 'b', at: 1_700_000_000_001 }]);
  const mended = await runBatchRules(scene.pool, macroeconomic, { today: TODAY });
  expect(mended.find(({ rule }) => rule === 'M07')).toMatchObject({ found: 0, gone: 1 });
});

test('every statement belongs to a rule that is decided on many records', () => {
  for (const id of Object.keys(macroBatchRules))
    expect([id, macroeconomic.rules.find((rule) => rule.id === id)?.decidedBy]).toEqual([id, 'batch']);
});

test('spatial: one station with two names, two features of one name in one place', async () => {
  await using places = await openScene(spatial);
  const at = (x: number, y: number): string => toWkb({ type: 'Point', coordinates: [x, y] }).toString('base64');
  const station = { featureClass: 'hydrology-station', name: '西宁', geometry: at(101.7, 36.6) };
  await places.take(await places.source('water'), [
    { key: '1', ...station, code: 'A' },
    { key: '2', ...station, code: 'B', geometry: at(101.7005, 36.6) },
    { key: '3', ...station, code: 'C', geometry: at(101.8, 36.6) },
    { key: '4', ...station, name: '湟源', code: 'D' },
    { key: '5', ...station, name: '湟源', code: 'E', geometry: at(101.7005, 36.6) },
  ]);
  await places.take(await places.source('gis'), [{ key: 'x', ...station, code: 'A', name: '西宁水文站' }]);
  await runBatchRules(places.pool, spatial, { today: TODAY });
  const findings = await listFindings(places.pool, 'spatial', null, 10);
  // The fuller name of A has survived, so that only D and E still share one.
  expect(findings.map(({ rule, subject }) => `${rule} ${subject}`)).toEqual([
    'S20 feature:hydrology-station:A',
    'S27 D E',
  ]);
});
