import type { SearchFixtures } from '../search-fixtures.ts';
import {
  annual,
  growth,
  industry,
  months,
  releases,
  row,
  STEADY,
  single,
  statistics,
  subject,
  tenYears,
} from './search-rows.ts';

export const fixturesFromM17: Record<string, SearchFixtures> = {
  M17: {
    good: [
      statistics(tenYears(STEADY)),
      statistics(tenYears([100, 104, 400])),
      // January and February trade places with the festival; their sum is steady.
      statistics(
        STEADY.flatMap((value, i) =>
          months(i % 2 === 0 ? [value + 300, value] : [value, value + 300], single, 2010 + i),
        ),
      ),
    ],
    bad: [
      [statistics(tenYears(STEADY.with(9, 400))), [subject('2019', 'A S N'), subject('2020', 'A S N')]],
      [statistics(tenYears(STEADY.with(10, 400))), [subject('2020', 'A S N')]],
      [
        statistics(STEADY.flatMap((value, i) => months([i === 10 ? value + 900 : value, value], single, 2010 + i))),
        [subject('2020-02', 'M S N')],
      ],
    ],
  },
  M18: {
    good: [
      statistics(months([null, null, 5], { ...single, ...growth })),
      statistics(months([null, 5], growth)),
      statistics(months([5], { ...single, ...growth }, 2026)),
    ],
    bad: [
      [statistics(months([-9], { ...single, ...growth })), [subject('2024-01', 'M S G1Y')]],
      [
        statistics(
          months([10, 20], single, 2022),
          months([15, 14], single, 2023),
          months([50, -30], { ...single, ...growth }, 2023),
        ),
        [subject('2023-01', 'M S G1Y'), subject('2023-02', 'M S G1Y')],
      ],
      [statistics(months([null, 22], { ...single, ...growth }, 2025)), [subject('2025-02', 'M S G1Y')]],
    ],
  },
  M19: {
    good: [
      statistics(months([null, 5], { ...industry, ...growth }, 2023)),
      statistics(months([null, 5], growth)),
      statistics(months([null, null, 5], { ...industry, ...growth })),
    ],
    bad: [
      [statistics(months([null, 5], { ...industry, ...growth })), ['industry.value-added 630000 M C G1Y 2024-02']],
      [
        statistics(months([null, 3.8], { ...industry, ...growth }, 2009)),
        ['industry.value-added 630000 M C G1Y 2009-02'],
      ],
      [
        statistics(months([null, 3], { indicator: 'electricity.output', ...single, ...growth })),
        ['electricity.output 630000 M S G1Y 2024-02'],
      ],
    ],
  },
  M20: {
    good: [
      statistics(annual(2010, 100, industry), annual(2011, 80, { ...industry, status: 'B' })),
      statistics(annual(2010, 100), annual(2011, 80)),
      statistics(annual(2013, 1, { coverage: '规模以上' }), annual(2014, 2, { coverage: '规模以上' })),
    ],
    bad: [
      [statistics(annual(2010, 100, industry), annual(2011, 80, industry)), ['industry.value-added 630000 A S N 2011']],
      [
        statistics(
          months([null, 5], { indicator: 'investment.fixed' }, 2010),
          months([null, 6], { indicator: 'investment.fixed' }, 2011),
        ),
        ['investment.fixed 630000 M C N 2011-02'],
      ],
      [
        statistics(annual(2013, 1, { coverage: '规模以上' }), annual(2014, 2, { coverage: '全部' })),
        [subject('2014', 'A S N')],
      ],
    ],
  },
  M23: {
    good: [
      statistics(releases('2024-03', [1], { releaseKind: 'preliminary' }), [
        row({ period: '2024-03', value: '2', releaseDate: '2025-09-01', releaseKind: 'verified' }),
      ]),
      statistics(releases('2024-03', [1, 2, 3], { releaseKind: '初步核算' })),
      statistics(releases('2024-03', [1, 2])),
    ],
    bad: [
      [
        statistics(releases('2024-03', [1], { releaseKind: 'verified' }), [
          row({ period: '2024-03', value: '2', releaseDate: '2025-09-01', releaseKind: 'preliminary' }),
        ]),
        [subject('2024-03')],
      ],
      [
        statistics(releases('2024-03', [1], { releaseKind: '普查修订' }), [
          row({ period: '2024-03', value: '2', releaseDate: '2025-09-01', releaseKind: '最终核实' }),
        ]),
        [subject('2024-03')],
      ],
      [
        statistics(releases('2024-03', [1], { releaseKind: 'preliminary' }), [
          row({ period: '2024-03', value: '2', releaseDate: '2025-09-01', releaseKind: 'flash' }),
        ]),
        [subject('2024-03')],
      ],
    ],
  },
  M24: {
    good: [
      statistics(releases('2024-03', [100, 101, 102, 103, 104, 105])),
      statistics(releases('2024-03', [100, 150])),
      statistics(['2024-01', '2024-02', '2024-03', '2024-04', '2024-05'].flatMap((one) => releases(one, [100, 102]))),
    ],
    bad: [
      [
        statistics(
          ['2024-01', '2024-02', '2024-03', '2024-04'].flatMap((one) => releases(one, [100, 101])),
          releases('2024-05', [100, 130]),
        ),
        [subject('2024-05')],
      ],
      [statistics(releases('2024-03', [100, 101, 102, 103, 150])), [subject('2024-03')]],
      [
        statistics(
          ['2024-01', '2024-02', '2024-03', '2024-04'].flatMap((one) => releases(one, [100, 99.9])),
          releases('2024-05', [100, 99]),
        ),
        [subject('2024-05')],
      ],
    ],
  },
  M27: {
    good: [
      { statistics: months([50]), tax: months([50.2]) },
      { statistics: months([50]), tax: months([80], { item: '甲' }) },
      { statistics: months([50, 60]) },
    ],
    bad: [
      [{ statistics: months([100, 50]), tax: months([103, 50.2]) }, [subject('2024-01')]],
      [{ statistics: [annual(2023, 1)], finance: [annual(2023, 2)] }, [subject('2023', 'A S N')]],
      [{ statistics: months([100]), finance: months([100]), tax: months([90]) }, [subject('2024-01')]],
    ],
  },
  M28: {
    good: [
      statistics(row({ period: '2024-03', value: '1', releaseDate: '2024-04-18' })),
      statistics(
        row({ period: '2024-03', value: '1', releaseDate: '2024-04-18' }),
        row({ period: '2024-03', value: '2', releaseDate: '2025-09-18' }),
      ),
      statistics(row({ period: '2004-03', value: '1' })),
    ],
    bad: [
      [statistics(row({ period: '2024-03', value: '1', releaseDate: '2024-05-02' })), [subject('2024-03')]],
      [
        statistics(
          row({
            indicator: 'prices.consumer',
            unit: 'IX',
            accumulation: 'V',
            period: '2024-03',
            value: '101',
            releaseDate: '2024-04-18',
          }),
        ),
        ['prices.consumer 630000 M V N 2024-03'],
      ],
      [statistics(annual(2023, 1, { indicator: 'gdp', releaseDate: '2024-03-02' })), ['gdp 630000 A S N 2023']],
    ],
  },
  M29: {
    good: [
      statistics(
        annual(2020, 1, { releaseDate: '2021-01-20', releaseKind: 'preliminary' }),
        annual(2020, 2, { releaseDate: '2021-10-01' }),
      ),
      statistics(annual(2020, 1, { releaseDate: '2021-01-20', releaseKind: 'verified' })),
      statistics(annual(2020, 1, { releaseDate: '2021-01-20' })),
    ],
    bad: [
      [
        statistics(annual(2020, 1, { releaseDate: '2021-01-20', releaseKind: 'preliminary' })),
        [subject('2020', 'A S N')],
      ],
      [statistics(annual(2020, 1, { releaseDate: '2021-01-20', releaseKind: '初步核算' })), [subject('2020', 'A S N')]],
      [statistics(annual(2020, 1, { releaseDate: '2021-01-20', status: 'P' })), [subject('2020', 'A S N')]],
    ],
  },
  M31: {
    good: [
      statistics(annual(2022, 100), annual(2023, 5, growth)),
      statistics(annual(2022, -5, { indicator: 'industry.profit' }), annual(2023, 5, { indicator: 'industry.profit' })),
      statistics(annual(2023, 5, { indicator: 'industry.profit', ...growth })),
    ],
    bad: [
      [
        statistics(
          annual(2022, -5, { indicator: 'industry.profit' }),
          annual(2023, 200, { indicator: 'industry.profit', ...growth }),
        ),
        ['industry.profit 630000 A S G1Y 2023'],
      ],
      [statistics(annual(2022, 0), annual(2023, 100, growth)), [subject('2023', 'A S G1Y')]],
      [
        statistics(
          months([null, -1], { indicator: 'trade.balance' }, 2023),
          months([null, 50], { indicator: 'trade.balance', ...growth }),
        ),
        ['trade.balance 630000 M C G1Y 2024-02'],
      ],
    ],
  },
  M32: {
    good: [
      statistics(months([10, 11, 12, 10, 14, 9, 12], single)),
      statistics(months([10, 21, 33, 44, 57, 70])),
      statistics(months([10, 11, 12, 13, 14, 15, 16], single), months([3, 9, 12], single, 2023)),
    ],
    bad: [
      [statistics(months([10, 11, 9, 33, 12], single)), [subject('2024-04', 'M S N')]],
      [statistics(months([10, 21, 33, 44, 57, 70], single)), [subject('2024-06', 'M S N')]],
      [statistics(months([5, 6, 7, 18], single)), [subject('2024-04', 'M S N')]],
    ],
  },
};
