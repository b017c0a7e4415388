import knex, { type Knex } from 'knex';
import { civilText } from '../../schemas/civil-time.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { ColumnType, RawValue } from '../../schemas/stream.ts';
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
import { over, tableOf } from './select.ts';

const FAILURES: FailureTable = {
  ER_ACCESS_DENIED_ERROR: 'HUB_SOURCE_REFUSED',
  ER_DBACCESS_DENIED_ERROR: 'HUB_SOURCE_REFUSED',
  ER_BAD_DB_ERROR: 'HUB_SOURCE_OBJECT_MISSING',
  ER_NO_SUCH_TABLE: 'HUB_SOURCE_OBJECT_MISSING',
  ER_BAD_FIELD_ERROR: 'HUB_SOURCE_SCHEMA_CHANGED',
  ER_TABLEACCESS_DENIED_ERROR: 'HUB_SOURCE_NO_RIGHTS',
  ER_COLUMNACCESS_DENIED_ERROR: 'HUB_SOURCE_NO_RIGHTS',
  ER_CON_COUNT_ERROR: 'HUB_SOURCE_UNREACHABLE',
  PROTOCOL_CONNECTION_LOST: 'HUB_SOURCE_READ_FAILED',
};

/** By DATA_TYPE; everything else travels as text. */
const TYPES: Readonly<Record<string, ColumnType>> = {
  tinyint: 'integer',
  smallint: 'integer',
  mediumint: 'integer',
  int: 'integer',
  year: 'integer',
  bigint: 'bigint',
  decimal: 'decimal',
  float: 'float',
  double: 'float',
  date: 'date',
  time: 'time',
  datetime: 'timestamp',
  timestamp: 'timestamp',
  bit: 'bytes',
  binary: 'bytes',
  varbinary: 'bytes',
  tinyblob: 'bytes',
  blob: 'bytes',
  mediumblob: 'bytes',
  longblob: 'bytes',
};

/** Text for everything: the driver's own dates and numbers lose digits, and zero dates become nonsense. */
const typeCast = (field: { string(): string | null }): Cell => field.string();

interface RawConnection {
  query(sql: string, done: (error: { readonly code?: string } | null) => void): void;
  once(event: 'end' | 'error', done: () => void): unknown;
  readonly threadId: number;
  destroy(): void;
}

