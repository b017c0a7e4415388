import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { calendarSeries } from '../../../pipelines/macroeconomic/derive/calendar.ts';
import { derive } from '../../../pipelines/macroeconomic/derive/derive.ts';
import type { Derivation, Dimensions, PublishedSeries } from '../../../pipelines/macroeconomic/derive/figures.ts';
import { festivalShare, isLeap, springFestival } from '../../../pipelines/standards/spring-festival.ts';
import type { Figure } from '../../../schemas/series.ts';

const base: Dimensions = {
  ...{ frequency: 'M', area: '630000', indicator: 'retail.sales', accumulation: 'C', transformation: 'N' },
  ...{ price: 'V', adjustment: 'N', item: '_T', unit: 'CNY' },
};
const growthOf: Partial<Dimensions> = { transformation: 'G1Y', price: 'N', unit: 'PT' };
const figure = (period: string, value: string | null, more: Partial<Figure> = {}): Figure => ({
  ...{ period, value, status: value === null ? 'M' : 'A', released: '2030-01-01', kind: null, coverage: null },
  ...{ system: 'statistics', first: value, ...more },
});
const series = (change: Partial<Dimensions>, ...figures: readonly Figure[]): PublishedSeries => ({
  dimensions: { ...base, ...change },
  figures,
});
/** `period value reason published` of one derivation. */
const told = (
  group: readonly PublishedSeries[],
  how: Derivation,
  change: Partial<Dimensions> = {},
): readonly string[] =>
  derive(group)
    .filter(({ derivation, dimensions }) => {
      const asked = Object.entries(change).every(([name, code]) => dimensions[name as keyof Dimensions] === code);
      return derivation === how && asked;
    })
    .flatMap(({ figures }) =>
      figures.map(({ period, value, reason, published }) =>
        [period, value ?? '-', reason, published].filter((one) => one !== null).join(' '),
      ),
    );

describe('single periods', () => {
  test('are steps of the year to date; the first is itself', () => {
    const toDate = series({}, figure('2024-01', '10.5'), figure('2024-02', '30'), figure('2024-03', '45.25'));
    expect(told([toDate], 'SINGLE')).toEqual(['2024-01 10.5', '2024-02 19.5', '2024-03 15.25']);
  });
  test('no January is invented, nor a single February', () => {
    const toDate = series({}, figure('2024-02', '30'), figure('2024-03', '45'), figure('2024-05', '80'));
    expect(told([toDate], 'SINGLE')).toEqual(['2024-02 - JANUARY', '2024-03 15', '2024-05 - NO_PREVIOUS']);
  });
  test.each<[what: string, before: Partial<Figure>, after: Partial<Figure>, reason: string]>([
    ['of another coverage', { coverage: '甲' }, { coverage: '乙' }, 'COVERAGE'],
    ['of another stage of release', { kind: 'preliminary' }, { kind: 'verified' }, 'VINTAGE'],
    ['revised after the later one', { released: '2030-02-01' }, {}, 'VINTAGE'],
    ['of another department', { system: 'tax' }, {}, 'PUBLISHER'],
    ['before a break', {}, { status: 'B' }, 'BREAK'],
    ['suppressed', { value: null, status: 'C' }, {}, 'CONFIDENTIAL'],
  ])('are not taken from a figure %s', (_, before, after, reason) => {
    const toDate = series({}, figure('2024-03', '30', before), figure('2024-04', '45', after));
    expect(told([toDate], 'SINGLE')[1]).toBe(`2024-04 - ${reason}`);
  });
  test('what was published of the same stands beside and is not replaced', () => {
    const toDate = series({}, figure('2024-03', '30'), figure('2024-04', '45'));
    const single = series({ accumulation: 'S' }, figure('2024-04', '14.90'));
    expect(told([toDate, single], 'SINGLE')).toEqual(['2024-03 - NO_PREVIOUS', '2024-04 15 14.9']);
  });
  test('sum to the year to date again, whatever the values (property)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1_000_000, max: 1_000_000_000 }), { minLength: 1, maxLength: 12 }),
        (cents) => {
          let total = 0;
          const figures = cents.map((one, i) => {
            total += one;
            return figure(`2024-${String(i + 1).padStart(2, '0')}`, (total / 100).toFixed(2));
          });
          const values = told([series({}, ...figures)], 'SINGLE').map((line) =>
            Math.round(Number(line.split(' ')[1]) * 100),
          );
          expect(values).toEqual(cents);
        },
      ),
    );
  });
});

