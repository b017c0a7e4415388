import knex, { type Knex } from 'knex';
import mssql from 'mssql';
import type { ColumnType } from '../../schemas/stream.ts';
import { addressOf, type SqlConnection } from './config.ts';
import {
  asNumber,
  type Bounds,
  type Cell,
  type Database,
  type Row,
  SILENT,
  type SqlColumn,
  type TableName,
} from './database.ts';
import { type FailureTable, sqlFailure } from './failure.ts';
import { answerLimit, farewell } from './limit.ts';
import { textOf } from './records.ts';
import { over, tableOf } from './select.ts';

const FAILURES: FailureTable = {
  ELOGIN: 'HUB_SOURCE_REFUSED',
  '18456': 'HUB_SOURCE_REFUSED',
  '4060': 'HUB_SOURCE_OBJECT_MISSING',
  '208': 'HUB_SOURCE_OBJECT_MISSING',
  '207': 'HUB_SOURCE_SCHEMA_CHANGED',
  '229': 'HUB_SOURCE_NO_RIGHTS',
  '230': 'HUB_SOURCE_NO_RIGHTS',
  ESOCKET: 'HUB_SOURCE_UNREACHABLE',
  ETIMEOUT: 'HUB_SOURCE_UNREACHABLE',
  ECONNCLOSED: 'HUB_SOURCE_READ_FAILED',
};

interface Kind {
  readonly type: ColumnType;
  /** What makes exact text of it: the driver gives decimals as JavaScript numbers and dates without their digits. */
  readonly select?: string;
}

const exact = (type: ColumnType, length: number): Kind => ({ type, select: `CONVERT(varchar(${length}), ??)` });
const time = (type: ColumnType): Kind => ({ type, select: 'CONVERT(varchar(34), ??, 121)' });
const KINDS: Readonly<Record<string, Kind>> = {
  tinyint: { type: 'integer' },
  smallint: { type: 'integer' },
  int: { type: 'integer' },
  bit: { type: 'boolean' },
  real: { type: 'float' },
  float: { type: 'float' },
  bigint: exact('bigint', 20),
  decimal: exact('decimal', 41),
  numeric: exact('decimal', 41),
  // style 2: four decimals; without it money is rounded to two
  money: { type: 'decimal', select: 'CONVERT(varchar(30), ??, 2)' },
  smallmoney: { type: 'decimal', select: 'CONVERT(varchar(30), ??, 2)' },
  date: { type: 'date', select: 'CONVERT(varchar(10), ??, 23)' },
  time: time('time'),
  datetime: time('timestamp'),
  smalldatetime: time('timestamp'),
  datetime2: time('timestamp'),
  datetimeoffset: time('timestamp'),
  binary: { type: 'bytes' },
  varbinary: { type: 'bytes' },
  image: { type: 'bytes' },
  timestamp: { type: 'bytes' },
  rowversion: { type: 'bytes' },
  char: { type: 'text' },
  varchar: { type: 'text' },
  nchar: { type: 'text' },
  nvarchar: { type: 'text' },
  text: { type: 'text' },
  ntext: { type: 'text' },
  uniqueidentifier: { type: 'text', select: 'CONVERT(char(36), ??)' },
};
const OTHER: Kind = { type: 'text', select: 'CONVERT(nvarchar(max), ??)' };