/** MySQL and MariaDB: read-only sessions, values as the text that the server prints, times in Beijing time. */
export function openMysql(connection: SqlConnection): Database {
  const connections = new Set<RawConnection>();
  let running = 0;
  let reached = false;
  const settings = (): Knex.Config => ({
    log: SILENT,
    compileSqlOnError: false,
    client: 'mysql2',
    connection: {
      ...{ port: 3306, ...addressOf(connection), charset: 'utf8mb4', connectTimeout: connection.connectTimeoutMs },
      ...(connection.encrypt ? { ssl: { rejectUnauthorized: !connection.trustServerCertificate } } : {}),
    },
    acquireConnectionTimeout: connection.connectTimeoutMs + 2_000,
  });
  const builder = knex({
    ...settings(),
    pool: {
      min: 0,
      max: 3,
      // Also for what a session is told first, which a server may never answer.
      createTimeoutMillis: connection.connectTimeoutMs + 1_000,
      afterCreate(client: RawConnection, done: (error: unknown, client: RawConnection) => void) {
        reached = true;
        connections.add(client);
        for (const event of ['end', 'error'] as const) client.once(event, () => connections.delete(client));
        // sql_mode: values are escaped with backslashes, zero dates are compared, CHAR comes without padding.
        client.query("SET NAMES utf8mb4, time_zone = '+08:00', sql_mode = ''", (error) => {
          if (error != null) return done(error, client);
          client.query('SET SESSION TRANSACTION READ ONLY', (failed) => {
            if (failed != null) return done(failed, client);
            limitStatements(client, connection.statementTimeoutMs, (unlimited) => done(unlimited, client));
          });
        });
      },
    },
  });

  const answered = answerLimit(connection, () => {
    for (const one of connections) one.destroy();
  });
  const rows = async (query: Knex.QueryBuilder | Knex.Raw): Promise<readonly Row[]> => {
    running += 1;
    const result: unknown = await answered(async () => query.options({ rowsAsArray: true, typeCast })).finally(() => {
      running -= 1;
    });
    // A raw statement also gives its fields.
    const isRaw = !('toSQL' in query && 'whereRaw' in query);
    return (isRaw ? (result as readonly unknown[])[0] : result) as readonly Row[];
  };
  const cancel = async (): Promise<void> => {
    if (running === 0) return;
    // By a connection of its own: those of the pool are what is busy.
    const own = new Set<RawConnection>();
    const afterCreate = (client: RawConnection, done: (error: null, client: RawConnection) => void): void => {
      own.add(client);
      done(null, client);
    };
    const other = knex({ ...settings(), pool: { min: 0, max: 1, afterCreate } });
    await farewell(
      (async () => {
        for (const { threadId } of connections) await other.raw(`KILL QUERY ${threadId}`).catch(() => {});
      })(),
    );
    for (const one of own) one.destroy();
    await farewell(other.destroy());
  };
  // MySQL compares rows rightly but reads the whole index for it.
  const dialect = { knex: builder, comparesRows: false, quote: quoted };
  const text = async (
    sql: string,
    bindings: readonly string[] = [],
  ): Promise<readonly (readonly (string | null)[])[]> =>
    (await rows(builder.raw(sql, [...bindings]))) as readonly (readonly (string | null)[])[];
  const schemaIs = (schema: string | undefined): readonly [string, readonly string[]] =>
    schema === undefined ? ['TABLE_SCHEMA = DATABASE()', []] : ['TABLE_SCHEMA = ?', [schema]];

  async function describe({ schema, table }: TableName) {
    const [where, own] = schemaIs(schema);
    const [found] = await text(
      `SELECT TABLE_SCHEMA, TABLE_ROWS FROM information_schema.TABLES WHERE ${where} AND TABLE_NAME = ?`,
      [...own, table],
    );
    if (found === undefined) return null;
    const columns = await text(
      `SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_COMMENT FROM information_schema.COLUMNS
       WHERE ${where} AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
      [...own, table],
    );
    const parts = await text(
      `SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME FROM information_schema.STATISTICS
       WHERE ${where} AND TABLE_NAME = ? ORDER BY INDEX_NAME, SEQ_IN_INDEX`,
      [...own, table],
    );
    const indexes = new Map<string, { columns: string[]; unique: boolean }>();
    for (const [index, notUnique, column] of parts) {
      const entry = indexes.get(index ?? '') ?? { columns: [], unique: notUnique === '0' };
      entry.columns.push(column ?? '');
      indexes.set(index ?? '', entry);
    }
    return {
      ...{ schema, table, indexes: [...indexes.values()] },
      columns: columns.map(([name, type, printed, nullable, comment]) =>
        columnOf(name ?? '', type ?? '', printed ?? '', nullable === 'YES', comment ?? ''),
      ),
      primaryKey: indexes.get('PRIMARY')?.columns ?? [],
      rowEstimate: found[1] === null || found[1] === undefined ? null : Number(found[1]),
    };
  }

  async function bounds(table: TableName, cursor: SqlColumn, overlapSeconds: number): Promise<Bounds> {
    const isTime = cursor.type === 'timestamp' || cursor.type === 'date';
    const greatest = builder.raw(over(dialect, 'MAX(??)', cursor));
    const early = 'LEAST(??, NOW(6)) - INTERVAL ? SECOND';
    // As a date again: a date is compared with the midnight it begins with.
    const since = builder.raw(over(dialect, cursor.type === 'date' ? `DATE(${early})` : early, cursor), [
      overlapSeconds,
    ]);
    // Nothing can be taken off a day that is none: of the others the last one, from the end of the index.
    const query = isTime
      ? tableOf(dialect, table)
          .select(builder.raw(over(dialect, '??', cursor)), since)
          .whereRaw(over(dialect, 'DAYOFMONTH(??) > 0 and MONTH(??) > 0', cursor))
          .orderByRaw(over(dialect, '?? DESC', cursor))
          .limit(1)
      : tableOf(dialect, table).select(greatest, greatest);
    const [row] = await rows(query);
    return { until: (row?.[0] ?? null) as string | null, nextSince: (row?.[1] ?? null) as string | null };
  }

  return {
    ...dialect,
    rows,
    cancel,
    describe,
    bounds,
    async notes() {
      const [row = []] = await text('SELECT VERSION(), @@character_set_server, CURRENT_USER(), DATABASE()');
      const [version, charset, login, name] = row;
      // Named differently by MySQL and MariaDB.
      const told = await text("SHOW VARIABLES WHERE Variable_name IN ('tx_read_only', 'transaction_read_only')");
      return [
        `${version}, ${charset}, database ${name ?? 'none'}`,
        `login ${login}, session read-only: ${told[0]?.[1]?.toLowerCase() ?? 'unknown'}`,
        'times in Beijing time (+08:00)',
      ];
    },
    async tables() {
      const found = await text(
        'SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 2',
      );
      return found.map(([, table]) => ({ schema: undefined, table: table ?? '' }));
    },
    failure: (error, what) => sqlFailure(error, what, FAILURES, reached),
    async [Symbol.asyncDispose]() {
      // The server goes on with a statement whose reader has gone.
      await cancel();
      // A statement under way must not be waited for.
      for (const one of connections) one.destroy();
      await farewell(builder.destroy());
    },
  };
}

/** Backticks double; the driver would put a value in place of a question mark. */
function quoted(name: string): string {
  if (!name.includes('?')) return `\`${name.replaceAll('`', '``')}\``;
  throw new HubError('HUB_CONFIG_INVALID', `${name}: a name with a question mark cannot be asked for on MySQL`, {
    name,
    allowed: 'a list of `columns` without it, or a view with another name',
  });
}

/** MySQL limits in milliseconds, MariaDB in seconds, each under its own name. */
function limitStatements(client: RawConnection, ms: number, done: (error: unknown) => void): void {
  client.query(`SET SESSION max_execution_time = ${ms}`, (error) => {
    if (error?.code !== 'ER_UNKNOWN_SYSTEM_VARIABLE') return done(error);
    client.query(`SET SESSION max_statement_time = ${ms / 1_000}`, done);
  });
}

function columnOf(name: string, dataType: string, printed: string, nullable: boolean, comment: string): SqlColumn {
  // 4,294,967,295 does not fit into 32 bits with a sign.
  const type = dataType === 'int' && printed.includes('unsigned') ? 'bigint' : (TYPES[dataType] ?? 'text');
  // As a double: the server prints six digits of a FLOAT.
  const select = type === 'bytes' ? 'HEX(??)' : dataType === 'float' ? '(?? + 0e0)' : null;
  const hasDay = type === 'date' || type === 'timestamp';
  return {
    ...{ name, type, sourceType: printed, nullable, select },
    bind: bindOf(type, dataType, printed),
    read: readerOf(type, dataType),
    // `0000-00-00` and `2024-05-00`: the type begins with the year 1000, and holds days and months that are none.
    ...(hasDay ? { unset: "(?? is null or ?? < '1000-01-01' or DAYOFMONTH(??) = 0 or MONTH(??) = 0)" } : {}),
    exactText: type !== 'text' && type !== 'float',
    ...(comment === '' ? {} : { comment }),
  };
}

function readerOf(type: ColumnType, dataType: string): SqlColumn['read'] {
  if (type === 'bytes') return fromHex;
  if (dataType === 'float') return asFloat;
  // An instant, which the session prints at +08:00; a DATETIME is what somebody wrote.
  if (dataType === 'timestamp') return (cell) => (typeof cell === 'string' ? civilText(cell) : cell);
  return type === 'integer' || type === 'float' ? asNumber : null;
}

/** The shortest number that is the same in 32 bits. */
function asFloat(cell: Cell): RawValue {
  const number = asNumber(cell);
  if (typeof number !== 'number' || !Number.isFinite(number)) return number;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === Math.fround(number)) return short;
  }
  return number;
}

/** HEX of a BIT column leaves out a leading zero. */
const fromHex = (cell: Cell): RawValue =>
  typeof cell === 'string' ? Buffer.from(cell.length % 2 === 0 ? cell : `0${cell}`, 'hex') : cell;

/** A number compared with text is compared as a double, which confuses neighbours beyond 2^53. */
function bindOf(type: ColumnType, dataType: string, printed: string): string | null {
  if (type === 'integer' || type === 'bigint') return 'CAST(? AS DECIMAL(65, 0))';
  if (type === 'decimal') return `CAST(? AS ${printed.replace(/ .*/, '')})`;
  if (dataType === 'bit') return 'CAST(CONV(?, 16, 10) AS UNSIGNED)';
  return type === 'bytes' ? 'UNHEX(?)' : null;
}
