import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WORLD_DAY } from './calendar.ts';
import { csvLine } from './csv-file.ts';
import { DbfLayout, DbfWriter } from './dbf-file.ts';
import { FileWriter } from './file-writer.ts';
import { industryCommerce, officeOf } from './industry-commerce.ts';
import type { WorldOptions } from './person.ts';
import { rowsOf, type SampleRow, type SystemName } from './sample-system.ts';
import { SAMPLE_SYSTEMS } from './systems.ts';

export const DBF_FILES = { 1: 'QYDJ_1.DBF', 2: 'QYDJ_2.DBF' } as const;
export type CsvSystem = Extract<SystemName, 'quality-codes' | 'staffing-office' | 'civil-affairs'>;
export const CSV_FILES: Readonly<Record<CsvSystem, string>> = {
  'quality-codes': 'ZZJGDM.csv',
  'staffing-office': 'JGBZ_2024.csv',
  'civil-affairs': 'SHZZ_2024.csv',
};

/** Called for every row that was written. */
export type Seen = (row: SampleRow) => void;

/** Makes the folder, and removes what an earlier world left there; other files stay. */
async function emptied(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) if (isOurs(name)) await rm(join(folder, name));
}

export async function writeIndustryCommerce(
  world: WorldOptions,
  folder: string,
  seen: Seen,
  signal: AbortSignal,
): Promise<void> {
  await emptied(folder, (name) => /^QYDJ_\d\.DBF(\.part)?$/i.test(name));
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

export async function writeCsv(
  name: CsvSystem,
  world: WorldOptions,
  folder: string,
  seen: Seen,
  signal: AbortSignal,
): Promise<void> {
  const path = join(folder, CSV_FILES[name]);
  const system = SAMPLE_SYSTEMS[name];
  await emptied(folder, (found) => found === CSV_FILES[name] || found === `${CSV_FILES[name]}.part`);
  await using file = await FileWriter.create(path);
  file.text(csvLine(system.columns.map((column) => column.name)));
  for (const row of rowsOf(system, world)) {
    signal.throwIfAborted();
    file.text(csvLine(row.cells));
    if (file.isFull) await file.flush();
    seen(row);
  }
  await file.finish();
}
