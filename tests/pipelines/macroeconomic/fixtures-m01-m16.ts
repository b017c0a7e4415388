import type { SearchFixtures } from '../search-fixtures.ts';
import {
  annual,
  areas,
  gdp,
  growth,
  industry,
  months,
  parts,
  releases,
  row,
  single,
  statistics,
  subject,
  XINING,
} from './search-rows.ts';

export const fixturesToM16: Record<string, SearchFixtures> = {
  M01: {
    good: [
      statistics(months([10, 20])),
      statistics(releases('2024-03', [1, 2])),
      { statistics: months([10]), tax: months([11]) },
    ],
    bad: [
      [statistics(releases('2024-03', [1]), releases('2024-03', [2])), [subject('2024-03')]],
      [statistics(months([10]), months([11])), [subject('2024-01')]],
      [statistics(annual(2023, 5), annual(2023, 6), annual(2023, 5)), [subject('2023', 'A S N')]],
    ],
  },
  M05: {
    good: [
      statistics(months([10, 20, 30])),
      statistics(annual(2022, 1), annual(2023, 500)),
      statistics(annual(2022, 10_000), annual(2023, 1, { indicator: 'gdp' })),
    ],
    bad: [
      [statistics(months([10, 200_000])), [subject('2024-02')]],
      [statistics(annual(2022, 9e12), annual(2023, 95_000)), [subject('2023', 'A S N')]],
      [statistics(annual(2022, 1), annual(2023, 11_000), annual(2024, 12_000)), [subject('2023', 'A S N')]],
    ],
  },
  M07: {
    good: [
      statistics(months([10, 20, 30])),
      statistics(months([10, 20]), months([5], {}, 2025)),
      statistics(months([10, 5], { indicator: 'budget.revenue' })),
    ],
    bad: [
      [statistics(months([10, 8, 30])), [subject('2024-02')]],
      [statistics(months([10, 8, 7])), [subject('2024-02'), subject('2024-03')]],
      [
        statistics(months([1, 2], { item: '甲' }), months([2, 1], { item: '乙' })),
        ['retail.sales 630000 M C N 乙 2024-02'],
      ],
    ],
  },
  M09: {
    good: [
      statistics(row({ period: '2023-12', value: '100' }), annual(2023, 100.4)),
      statistics(row({ period: '2023-12', value: '100' })),
      statistics(row({ period: '2023-12', value: '100' }), annual(2023, 1, { area: '630100' })),
    ],
    bad: [
      [statistics(row({ period: '2023-12', value: '100' }), annual(2023, 90)), [subject('2023-12')]],
      [
        statistics(row({ frequency: 'Q', period: '2023-Q4', value: '9' }), annual(2023, 90)),
        [subject('2023-Q4', 'Q C N')],
      ],
      [
        statistics(row({ period: '2023-12', value: '100' }), annual(2023, 200, { accumulation: 'C' })),
        [subject('2023-12')],
      ],
    ],
  },
  M10: {
    good: [
      statistics(months([10, 25]), months([10, 15], single)),
      statistics(months([null, 20, 32]), months([null, null, 12], single)),
      statistics(months([10], { coverage: '甲' }), months([null, 25], { coverage: '乙' }), months([null, 14], single)),
    ],
    bad: [
      [statistics(months([10, 25]), months([10, 18], single)), [subject('2024-02', 'M S N')]],
      [statistics(months([10, 25]), months([9, 15], single)), [subject('2024-01', 'M S N')]],
      [
        statistics(
          months([10], { coverage: '甲' }),
          months([null, 25], { coverage: '乙' }),
          months([null, 15], single),
        ),
        [subject('2024-02', 'M S N')],
      ],
    ],
  },
  M11: {
    good: [
      statistics(annual(2022, 100), annual(2023, 106), annual(2023, 5.8, growth)),
      statistics(
        annual(2022, 100, { indicator: 'gdp' }),
        annual(2023, 108, { indicator: 'gdp' }),
        annual(2023, 5.3, { indicator: 'gdp', ...growth }),
      ),
      statistics(annual(2010, 100, industry), annual(2011, 60, industry), annual(2011, 19, { ...industry, ...growth })),
    ],
    bad: [
      [statistics(annual(2022, 100), annual(2023, 106), annual(2023, 16, growth)), [subject('2023', 'A S G1Y')]],
      [
        statistics(months([null, 100], {}, 2023), months([null, 106]), months([null, 3], growth)),
        [subject('2024-02', 'M C G1Y')],
      ],
      [
        statistics(
          annual(2022, 100, { indicator: 'gdp' }),
          annual(2023, 112, { indicator: 'gdp' }),
          annual(2023, 5.3, { indicator: 'gdp', ...growth }),
        ),
        ['gdp 630000 A S G1Y 2023'],
      ],
    ],
  },
  M14: {
    good: [
      statistics(gdp(10, 40, 50, 100)),
      statistics(annual(2023, 100, { indicator: 'gdp' }), annual(2023, 10, { indicator: 'gdp.primary' })),
      statistics(gdp(10, 40, 50.3, 100)),
    ],
    bad: [
      [statistics(gdp(10, 40, 60, 100)), ['gdp 630000 A S N 2023']],
      [
        statistics(
          months([50], { indicator: 'trade.total' }),
          months([20], { indicator: 'trade.exports' }),
          months([20], { indicator: 'trade.imports' }),
        ),
        ['trade.total 630000 M C N 2024-01'],
      ],
      [statistics(gdp(10, 40, 50, 100), gdp(1, 4, 5, 20, { area: '630100' })), ['gdp 630100 A S N 2023']],
    ],
  },
  M15: {
    good: [
      statistics(areas(2023, 70, XINING)),
      statistics(areas(2023, 90, XINING.slice(1))),
      // 湟中 and 湟源 were of 海东 then.
      statistics(areas(1998, 50, XINING)),
    ],
    bad: [
      [statistics(areas(2023, 90, XINING)), [`retail.sales 630100 A S N 2023`]],
      [statistics(areas(1998, 70, XINING)), [`retail.sales 630100 A S N 1998`]],
      [
        statistics(
          annual(2023, 70),
          ['01', '02', '22', '23', '25', '26', '27', '28'].map((two) => annual(2023, 10, { area: `63${two}00` })),
        ),
        [subject('2023', 'A S N')],
      ],
    ],
  },
  M16: {
    good: [
      statistics(parts([0.4, 2.1, 2.8], 5.3)),
      statistics(parts([0.4, 2.1, 2.9], 5.3)),
      statistics(
        annual(2023, 5.3, { indicator: 'gdp', ...growth }),
        annual(2023, 9, { indicator: 'gdp.primary', transformation: 'C', unit: 'PP' }),
      ),
    ],
    bad: [
      [statistics(parts([0.4, 2.1, 2.8], 6.3)), ['gdp 630000 A S G1Y 2023']],
      [statistics(parts([0.4, -2.1, 2.8], 5.3)), ['gdp 630000 A S G1Y 2023']],
      [statistics(parts([0, 0, 0], 0.5)), ['gdp 630000 A S G1Y 2023']],
    ],
  },
};
