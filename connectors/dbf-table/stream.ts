import { z } from 'zod';
import { fileStreamFields } from '../files/config.ts';
import { encodingName } from '../files/encoding.ts';

export const dbfStream = z.strictObject({
  ...fileStreamFields,
  encoding: encodingName
    .default('gb18030')
    .describe('of texts and column names; the code page byte of the file is not believed'),
  deletedRows: z.enum(['delete', 'skip']).default('delete').describe('what a row marked as deleted becomes'),
});
export type DbfStream = z.infer<typeof dbfStream>;
