/**
 * How a column travels. text, bigint, decimal, date, time and timestamp travel as exact text (decimals and 64-bit
 * integers lose digits as JavaScript numbers; where a file holds no such number or day, what stands there, for the mapping to
 * judge); integer (32 bit) and float as number; bytes as Uint8Array.
 */
export type ColumnType =
  | 'text'
  | 'integer'
  | 'bigint'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'bytes';

export interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  /** The source's own type, as it prints it: `numeric(18,2)`, `C(20)`. */
  readonly sourceType: string;
  readonly nullable: boolean;
  readonly comment?: string;
}

export interface StreamSpec {
  readonly name: string;
  readonly columns: readonly ColumnSpec[];
  /** Columns that identify a row; empty when the source has no key. */
  readonly key: readonly string[];
  /** null when the source cannot say cheaply. */
  readonly rowEstimate: number | null;
}

export type RawValue = string | number | boolean | Uint8Array | null;

/** One row as the source has it. `value` is null for deletes. */
export interface RawRecord {
  readonly stream: string;
  /** Key columns joined with U+001F; stable between reads. */
  readonly key: string;
  readonly op: 'upsert' | 'delete';
  readonly value: Readonly<Record<string, RawValue>> | null;
  /** Milliseconds since 1970: the source's own modification time where it has one, otherwise the time of reading. */
  readonly observedAt: number;
  /** Where a person finds the row: `public.t_czrk` or `QYDJ_1.DBF#1024`. */
  readonly origin: string;
}

export const KEY_SEPARATOR = '\u001f';

/**
 * Which of two messages about a row is the newer one. read: what came later into the log, since each read gives the row as it
 * is by then; times may step or lie in the future. file: that of the newer file, since files come late and out of order; a
 * row that comes back after it was found missing is taken. stated: that whose time the sender states, deletions included.
 */
export type VersionOrder = 'read' | 'file' | 'stated';
