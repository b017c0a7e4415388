import knex, { type Knex } from 'knex';
import oracledb from 'oracledb';
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
  '1017': 'HUB_SOURCE_REFUSED',
  '1045': 'HUB_SOURCE_REFUSED',
  '28000': 'HUB_SOURCE_REFUSED',
  '28001': 'HUB_SOURCE_REFUSED',
  '942': 'HUB_SOURCE_OBJECT_MISSING',
  '904': 'HUB_SOURCE_SCHEMA_CHANGED',
  '1031': 'HUB_SOURCE_NO_RIGHTS',
  '1033': 'HUB_SOURCE_UNREACHABLE',
  '12154': 'HUB_SOURCE_UNREACHABLE',
  '12514': 'HUB_SOURCE_UNREACHABLE',
  '3113': 'HUB_SOURCE_READ_FAILED',
  '1555': 'HUB_SOURCE_READ_FAILED',
  'NJS-501': 'HUB_SOURCE_UNREACHABLE',
  'NJS-503': 'HUB_SOURCE_UNREACHABLE',
  'NJS-510': 'HUB_SOURCE_UNREACHABLE',
  'NJS-518': 'HUB_SOURCE_OBJECT_MISSING',
};

/** Beijing time and points in decimals, whatever the machine of the hub says: texts of the session are exchanged. */
const SESSION = `ALTER SESSION SET TIME_ZONE = '+08:00' NLS_NUMERIC_CHARACTERS = '.,' NLS_DATE_FORMAT = 'YYYY-MM-DD HH24:MI:SS'
  NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF6' NLS_TIMESTAMP_TZ_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM'`;

/** The short form `host:port/service` is refused by the driver for some names that are sound, such as those of one letter. */
const descriptorOf = (host: string, port: number, service: string): string =>
  `(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=${host})(PORT=${port}))(CONNECT_DATA=(SERVICE_NAME=${service})))`;

/** Numbers come as the text of all their digits, large texts and bytes whole. */
const fetchTypeHandler = ({ dbType }: oracledb.Metadata<unknown>): { type: oracledb.DbType } | undefined => {
  if (dbType === oracledb.DB_TYPE_NUMBER) return { type: oracledb.DB_TYPE_VARCHAR };
  if (dbType === oracledb.DB_TYPE_CLOB || dbType === oracledb.DB_TYPE_NCLOB || dbType === oracledb.DB_TYPE_LONG)
    return { type: oracledb.DB_TYPE_VARCHAR };
  return dbType === oracledb.DB_TYPE_BLOB ? { type: oracledb.DB_TYPE_RAW } : undefined;
};

