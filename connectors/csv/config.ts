import { z } from 'zod';
import { DEFAULT_RECORD_BYTES, fileStreamFields, folderConnection, MAX_RECORD_BYTES } from '../files/config.ts';
import { encodingName } from '../files/encoding.ts';

const csvStream = z.strictObject({
  ...fileStreamFields,
  encoding: encodingName.describe('utf-8, or gb18030 (also written gbk, gb2312); never guessed'),
  delimiter: z
    .string()
    .length(1)
    .regex(/[^"\r\n\0]/, 'one character, no quote and no line end')
    .default(','),
  maxRecordBytes: z
    .number()
    .int()
    .min(64)
    .max(MAX_RECORD_BYTES)
    .default(DEFAULT_RECORD_BYTES)
    .describe('a longer record is rejected, and never held in memory'),
});
export type CsvStream = z.infer<typeof csvStream>;

export const csvConfig = z.strictObject({
  connection: folderConnection,
  streams: z.record(z.string(), csvStream),
});
export type CsvConfig = z.infer<typeof csvConfig>;
