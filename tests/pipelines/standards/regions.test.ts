import { describe, expect, test } from '@jest/globals';
import {
  codeYears,
  currentRegions,
  regionKnown,
  regionKnownBetween,
  regionNamed,
  resolveRegion,
} from '../../../pipelines/standards/regions.ts';

const uid = (code: string): string | undefined => resolveRegion(code)?.uid;

describe('what an old code stands for today', () => {
  test.each([
    ['632121', '630203', 'recode'],
    ['630221', '630203', 'recode'],
    ['632123', '630202', 'recode'],
    ['632124', '630106', 'reparent'],
    ['630122', '630106', 'recode'],
    ['632125', '630123', 'reparent'],
    ['632122', '630222', 'recode'],
    ['632126', '630223', 'recode'],
    ['632127', '630224', 'recode'],
    ['632128', '630225', 'recode'],
    ['632100', '630200', 'recode'],
    ['632421', '632324', 'reparent'],
    ['632721', '632701', 'recode'],
    ['632321', '632301', 'recode'],
    ['632856', '632803', 'merge'],
    ['632858', '632803', 'merge'],
    ['630121', '630121', 'same'],
    ['632800', '632800', 'same'],
  ])('%s is %s', (old, now, kind) => expect(resolveRegion(old)).toMatchObject({ current: [now], kind }));
  test('a split gives several', () => {
    const split = resolveRegion('630111')!;
    expect(split).toMatchObject({
      kind: 'split',
      name: '西宁市郊区',
      current: ['630102', '630103', '630104', '630105'],
    });
    expect(split.uid).not.toBe(uid('630105'));
  });
  test('a place keeps its uid through every code', () => {
    expect(new Set(['632124', '630122', '630106'].map(uid)).size).toBe(1);
    expect(new Set(['632121', '630221', '630203'].map(uid)).size).toBe(1);
    expect(uid('632123')).toBe(uid('630202'));
    expect(uid('632421')).toBe(uid('632324'));
    expect(uid('632803')).not.toBe(uid('632856'));
  });
});

describe('as of a day', () => {
  test('the code in force then', () => {
    expect(resolveRegion('632123', '1990-06-01')).toMatchObject({
      name: '乐都县',
      inForce: ['632123'],
      current: ['630202'],
    });
    expect(resolveRegion('632121', '2014-06-01')).toMatchObject({ inForce: ['630221'], current: ['630203'] });
    expect(resolveRegion('632124', '2005-01-01')?.inForce).toEqual(['630122']);
    expect(resolveRegion('630106', '1990-01-01')?.inForce).toEqual(['632124']);
    expect(resolveRegion('630111', '1990-01-01')?.inForce).toHaveLength(4);
    expect(resolveRegion('632803', '2000-01-01')?.inForce).toEqual([]);
  });
  test('the name of then', () => {
    expect(resolveRegion('630121', '1982-01-01')).toMatchObject({
      name: '大通县',
      kind: 'rename',
      current: ['630121'],
    });
    expect(resolveRegion('630121', '2000-01-01')?.name).toBe('大通回族土族自治县');
    expect(resolveRegion('632800', '1983-01-01')?.name).toBe('海西蒙古族藏族哈萨克族自治州');
  });
  test('what was founded out of a place later', () => {
    expect(resolveRegion('632821', '1985-01-01')?.carved).toEqual(['632802']);
    expect(resolveRegion('632821', '1995-01-01')?.carved).toEqual([]);
  });
  test('known at a day; a year that is all we know counts for both sides', () => {
    expect(regionKnown('630203', '2014-01-01')).toBe(false);
    expect(regionKnown('630203', '2015-02-15')).toBe(false);
    expect(regionKnown('630203', '2015-02-16')).toBe(true);
    expect(regionKnown('630221', '2015-02-16')).toBe(false);
    expect(regionKnown('632123', '2013-12-01')).toBe(true);
    expect(regionKnown('630202', '2013-01-01')).toBe(true);
    expect(regionKnown('632123', '1949-01-01')).toBe(true);
    expect(regionKnownBetween('632123', 2015, 2016)).toBe(false);
    expect(regionKnownBetween('632123', 2013, 2014)).toBe(true);
  });
});

test('what was never allocated', () => {
  for (const code of [
    '639999',
    '630130',
    '632199',
    '632909',
    '630199',
    '632450',
    '630124',
    '990000',
    // numbers that begin like a code of another province
    '129726',
    '139999',
    '119999',
    '443400',
    '700100',
    '830000',
    '000000',
    '6301',
    '',
  ]) {
    expect([code, regionKnown(code), resolveRegion(code)]).toEqual([code, false, null]);
  }
});

test('other provinces are known by their first digits', () => {
  expect(resolveRegion('110105')).toMatchObject({ name: '北京市', current: ['110105'], kind: 'outside' });
  expect(regionKnown('440524')).toBe(true);
  for (const code of [
    '654321',
    '441900',
    '350211',
    '429004',
    '469000',
    '110201',
    '132121',
    '659012',
    '110100',
    '330113',
  ])
    expect([code, regionKnown(code)]).toEqual([code, true]);
  expect(['710000', '810000', '820000'].map((code) => resolveRegion(code)?.name)).toEqual([
    '台湾省',
    '香港特别行政区',
    '澳门特别行政区',
  ]);
  expect(regionKnown('480101')).toBe(false);
  expect(regionKnown('11010A')).toBe(false);
});

test('市辖区 gathers the districts of a city: known, without saying which, and no place of its own', () => {
  expect(resolveRegion('630101')).toMatchObject({
    kind: 'split',
    current: ['630102', '630103', '630104', '630105'],
  });
  expect([regionKnown('630101', '2010-01-01'), regionKnown('630101', '2016-01-01')]).toEqual([true, false]);
  expect(codeYears().map(({ code }) => code)).not.toContain('630101');
  expect(regionNamed('市辖区')).toBeNull();
});

test('Qinghai today: a province, eight prefectures, 44 counties, each with its parent', () => {
  const regions = currentRegions();
  const count = (level: string): number => regions.filter((region) => region.level === level).length;
  expect([count('province'), count('prefecture'), count('county')]).toEqual([1, 8, 44]);
  const codes = new Set(regions.map((region) => region.code));
  for (const { code, parent } of regions) expect([code, parent === null || codes.has(parent)]).toEqual([code, true]);
  expect(new Set(regions.map((region) => resolveRegion(region.code)?.uid)).size).toBe(regions.length);
});

describe('names', () => {
  test.each([
    ['青海省西宁市城东区', '630102'],
    ['大通县', '630121'],
    ['循化撒拉族自治县', '630225'],
    ['海西州德令哈市', '632802'],
    ['青海省', '630000'],
    ['海南州', '632500'],
    ['乐都县', '632123'],
    ['玉树市', '632701'],
    ['玉树州', '632700'],
    ['大柴旦', '632857'],
    ['大柴旦行委', '632857'],
    ['海西州大柴旦行政委员会', '632857'],
    ['茫崖行委', '632856'],
    ['冷湖', '632858'],
    ['西宁市 城东区', '630102'],
    ['青海省/西宁市/城东区', '630102'],
    ['青海省　海西州、德令哈市', '632802'],
  ])('%s is %s', (text, code) => expect(regionNamed(text)).toBe(code));
  test('names of other provinces are none of ours', () => {
    for (const text of ['海南省', '海南', '河南', '河南省', '北京市', '', '西宁市某区'])
      expect([text, regionNamed(text)]).toEqual([text, null]);
  });
});
