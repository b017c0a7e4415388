import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CARTOGRAM } from './cartogram.ts';
import { type SampleDepartment, withoutServer } from './department.ts';

/** 自然资源: the cartogram of the county-level units, which stands where official boundaries would. */
export const administrativeUnits: SampleDepartment = {
  name: 'administrative-units',
  async fill({ folder }) {
    const features = CARTOGRAM.map(({ code, name, prefecture, ring }) =>
      JSON.stringify({
        type: 'Feature',
        properties: { XZQHDM: code, XZQHMC: name, SJMC: prefecture, SM: '示意图,非行政区域界线' },
        geometry: { type: 'Polygon', coordinates: [ring] },
      }),
    );
    await writeFile(
      join(folder, 'XZQH.geojson'),
      `{"type":"FeatureCollection","features":[\n${features.join(',\n')}\n]}\n`,
    );
    return { units: CARTOGRAM.length };
  },
  open: async ({ folder }) => withoutServer({ ADMINISTRATIVE_UNITS_FOLDER: folder }),
};