/** Oracle 12.1 and later through `oracledb` in thin mode, without a client library; knex only writes the statements. */
export function openOracle(connection: SqlConnection): Database {
  const builder = knex({ client: 'oracledb', log: SILENT });
  const { host, port = 1521, user, password, database } = addressOf(connection);
  const running = new Set<oracledb.Connection>();
  const cancel = async (): Promise<void> => {
    await Promise.allSettled([...running].map((one) => one.break()));
  };
  const dialect = {
    knex: builder,
    comparesRows: false,
    quote: (name: string): string => `"${name.replaceAll('"', '""')}"`,
  };
  let pool: Promise<oracledb.Pool> | undefined;
  let reached = false;
  const connected = (): Promise<oracledb.Pool> => {
    pool ??= oracledb
      .createPool({
        ...{ user, password, connectString: descriptorOf(host, port, database ?? '') },
        ...{ poolMin: 0, poolMax: 3, connectTimeout: Math.ceil(connection.connectTimeoutMs / 1_000) },
        sessionCallback: (session, _tag, done) => {
          session.execute(SESSION).then(() => done(), done);
        },
      })
      .catch((error: unknown) => {
        pool = undefined;
        throw error;
      });
    return pool;
  };

  const answered = answerLimit(connection, () => void cancel());
  const rows = (query: Knex.QueryBuilder | Knex.Raw): Promise<readonly Row[]> => answered(() => rowsOf(query));
  const rowsOf = async (query: Knex.QueryBuilder | Knex.Raw): Promise<readonly Row[]> => {
    const session = await (await connected()).getConnection();
    reached = true;
    session.callTimeout = connection.statementTimeoutMs;
    running.add(session);
    try {
      const { sql, bindings } = query.toSQL().toNative();
      const found = await session.execute<Row>(sql, [...bindings] as oracledb.BindParameters, {
        outFormat: oracledb.OUT_FORMAT_ARRAY,
        fetchArraySize: Math.min(connection.pageRows + 1, 5_000),
        fetchTypeHandler,
      });
      return found.rows ?? [];
    } finally {
      running.delete(session);
      await session.close().catch(() => {});
    }
  };
  const text = async (
    sql: string,
    bindings: readonly string[] = [],
  ): Promise<readonly (readonly (string | null)[])[]> =>
    (await rows(builder.raw(sql, [...bindings]))) as readonly (readonly (string | null)[])[];

  async function describe({ schema, table }: TableName) {
    const owner = schema ?? (await text("SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM dual"))[0]?.[0] ?? '';
    const columns = await text(
      `SELECT c.column_name, c.data_type, c.char_length, c.data_precision, c.data_scale, c.nullable, m.comments
       FROM all_tab_columns c
       LEFT JOIN all_col_comments m ON m.owner = c.owner AND m.table_name = c.table_name AND m.column_name = c.column_name
       WHERE c.owner = ? AND c.table_name = ? ORDER BY c.column_id`,
      [owner, table],
    );
    if (columns.length === 0) return null;
    const parts = await text(
      `SELECT i.owner || '.' || i.index_name, i.uniqueness, k.column_name,
         (SELECT COUNT(*) FROM all_constraints p WHERE p.constraint_type = 'P' AND p.owner = i.table_owner
            AND p.index_name = i.index_name AND p.table_name = i.table_name)
       FROM all_indexes i JOIN all_ind_columns k ON k.index_owner = i.owner AND k.index_name = i.index_name
       WHERE i.table_owner = ? AND i.table_name = ? ORDER BY 1, k.column_position`,
      [owner, table],
    );
    const estimate = await text('SELECT num_rows FROM all_tables WHERE owner = ? AND table_name = ?', [owner, table]);
    const indexes = new Map<string, { columns: string[]; unique: boolean; primary: boolean }>();
    for (const [index, uniqueness, column, primary] of parts) {
      const entry = indexes.get(index ?? '') ?? {
        ...{ columns: [], unique: uniqueness === 'UNIQUE', primary: primary !== '0' },
      };
      entry.columns.push(column ?? '');
      indexes.set(index ?? '', entry);
    }
    const all = [...indexes.values()];
    const rowEstimate = estimate[0]?.[0];
    return {
      ...{ schema: owner, table, indexes: all },
      columns: columns.map(([name, type, length, precision, scale, nullable, comment]) =>
        oracleColumn(name ?? '', type ?? '', { length, precision, scale }, nullable === 'Y', comment ?? ''),
      ),
      primaryKey: all.find(({ primary }) => primary)?.columns ?? [],
      rowEstimate: rowEstimate === null || rowEstimate === undefined ? null : Number(rowEstimate),
    };
  }

  async function bounds(table: TableName, cursor: SqlColumn, overlapSeconds: number): Promise<Bounds> {
    const [row] = await rows(selectBounds(dialect, table, cursor, overlapSeconds));
    const asString = (cell: Cell | undefined): string | null =>
      cell === null || cell === undefined ? null : textOf(cell);
    return { until: asString(row?.[0]), nextSince: asString(row?.[1]) };
  }

  return {
    ...dialect,
    ...{ rows, cancel, describe, bounds },
    async notes() {
      const [row = []] = await text(
        `SELECT (SELECT MAX(product || ' ' || version) FROM product_component_version WHERE product LIKE 'Oracle%'),
           SYS_CONTEXT('USERENV', 'SESSION_USER'),
           (SELECT MAX(value) FROM nls_database_parameters WHERE parameter = 'NLS_CHARACTERSET') FROM dual`,
      );
      return [
        `${row[0] ?? 'Oracle'}, ${row[2]}`,
        `login ${row[1]}; a read-only session of Oracle sees one moment only: give this login SELECT only`,
      ];
    },
    async tables() {
      const found = await text(
        `SELECT owner, table_name FROM all_tables WHERE owner IN (SELECT username FROM all_users WHERE oracle_maintained = 'N')
         UNION SELECT owner, view_name FROM all_views WHERE owner IN (SELECT username FROM all_users WHERE oracle_maintained = 'N')
         ORDER BY 1, 2`,
      );
      return found.map(([schema, table]) => ({ schema: schema ?? undefined, table: table ?? '' }));
    },
    failure: (error, what) => sqlFailure(error, what, FAILURES, reached),
    async [Symbol.asyncDispose]() {
      await farewell(cancel());
      await farewell(Promise.allSettled([pool?.then((one) => one.close(0)), builder.destroy()]));
    },
  };
}

