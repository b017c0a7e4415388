import { COUNTIES, currentCode } from '../world/counties.ts';
import { below } from '../world/hash.ts';
import { type SampleDepartment, withoutServer } from './department.ts';
import { writeWorkbook } from './workbook.ts';

const SUBJECTS = [
  ['101', '一般公共预算收入', 5_200],
  ['201', '一般公共预算支出', 21_000],
] as const;
const YEAR = 2024;
const MONTHS = 12;

/** 金财: budget execution, a workbook a month, 万元, this month and the year to date under one merged head. */
export const goldenFinance: SampleDepartment = {
  name: 'golden-finance',
  async fill(place) {
    const { seed } = place.world;
    const totals = new Map<string, number>();
    let count = 0;
    for (let month = 1; month <= MONTHS; month++) {
      const rows: (string | number | null)[][] = [
        [`${YEAR}年${month}月全省预算执行情况表`],
        [null, null, null, null, '单位:万元'],
        ['区划编码', '地区', '科目', '执行数', null],
        [null, null, null, '本月', '本年累计'],
      ];
      for (const [at, county] of COUNTIES.entries()) {
        for (const [code, name, typical] of SUBJECTS) {
          const cents = Math.round(
            typical * county.weight * (0.6 + below(seed, at, Number(code) * 100 + month, 800) / 1_000),
          );
          const key = `${at} ${code}`;
          totals.set(key, (totals.get(key) ?? 0) + cents);
          rows.push([currentCode(county), county.name, name, cents / 100, (totals.get(key) as number) / 100]);
          count += 1;
        }
      }
      rows.push(['资料来源:财政总预算会计报表']);
      const merges = ['A1:E1', 'A3:A4', 'B3:B4', 'C3:C4', 'D3:E3'];
      await writeWorkbook(place, `YSZX_${YEAR}${String(month).padStart(2, '0')}.xlsx`, [
        { name: '预算执行', rows, merges },
      ]);
    }
    return { budget: count };
  },
  open: async ({ folder }) => withoutServer({ GOLDEN_FINANCE_FOLDER: folder }),
};
