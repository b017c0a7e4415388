import { describe, expect, test } from '@jest/globals';
import { prepareConversion } from '../../../pipelines/conversions.ts';
import { INDICATORS } from '../../../pipelines/macroeconomic/indicators.ts';
import { macroeconomicRules } from '../../../pipelines/macroeconomic/rules.ts';
import type { Attributes } from '../../../pipelines/record.ts';
import { BASE_UNITS } from '../../../pipelines/standards/measures.ts';
import { describeRules, numberedIds, type RuleFixtures } from '../rule-fixtures.ts';

const sales: Attributes = {
  indicator: 'retail.sales',
  area: '630000',
  frequency: 'M',
  period: '2024-03',
  unit: 'CNY',
  value: '100',
};
const jobless: Attributes = { ...sales, indicator: 'unemployment.urban', unit: 'PT', value: '5.1' };
const growth: Attributes = { ...sales, transformation: 'G1Y', unit: 'PT', value: '1.9' };

const fixtures: Record<string, RuleFixtures> = {
  M01: {
    good: [sales, { ...sales, accumulation: 'C', price: 'V' }, { ...growth, adjustment: 'S' }],
    bad: [
      { ...sales, area: null },
      { ...sales, accumulation: 'X' },
      { period: '2024-03', frequency: 'M' },
    ],
  },
  M02: {
    good: [sales, { ...sales, indicator: null }, { ...sales, indicator: 'gdp', frequency: 'A', period: '1999' }],
    bad: [
      { ...sales, indicator: 'gnp' },
      { ...sales, indicator: '社会消费品零售总额' },
      { ...sales, indicator: 'income.rural', frequency: 'A', period: '2005' },
    ],
  },
  M03: {
    good: [sales, { ...sales, frequency: 'Q', period: '2024-Q1' }, { ...sales, frequency: 'A', period: '2024' }],
    bad: [
      { ...sales, period: '2024-Q1' },
      { ...sales, frequency: 'A' },
      { ...sales, period: '2031-03' },
    ],
  },
  M05: {
    good: [sales, growth, { ...sales, unit: null }],
    bad: [
      { ...sales, unit: 'PS' },
      { ...growth, unit: 'CNY' },
      { ...sales, unit: '万元' },
    ],
  },
  M06: {
    good: [{ ...sales, note: '1-3月累计', accumulation: 'C' }, { ...sales, note: '3月当月' }, sales],
    bad: [
      { ...sales, note: '1-3月' },
      { ...sales, coverage: '本年累计' },
      { ...sales, note: '1至11月', accumulation: 'S' },
    ],
  },
  M08: {
    good: [
      sales,
      { ...sales, period: '2024-02', accumulation: 'C' },
      { ...sales, indicator: 'budget.revenue', period: '2024-01' },
    ],
    bad: [
      { ...sales, period: '2024-01' },
      { ...sales, indicator: 'investment.fixed', period: '2023-01' },
      { ...sales, indicator: 'industry.value-added', period: '2024-01', accumulation: 'S' },
    ],
  },
  M12: {
    good: [growth, { ...jobless, transformation: 'D1Y', unit: 'PP' }, sales],
    bad: [
      { ...growth, unit: 'PP' },
      { ...jobless, transformation: 'D1Y', unit: 'PT' },
      { ...growth, transformation: 'G1', unit: 'PP' },
    ],
  },
  M13: {
    good: [
      jobless,
      { ...sales, indicator: 'prices.consumer', unit: 'IX', value: '101.2' },
      { ...sales, indicator: 'budget.revenue', value: '-5' },
    ],
    bad: [
      { ...sales, value: '-1' },
      { ...sales, indicator: 'population.births', unit: 'PM', value: '1140' },
      { ...sales, indicator: 'prices.consumer', unit: 'IX', value: '1.2' },
    ],
  },
  M23: {
    good: [{ ...sales, releaseDate: '2024-04-18' }, { ...sales, releaseDate: '2024-03-31' }, sales],
    bad: [
      { ...sales, releaseDate: '2024-03-15' },
      { ...sales, frequency: 'A', period: '2024', releaseDate: '2024-12-30' },
      { ...sales, frequency: 'Q', period: '2024-Q2', releaseDate: '2024-06-01' },
    ],
  },
  M25: {
    good: [
      { ...sales, price: 'K', note: '2020年价格' },
      { ...sales, price: 'V' },
      { ...sales, price: 'K', coverage: '按2015年不变价' },
    ],
    bad: [
      { ...sales, price: 'K' },
      { ...sales, price: 'K', note: '不变价' },
      { ...sales, price: 'K', coverage: '规模以上' },
    ],
  },
  M21: {
    good: [
      sales,
      { ...sales, area: '630106', frequency: 'A', period: '1998' },
      { ...sales, area: '630111', frequency: 'A', period: '1985' },
    ],
    bad: [
      { ...sales, area: '632803', frequency: 'A', period: '2010' },
      { ...sales, area: '630111', frequency: 'A', period: '1990' },
      { ...sales, area: '639999' },
    ],
  },
  M22: {
    good: [
      { ...sales, item: '4754-2017:C13' },
      { ...sales, item: '4754-2011:13', frequency: 'A', period: '2014' },
      { ...sales, item: '青稞' },
    ],
    bad: [
      { ...sales, item: '4754-2011:13' },
      { ...sales, item: '4754-2017:C', frequency: 'A', period: '2011' },
      { ...sales, item: '4754-1985:C', frequency: 'A', period: '2011' },
    ],
  },
  M26: {
    good: [{ ...sales, decimals: 2 }, { ...growth, decimals: 1 }, sales],
    bad: [
      { ...sales, decimals: 11 },
      { ...growth, decimals: 3 },
      { ...sales, indicator: 'prices.consumer', unit: 'IX', value: '101.2345', decimals: 4 },
    ],
  },
  M30: {
    good: [{ ...sales, units: 3 }, { ...sales, units: 1, value: null }, sales],
    bad: [
      { ...sales, units: 2 },
      { ...sales, units: 1 },
      { ...sales, units: 0 },
    ],
  },
};

