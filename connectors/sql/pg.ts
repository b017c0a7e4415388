import knex, { type Knex } from 'knex';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { ColumnType } from '../../schemas/stream.ts';
import { addressOf, type SqlConnection } from './config.ts';
import { asNumber, type Bounds, type Database, type Row, SILENT, type SqlColumn, type TableName } from './database.ts';
import { type FailureTable, sqlFailure } from './failure.ts';
import { answerLimit, farewell } from './limit.ts';
import { over, tableOf } from './select.ts';

const FAILURES: FailureTable = {
  '28P01': 'HUB_SOURCE_REFUSED',
  '28000': 'HUB_SOURCE_REFUSED',
  '3D000': 'HUB_SOURCE_OBJECT_MISSING',
  '3F000': 'HUB_SOURCE_OBJECT_MISSING',
  '42P01': 'HUB_SOURCE_OBJECT_MISSING',
  '42703': 'HUB_SOURCE_SCHEMA_CHANGED',
  '42501': 'HUB_SOURCE_NO_RIGHTS',
  '53300': 'HUB_SOURCE_UNREACHABLE',
  '57P03': 'HUB_SOURCE_UNREACHABLE',
};

/** By the internal name of the type; everything else travels as text. */
const TYPES: Readonly<Record<string, ColumnType>> = {
  int2: 'integer',
  int4: 'integer',
  int8: 'bigint',
  numeric: 'decimal',
  float4: 'float',
  float8: 'float',
  bool: 'boolean',
  date: 'date',
  time: 'time',
  timetz: 'time',
  timestamp: 'timestamp',
  timestamptz: 'timestamp',
  bytea: 'bytes',
};

const TEXT_PARSER = { getTypeParser: () => (text: string) => text };

interface RawClient {
  query(text: string): Promise<unknown>;
  query(query: { text: string; rowMode: 'array'; types: typeof TEXT_PARSER }): Promise<unknown>;
  once(event: 'end', done: () => void): unknown;
  readonly processID: number;
  readonly connection: { readonly stream: { destroy(): void } };
}

export interface PgDatabase extends Database {
  /**
   * The rows of a statement without parameters, `size` at a time, however many they are: the server keeps the rest, on its
   * disk if need be, and no transaction stays open meanwhile.
   */
  portions(sql: string, size: number): AsyncIterable<readonly Row[]>;
}

