import { z } from 'zod';
import { folderConnection } from '../files/config.ts';
import { sheetFields } from '../sheets/config.ts';

const MiB = 1024 * 1024;

const xlsxStream = z.strictObject(sheetFields);
export const xlsxConfig = z.strictObject({ connection: folderConnection, streams: z.record(z.string(), xlsxStream) });
export type XlsxConfig = z.infer<typeof xlsxConfig>;

/** What a workbook may unpack to. A sheet of a million rows has some 100 MB of XML. */
export const LIMITS = {
  entries: 5_000,
  entryBytes: 2_048 * MiB,
  /** Of packed bytes to unpacked ones; a part of no more than `smallBytes` may have any. */
  inflateRatio: 200,
  smallBytes: 16 * MiB,
  sharedStrings: 2_000_000,
  sharedStringBytes: 256 * MiB,
  cellCharacters: 32_767,
};
