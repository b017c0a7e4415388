import { COUNTIES, codeIn, currentCode } from '../world/counties.ts';
import { below, pick } from '../world/hash.ts';
import { addressIn, type WorldOptions } from '../world/person.ts';
import { writeRows } from './csv-out.ts';
import { type SampleDepartment, withoutServer } from './department.ts';
import { cornerOf } from './plots.ts';

const COLUMNS = ['DZBM', 'DMMC', 'DZ', 'XZQH', 'JD', 'WD', 'DJRQ'];
const ADDRESSES_A_COUNTY = 12;
/** Latitude in the column of longitudes. */
const EXCHANGED = 31;
/** A county that never was. */
const NO_COUNTY = 214;
/** Registered long ago, under the code of that time. */
const OLD_CODES = 9;

function* rows({ seed }: WorldOptions): Generator<readonly string[]> {
  for (const [at, county] of COUNTIES.entries())
    for (let i = 0; i < ADDRESSES_A_COUNTY; i++) {
      const index = at * ADDRESSES_A_COUNTY + i;
      const full = addressIn(county, seed, index, 6201);
      const [x, y] = cornerOf(county);
      const place = [
        x + 0.05 + below(seed, index, 6210, 80_000) / 100_000,
        y + 0.05 + below(seed, index, 6211, 62_000) / 100_000,
      ];
      const [longitude, latitude] = (index === EXCHANGED ? place.reverse() : place).map((degrees) =>
        degrees.toFixed(5),
      );
      const code = index % OLD_CODES === 0 ? codeIn(county, 2005) : currentCode(county);
      yield [
        `DZ${currentCode(county)}${String(i + 1).padStart(6, '0')}`,
        full.slice(full.indexOf(county.name) + county.name.length).replace(/\d+号楼.*$/, ''),
        full,
        index === NO_COUNTY ? '632909' : code,
        ...[
          longitude as string,
          latitude as string,
          `${pick(['1998', '2006', '2014', '2019'], seed, index, 6212)}-0${1 + (index % 9)}-15`,
        ],
      ];
    }
}

/** 民政 地名地址: standard addresses with their positions, CSV in GB18030. */
export const placeNames: SampleDepartment = {
  name: 'place-names',
  fill: async (place) => ({ addresses: await writeRows(place, 'BZDZ.csv', COLUMNS, rows(place.world)) }),
  open: async ({ folder }) => withoutServer({ PLACE_NAMES_FOLDER: folder }),
};