/** PostgreSQL: read-only sessions, everything as the text that the server prints, times in Asia/Shanghai. */
export function openPg(connection: SqlConnection): PgDatabase {
  const clients = new Set<RawClient>();
  /** Connections of readers of portions, with how they are given back. */
  const held = new Map<RawClient, () => unknown>();
  let running = 0;
  let reached = false;
  const address = addressOf(connection);
  const settings = (): Knex.Config => ({
    log: SILENT,
    compileSqlOnError: false,
    client: 'pg',
    connection: {
      ...{ port: 5432, ...address, password: address.password || noPassword, application_name: 'sanjiang' },
      ...(connection.encrypt ? { ssl: { rejectUnauthorized: !connection.trustServerCertificate } } : {}),
      connectionTimeoutMillis: connection.connectTimeoutMs,
    } as Knex.PgConnectionConfig,
    acquireConnectionTimeout: connection.connectTimeoutMs + 2_000,
  });
  const builder = knex({
    ...settings(),
    pool: {
      min: 0,
      max: 3,
      // Also for what a session is told first, which a server may never answer.
      createTimeoutMillis: connection.connectTimeoutMs + 1_000,
      afterCreate(client: RawClient, done: (error: unknown, client: RawClient) => void) {
        reached = true;
        clients.add(client);
        client.once('end', () => clients.delete(client));
        const session = `SET default_transaction_read_only = on; SET statement_timeout = ${connection.statementTimeoutMs};
          SET idle_in_transaction_session_timeout = 60000; SET DateStyle = 'ISO, YMD'; SET TimeZone = 'Asia/Shanghai';
          SET bytea_output = 'hex'; SET IntervalStyle = 'iso_8601'; SET extra_float_digits = 1`;
        client.query(session).then(
          () => done(null, client),
          (error: unknown) => done(error, client),
        );
      },
    },
  });
  const answered = answerLimit(connection, () => {
    for (const client of clients) client.connection.stream.destroy();
  });
  const rows = async (query: Knex.QueryBuilder | Knex.Raw): Promise<readonly Row[]> => {
    running += 1;
    try {
      const result: unknown = await answered(async () => query.options({ rowMode: 'array', types: TEXT_PARSER }));
      return (Array.isArray(result) ? result : (result as { rows: readonly Row[] }).rows) as readonly Row[];
    } finally {
      running -= 1;
    }
  };
  async function* portions(sql: string, size: number): AsyncIterable<readonly Row[]> {
    const pool = builder.client as {
      acquireConnection(): Promise<RawClient>;
      releaseConnection(c: RawClient): unknown;
    };
    const client = await pool.acquireConnection();
    held.set(client, () => pool.releaseConnection(client));
    const ask = async (text: string): Promise<readonly Row[]> => {
      running += 1;
      try {
        const results = [await answered(() => client.query({ text, rowMode: 'array', types: TEXT_PARSER }))].flat();
        return (results.at(-1) as { rows: readonly Row[] }).rows;
      } finally {
        running -= 1;
      }
    };
    const fetch = `FETCH ${size} FROM portions`;
    try {
      // One message and so one transaction, at whose end the cursor holds what was not fetched.
      let rows = await ask(`DECLARE portions NO SCROLL CURSOR WITH HOLD FOR ${sql}; ${fetch}`);
      for (;;) {
        yield rows;
        if (rows.length < size) break;
        rows = await ask(fetch);
      }
    } finally {
      // On a connection that is gone there is nothing to close; the pool finds out by itself.
      await answered(() => client.query('CLOSE ALL')).catch(() => {});
      held.get(client)?.();
      held.delete(client);
    }
  }
  const cancel = async (): Promise<void> => {
    if (running === 0) return;
    // By a connection of its own: those of the pool are what is busy.
    const own = new Set<RawClient>();
    const afterCreate = (client: RawClient, done: (error: null, client: RawClient) => void): void => {
      own.add(client);
      done(null, client);
    };
    const other = knex({ ...settings(), pool: { min: 0, max: 1, afterCreate } });
    const pids = [...clients].map(({ processID }) => processID);
    await farewell(Promise.resolve(other.raw('SELECT pg_cancel_backend(pid) FROM unnest(?::int[]) AS pid', [pids])));
    for (const client of own) client.connection.stream.destroy();
    await farewell(other.destroy());
  };
  const dialect = {
    knex: builder,
    comparesRows: true,
    quote: (name: string): string => `"${name.replaceAll('"', '""')}"`,
  };
  const text = async (sql: string, bindings: readonly unknown[] = []): Promise<readonly (readonly string[])[]> =>
    (await rows(builder.raw(sql, bindings as string[]))) as readonly (readonly string[])[];

  async function describe({ schema, table }: TableName) {
    const [found] = await text(
      `SELECT c.oid, n.nspname, c.reltuples FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relname = ? AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
         AND ${schema === undefined ? 'pg_table_is_visible(c.oid)' : 'n.nspname = ?'}`,
      schema === undefined ? [table] : [table, schema],
    );
    if (found === undefined) return null;
    const [oid = '', namespace = '', tuples = '-1'] = found;
    const columns = await text(
      `SELECT a.attname, coalesce(bt.typname, t.typname), format_type(a.atttypid, a.atttypmod), a.attnotnull,
         col_description(a.attrelid, a.attnum), coalesce(row_to_json(o)->>'collisdeterministic', 'true')
       FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type bt ON bt.oid = t.typbasetype
       LEFT JOIN pg_collation o ON o.oid = a.attcollation
       WHERE a.attrelid = ?::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
      [oid],
    );
    const indexes = await text(
      `SELECT i.indisprimary, i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL,
         (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum WHERE k.n <= i.indnkeyatts)
       FROM pg_index i WHERE i.indrelid = ?::oid AND i.indisvalid`,
      [oid],
    );
    const named = indexes.map(([primary, unique, names]) => ({
      ...{ primary: primary === 't', unique: unique === 't' },
      columns: names === null || names === undefined ? [] : (JSON.parse(names) as string[]),
    }));
    const estimate = Number(tuples);
    return {
      ...{ schema: namespace, table, indexes: named },
      columns: columns.map(([name = '', type = '', printed = '', notNull, comment, byBytes]) =>
        columnOf({
          name,
          type,
          printed,
          nullable: notNull !== 't',
          comment: comment ?? null,
          byBytes: byBytes === 'true',
        }),
      ),
      primaryKey: named.find(({ primary }) => primary)?.columns ?? [],
      rowEstimate: estimate < 0 ? null : estimate,
    };
  }

  async function bounds(table: TableName, cursor: SqlColumn, overlapSeconds: number): Promise<Bounds> {
    const isTime = cursor.type === 'timestamp' || cursor.type === 'date';
    const type = cursor.sourceType.replace(/\(\d+\)/, '');
    const earliest = `(LEAST(max(??), clock_timestamp()::${type}) - ? * interval '1 second')::${type}::text`;
    // LEAST passes over a NULL: without the CASE an empty table would be taken for one that was read until now.
    const since = isTime
      ? builder.raw(over(dialect, `CASE WHEN max(??) IS NOT NULL THEN ${earliest} END`, cursor), [overlapSeconds])
      : builder.raw(over(dialect, 'max(??)::text', cursor));
    const query = tableOf(dialect, table).select(builder.raw(over(dialect, 'max(??)::text', cursor)), since);
    const [row] = await rows(query);
    return { until: (row?.[0] ?? null) as string | null, nextSince: (row?.[1] ?? null) as string | null };
  }

  return {
    ...dialect,
    rows,
    portions,
    cancel,
    describe,
    bounds,
    async notes() {
      const [row = []] = await text(
        "SELECT current_setting('server_version'), current_setting('transaction_read_only'), current_setting('server_encoding'), current_user",
      );
      const [version, readOnly, encoding, login] = row;
      return [
        `PostgreSQL ${version}, ${encoding}`,
        `login ${login}, session read-only: ${readOnly}`,
        'times in Asia/Shanghai',
      ];
    },
    async tables() {
      const found = await text(
        `SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname !~ '^pg_'
           AND n.nspname <> 'information_schema' AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
         ORDER BY 1, 2`,
      );
      return found.map(([schema, table = '']) => ({ schema, table }));
    },
    failure: (error, what) => sqlFailure(error, what, FAILURES, reached),
    async [Symbol.asyncDispose]() {
      // The server goes on with a statement whose reader has gone.
      await cancel();
      // A statement under way must not be waited for.
      for (const client of clients) client.connection.stream.destroy();
      for (const [client, release] of held) {
        held.delete(client);
        release();
      }
      await farewell(builder.destroy());
    },
  };
}

/** Called by the driver, as a method of its client, when the server asks. The server would keep the socket for a minute. */
function noPassword(this: RawClient): never {
  setImmediate(() => this.connection.stream.destroy());
  throw new HubError('HUB_SOURCE_REFUSED', 'the server asks for a password, and the connection has none');
}

interface Described {
  readonly name: string;
  readonly type: string;
  readonly printed: string;
  readonly nullable: boolean;
  readonly comment: string | null;
  /** The collation, if there is one, takes only the same bytes for equal. */
  readonly byBytes: boolean;
}

function columnOf({ name, type, printed, nullable, comment, byBytes }: Described): SqlColumn {
  const known = TYPES[type] ?? 'text';
  return {
    ...{ name, type: known, sourceType: printed, nullable, select: null, bind: null, read: READERS[known] ?? null },
    exactText: known === 'text' ? TEXTS.has(type) && byBytes : known !== 'decimal' && known !== 'float',
    ...(comment === null ? {} : { comment }),
  };
}

/** Not jsonb, interval or citext, which have several texts for one value. */
const TEXTS: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'char', 'name', 'uuid']);

const READERS: Partial<Record<ColumnType, NonNullable<SqlColumn['read']>>> = {
  integer: asNumber,
  float: asNumber,
  boolean: (cell) => (cell === null ? null : cell === 't'),
  bytes: (cell) => (typeof cell === 'string' ? Buffer.from(cell.slice(2), 'hex') : cell),
};
