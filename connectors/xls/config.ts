import { z } from 'zod';
import { folderConnection } from '../files/config.ts';
import { sheetFields } from '../sheets/config.ts';

const MiB = 1024 * 1024;

const xlsStream = z.strictObject(sheetFields);
export const xlsConfig = z.strictObject({
  connection: folderConnection.extend({
    memoryMb: z.number().int().min(64).max(4_096).default(512).describe('memory of the process that opens a workbook'),
    seconds: z.number().int().min(1).max(3_600).default(120).describe('time in which it must have read one'),
  }),
  streams: z.record(z.string(), xlsStream),
});
export type XlsConfig = z.infer<typeof xlsConfig>;

/** An .xls has at most 65,536 rows of 256 columns; a larger file is no honest one. */
export const MOST_BYTES = 256 * MiB;
