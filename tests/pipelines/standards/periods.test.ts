import { describe, expect, test } from '@jest/globals';
import {
  type Frequency,
  firstMonth,
  frequencyOf,
  type Period,
  parsePeriod,
  periodBefore,
  periodEnd,
  yearBefore,
} from '../../../pipelines/standards/periods.ts';

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
  ['2024-S2', '2024-S2 S'],
  ['2024年下半年', '2024-S2 S'],
  ['2024-M03', '2024-03 M'],
  ['2024-A1', '2024 A'],
  ['2024-W05', '2024-W05 W'],
  ['2024年第5周', '2024-W05 W'],
  ['1895', '1895 A'],
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
  const found = parsePeriod(text) as Period | null;
  expect([found?.period, found?.frequency, found?.accumulation].filter(Boolean).join(' ')).toBe(wanted);
});

test.each(['', '3月', '2024年13月', '202400', '2024年3月45日', '12024', '2024年五季度', '去年'])(
  '%p is no period',
  (text) => {
    expect(parsePeriod(text)).toBeNull();
  },
);

describe('a number that lost the zero at its end', () => {
  test.each(['2012.1', '２０１２．１'])('%s is January and may be October', (text) => {
    const january = { period: '2012-01', frequency: 'M', accumulation: null, mayBe: '2012-10' };
    expect(parsePeriod(text)).toEqual(january);
    expect(parsePeriod(text, 'M')).toEqual(january);
  });
  test('it is no year, half-year or quarter, as October is none', () => {
    for (const wanted of ['A', 'S', 'Q'] as const) expect(parsePeriod('2012.1', wanted)).toBeNull();
    expect(parsePeriod('2012.10', 'A')).toBeNull();
    expect(parsePeriod('2012', 'A')).toMatchObject({ period: '2012' });
  });
  test.each(['2012.2', '2012.01', '2012.10', '2012-1', '2012/1', '2012年1月'])('%s leaves nothing open', (text) => {
    expect(parsePeriod(text, 'M')).not.toHaveProperty('mayBe');
    expect(parsePeriod(text, 'M')).toMatchObject({ frequency: 'M' });
  });
});

const given = (first: string, wanted: Frequency | null, second = ''): string => {
  const found = parsePeriod(first, wanted, second);
  return found === null
    ? 'none'
    : 'may' in found
      ? `may be ${found.may.join(' ')}`
      : `${found.period} ${found.frequency}`;
};

test.each<[first: string, second: string, wanted: Frequency | null, is: string]>([
  // year and quarter, the case that made 203 quarters into months
  ['1959', '1', null, 'may be S Q M W'],
  ['1959', '4', null, 'may be Q M W'],
  ['1959', '11', null, 'may be M W'],
  ['1959', '1', 'Q', '1959-Q1 Q'],
  ['1959', '1', 'M', '1959-01 M'],
  ['1959', '2', 'S', '1959-S2 S'],
  ['1959', '5', 'W', '1959-W05 W'],
  ['1959', '5', 'Q', 'none'],
  ['1959', '13', 'M', 'none'],
  ['1959', '1', 'A', 'none'],
  ['2024年', '3月', null, '2024-03 M'],
  ['2024', '1-3月', null, '2024-03 M'],
  ['2024', 'Q3', null, '2024-Q3 Q'],
  ['2024', '三季度', 'Q', '2024-Q3 Q'],
  ['2024', '三季度', 'M', 'none'],
  // a day says nothing of how often figures come
  ['2024-01-01', '', null, 'may be D W M Q S A'],
  ['20240331', '', null, 'may be D W M Q S A'],
  ['2024-01-01', '', 'A', '2024 A'],
  ['2024/12/31', '', 'A', '2024 A'],
  ['2024-03-31', '', 'A', 'none'],
  ['2024-01-01', '', 'Q', '2024-Q1 Q'],
  ['20240331', '', 'Q', '2024-Q1 Q'],
  ['2024-02-29', '', 'Q', 'none'],
  ['2024-03-15', '', 'M', '2024-03 M'],
  ['2024-03-31 00:00:00', '', 'M', '2024-03 M'],
  ['2024-03-31T00:00:00+08:00', '', 'D', '2024-03-31 D'],
  ['2024-02-30', '', 'D', 'none'],
  ['2024-06-30', '', 'S', '2024-S1 S'],
  ['2024-12-30', '', 'W', '2025-W01 W'],
  ['2024年上半年', '', 'S', '2024-S1 S'],
  // a month in a column of quarters or years
  ['2024-06', '', 'Q', '2024-Q2 Q'],
  ['2024-05', '', 'Q', 'none'],
  ['2024-01', '', 'A', '2024 A'],
  ['2024', '', 'M', 'none'],
  ['2024-W53', '', null, 'none'],
  ['2020-W53', '', null, '2020-W53 W'],
])('%s %s by %s: %s', (first, second, wanted, is) => expect(given(first, wanted, second)).toBe(is));

test('half-years, weeks and days have ends, first months and predecessors too', () => {
  const all = ['2024-S1', '2024-S2', '2024-W01', '2025-W01', '2024-02-29'];
  expect(all.map(frequencyOf)).toEqual(['S', 'S', 'W', 'W', 'D']);
  expect(all.map(periodEnd)).toEqual(['2024-06-30', '2024-12-31', '2024-01-07', '2025-01-05', '2024-02-29']);
  expect(all.map(firstMonth)).toEqual(['2024-01', '2024-07', '2024-01', '2024-12', '2024-02']);
  expect(all.map(periodBefore)).toEqual(['2023-S2', '2024-S1', '2023-W52', '2024-W52', '2024-02-28']);
  expect(['2024-Q5', '2024-13', '2024-S3', '202401', ''].map(frequencyOf)).toEqual([null, null, null, null, null]);
});

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
