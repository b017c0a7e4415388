import { expect, test } from '@jest/globals';
import { macroeconomic } from '../../../pipelines/macroeconomic/definition.ts';
import { macroNotices } from '../../../pipelines/macroeconomic/notices.ts';
import { compileMapping } from '../../../pipelines/mapping.ts';
import type { RawRecord } from '../../../schemas/stream.ts';

type Row = Readonly<Record<'I' | 'A' | 'P' | 'V', string>>;
const row = (more: Partial<Row> = {}): Row => ({ ...{ I: '地区生产总值', A: '630000', P: '2024年', V: '1' }, ...more });

function told(rows: readonly Row[], period = 'period', indicator = 'indicator'): readonly string[] {
  const normalize = compileMapping(
    macroeconomic,
    {
      indicator: { from: 'I', as: indicator },
      area: { from: 'A', as: 'region' },
      period: { from: 'P', as: period },
      value: { from: 'V', as: 'value(万元)' },
    },
    ['I', 'A', 'P', 'V'],
    { system: 's', stream: 't' },
    () => '2026-06-01',
  );
  const notices = macroNotices();
  for (const [i, value] of rows.entries())
    notices.add(
      normalize({ stream: 't', key: String(i), op: 'upsert', value, observedAt: 0, origin: '' } satisfies RawRecord),
    );
  return notices.end();
}
const years = (count: number, make: (year: number) => Row): Row[] =>
  Array.from({ length: count }, (_, i) => make(1990 + i));

test('of a sound table nothing is told', () => {
  expect(told(years(12, (year) => row({ P: String(year) })))).toEqual([]);
  const months = years(3, () => row()).flatMap((_, i) =>
    Array.from({ length: 12 }, (_, month) => row({ P: `${2020 + i}年${month + 1}月` })),
  );
  expect(told(months)).toEqual([]);
});

test('what will not be published is told with counts and values', () => {
  expect(
    told([
      row(),
      row({ I: '国民幸福指数' }),
      row({ I: '国民幸福指数' }),
      row({ A: '129726' }),
      row({ P: '2024-01-01' }),
    ]),
  ).toEqual([
    '2 of 5 records will not be published: no indicator "国民幸福指数" (2)',
    '1 of 5 records will not be published: area was never allocated "129726" (1)',
    '1 of 5 records will not be published: no period "2024-01-01" (1)',
  ]);
  expect(told([row({ I: 'gnp' }), row({ I: 'gni' })], 'period', 'text')).toEqual([
    '2 of 2 records will not be published: no indicator that the hub knows "gni" (1), "gnp" (1)',
  ]);
});

test('values that cannot be read are told with the texts', () => {
  expect(told([row({ V: '5%' }), row({ V: '5%' }), row({ V: '(7)' }), row({ V: 'x' })])).toEqual([
    '3 of 4 values cannot be read: "5%" (2), "(7)" (1)',
  ]);
});

test('a yearly table dated 1 January is noticed', () => {
  const table = years(8, (year) => row({ P: `${year}-01-01` }));
  expect(told(table, 'period(M)')).toEqual([
    'all 8 monthly periods are month 1 of 8 years: if the table is of years, write period(A)',
  ]);
  expect(told(table, 'period(A)')).toEqual([]);
});

test('quarters 1 to 4 where months were meant are noticed', () => {
  const table = years(5, () => row()).flatMap((_, i) => [1, 2, 3, 4].map((at) => row({ P: `${1959 + i}年${at}月` })));
  expect(told(table)).toEqual(['no month after 4 in 5 years: if the numbers are quarters, write period(Q)']);
});

test('years to date and single periods of one indicator are noticed, the first of a year apart', () => {
  const sound = ['2024年1月', '2024年1-2月', '2024年1-3月', '2025年一季度', '2025年上半年', '2025年前三季度'];
  expect(told(sound.map((P) => row({ P })))).toEqual([]);
  const both = macroNotices();
  for (const accumulation of ['S', 'C'])
    for (const period of ['2024-02', '2024-03'])
      both.add({
        attributes: {
          indicator: 'tax.revenue',
          area: '630000',
          frequency: 'M',
          period,
          accumulation,
          unit: 'CNY',
          value: '1',
        },
        issues: [],
      });
  expect(both.end()).toEqual([]);
  expect(told(['2024年1月', '2024年1-2月', '2024年3月'].map((P) => row({ P })))).toEqual([
    'gdp has 1 years to date and 1 single periods: if they are one series, say which by accumulation',
  ]);
});

test('figures that break a rule are told with what becomes of them', () => {
  const rows = [row({ P: '2099年' }), row({ I: '年末常住人口', V: '-5' }), row()];
  expect(told(rows)).toEqual(
    expect.arrayContaining([
      '1 of 3 records break M03 at period (the period fits the frequency and is not to come), published with status U: "2099" (1)',
      '1 of 3 records break M13 at value (a rate or amount is within its bounds), published with status U: "-50000" (1)',
    ]),
  );
});

test('months as numbers of a sheet are told where the year has no October', () => {
  const sheet = Array.from({ length: 12 }, (_, i) => row({ P: String(Number(`2012.${i + 1}`)) }));
  expect(told(sheet, 'period(M)')).toEqual([
    '2 of 12 monthly periods such as "2012.1" are read as January, and their years have no October: a number in a sheet loses the zero of .10, so write the months as text',
  ]);
  expect(
    told(
      Array.from({ length: 12 }, (_, i) => row({ P: `2012.${i + 1}` })),
      'period(M)',
    ),
  ).toEqual([]);
  expect(told([row({ P: '2012.1' }), row({ P: '2012.10' })], 'period(A)')).toEqual([
    '2 of 2 records will not be published: no period "2012.1" (1), "2012.10" (1)',
  ]);
});
