import type { ColumnSpec, RawRecord } from '../../schemas/stream.ts';
import type { RejectedRow } from '../connector.ts';
import type { FileStream, FolderConnection } from './config.ts';
import type { OpenFile } from './open-file.ts';

/** Where the next record starts: how many records lie before it, and the byte. */
export interface FilePosition {
  readonly records: number;
  readonly offset: number;
}

export interface FileShape {
  readonly columns: readonly ColumnSpec[];
  /** Of the first record. */
  readonly start: FilePosition;
  /** null: only reading tells. */
  readonly rowEstimate: number | null;
  /** For a steward: excluded columns, a suspicious encoding. */
  readonly notes: readonly string[];
}

export interface FileRows {
  readonly records: readonly RawRecord[];
  readonly rejects: readonly RejectedRow[];
  /** After these rows. */
  readonly next: FilePosition;
}

export interface RowsRequest<Stream extends FileStream, Shape extends FileShape> {
  readonly name: string;
  readonly stream: Stream;
  readonly shape: Shape;
  readonly from: FilePosition;
  readonly connection: FolderConnection;
  readonly signal: AbortSignal;
}

/** What a file format has to know; place, stability, checkpoints and errors of the file system are shared. */
export interface FileFormat<Stream extends FileStream, Shape extends FileShape> {
  readonly type: string;
  /** Endings of what belongs to a file and lies beside it. */
  readonly beside?: readonly string[];
  /** Reads only the head of the file. @throws HUB_FILE_ codes of recovery `stop` */
  inspect(file: OpenFile, stream: Stream): Promise<FileShape & Shape>;
  /** Rows in file order, from the position exactly; a bad row is a reject and never ends the read. */
  rows(file: OpenFile, request: RowsRequest<Stream, Shape>): AsyncIterable<FileRows>;
}
