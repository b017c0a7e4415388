import { z } from 'zod';
import { fileStreamFields } from '../files/config.ts';
import { byteEncodingName } from '../files/encoding.ts';

export const dbfStream = z.strictObject({
  ...fileStreamFields,
  encoding: byteEncodingName
    .optional()
    .describe(
      'of texts and column names; absent: what the .cpg or the code page byte says, otherwise gb18030. They must agree',
    ),
  codePageByte: z
    .enum(['believed', 'ignored'])
    .default('believed')
    .describe('ignored: the owner says that the code page byte of the file is wrong'),
  deletedRows: z.enum(['delete', 'skip']).default('delete').describe('what a row marked as deleted becomes'),
});
export type DbfStream = z.infer<typeof dbfStream>;