/** Greatest cursor, and as far back from it as late commits may reach. */
export function selectBounds(
  db: Pick<Database, 'knex' | 'quote' | 'comparesRows'>,
  table: TableName,
  cursor: SqlColumn,
  overlapSeconds: number,
): Knex.QueryBuilder {
  const until = db.knex.raw(over(db, (cursor.select ?? '??').replace('??', 'MAX(??)'), cursor));
  if (cursor.type !== 'timestamp') return tableOf(db, table).select(until, until);
  const early = `LEAST(CAST(MAX(??) AS TIMESTAMP), LOCALTIMESTAMP) - NUMTODSINTERVAL(?, 'SECOND')`;
  const since = db.knex.raw(over(db, `TO_CHAR(${early}, 'YYYY-MM-DD HH24:MI:SS.FF6')`, cursor), [overlapSeconds]);
  return tableOf(db, table).select(until, since);
}

interface Size {
  readonly length: string | null | undefined;
  readonly precision: string | null | undefined;
  readonly scale: string | null | undefined;
}

interface Kind {
  readonly type: ColumnType;
  readonly select?: string;
  readonly bind?: string;
}

const DATE: Kind = {
  type: 'timestamp',
  select: "TO_CHAR(??, 'YYYY-MM-DD HH24:MI:SS')",
  bind: "TO_DATE(SUBSTR(?, 1, 19), 'YYYY-MM-DD HH24:MI:SS')",
};
const TIMESTAMP: Kind = {
  type: 'timestamp',
  select: "TO_CHAR(??, 'YYYY-MM-DD HH24:MI:SS.FF6')",
  bind: "TO_TIMESTAMP(?, 'YYYY-MM-DD HH24:MI:SS.FF6')",
};
const ZONED: Kind = {
  type: 'timestamp',
  select: "TO_CHAR(??, 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM')",
  bind: "TO_TIMESTAMP_TZ(?, 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM')",
};

function kindOf(type: string, { precision, scale }: Size): Kind {
  if (type === 'NUMBER' || type === 'FLOAT') return { type: numberType(precision, scale), bind: 'CAST(? AS NUMBER)' };
  if (type === 'BINARY_FLOAT' || type === 'BINARY_DOUBLE') return { type: 'float', bind: 'CAST(? AS BINARY_DOUBLE)' };
  if (type === 'DATE') return DATE;
  if (/^TIMESTAMP.*WITH (LOCAL )?TIME ZONE$/.test(type)) return ZONED;
  if (type.startsWith('TIMESTAMP')) return TIMESTAMP;
  if (type === 'RAW') return { type: 'bytes', bind: 'HEXTORAW(?)' };
  if (type === 'BLOB' || type === 'LONG RAW') return { type: 'bytes' };
  if (type === 'ROWID' || type === 'UROWID') return { type: 'text', select: 'ROWIDTOCHAR(??)' };
  return { type: 'text' };
}

function numberType(precision: string | null | undefined, scale: string | null | undefined): ColumnType {
  if (scale !== '0' || precision === null || precision === undefined) return 'decimal';
  const digits = Number(precision);
  return digits <= 9 ? 'integer' : digits <= 18 ? 'bigint' : 'decimal';
}

const READERS: Partial<Record<ColumnType, NonNullable<SqlColumn['read']>>> = { integer: asNumber, float: asNumber };

export function oracleColumn(name: string, type: string, size: Size, nullable: boolean, comment: string): SqlColumn {
  const kind = kindOf(type, size);
  return {
    ...{ name, type: kind.type, sourceType: printedType(type, size), nullable, select: kind.select ?? null },
    ...{ bind: kind.bind ?? null, read: READERS[kind.type] ?? null },
    exactText: kind.type !== 'float',
    ...(comment === '' ? {} : { comment }),
  };
}

function printedType(type: string, { length, precision, scale }: Size): string {
  if (/^N?(VAR)?CHAR/.test(type)) return `${type}(${length})`;
  if (type !== 'NUMBER' || precision === null || precision === undefined) return type;
  return scale === '0' ? `NUMBER(${precision})` : `NUMBER(${precision},${scale})`;
}
