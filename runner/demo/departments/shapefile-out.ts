import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WORLD_DAY } from '../world/calendar.ts';
import { DbfLayout, DbfWriter } from '../world/dbf-file.ts';
import type { SampleColumn } from '../world/sample-system.ts';
import type { Place } from './department.ts';

export type Ring = readonly (readonly [x: number, y: number])[];

const POLYGON = 5;
export const CGCS2000 =
  'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]';

function polygon(number: number, ring: Ring): Buffer {
  const content = Buffer.alloc(4 + 32 + 8 + 4 + 16 * ring.length);
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  content.writeInt32LE(POLYGON, 0);
  for (const [i, value] of [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].entries())
    content.writeDoubleLE(value, 4 + 8 * i);
  content.writeInt32LE(1, 36);
  content.writeInt32LE(ring.length, 40);
  content.writeInt32LE(0, 44);
  for (const [i, [x, y]] of ring.entries()) content.writeDoubleLE(y, content.writeDoubleLE(x, 48 + 16 * i));
  const head = Buffer.alloc(8);
  head.writeInt32BE(number, 0);
  head.writeInt32BE(content.length / 2, 4);
  return Buffer.concat([head, content]);
}

export interface PolygonRow {
  readonly ring: Ring;
  readonly cells: readonly (string | null)[];
}

/** Writes .shp, .dbf (GB18030), .prj and .cpg of polygons, in degrees of CGCS2000 unless `wkt` says otherwise. Outer rings are given clockwise. */
export async function writePolygons(
  { folder }: Pick<Place, 'folder'>,
  name: string,
  columns: readonly SampleColumn[],
  rows: readonly PolygonRow[],
  wkt = CGCS2000,
): Promise<void> {
  const records = rows.map(({ ring }, i) => polygon(i + 1, ring));
  const header = Buffer.alloc(100);
  header.writeInt32BE(9994, 0);
  header.writeInt32BE((100 + records.reduce((sum, one) => sum + one.length, 0)) / 2, 24);
  header.writeInt32LE(1000, 28);
  header.writeInt32LE(POLYGON, 32);
  await writeFile(join(folder, `${name}.shp`), Buffer.concat([header, ...records]));
  await writeFile(join(folder, `${name}.prj`), wkt);
  await writeFile(join(folder, `${name}.cpg`), 'GBK');
  const layout = new DbfLayout(columns);
  await using table = await DbfWriter.create(join(folder, `${name}.dbf`), layout, WORLD_DAY);
  for (const { cells } of rows) await table.add(layout.record(cells));
  await table.finish();
}
