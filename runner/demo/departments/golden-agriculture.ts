import { join } from 'node:path';
import { WORLD_DAY } from '../world/calendar.ts';
import { COUNTIES, currentCode } from '../world/counties.ts';
import { DbfLayout, DbfWriter } from '../world/dbf-file.ts';
import { below } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import { type Place, type SampleDepartment, withoutServer } from './department.ts';

const column = (name: string, type: string) => ({ name, type, title: '' });
const CROP_COLUMNS = [
  column('XH', 'C(16)'),
  column('XZQH', 'C(6)'),
  column('ND', 'C(4)'),
  column('ZWMC', 'C(20)'),
  column('BZMJ_M', 'N(12,1)'),
  column('CL_D', 'N(12,2)'),
];
const HERD_COLUMNS = [
  column('XH', 'C(16)'),
  column('XZQH', 'C(6)'),
  column('ND', 'C(4)'),
  column('SXMC', 'C(20)'),
  column('CLS', 'N(10,0)'),
  column('CLS_N', 'N(10,0)'),
];
const CROPS = ['小麦', '青稞', '油菜', '马铃薯', '蚕豆'];
const HERDS = ['牦牛', '藏系绵羊', '山羊', '奶牛'];
const YEARS = ['2021', '2022', '2023', '2024'];

type Cells = readonly (string | null)[];

function* crops({ seed }: WorldOptions): Generator<Cells> {
  for (const [at, county] of COUNTIES.entries())
    for (const year of YEARS)
      for (const [crop, name] of CROPS.entries()) {
        const mu = 2_000 + below(seed, at * 10 + crop, Number(year), 90_000);
        const tonnes = (mu * (180 + below(seed, at * 10 + crop, Number(year) + 50, 120))) / 1_000;
        const code = currentCode(county);
        yield [`${year}${code}Z${crop}`, code, year, name, `${mu}.5`, tonnes.toFixed(2)];
      }
}

function* herds({ seed }: WorldOptions): Generator<Cells> {
  for (const [at, county] of COUNTIES.entries())
    for (const year of YEARS)
      for (const [herd, name] of HERDS.entries()) {
        const stock = 4_000 + below(seed, at * 10 + herd, Number(year) + 100, 300_000);
        const slaughtered = Math.round(stock * (0.2 + below(seed, at * 10 + herd, Number(year) + 150, 20) / 100));
        const code = currentCode(county);
        yield [`${year}${code}S${herd}`, code, year, name, String(stock), String(slaughtered)];
      }
}

async function writeDbf(
  place: Place,
  file: string,
  columns: typeof CROP_COLUMNS,
  rows: Iterable<Cells>,
): Promise<number> {
  const layout = new DbfLayout(columns);
  await using writer = await DbfWriter.create(join(place.folder, file), layout, WORLD_DAY);
  let count = 0;
  for (const cells of rows) {
    await writer.add(layout.record(cells));
    count += 1;
  }
  await writer.finish();
  return count;
}

/** 金农: crops and herds of a year, county by county, in the tables of a FoxPro program. */
export const goldenAgriculture: SampleDepartment = {
  name: 'golden-agriculture',
  fill: async (place) => ({
    crops: await writeDbf(place, 'NZW.DBF', CROP_COLUMNS, crops(place.world)),
    herds: await writeDbf(place, 'SXSC.DBF', HERD_COLUMNS, herds(place.world)),
  }),
  open: async ({ folder }) => withoutServer({ GOLDEN_AGRICULTURE_FOLDER: folder }),
};
