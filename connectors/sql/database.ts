import type { Knex } from 'knex';
import type { ColumnSpec, RawValue } from '../../schemas/stream.ts';

/** As the driver gives it, told to give text: only bytes and what cannot lose anything come otherwise. */
export type Cell = string | number | boolean | Uint8Array | null;
export type Row = readonly Cell[];

/** A column with what reading it takes. */
export interface SqlColumn extends ColumnSpec {
  /** From the driver's cell to the value that travels; null = it travels as it is. */
  readonly read: ((cell: Cell) => RawValue) | null;
  /** What the SELECT list says instead of the bare column, with ?? for its name; null = the bare column. */
  readonly select: string | null;
  /** What a comparison binds instead of a bare ?; null = a bare ?. */
  readonly bind: string | null;
  /** True when different texts are always different to the server; not so under a collation, or for 1.0 and 1.00. */
  readonly exactText: boolean;
  /** Whether a cell holds nothing, with ?? for the name, where more than NULL does. */
  readonly unset?: string;
}

export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

export interface TableInfo extends TableName {
  readonly columns: readonly SqlColumn[];
  readonly primaryKey: readonly string[];
  /** Leading columns of every index; with `unique` when it is. */
  readonly indexes: readonly { readonly columns: readonly string[]; readonly unique: boolean }[];
  readonly rowEstimate: number | null;
}

/** Where a pass by cursor ends, and where the next one will begin. */
export interface Bounds {
  /** The greatest cursor now; null when no row has one, and then there is no `nextSince` either. */
  readonly until: string | null;
  /** As far back from it, and from the server's clock, as late commits may reach. */
  readonly nextSince: string | null;
}

/** A stream with its columns looked up. */
export interface OpenStream extends TableName {
  readonly stream: string;
  readonly columns: readonly SqlColumn[];
  readonly key: readonly SqlColumn[];
  readonly cursor: SqlColumn | null;
  /** A unique index says so. */
  readonly keyIsUnique: boolean;
  readonly overlapSeconds: number;
  readonly pageRows: number;
}

/** One kind of server. Statements are built by `knex` and run through `rows`, which gives arrays of text. */
export interface Database extends AsyncDisposable {
  readonly knex: Knex;
  /** True when `(a, b) > (?, ?)` uses an index. */
  readonly comparesRows: boolean;
  rows(query: Knex.QueryBuilder | Knex.Raw): Promise<readonly Row[]>;
  /** A name as an identifier of this server, whatever it holds. */
  quote(name: string): string;
  /** Ends the statements under way at the server. Never fails: the limit of a statement ends them in any case. */
  cancel(): Promise<void>;
  /** Version, time zone and proof that the session cannot write. */
  notes(): Promise<readonly string[]>;
  /** null when the login sees no such table. */
  describe(name: TableName): Promise<TableInfo | null>;
  /** Every table and view that the login sees, but the server's own. */
  tables(): Promise<readonly TableName[]>;
  bounds(table: TableName, cursor: SqlColumn, overlapSeconds: number): Promise<Bounds>;
  /** The error of a statement by its code, in words of the hub. */
  failure(error: unknown, what: string): Error;
}

const ignore = (): void => {};
/** knex prints failed connections by itself; they are thrown to us as well. */
export const SILENT = { warn: ignore, error: ignore, deprecate: ignore, debug: ignore };

export const asNumber = (cell: Cell): RawValue => (cell === null ? null : Number(cell));

export const qualified = ({ schema, table }: TableName): string =>
  schema === undefined ? table : `${schema}.${table}`;

export async function guarded<T>(db: Database, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw db.failure(error, what);
  }
}