describe('published and derived are combined point by point', () => {
  const toDate = series(
    {},
    ...['100', '210', '330'].map((value, i) => figure(`2024-0${i + 1}`, value)),
    ...['110', '240', '363'].map((value, i) => figure(`2025-0${i + 1}`, value)),
  );
  const growth = ['2025-01 10 FESTIVAL', '2025-02 18.18 FESTIVAL', '2025-03 2.5'];
  const monthly = { frequency: 'M', accumulation: 'S' };
  test('growth of the single months that years to date give', () => {
    expect(told([toDate], 'YOY', monthly)).toEqual(growth);
  });
  test('one published single month takes the growth of the others from nobody', () => {
    const one = series({ accumulation: 'S' }, figure('2025-12', '40'));
    expect(told([toDate, one], 'YOY', monthly)).toEqual([...growth, '2025-12 - MISSING']);
    expect(told([toDate, one], 'SINGLE')).toEqual(told([toDate], 'SINGLE'));
  });
  test('a published month goes before the derived one; a missing one leaves it its place, a withheld one does not', () => {
    const one = (value: string | null, more: Partial<Figure> = {}) =>
      series({ accumulation: 'S' }, figure('2025-03', value, more));
    expect(told([toDate, one('132')], 'YOY', monthly)[2]).toBe('2025-03 10');
    expect(told([toDate, one(null, { status: 'O' })], 'YOY', monthly)[2]).toBe('2025-03 2.5');
    expect(told([toDate, one(null, { status: 'Q' })], 'YOY', monthly)[2]).toBe('2025-03 - CONFIDENTIAL');
  });
  test('a quarter takes months that were published and months that years to date give', () => {
    const begun = series({}, figure('2024-01', '10'), figure('2024-02', '30'));
    const march = series({ accumulation: 'S' }, figure('2024-03', '5'), figure('2024-04', '1'));
    expect(told([begun, march], 'QUARTER')[0]).toBe('2024-Q1 35');
  });
  test('months of one year do not hide the years that quarters give', () => {
    const quarters = series(
      { frequency: 'Q', accumulation: 'S' },
      ...[1, 2, 3, 4].flatMap((at) => [figure(`2022-Q${at}`, '2'), figure(`2023-Q${at}`, '3')]),
    );
    const months = series(
      { accumulation: 'S' },
      ...Array.from({ length: 12 }, (_, i) => figure(`2024-${String(i + 1).padStart(2, '0')}`, '1')),
    );
    expect(told([quarters, months], 'YEAR')).toEqual(['2022 8', '2023 12', '2024 12']);
  });
});

describe('quarters and years', () => {
  test('of a year to date need no January', () => {
    const toDate = series(
      {},
      ...['02', '03', '05', '06', '12'].map((month, i) => figure(`2024-${month}`, `${(i + 1) * 10}`)),
    );
    expect(told([toDate], 'QUARTER')).toEqual(['2024-Q1 20', '2024-Q2 20', '2024-Q4 - NO_PREVIOUS']);
    expect(told([toDate], 'YEAR')).toEqual(['2024 50']);
  });
  test('of months need all of them; one that has not ended is left out', () => {
    const months = ['01', '02', '03', '04', '06', '07'].map((month) => figure(`2024-${month}`, '2'));
    const single = series({ accumulation: 'S' }, ...months);
    expect(told([single], 'QUARTER')).toEqual(['2024-Q1 6', '2024-Q2 - INCOMPLETE']);
  });
  test('of a stock are its last month', () => {
    const stock = series(
      { indicator: 'loans.balance', accumulation: 'E' },
      ...['03', '06', '09', '12'].map((month) => figure(`2024-${month}`, `${Number(month)}`)),
    );
    expect(told([stock], 'QUARTER', { accumulation: 'E' })).toEqual([
      '2024-Q1 3',
      '2024-Q2 6',
      '2024-Q3 9',
      '2024-Q4 12',
    ]);
    expect(told([stock], 'YEAR', { accumulation: 'E' })).toEqual(['2024 12']);
  });
  test('the year closes a year to date that tables end with 全年', () => {
    const toDate = series(
      { frequency: 'Q' },
      figure('2023-Q3', '20'),
      figure('2024-Q2', '15'),
      figure('2024-Q3', '21'),
    );
    const year = series({ frequency: 'A' }, figure('2024', '30'));
    const late = series({ frequency: 'A' }, figure('2024', '30', { kind: 'verified' }));
    const single = { frequency: 'Q', accumulation: 'S' };
    expect(told([toDate, year], 'SINGLE', single).slice(2)).toEqual(['2024-Q3 6', '2024-Q4 9']);
    expect(told([toDate, late], 'SINGLE', single).at(-1)).toBe('2024-Q4 - VINTAGE');
  });
  test('single quarters of a quarterly year to date', () => {
    const toDate = series({ frequency: 'Q' }, figure('2024-Q1', '7'), figure('2024-Q2', '15'));
    expect(told([toDate], 'SINGLE', { frequency: 'Q' })).toEqual(['2024-Q1 7', '2024-Q2 8']);
  });
});

