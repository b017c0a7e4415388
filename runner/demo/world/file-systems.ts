import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WORLD_DAY } from './calendar.ts';
import { csvLine } from './csv-file.ts';
import { DbfLayout, DbfWriter } from './dbf-file.ts';
import { FileWriter } from './file-writer.ts';
import { industryCommerce, officeOf } from './industry-commerce.ts';
import type { WorldOptions } from './person.ts';
import { qualityCodes } from './quality-codes.ts';
import { rowsOf, type SampleRow } from './sample-system.ts';

export const DBF_FILES = { 1: 'QYDJ_1.DBF', 2: 'QYDJ_2.DBF' } as const;
export const CSV_FILE = 'ZZJGDM.csv';

/** Called for every row that was written. */
export type Seen = (row: SampleRow) => void;

/** Makes the folder, and removes what an earlier world left there; other files stay. */
async function emptied(folder: string, ours: RegExp): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (ours.test(name)) await rm(join(folder, name));
}

export async function writeIndustryCommerce(
  world: WorldOptions,
  folder: string,
  seen: Seen,
  signal: AbortSignal,
): Promise<void> {
  await emptied(folder, /^QYDJ_\d\.DBF(\.part)?$/i);
  const layout = new DbfLayout(industryCommerce.columns);
  await using first = await DbfWriter.create(join(folder, DBF_FILES[1]), layout, WORLD_DAY);
  await using second = await DbfWriter.create(join(folder, DBF_FILES[2]), layout, WORLD_DAY);
  const offices = { 1: first, 2: second } as const;
  for (const row of rowsOf(industryCommerce, world)) {
    signal.throwIfAborted();
    await offices[officeOf(world, row.index)].add(layout.record(row.cells));
    seen(row);
  }
  await first.finish();
  await second.finish();
}

export async function writeQualityCodes(
  world: WorldOptions,
  folder: string,
  seen: Seen,
  signal: AbortSignal,
): Promise<void> {
  await emptied(folder, /^ZZJGDM\.csv(\.part)?$/i);
  await using file = await FileWriter.create(join(folder, CSV_FILE));
  file.text(csvLine(qualityCodes.columns.map(({ name }) => name)));
  for (const row of rowsOf(qualityCodes, world)) {
    signal.throwIfAborted();
    file.text(csvLine(row.cells));
    if (file.isFull) await file.flush();
    seen(row);
  }
  await file.finish();
}
