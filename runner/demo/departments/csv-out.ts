import { join } from 'node:path';
import { csvLine } from '../world/csv-file.ts';
import { FileWriter } from '../world/file-writer.ts';
import type { Place } from './department.ts';

/** Writes a CSV file in GB18030 into the department's folder. Gives the number of rows. */
export async function writeRows(
  place: Place,
  file: string,
  columns: readonly string[],
  rows: Iterable<readonly (string | null)[]>,
): Promise<number> {
  await using out = await FileWriter.create(join(place.folder, file));
  out.text(csvLine(columns));
  let count = 0;
  for (const row of rows) {
    place.signal.throwIfAborted();
    out.text(csvLine(row));
    if (out.isFull) await out.flush();
    count += 1;
  }
  await out.finish();
  return count;
}
