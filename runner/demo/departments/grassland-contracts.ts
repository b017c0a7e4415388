import { COUNTIES, currentCode } from '../world/counties.ts';
import { below, hash32 } from '../world/hash.ts';
import { personAt } from '../world/person.ts';
import { type SampleDepartment, withoutServer } from './department.ts';
import { writeWorkbook } from './workbook.ts';

const PASTORAL = COUNTIES.filter(({ urban }) => !urban).slice(-24);
const CONTRACTS_A_COUNTY = 18;
const KINDS = ['冬春草场', '夏秋草场'];
/** Identity numbers that a typist gave Excel as numbers: their last digits are gone. */
const LOST = [7, 133];

/** 金农 草原承包: contracts of herders, one old .xls a prefecture. */
export const grasslandContracts: SampleDepartment = {
  name: 'grassland-contracts',
  async fill(place) {
    const { world } = place;
    const sheets = new Map<string, (string | number | null)[][]>();
    let count = 0;
    for (const [at, county] of PASTORAL.entries()) {
      const rows = sheets.get(county.prefecture) ?? [
        ['草原承包合同登记表'],
        [],
        ['合同编号', '区划代码', '乡镇', '承包人', '身份证号', '草场类型', '面积(亩)', '起始日期', '终止日期'],
      ];
      sheets.set(county.prefecture, rows);
      for (let i = 0; i < CONTRACTS_A_COUNTY; i++) {
        const index = at * 1_000 + i;
        const holder = personAt(world, below(world.seed, index, 5701, world.persons));
        const number = LOST.includes(count) ? Number(`${holder.citizenNumber.slice(0, 17)}0`) : holder.citizenNumber;
        rows.push([
          ...[
            `CY${currentCode(county)}${String(i + 1).padStart(4, '0')}`,
            currentCode(county),
            county.towns[hash32(world.seed, index, 5702) % county.towns.length] ?? '',
          ],
          ...[
            holder.name,
            number,
            KINDS[index % 2] ?? '',
            120 + below(world.seed, index, 5703, 9_000) + 0.5,
            '1994年1月1日',
            '2043-12-31',
          ],
        ]);
        count += 1;
      }
    }
    for (const [prefecture, rows] of sheets)
      await writeWorkbook(place, `CYCB_${prefecture}.xls`, [{ name: '承包合同', rows }]);
    return { contracts: count };
  },
  open: async ({ folder }) => withoutServer({ GRASSLAND_CONTRACTS_FOLDER: folder }),
};
