import { expect, test } from '@jest/globals';
import { parsePeriod, periodBefore, periodEnd, yearBefore } from '../../../pipelines/standards/periods.ts';

test.each([
  ['202403', '2024-03 M'],
  ['2024-03', '2024-03 M'],
  ['2024年3月', '2024-03 M'],
  ['2024.3', '2024-03 M'],
  ['２０２４年 ３月份', '2024-03 M'],
  ['2024年1-3月', '2024-03 M C'],
  ['2024年1—11月累计', '2024-11 M C'],
  ['2024年1至2月', '2024-02 M C'],
  ['2024年1-1月', '2024-01 M'],
  ['20240331', '2024-03 M'],
  ['2024-03-31', '2024-03 M'],
  ['2024Q1', '2024-Q1 Q'],
  ['2024-Q4', '2024-Q4 Q'],
  ['2024年一季度', '2024-Q1 Q'],
  ['2024年第3季度', '2024-Q3 Q'],
  ['2024年前三季度', '2024-Q3 Q C'],
  ['2024年上半年', '2024-Q2 Q C'],
  ['2024', '2024 A'],
  ['2024年度', '2024 A'],
  ['2024年全年', '2024 A'],
])('%s is %s', (text, wanted) => {
  const found = parsePeriod(text);
  expect([found?.period, found?.frequency, found?.accumulation].filter(Boolean).join(' ')).toBe(wanted);
});

test.each(['', '3月', '2024年13月', '202400', '2024年3月45日', '12024', '2024年五季度', '去年'])(
  '%p is no period',
  (text) => {
    expect(parsePeriod(text)).toBeNull();
  },
);

test('ends, predecessors, and the same period a year before', () => {
  expect(['2024', '2024-Q1', '2024-02', '2023-02'].map(periodEnd)).toEqual([
    '2024-12-31',
    '2024-03-31',
    '2024-02-29',
    '2023-02-28',
  ]);
  expect(['2024', '2024-Q1', '2024-01', '2024-12'].map(periodBefore)).toEqual([
    '2023',
    '2023-Q4',
    '2023-12',
    '2024-11',
  ]);
  expect(['2024', '2024-Q3', '2024-01'].map(yearBefore)).toEqual(['2023', '2023-Q3', '2023-01']);
});