/** SQL Server through `mssql`, as a stream that pauses; knex only writes the statements. */
export function openMssql(connection: SqlConnection): Database {
  const builder = knex({ client: 'mssql', log: SILENT });
  const { host, ...address } = addressOf(connection);
  const pool = new mssql.ConnectionPool({
    server: host,
    port: 1433,
    ...address,
    connectionTimeout: connection.connectTimeoutMs,
    requestTimeout: connection.statementTimeoutMs,
    arrayRowMode: true,
    pool: { min: 0, max: 3 },
    options: {
      encrypt: connection.encrypt,
      trustServerCertificate: connection.trustServerCertificate,
      appName: 'sanjiang',
      useUTC: true,
      readOnlyIntent: true,
    },
  });
  // Told again by the statement that meets it.
  pool.on('error', () => {});
  const running = new Set<{ cancel(): void }>();
  const cancel = async (): Promise<void> => {
    for (const request of running) request.cancel();
  };
  const dialect = {
    knex: builder,
    comparesRows: false,
    quote: (name: string): string => `[${name.replaceAll(']', ']]')}]`,
  };
  let connected: Promise<unknown> | undefined;

  const answered = answerLimit(connection, () => void cancel());
  const rows = (query: Knex.QueryBuilder | Knex.Raw): Promise<readonly Row[]> => answered(() => rowsOf(query));
  const rowsOf = async (query: Knex.QueryBuilder | Knex.Raw): Promise<readonly Row[]> => {
    connected ??= pool.connect().catch((error: unknown) => {
      connected = undefined;
      throw error;
    });
    await connected;
    const { sql, bindings } = query.toSQL().toNative();
    const request = pool.request();
    for (const [i, value] of bindings.entries()) request.input(`p${i}`, value);
    const stream = request.toReadableStream();
    const found: Row[] = [];
    running.add(request);
    try {
      // Failures of the statement come through the stream; only one that never began is told here.
      request.query(sql).catch((error: Error) => stream.destroy(error));
      for await (const row of stream) found.push(row as Row);
      return found;
    } finally {
      running.delete(request);
    }
  };
  const text = async (
    sql: string,
    bindings: readonly string[] = [],
  ): Promise<readonly (readonly (string | null)[])[]> =>
    (await rows(builder.raw(sql, [...bindings]))) as readonly (readonly (string | null)[])[];

  async function describe({ schema, table }: TableName) {
    const [found] = await text(
      `SELECT CAST(o.object_id AS varchar(20)), s.name,
         (SELECT CAST(SUM(p.rows) AS varchar(20)) FROM sys.partitions p WHERE p.object_id = o.object_id AND p.index_id IN (0, 1))
       FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
       WHERE o.type IN ('U', 'V') AND o.name = ? AND s.name = ${schema === undefined ? 'SCHEMA_NAME()' : '?'}`,
      schema === undefined ? [table] : [table, schema],
    );
    if (found === undefined) return null;
    const [id, namespace, rowCount] = found;
    const columns = await text(
      `SELECT c.name, t.name, CAST(c.max_length AS varchar(10)), CAST(c.precision AS varchar(10)), CAST(c.scale AS varchar(10)),
         CAST(c.is_nullable AS varchar(1)), CAST(e.value AS nvarchar(400)), c.collation_name
       FROM sys.columns c JOIN sys.types t ON t.user_type_id = c.system_type_id
       LEFT JOIN sys.extended_properties e ON e.major_id = c.object_id AND e.minor_id = c.column_id AND e.name = 'MS_Description'
       WHERE c.object_id = ? ORDER BY c.column_id`,
      [id ?? ''],
    );
    const parts = await text(
      `SELECT i.name, CASE WHEN i.is_unique = 1 AND i.has_filter = 0 THEN '1' ELSE '0' END, CAST(i.is_primary_key AS varchar(1)), c.name
       FROM sys.indexes i JOIN sys.index_columns k ON k.object_id = i.object_id AND k.index_id = i.index_id
       JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id
       WHERE i.object_id = ? AND k.is_included_column = 0 ORDER BY i.name, k.key_ordinal`,
      [id ?? ''],
    );
    const indexes = new Map<string, { columns: string[]; unique: boolean; primary: boolean }>();
    for (const [index, unique, primary, column] of parts) {
      const entry = indexes.get(index ?? '') ?? { columns: [], unique: unique === '1', primary: primary === '1' };
      entry.columns.push(column ?? '');
      indexes.set(index ?? '', entry);
    }
    const all = [...indexes.values()];
    return {
      ...{ schema: namespace ?? schema, table, indexes: all },
      columns: columns.map(([name, type, length, precision, scale, nullable, comment, collation]) =>
        mssqlColumn(name ?? '', type ?? '', { length, precision, scale, collation }, nullable === '1', comment ?? ''),
      ),
      primaryKey: all.find(({ primary }) => primary)?.columns ?? [],
      rowEstimate: rowCount === null || rowCount === undefined ? null : Number(rowCount),
    };
  }

  async function bounds(table: TableName, cursor: SqlColumn, overlapSeconds: number): Promise<Bounds> {
    const until = builder.raw(over(dialect, (cursor.select ?? '??').replace('??', 'MAX(??)'), cursor));
    const isTime = cursor.type === 'timestamp' || cursor.type === 'date';
    const early =
      'DATEADD(second, -?, CAST(CASE WHEN MAX(??) > SYSDATETIME() THEN SYSDATETIME() ELSE MAX(??) END AS datetime2))';
    const since = isTime
      ? builder.raw(over(dialect, `CONVERT(varchar(34), ${early}, 121)`, cursor), [overlapSeconds])
      : until;
    const [row] = await rows(tableOf(dialect, table).select(until, since));
    const asString = (cell: Cell | undefined): string | null =>
      cell === null || cell === undefined ? null : textOf(cell);
    return { until: asString(row?.[0]), nextSince: asString(row?.[1]) };
  }

  return {
    ...dialect,
    rows,
    cancel,
    describe,
    bounds,
    async notes() {
      const [row = []] = await text(
        "SELECT CAST(SERVERPROPERTY('ProductVersion') AS varchar(40)), SUSER_SNAME(), CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS varchar(100))",
      );
      const [version, login, collation] = row;
      return [
        `SQL Server ${version}, ${collation}`,
        `login ${login}; SQL Server has no read-only session: give this login SELECT only`,
      ];
    },
    async tables() {
      const found = await text(
        `SELECT s.name, o.name FROM sys.objects o JOIN sys.schemas s ON s.schema_id = o.schema_id
         WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0 AND HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(o.name), 'OBJECT', 'SELECT') = 1
         ORDER BY 1, 2`,
      );
      return found.map(([schema, table]) => ({ schema: schema ?? undefined, table: table ?? '' }));
    },
    failure: (error, what) => sqlFailure(error, what, FAILURES, pool.connected),
    async [Symbol.asyncDispose]() {
      await cancel();
      await farewell(Promise.allSettled([pool.close(), builder.destroy()]));
    },
  };
}