describe('growth', () => {
  const yearly = (...figures: readonly Figure[]) => series({ frequency: 'A', accumulation: 'S' }, ...figures);
  test('of levels stands beside what was published', () => {
    const published = series({ frequency: 'A', accumulation: 'S', ...growthOf }, figure('2023', '5.3'));
    expect(told([yearly(figure('2022', '300'), figure('2023', '319')), published], 'YOY')).toEqual(['2023 6.33 5.3']);
  });
  test('is not computed on a base that is negative or zero', () => {
    const profit = { indicator: 'industry.profit', frequency: 'A', accumulation: 'S' };
    expect(told([series(profit, figure('2022', '-5'), figure('2023', '9'))], 'YOY')).toEqual(['2023 - BASE']);
    expect(told([yearly(figure('2022', '0'), figure('2023', '9'))], 'YOY')).toEqual(['2023 - BASE']);
  });
  test('is not computed across a break that the indicator is known to have', () => {
    const industry = { indicator: 'industry.value-added', frequency: 'A', accumulation: 'S' };
    const levels = series(
      industry,
      figure('2009', '100'),
      figure('2010', '110'),
      figure('2011', '90'),
      figure('2013', '5'),
    );
    expect(told([levels], 'YOY')).toEqual(['2010 10', '2011 - BREAK', '2013 - MISSING']);
  });
  test('of January and February alone is to be read with care when the festival moved; together it is sound', () => {
    const months = (year: number, values: readonly string[]) =>
      values.map((value, i) => figure(`${year}-0${i + 1}`, value));
    const single = series({ accumulation: 'S' }, ...months(2022, ['10', '20']), ...months(2023, ['16', '17']));
    expect(told([single], 'YOY')).toEqual(['2023-01 60 FESTIVAL', '2023-02 -15 FESTIVAL']);
    expect(told([single], 'JAN_FEB')).toEqual(['2023-02 10']);
  });
  test('two years: -13.5 % and 35.1 % are 8.1 % a year', () => {
    const published = series({ frequency: 'A', ...growthOf }, figure('2020', '-13.5'), figure('2021', '35.1'));
    expect(told([published], 'TWO_YEAR')).toEqual(['2021 8.1']);
  });
  test('the base that it implies: 294.24 at +1.9 % is 288.75 of a year before', () => {
    const level = series({}, figure('2023-04', '28800000000'), figure('2024-04', '29424000000'));
    const published = series(growthOf, figure('2024-04', '1.9'));
    expect(told([level, published], 'BASE')).toEqual(['2023-04 28875400000 28800000000']);
  });
  test('of an index is the index less 100', () => {
    const index = { indicator: 'prices.consumer', unit: 'IX', price: 'N', accumulation: 'V' };
    expect(told([series(index, figure('2024-03', '101.2'))], 'INDEX')).toEqual(['2024-03 1.2']);
    expect(told([series(index, figure('2023-03', '100'), figure('2024-03', '101.2'))], 'YOY')).toEqual([]);
  });
});

test('revisions: what was said first, and how far figures are moved on average', () => {
  const levels = series(
    {},
    figure('2024-02', '102', { first: '100' }),
    figure('2024-03', '104', { first: '100' }),
    figure('2024-04', '7', { first: null }),
  );
  expect(told([levels], 'FIRST')).toEqual(['2024-02 100 102', '2024-03 100 104']);
  expect(told([levels], 'REVISION')).toEqual(['2024-02 2', '2024-03 3']);
});

test('an indicator that is not known gives nothing', () => {
  expect(derive([series({ indicator: 'gnp' }, figure('2024-02', '1'))])).toEqual([]);
  expect(derive([])).toEqual([]);
});

describe('calendar', () => {
  test.each([
    [2004, '2004-01-22'],
    [2013, '2013-02-10'],
    [2019, '2019-02-05'],
    [2024, '2024-02-10'],
    [2025, '2025-01-29'],
    [2026, '2026-02-17'],
    [1980, null],
    [2041, null],
  ])('Spring Festival of %i', (year, day) => {
    expect(springFestival(year)).toBe(day);
  });
  test('the window is shared among the months of each year without rest', () => {
    for (let year = 1982; year <= 2040; year++) {
      const shares = [1, 2, 3].map((month) => festivalShare(year, month) ?? 0);
      expect([year, Math.round(shares.reduce((sum, one) => sum + one, 0) * 1e9)]).toEqual([year, 1e9]);
    }
    expect(festivalShare(2024, 2)).toBeCloseTo(25 / 26);
    expect(festivalShare(2041, 2)).toBeNull();
  });
  test('leap years', () => {
    expect([1900, 2000, 2023, 2024].map(isLeap)).toEqual([false, true, false, true]);
  });
  test('regressors reach to the year after', () => {
    const [festival, days] = calendarSeries(2024);
    expect(festival?.figures.at(-1)?.period).toBe('2025-12');
    expect(days?.figures.find(({ period }) => period === '2024-02')?.value).toBe('29');
  });
});
