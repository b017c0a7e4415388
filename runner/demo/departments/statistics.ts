import { COUNTIES } from '../world/counties.ts';
import { below } from '../world/hash.ts';
import { type SampleDepartment, withoutServer } from './department.ts';
import { writeWorkbook } from './workbook.ts';
import { yearendSheet } from './yearend.ts';

const PREFECTURES = [...new Set(COUNTIES.map(({ prefecture }) => prefecture))];
const MEASURES = [
  ['社会消费品零售总额', 7.4],
  ['规模以上工业增加值', 9.1],
] as const;
const YEARS = [2023, 2024];

/** 统计年鉴: areas by months of the year to date; January is published with February only. */
export const statistics: SampleDepartment = {
  name: 'statistics',
  async fill(place) {
    const { seed } = place.world;
    let count = 0;
    let places = 0;
    for (const year of YEARS) {
      const months = Array.from({ length: 11 }, (_, i) => `1-${i + 2}月`);
      const rows: (string | number | null)[][] = [
        [`3-5 分地区月度主要指标累计数(${year}年)`],
        [null, null, '单位:亿元'],
        ['地区', '指标', '本年累计', ...months.slice(1).map(() => null)],
        [null, null, ...months],
      ];
      const merges = ['A3:A4', 'B3:B4', 'C3:M3'];
      for (const [at, prefecture] of PREFECTURES.entries()) {
        for (const [row, [name, typical]] of MEASURES.entries()) {
          let total = (typical / PREFECTURES.length) * (1 + below(seed, at, year + row, 100) / 100);
          const cells = months.map((_, month) => {
            total += (typical / PREFECTURES.length) * (0.8 + below(seed, at * 20 + month, year + row, 40) / 100);
            // The yearbook has no figure for an area with too few enterprises.
            return row === 1 && at === PREFECTURES.length - 1 ? '…' : Number(total.toFixed(2));
          });
          rows.push([row === 0 ? prefecture : null, name, ...cells]);
          count += cells.length;
        }
        merges.push(`A${rows.length - 1}:A${rows.length}`);
      }
      rows.push(['注:1.规模以上工业指年主营业务收入2000万元及以上的工业法人单位。']);
      const yearend = yearendSheet(place.world, year);
      places += PREFECTURES.length + 1;
      await writeWorkbook(place, `TJNJ_${year}.xlsx`, [{ name: '3-5', rows, merges }, yearend]);
    }
    return { monthly: count, yearend: places };
  },
  open: async ({ folder }) => withoutServer({ STATISTICS_FOLDER: folder }),
};