describe('rules of the macroeconomic base', () => {
  describeRules(macroeconomicRules, fixtures);

  test('are numbered, each once, each with what holds', () => {
    expect(macroeconomicRules.map(({ id }) => id)).toEqual(numberedIds('M', macroeconomicRules.length));
    for (const rule of macroeconomicRules) {
      expect(rule.title).toMatch(/^.{10,130}$/);
      expect([rule.id, rule.zh]).toEqual([rule.id, expect.stringMatching(/\p{sc=Han}{2}/u)]);
      expect([rule.id, rule.check !== undefined]).toEqual([rule.id, (rule.decidedBy ?? 'record') === 'record']);
    }
  });
});

test('indicators have names of their own, known units, and wholes that exist', () => {
  const names = INDICATORS.flatMap(({ code, zh, names: others }) => [code, zh, ...others]);
  expect(new Set(names).size).toBe(names.length);
  const codes = new Set(INDICATORS.map(({ code }) => code));
  for (const { code, unit, kind, partOf } of INDICATORS) {
    expect([code, BASE_UNITS[unit] !== undefined]).toEqual([code, true]);
    expect(['flow', 'stock', 'rate']).toContain(kind);
    expect(partOf === null || codes.has(partOf)).toBe(true);
  }
});

describe('conversions that decide a rule', () => {
  /** Rules that a conversion reports on a text. */
  const found = (as: string, text: string): readonly string[] =>
    prepareConversion(as)([text], { attribute: 'value', today: '2026-06-01' }).issues.map(({ rule }) => rule);
  const cases: Readonly<Record<string, { as: string; good: readonly string[]; bad: readonly string[] }>> = {
    M02: { as: 'indicator', good: ['gdp', '生产总值', 'CPI'], bad: ['国民幸福', 'gnp', '??'] },
    M03: { as: 'period', good: ['2024年1-3月', '202403', '2024Q1'], bad: ['2024年13月', '去年', '第三期'] },
    M04: { as: 'value(亿元)', good: ['1,234.5', '…', '-'], bad: ['约3', '1.2.3', '三亿'] },
    M22: { as: 'industry-item(2017)', good: ['C13', '05', 'A'], bad: ['Z', '98', '制造业'] },
  };
  test.each(Object.entries(cases))('%s', (rule, { as, good, bad }) => {
    for (const text of good) expect([text, found(as, text)]).toEqual([text, []]);
    for (const text of bad) expect([text, found(as, text)]).toEqual([text, [rule]]);
  });
  test('every rule that only a conversion decides is among them', () => {
    const decided = macroeconomicRules.filter(({ decidedBy }) => decidedBy === 'conversion').map(({ id }) => id);
    expect(Object.keys(cases)).toEqual(expect.arrayContaining(decided));
  });
});
