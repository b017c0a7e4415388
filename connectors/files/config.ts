import { z } from 'zod';
import { filePattern } from './glob.ts';
import { remotePlace } from './remote-config.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** Where the files arrive. Nothing is ever written, moved or deleted there. */
export const folderConnection = z.strictObject({
  folder: z.string().min(1).describe('folder that the files are delivered to; sub-folders are not read'),
  remote: remotePlace.optional().describe('the folder is on this server; absent: on this machine'),
  stableSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .default(0)
    .describe('take a file only when it has been the same for so long; a run waits so long for the newest ones'),
  doneSuffix: z
    .string()
    .regex(/^[.\-_A-Za-z0-9]{1,20}$/, 'such as .done')
    .optional()
    .describe('take X only when the marker file X<suffix> is there'),
  batchRows: z.number().int().min(1).max(50_000).default(2_000).describe('rows a portion, at most'),
  chunkBytes: z
    .number()
    .int()
    .min(16)
    .max(64 * MiB)
    .default(MiB / 4)
    .describe('bytes read at a time'),
});
export type FolderConnection = z.infer<typeof folderConnection>;

/** What every file stream declares, whatever the format. */
export const fileStreamFields = {
  files: filePattern.describe('which files of the folder, such as QYDJ_*.DBF; case does not matter'),
  key: z.array(z.string().min(1)).min(1).describe('columns that identify a row'),
  columns: z.array(z.string().min(1)).optional().describe('columns that every file must have'),
  nulls: z
    .array(z.string().min(1).max(100))
    .min(1)
    .optional()
    .describe('texts of a cell that mean no value, such as NA; * means asterisks alone, as in numbers of a DBF'),
  maxFileBytes: z
    .number()
    .int()
    .positive()
    .default(20 * GiB)
    .describe('a larger file is refused'),
};

export interface FileStream {
  readonly files: string;
  readonly key: readonly string[];
  readonly columns?: readonly string[] | undefined;
  readonly nulls?: readonly string[] | undefined;
  readonly maxFileBytes: number;
}

export interface FileConfig<Stream extends FileStream> {
  readonly connection: FolderConnection;
  readonly streams: Readonly<Record<string, Stream>>;
}

export const DEFAULT_RECORD_BYTES = MiB;
export const MAX_RECORD_BYTES = 64 * MiB;
/** Of a rejected row, no more than this is kept. */
export const RAW_BYTES_KEPT = 64 * 1024;
