import { z } from 'zod';
import { dbfStream } from '../dbf-table/stream.ts';
import { folderConnection } from '../files/config.ts';

export const dbfConfig = z.strictObject({
  connection: folderConnection,
  streams: z.record(z.string(), dbfStream),
});
export type DbfConfig = z.infer<typeof dbfConfig>;
