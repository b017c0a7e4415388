import { below } from '../world/hash.ts';
import { type SampleDepartment, withoutServer } from './department.ts';
import { type Sheet, writeWorkbook } from './workbook.ts';

/** Name, size of a quarter in 亿元 in the first year, growth of a year in percent. */
const INDICATORS = [
  ['地区生产总值', 720, 5.2],
  ['第一产业增加值', 72, 4.6],
  ['第二产业增加值', 310, 6.1],
  ['第三产业增加值', 338, 5.0],
  ['固定资产投资', 420, 3.1],
] as const;
const YEARS = [2021, 2022, 2023, 2024];
const QUARTERS = ['一季度', '上半年', '前三季度', '全年'];

/** 宏观经济管理: one workbook a year; values and published growth of the year to date, side by side. */
export const goldenMacro: SampleDepartment = {
  name: 'golden-macro',
  async fill(place) {
    const { seed } = place.world;
    let rows = 0;
    for (const year of YEARS) {
      const table: (string | number | null)[][] = [
        [`青海省${year}年主要经济指标`],
        ['单位:亿元、%'],
        ['指标', '时期', '累计值', '同比增长'],
      ];
      for (const [index, [name, size, growth]] of INDICATORS.entries()) {
        let total = 0;
        for (const [quarter, words] of QUARTERS.entries()) {
          const noise = below(seed, index * 10 + quarter, year, 2_000) / 100 - 10;
          total += size * (1 + growth / 100) ** (year - 2021) * (0.8 + quarter * 0.12) + noise;
          const published = growth + below(seed, index * 10 + quarter, year + 1, 30) / 10 - 1.5;
          table.push([name, `${year}年${words}`, Number(total.toFixed(2)), Number(published.toFixed(1))]);
          rows += 1;
        }
      }
      table.push(['注:增长速度按可比价格计算。']);
      await writeWorkbook(place, `HGJJ_${year}.xlsx`, [
        { name: '主要指标', rows: table, merges: ['A1:D1'] } satisfies Sheet,
      ]);
    }
    return { indicators: rows };
  },
  open: async ({ folder }) => withoutServer({ GOLDEN_MACRO_FOLDER: folder }),
};
