import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { prepareConversion } from '../../../pipelines/conversions.ts';
import { macroeconomic } from '../../../pipelines/macroeconomic/definition.ts';
import type { AttributeSpec } from '../../../pipelines/pipeline.ts';
import { openScene, type Scene } from '../engine/scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene(macroeconomic);
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const cell = {
  indicator: 'retail.sales',
  area: '630000',
  frequency: 'M',
  period: '2024-03',
  accumulation: 'C',
  unit: 'CNY',
};
const latest = () =>
  scene.query<{ period: string; value: string | null; released: string }>(
    "SELECT period, value, to_char(released_on, 'YYYY-MM-DD') AS released FROM macro.feed_latest ORDER BY period",
  );

test('releases of one cell are vintages of one entity; the latest is what is read', async () => {
  const source = await scene.source('statistics', 'statistics');
  await scene.take(source, [
    { key: 'a', ...cell, value: '29424000000', releaseDate: '2024-04-18', releaseKind: 'preliminary' },
    { key: 'b', ...cell, value: '29510000000', releaseDate: '2025-10-01', releaseKind: 'verified' },
    { key: 'c', ...cell, value: '29400000000', releaseDate: '2024-04-10' },
  ]);
  expect(await scene.partition()).toEqual(['statistics/a statistics/b statistics/c']);
  expect(await latest()).toEqual([{ period: '2024-03', value: '29510000000', released: '2025-10-01' }]);
  expect(await scene.query('SELECT count(*)::int AS n FROM macro.series')).toEqual([{ n: 1 }]);
});

test('a corrected row supersedes what it said, a deleted one withdraws it, and both stay readable', async () => {
  const source = await scene.source('statistics', 'statistics');
  await scene.take(source, [{ key: 'a', ...cell, value: '1', releaseDate: '2024-04-18' }]);
  await scene.take(source, [{ key: 'a', ...cell, value: '2', releaseDate: '2024-04-18' }]);
  expect((await latest()).map(({ value }) => value)).toEqual(['2']);
  await scene.take(source, [{ key: 'a', deleted: true }]);
  expect(await latest()).toEqual([]);
  const all = await scene.query(
    'SELECT value, superseded_at IS NULL AS current FROM macro.observation ORDER BY observation_id',
  );
  expect(all).toEqual([
    { value: '1', current: false },
    { value: '2', current: false },
  ]);
});

test('year to date, month, end of period and growth are series of their own', async () => {
  const source = await scene.source('statistics', 'statistics');
  await scene.take(source, [
    { key: 'a', ...cell, value: '3' },
    { key: 'b', ...cell, accumulation: 'S', value: '1' },
    { key: 'c', ...cell, transformation: 'G1Y', unit: 'PT', value: '1.9' },
    { key: 'd', ...cell, indicator: 'loans.balance', accumulation: undefined, value: '9' },
  ]);
  const series = await scene.query(
    'SELECT indicator, accumulation, transformation, price, unit FROM macro.series ORDER BY 1, 2, 3',
  );
  expect(series).toEqual([
    { indicator: 'loans.balance', accumulation: 'E', transformation: 'N', price: 'V', unit: 'CNY' },
    { indicator: 'retail.sales', accumulation: 'C', transformation: 'G1Y', price: 'N', unit: 'PT' },
    { indicator: 'retail.sales', accumulation: 'C', transformation: 'N', price: 'V', unit: 'CNY' },
    { indicator: 'retail.sales', accumulation: 'S', transformation: 'N', price: 'V', unit: 'CNY' },
  ]);
});

test('a figure that breaks a rule of severity E is published as unreliable, what the source says of it stays', async () => {
  const source = await scene.source('statistics', 'statistics');
  const broken = (rule: string, attribute: string, severity = 'E') =>
    JSON.stringify([{ rule, severity, attribute, message: 'm' }]);
  await scene.take(source, [
    { key: 'a', ...cell, period: '2024-01', value: '-5', issues: broken('M13', 'value') },
    { key: 'b', ...cell, period: '2024-02', value: '5', status: 'P', issues: broken('M13', 'value') },
    { key: 'c', ...cell, period: '2024-03', value: '5', issues: broken('M26', 'value', 'I') },
    { key: 'd', ...cell, period: '2024-04', value: '5', issues: broken('M23', 'releaseDate') },
    { key: 'e', ...cell, period: '2024-05', value: '5', issues: broken('M30', 'value') },
    { key: 'f', ...cell, period: '2099-01', value: '5', status: 'A', issues: broken('M03', 'period') },
    { key: 'g', ...cell, period: '2024-06', status: 'L', issues: broken('M04', 'value') },
  ]);
  const stored = await scene.query<{ at: string }>(
    "SELECT period || ' ' || status AS at FROM macro.observation ORDER BY period",
  );
  const statuses = ['2024-01 U', '2024-02 P', '2024-03 A', '2024-04 A', '2024-05 A', '2024-06 L', '2099-01 U'];
  expect(stored.map(({ at }) => at)).toEqual(statuses);
});

test('a missing value is stored as missing, not as zero', async () => {
  const source = await scene.source('statistics', 'statistics');
  await scene.take(source, [{ key: 'a', ...cell, status: 'M' }]);
  expect(await latest()).toMatchObject([{ value: null }]);
});

