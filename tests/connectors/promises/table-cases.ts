import pg from 'pg';
import { changesConfig } from '../../../connectors/mssql-changes/config.ts';
import { changesSource } from '../../../connectors/mssql-changes/connector.ts';
import type { PromiseName } from '../../../connectors/promises.ts';
import { testDatabase } from '../../support/postgres.ts';
import { TrackedTable } from '../mssql-changes/tracked.ts';
import type { Broken } from './case.ts';

interface Way {
  readonly what: string;
  readonly says: RegExp;
  readonly run: string | null;
  /** After `CREATE TABLE t (id int PRIMARY KEY, v text, n bigint, at timestamptz NOT NULL)` and its publication. */
  readonly sql?: string;
  readonly stream?: object;
  readonly isGone?: true;
}

let count = 0;

function caseOf(connector: 'sql-table' | 'postgres-cdc', promise: PromiseName, way: Way): Broken {
  return {
    ...{ connector, promise, what: way.what, says: way.says, run: way.run },
    async arrange() {
      const database = await testDatabase();
      const admin = new pg.Client({ connectionString: database.url });
      await admin.connect();
      await admin.query(
        `CREATE TABLE t (id int PRIMARY KEY, v text, n bigint, at timestamptz NOT NULL DEFAULT now());
         INSERT INTO t (id, v, n) VALUES (1, 'a', 1), (2, 'b', 2); CREATE PUBLICATION hub FOR TABLE t; ${way.sql ?? ''}`,
      );
      await admin.end();
      const url = new URL(database.url);
      if (way.isGone === true) url.port = '1';
      const own = connector === 'sql-table' ? {} : { schema: 'public', slot: `hub_promise_${process.pid}_${count++}` };
      return {
        connection: { ...(connector === 'sql-table' ? { client: 'pg' } : {}), url: url.href, connectTimeoutMs: 2_000 },
        stream: { table: 't', key: ['id'], ...own, ...way.stream },
        [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
      };
    },
  };
}

const both = (promise: PromiseName, way: Way): readonly Broken[] =>
  (['sql-table', 'postgres-cdc'] as const).map((connector) => caseOf(connector, promise, way));

const partial = (promise: PromiseName, what: string, sql: string, says: RegExp): Broken =>
  caseOf('postgres-cdc', promise, { what, sql, says, run: 'failed HUB_SOURCE_LOG_PARTIAL' });

/** SQL Server is not to be had: a table with change tracking in memory. */
function tracked(
  promise: PromiseName,
  what: string,
  says: RegExp,
  run: string,
  change: (table: TrackedTable) => void,
  stream: object = {},
): Broken {
  return {
    ...{ connector: 'mssql-changes', promise, what, says, run },
    async arrange() {
      const table = new TrackedTable();
      table.put('1', 'a');
      table.put('2', 'b');
      change(table);
      const connection = { host: 'nowhere', database: 'd', pageRows: 1 };
      const source = { table: 't', key: ['id'], ...stream };
      const config = changesConfig.parse({ connection, streams: { rows: source } });
      return { connection, stream: source, open: (context) => changesSource(table.open(), config, context) };
    },
  };
}

export const TABLE_CASES: readonly Broken[] = [
  ...both('reachable', {
    ...{ what: 'a server that is not there', isGone: true },
    ...{ says: /HUB_SOURCE_UNREACHABLE: .*ECONNREFUSED/, run: 'failed HUB_SOURCE_UNREACHABLE' },
  }),
  ...both('columns', {
    ...{ what: 'a column that is not there', stream: { columns: ['nope'] } },
    ...{
      says: /HUB_SOURCE_OBJECT_MISSING: .*has no column nope; it has id, v, n, at/,
      run: 'failed HUB_SOURCE_OBJECT_MISSING',
    },
  }),
  caseOf('sql-table', 'keys', {
    ...{ what: 'two rows with one key', sql: 'ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO t (id) VALUES (2)' },
    ...{ says: /the key id does not identify a row: 2 rows have the same/, run: 'succeeded HUB_SOURCE_KEY_REPEATED' },
  }),
  caseOf('sql-table', 'news', {
    ...{ what: 'a cursor that is no time', stream: { cursor: 'n' } },
    ...{ says: /n is no time: a row that is committed late with a smaller value is lost/, run: null },
  }),
  caseOf('sql-table', 'kept', {
    ...{ what: 'a row without a key', stream: { key: ['v'] }, sql: 'INSERT INTO t (id, v) VALUES (3, NULL)' },
    ...{
      says: /there are rows without a key, which are rejected: v is NULL/,
      run: 'succeeded HUB_SOURCE_ROWS_REJECTED',
    },
  }),
  caseOf('postgres-cdc', 'keys', {
    ...{ what: 'a key that the log does not tell', stream: { key: ['n'] } },
    ...{ says: /n is no part of the replica identity/, run: 'failed HUB_SOURCE_LOG_PARTIAL' },
  }),
  partial(
    'complete',
    'a filter of rows',
    'ALTER PUBLICATION hub SET TABLE t WHERE (id > 1)',
    /gives only rows of public.t with/,
  ),
  partial(
    'news',
    'updates left out',
    "ALTER PUBLICATION hub SET (publish = 'insert, delete, truncate')",
    /leaves out update/,
  ),
  partial(
    'deletes',
    'deletions left out',
    "ALTER PUBLICATION hub SET (publish = 'insert, update')",
    /leaves out delete, truncate/,
  ),
  tracked(
    'reachable',
    'a table that the login does not see',
    /HUB_SOURCE_OBJECT_MISSING: there is no table/,
    'failed HUB_SOURCE_OBJECT_MISSING',
    () => {},
    { table: 'x' },
  ),
  tracked(
    'columns',
    'a column that is not there',
    /has no column nope; it has id, name/,
    'failed HUB_SOURCE_OBJECT_MISSING',
    () => {},
    { columns: ['nope'] },
  ),
  tracked(
    'keys',
    'a key by which rows are not told apart',
    /the key name does not identify a row/,
    'failed HUB_CONFIG_INVALID',
    (table) => table.put('2', 'a'),
    { key: ['name'] },
  ),
  ...(['news', 'deletes'] as const).map((promise) =>
    tracked(
      promise,
      'a table that is not tracked',
      /not tracked: the owner runs ALTER DATABASE/,
      'failed HUB_SOURCE_NO_RIGHTS',
      (table) => {
        table.oldest = null;
      },
    ),
  ),
];
