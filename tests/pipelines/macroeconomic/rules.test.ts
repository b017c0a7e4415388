import { describe, expect, test } from '@jest/globals';
import { INDICATORS } from '../../../pipelines/macroeconomic/indicators.ts';
import { macroeconomicRules } from '../../../pipelines/macroeconomic/rules.ts';
import type { Attributes } from '../../../pipelines/pipeline.ts';
import { BASE_UNITS } from '../../../pipelines/standards/measures.ts';
import { describeRules, type RuleFixtures } from '../rule-fixtures.ts';

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
      { ...sales, indicator: '__proto__' },
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
    good: [jobless, { ...sales, indicator: 'prices.consumer', unit: 'IX', value: '101.2' }, sales],
    bad: [
      { ...jobless, value: '51' },
      { ...jobless, value: '-1' },
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
  M31: {
    good: [sales, { ...sales, indicator: 'budget.revenue', value: '-5' }, { ...growth, value: '-13.5' }],
    bad: [
      { ...sales, value: '-1' },
      { ...sales, indicator: 'population.resident', unit: 'PS', value: '-3' },
      { ...sales, indicator: 'crops.area', unit: 'HAR', value: '-0.5' },
    ],
  },
};

describe('rules of the macroeconomic base', () => {
  describeRules(macroeconomicRules, fixtures);

  test('are M01 to M31, each once, each with what holds and why', () => {
    expect(macroeconomicRules.map(({ id }) => id)).toEqual(
      Array.from({ length: 31 }, (_, i) => `M${String(i + 1).padStart(2, '0')}`),
    );
    for (const rule of macroeconomicRules) {
      expect(rule.title).toMatch(/^.{10,130}$/);
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