interface Size {
  readonly length: string | null | undefined;
  readonly precision: string | null | undefined;
  readonly scale: string | null | undefined;
  readonly collation?: string | null | undefined;
}

export function mssqlColumn(name: string, type: string, size: Size, nullable: boolean, comment: string): SqlColumn {
  const kind = KINDS[type] ?? OTHER;
  const printed = printedType(type, size);
  return {
    ...{ name, type: kind.type, sourceType: printed, nullable, select: kind.select ?? null },
    bind: bindOf(kind.type, printed, size.collation ?? null),
    read: READERS[kind.type] ?? null,
    exactText: kind.type !== 'text' && kind.type !== 'float',
    ...(comment === '' ? {} : { comment }),
  };
}

const READERS: Partial<Record<ColumnType, NonNullable<SqlColumn['read']>>> = {
  integer: asNumber,
  float: asNumber,
  boolean: (cell) => (cell === null ? null : Boolean(cell)),
};

/**
 * Bound as the column's own type: nvarchar against varchar would read the whole index. With the column's collation, for a
 * cast to varchar uses its code page and would lose Chinese characters under that of the database.
 */
function bindOf(type: ColumnType, printed: string, collation: string | null): string {
  if (type === 'bytes') return `CONVERT(${printed === 'timestamp' ? 'binary(8)' : printed}, ?, 2)`;
  return collation === null ? `CAST(? AS ${printed})` : `CAST(? COLLATE ${collation} AS ${printed})`;
}

function printedType(type: string, { length, precision, scale }: Size): string {
  const characters = (bytes: number): string => (bytes === -1 ? 'max' : String(bytes));
  if (type === 'decimal' || type === 'numeric') return `${type}(${precision},${scale})`;
  if (type === 'nchar' || type === 'nvarchar')
    return `${type}(${characters(length === '-1' ? -1 : Number(length) / 2)})`;
  if (['char', 'varchar', 'binary', 'varbinary'].includes(type)) return `${type}(${characters(Number(length))})`;
  if (['datetime2', 'time', 'datetimeoffset'].includes(type)) return `${type}(${scale})`;
  return type;
}