test('values are exact in their base unit, whatever the table calls it', () => {
  const read = (unit: string, text: string) => {
    const { value, extra, issues } = prepareConversion(`value(${unit})`)([text], {
      attribute: 'value',
      today: '2026-06-01',
    });
    return [value, extra?.['unit'], extra?.['status'], ...issues.map(({ rule }) => rule)];
  };
  expect(read('亿元', '294.24')).toEqual(['29424000000', 'CNY', 'A']);
  expect(read('万人', '592.40')).toEqual(['5924000', 'PS', 'A']);
  expect(read('万亩', '1')).toEqual(['666.666667', 'HAR', 'A']);
  expect(read('亩', '-1')).toEqual(['-0.066667', 'HAR', 'A']);
  expect(read('%', '１.９％')).toEqual(['1.9', 'PT', 'A']);
  expect(read('吨', '1,234.50')).toEqual(['1234.5', 'TNE', 'A']);
  expect(read('万元', '…')).toEqual([null, 'CNY', 'N']);
  expect(read('万元', '—')).toEqual([null, 'CNY', 'M']);
  expect(read('万元', '约3')).toEqual([null, 'CNY', 'L', 'M04']);
});

test('the row of the total is the total, and an area that was not there has no observation', async () => {
  const source = await scene.source('customs', 'customs');
  await scene.take(source, [
    { key: 'a', ...cell, item: '合计', value: '3' },
    { key: 'b', ...cell, item: '日本', value: '1' },
    { key: 'c', ...cell, area: '632803', frequency: 'A', period: '2010', value: '1' },
  ]);
  expect(await scene.query('SELECT area, item FROM macro.series ORDER BY item')).toEqual([
    { area: '630000', item: '_T' },
    { area: '630000', item: '日本' },
  ]);
});

test('a source that says the day of release is told from one that does not', async () => {
  const source = await scene.source('statistics', 'statistics');
  await scene.take(source, [
    { key: 'a', ...cell, value: '1', releaseDate: '2024-04-18' },
    { key: 'b', ...cell, period: '2024-04', value: '2' },
  ]);
  expect(await scene.query('SELECT period, dated FROM macro.feed_observation ORDER BY period')).toEqual([
    { period: '2024-03', dated: true },
    { period: '2024-04', dated: false },
  ]);
});

test('of two departments that release a cell on one day the one whose word goes first is read, whichever came last', async () => {
  const [finance, statistics] = [await scene.source('budget', 'finance'), await scene.source('yearbook', 'statistics')];
  const other = await scene.source('somebody', 'meteorology');
  const said = { ...cell, releaseDate: '2024-04-18' };
  await scene.take(statistics, [{ key: 'a', ...said, value: '100' }]);
  await scene.take(finance, [{ key: 'a', ...said, value: '101' }]);
  await scene.take(other, [{ key: 'a', ...said, value: '102' }]);
  expect((await latest()).map(({ value }) => value)).toEqual(['100']);
  await scene.take(finance, [{ key: 'b', ...said, value: '103', releaseDate: '2024-04-19' }]);
  expect((await latest()).map(({ value }) => value)).toEqual(['103']);
});

test('the ranks that the migration gave to what was there are those of the attribute', async () => {
  const { authority } = macroeconomic.attributes['value'] as AttributeSpec;
  const migration = await readFile('pipelines/macroeconomic/migrations/0003-marks-and-authority.sql', 'utf8');
  expect(migration).toContain(`ARRAY[${authority.map((one) => `'${one}'`).join(', ')}]`);
});

test('marks are kept beside the value; a sign of the publisher and a cell that was not read are told apart', async () => {
  const source = await scene.source('statistics', 'statistics');
  const read = (text: string) => {
    const { value, extra } = prepareConversion('value(万元)')([text], { attribute: 'value', today: '2026-01-01' });
    return { value, ...extra };
  };
  const texts = ['5000*', '6000(p)', 'r7', 'x', '…', '-', '..', '5%'];
  await scene.take(
    source,
    texts.map((text, i) => ({ key: text, ...cell, period: `2024-0${i + 1}`, ...read(text) })),
  );
  const rows = await scene.query<{ value: string | null; status: string; mark: string | null }>(
    'SELECT value::text AS value, status, mark FROM macro.feed_latest ORDER BY period',
  );
  expect(rows.map(({ value, status, mark }) => [value, status, mark])).toEqual([
    ['50000000', 'A', '*'],
    ['60000000', 'P', '(p)'],
    ['70000', 'R', 'r'],
    [null, 'Q', 'x'],
    [null, 'N', '…'],
    [null, 'M', '-'],
    [null, 'O', '..'],
    [null, 'L', null],
  ]);
});

test('what cannot be published is stored and has no observation', async () => {
  const source = await scene.source('statistics', 'statistics');
  await scene.take(source, [
    { key: 'a', ...cell, value: '1' },
    { key: 'b', ...cell, value: '1', area: '129726' },
    { key: 'c', ...cell, value: '1', indicator: 'gnp' },
    { key: 'd', ...cell, value: '1', unit: '万元' },
    { key: 'e', ...cell, value: '1', frequency: 'D', period: '2024-03-31' },
  ]);
  expect((await latest()).map(({ period }) => period)).toEqual(['2024-03', '2024-03-31']);
});
