import { z } from 'zod';
import { DEFAULT_RECORD_BYTES, fileStreamFields, folderConnection, MAX_RECORD_BYTES } from '../files/config.ts';
import { encodingName } from '../files/encoding.ts';

const csvStream = z.strictObject({
  ...fileStreamFields,
  encoding: encodingName.describe(
    'such as utf-8, gb18030 (also written gbk, gb2312), latin1, big5, utf-16le; never guessed',
  ),
  delimiter: z
    .preprocess(
      (value) => (value === '\\t' || value === 'tab' ? '\t' : value),
      z.string().regex(/^[^"\r\n\0]$/, 'one character that is no quote and no line end; a tab is written "\\t" or tab'),
    )
    .default(',')
    .describe('between cells; tab for a tab'),
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
