import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listFindings, runBatchRules } from '../../../pipelines/engine/batch-rules.ts';
import { macroeconomic } from '../../../pipelines/macroeconomic/definition.ts';
import { type BatchRows, type BatchRuleFixtures, describeBatchRules } from '../batch-rule-fixtures.ts';
import { openScene, type Row, type Scene } from '../engine/scene.ts';
import { TODAY } from '../rule-fixtures.ts';

let key = 0;
const sales = { indicator: 'retail.sales', area: '630000', frequency: 'M', accumulation: 'C', unit: 'CNY' };
const row = (fields: object): Row => ({ key: String(++key), ...sales, ...fields });
const monthOf = (year: number, i: number): string => `${year}-${String(i + 1).padStart(2, '0')}`;
const months = (values: readonly (number | null)[], more: object = {}, year = 2024): Row[] =>
  values.flatMap((value, i) =>
    value === null ? [] : [row({ period: monthOf(year, i), value: String(value), ...more })],
  );
const annual = (year: number, value: number, change: object = {}): Row =>
  row({ frequency: 'A', accumulation: 'S', period: String(year), value: String(value), ...change });
const growth = { unit: 'PT', transformation: 'G1Y' };
const single = { accumulation: 'S' };
const statistics = (...rows: readonly (Row | readonly Row[])[]): BatchRows => ({ statistics: rows.flat() as Row[] });
const subject = (period: string, key = 'M C N'): string => `retail.sales 630000 ${key} ${period}`;

const gdp = (primary: number, secondary: number, tertiary: number, whole: number, more: object = {}): Row[] => [
  annual(2023, whole, { indicator: 'gdp', ...more }),
  annual(2023, primary, { indicator: 'gdp.primary', ...more }),
  annual(2023, secondary, { indicator: 'gdp.secondary', ...more }),
  annual(2023, tertiary, { indicator: 'gdp.tertiary', ...more }),
];
const parts = (values: readonly number[], whole: number): Row[] => {
  const [primary = 0, secondary = 0, tertiary = 0] = values;
  const share = { transformation: 'C', unit: 'PP' };
  return [
    ...gdp(primary, secondary, tertiary, 0, share).slice(1),
    annual(2023, whole, { indicator: 'gdp', ...growth }),
  ];
};
const XINING = ['630102', '630103', '630104', '630105', '630106', '630121', '630123'];
const areas = (year: number, whole: number, counties: readonly string[]): Row[] => [
  annual(year, whole, { area: '630100' }),
  ...counties.map((area) => annual(year, 10, { area })),
];
const tenYears = (values: readonly number[], more: object = {}): Row[] =>
  values.map((value, i) => annual(2010 + i, value, more));
const STEADY = [100, 104, 109, 113, 118, 122, 127, 131, 136, 140, 145];
const industry = { indicator: 'industry.value-added' };
/** Releases of one month, each with its value. */
const releases = (period: string, values: readonly number[], more: object = {}): Row[] =>
  values.map((value, i) => row({ period, value: String(value), releaseDate: `2025-0${i + 1}-10`, ...more }));

const fixtures: Record<string, BatchRuleFixtures> = {
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
};

describe('rules over many observations', () => {
  describeBatchRules(macroeconomic, fixtures);
});

describe('findings', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(macroeconomic);
  });
  afterAll(async () => {
    await scene[Symbol.asyncDispose]();
  });

  test('keep their first day while they are there, and go when they are mended; they name entity and system', async () => {
    const source = await scene.source('statistics', 'statistics');
    const rows = [row({ key: 'a', period: '2024-01', value: '10' }), row({ key: 'b', period: '2024-02', value: '8' })];
    await scene.take(source, rows);
    const ask = async () =>
      (await runBatchRules(scene.pool, macroeconomic, { today: TODAY })).find(({ rule }) => rule === 'M07');
    expect(await ask()).toMatchObject({ found: 1, isNew: 1, gone: 0 });
    const [before] = await listFindings(scene.pool, 'macro', 'M07', 1);
    expect(before).toMatchObject({ system: 'statistics', message: 'fell from 10 to 8' });
    expect(before?.entityId).not.toBeNull();
    expect(await ask()).toMatchObject({ found: 1, isNew: 0, gone: 0 });
    expect((await listFindings(scene.pool, 'macro', 'M07', 1))[0]?.firstFoundAt).toEqual(before?.firstFoundAt);
    await scene.take(source, [{ ...row({ period: '2024-02', value: '18' }), key: 'b', at: 1_700_000_000_001 }]);
    expect(await ask()).toMatchObject({ found: 0, gone: 1 });
  });
});
