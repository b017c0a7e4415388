import { COUNTIES, currentCode } from '../world/counties.ts';
import { below } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import type { SampleColumn } from '../world/sample-system.ts';
import { type SampleDepartment, withoutServer } from './department.ts';
import { fillTable } from './sql-rows.ts';

const TABLE = { schema: 'tax', table: 'sskj_yb', key: 'XH', cursor: 'GXSJ', title: '税收会统月报' };
const COLUMNS: readonly SampleColumn[] = [
  { name: 'XH', type: 'varchar(24)', title: '序号' },
  { name: 'SKSSQ', type: 'char(6)', title: '税款所属期' },
  { name: 'XZQH', type: 'char(6)', title: '行政区划代码' },
  { name: 'ZSXM_DM', type: 'char(5)', title: '征收项目代码' },
  { name: 'ZSXM_MC', type: 'varchar(60)', title: '征收项目名称' },
  { name: 'RKSE', type: 'numeric(18,2)', title: '入库税额(元)' },
  { name: 'LJSE', type: 'numeric(18,2)', title: '本年累计税额(元)' },
  { name: 'TSSE', type: 'numeric(18,2)', title: '退库税额(元)' },
  { name: 'GXSJ', type: 'timestamptz', title: '更新时间' },
];
/** Code, name, typical month of a county of average size in yuan. */
const TAXES = [
  ['10101', '增值税', 9_000_000],
  ['10104', '企业所得税', 4_500_000],
  ['10106', '个人所得税', 1_600_000],
  ['10107', '资源税', 2_100_000],
  ['10109', '城市维护建设税', 700_000],
] as const;
const YEARS = ['2023', '2024'] as const;
const MONTHS = 12;

function* rows({ seed }: WorldOptions): Generator<readonly string[]> {
  for (const county of COUNTIES) {
    const code = currentCode(county);
    for (const [tax, name, typical] of TAXES) {
      for (const year of YEARS) {
        let total = 0n;
        for (let month = 1; month <= MONTHS; month++) {
          const period = `${year}${String(month).padStart(2, '0')}`;
          const index = Number(code) * 100 + month;
          const salt = Number(tax) + Number(year);
          const cents =
            BigInt(Math.round((typical * county.weight) / 2)) + BigInt(below(seed, index, salt, typical * 20));
          total += cents;
          const refund = BigInt(below(seed, index, salt + 7, 900_000));
          yield [
            ...[`${period}${code}${tax}`, period, code, tax, name, yuan(cents), yuan(total), yuan(refund)],
            `${month === MONTHS ? Number(year) + 1 : year}-${String((month % MONTHS) + 1).padStart(2, '0')}-08 18:00:00`,
          ];
        }
      }
    }
  }
}

const yuan = (cents: bigint): string => `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;

/** 金税 会统: what was taken in each month, tax by tax and county by county. A system apart from the taxpayers' register. */
export const goldenTaxRevenue: SampleDepartment = {
  name: 'golden-tax-revenue',
  fill: async (place) => ({ revenue: await fillTable(place, TABLE, COLUMNS, rows(place.world)) }),
  open: async ({ databaseUrl }) => withoutServer({ GOLDEN_TAX_REVENUE_URL: databaseUrl }),
};
