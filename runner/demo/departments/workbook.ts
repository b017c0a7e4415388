import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { utils, write } from '@e965/xlsx';
import type { Place } from './department.ts';

export interface Sheet {
  readonly name: string;
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** Ranges such as `C3:E3`. */
  readonly merges?: readonly string[];
}

/** Writes a workbook into the department's folder: .xlsx, or .xls as programs of before 2007 wrote it. */
export async function writeWorkbook({ folder }: Place, file: string, sheets: readonly Sheet[]): Promise<void> {
  const book = utils.book_new();
  for (const { name, rows, merges = [] } of sheets) {
    const sheet = utils.aoa_to_sheet(rows as (string | number | null)[][]);
    sheet['!merges'] = merges.map((range) => utils.decode_range(range));
    utils.book_append_sheet(book, sheet, name);
  }
  const bookType = file.endsWith('.xls') ? 'biff8' : 'xlsx';
  await writeFile(join(folder, file), write(book, { type: 'buffer', bookType, compression: true }) as Buffer);
}
