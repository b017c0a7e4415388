import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Source } from '../../../connectors/connector.ts';
import { sqlConnection } from '../../../connectors/sql/config.ts';
import { openPg } from '../../../connectors/sql/pg.ts';
import { testDatabase } from '../../support/postgres.ts';
import { until } from '../../support/until.ts';
import { codeOf, keysOf, NEVER, openTable, readFrom } from './open.ts';

describe('sql-table on PostgreSQL: what once went wrong', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let admin: pg.Client;
  beforeAll(async () => {
    database = await testDatabase();
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query('CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(20)::text AS z');
  });
  afterAll(async () => {
    await admin.end();
    await database[Symbol.asyncDispose]();
  });
  const withSource = async <T>(
    streams: object,
    work: (source: Source) => Promise<T>,
    more: object = {},
    signal = NEVER,
  ): Promise<T> => {
    const connection = { client: 'pg', url: database.url, pageRows: 3, connectTimeoutMs: 1_000, ...more };
    await using source = await openTable(connection, streams, signal);
    return await work(source);
  };
  const active = async (): Promise<number> => {
    const found = await admin.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%\"slow\"%' AND pid <> pg_backend_pid()",
    );
    return found.rows[0].n;
  };

  test('a row without a key in the first page became a record with the key "null"', async () => {
    await admin.query("CREATE TABLE keyless (a text, v int); INSERT INTO keyless VALUES ('x', 1), (NULL, 2)");
    await withSource(
      { s: { table: 'keyless', key: ['a'] } },
      async (source) => {
        const read = await readFrom(source, 's');
        expect(keysOf(read)).toEqual(['x']);
        expect(read.portions.flatMap(({ rejects }) => rejects)).toHaveLength(1);
      },
      { pageRows: 100 },
    );
  });

  test('a table that was empty in the first run hid older rows that came later', async () => {
    await admin.query('CREATE TABLE filled (id int PRIMARY KEY, at timestamptz)');
    await withSource({ s: { table: 'filled', key: ['id'], cursor: 'at' } }, async (source) => {
      const first = await readFrom(source, 's');
      expect(first.records).toEqual([]);
      await admin.query(
        "INSERT INTO filled SELECT n, now() - interval '1 day' + n * interval '1 hour' FROM generate_series(1, 5) n",
      );
      const second = await readFrom(source, 's', first.next);
      expect(keysOf(second)).toEqual(['1', '2', '3', '4', '5']);
      expect(keysOf(await readFrom(source, 's', second.next))).toEqual(['5']);
    });
  });

  test('a checkpoint of another cursor or key was taken for one of this', async () => {
    await admin.query(`CREATE TABLE rekeyed (id int PRIMARY KEY, n int NOT NULL, at timestamptz NOT NULL, k text NOT NULL UNIQUE);
      INSERT INTO rekeyed SELECT n, n, now() - n * interval '1 day', 'k' || 9 - n FROM generate_series(1, 5) n`);
    const byTime = { table: 'rekeyed', key: ['id'], cursor: 'at' };
    const { portions, next } = await withSource({ s: byTime }, (source) => readFrom(source, 's'));
    const all = ['1', '2', '3', '4', '5'];
    await withSource({ s: { ...byTime, cursor: 'n' } }, async (source) => {
      expect(keysOf(await readFrom(source, 's', next))).toEqual(all);
    });
    await withSource({ s: { table: 'rekeyed', key: ['k'] } }, async (source) => {
      expect(keysOf(await readFrom(source, 's', portions[0]?.next))).toHaveLength(5);
    });
  });

  test('names with dots, question marks, quotes and " as " were taken for syntax', async () => {
    await admin.query(`CREATE TABLE "o.d" ("a.b" int PRIMARY KEY, "q?x" int, "x as y" int, "q""x" int);
      INSERT INTO "o.d" VALUES (1, 2, 3, 4), (2, 2, 3, 4), (3, 2, 3, 4), (4, 2, 3, 4)`);
    await withSource({ s: { table: 'o.d', key: ['a.b'], cursor: 'q?x' } }, async (source) => {
      const first = await readFrom(source, 's');
      expect(first.records[3]?.value).toEqual({ 'a.b': 4, 'q?x': 2, 'x as y': 3, 'q"x': 4 });
      expect(keysOf(await readFrom(source, 's', first.next))).toEqual(['1', '2', '3', '4']);
    });
  });

  test('two keys that are one to the server lost a row at the edge of a page', async () => {
    await admin.query('CREATE TABLE equal (a numeric NOT NULL); INSERT INTO equal VALUES (1), (2), (3.0), (3.00), (4)');
    await withSource({ s: { table: 'equal', key: ['a'] } }, async (source) => {
      expect(await codeOf(readFrom(source, 's'))).toBe('HUB_CONFIG_INVALID');
    });
  });

  test('a unique index over an expression was taken for one over the other column', async () => {
    await admin.query(
      'CREATE TABLE folded (a text NOT NULL, b text NOT NULL); CREATE UNIQUE INDEX ON folded (lower(a), b)',
    );
    await withSource({ s: { table: 'folded', key: ['b'] } }, async (source) => {
      const { streams } = await source.check();
      expect(streams[0]?.message).toContain('no unique index says that b identifies a row');
    });
  });

  test('a key too long for a checkpoint is told', async () => {
    await admin.query(
      "CREATE TABLE long (k text NOT NULL); INSERT INTO long SELECT repeat('长', 1500) || n FROM generate_series(1, 4) n",
    );
    await withSource({ s: { table: 'long', key: ['k'] } }, async (source) => {
      expect(await codeOf(readFrom(source, 's'))).toBe('HUB_CONFIG_INVALID');
    });
  });

  test('an abort waited for the statement under way, which the server went on with', async () => {
    const streams = { s: { table: 'slow', key: ['id'] } };
    const stop = new AbortController();
    await withSource(
      streams,
      async (source) => {
        const read = codeOf(readFrom(source, 's'));
        await until(async () => (await active()) === 1, 'the statement is under way');
        const begun = Date.now();
        stop.abort();
        expect(await read).toBe(20);
        // The statement takes twenty seconds.
        expect(Date.now() - begun).toBeLessThan(15_000);
        await until(async () => (await active()) === 0, 'the server works for nobody', 15_000);
      },
      {},
      stop.signal,
    );
    // Nor is a statement left behind by who closes the source.
    await withSource(streams, async (source) => {
      void codeOf(readFrom(source, 's'));
      await until(async () => (await active()) === 1, 'the statement is under way');
    });
    await until(async () => (await active()) === 0, 'the server works for nobody', 15_000);
  });

  test('a connection that is lost while reading can be tried again', async () => {
    await withSource({ s: { table: 'slow', key: ['id'] } }, async (source) => {
      const read = codeOf(readFrom(source, 's'));
      await until(async () => (await active()) === 1, 'the statement is under way');
      await admin.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sanjiang'",
      );
      expect(await read).toBe('HUB_SOURCE_READ_FAILED');
    });
  });

  test('a statement over its time limit is cancelled by the server', async () => {
    await withSource(
      { s: { table: 'slow', key: ['id'] } },
      async (source) => {
        expect(await codeOf(readFrom(source, 's'))).toBe('HUB_SOURCE_READ_FAILED');
        await until(async () => (await active()) === 0, 'the server works for nobody', 15_000);
      },
      { statementTimeoutMs: 1_000 },
    );
  });

  test('a missing password is a refusal, a silent server is unreachable, and neither is held on to', async () => {
    const check = async (answer: Buffer | null): Promise<unknown> => {
      const sockets: Socket[] = [];
      const server = createServer((socket) => {
        sockets.push(socket.on('error', () => {}));
        socket.once('data', () => answer !== null && socket.write(answer));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const parts = { url: undefined, host: '127.0.0.1', port, user: 'u', database: 'd' };
      const code = await codeOf(withSource({}, (source) => source.check(), parts));
      await until(() => sockets.every(({ readyState }) => readyState !== 'open'), 'no connection is open');
      server.close();
      return code;
    };
    const wantsPassword = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
    expect(await check(wantsPassword)).toBe('HUB_SOURCE_REFUSED');
    expect(await check(null)).toBe('HUB_SOURCE_UNREACHABLE');
  });

  test('a table that is not there is told with the names next to it', async () => {
    await admin.query(`CREATE SCHEMA many; CREATE TABLE many.czrk_x (id int);
      DO $$ BEGIN FOR i IN 1..30 LOOP EXECUTE format('CREATE TABLE many.aa_%s (id int)', i); END LOOP; END $$`);
    await withSource({ s: { schema: 'many', table: 'czrk', key: ['id'] } }, async (source) => {
      const { streams } = await source.check();
      expect(streams[0]?.message).toMatch(/HUB_SOURCE_OBJECT_MISSING: .* nearest .*many\.czrk_x/);
    });
  });

  test('a column that vanishes while reading is named', async () => {
    await admin.query(
      'CREATE TABLE narrower (id int PRIMARY KEY, v text, w text); INSERT INTO narrower SELECT n FROM generate_series(1, 20) n',
    );
    await withSource({ s: { table: 'narrower', key: ['id'] } }, async (source) => {
      const read = source.read('s', null)[Symbol.asyncIterator]();
      await read.next();
      await admin.query('ALTER TABLE narrower DROP COLUMN v');
      const rest = async (): Promise<void> => {
        while ((await read.next()).done !== true);
      };
      await expect(rest()).rejects.toMatchObject({ code: 'HUB_SOURCE_SCHEMA_CHANGED', details: { missing: ['v'] } });
    });
  });

  test('a deleted row is missing from the keys; a transaction open during the read is found by the next', async () => {
    await admin.query(`CREATE TABLE opened (id int PRIMARY KEY, at timestamptz NOT NULL);
      INSERT INTO opened SELECT n, now() - interval '1 hour' FROM generate_series(1, 5) n`);
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await withSource({ s: { table: 'opened', key: ['id'], cursor: 'at' } }, async (source) => {
      const first = await readFrom(source, 's');
      await other.query('BEGIN; INSERT INTO opened VALUES (6, clock_timestamp())');
      await admin.query('INSERT INTO opened VALUES (7, clock_timestamp())');
      const second = await readFrom(source, 's', first.next);
      expect(keysOf(second)).toEqual(expect.arrayContaining(['7']));
      expect(keysOf(second)).not.toContain('6');
      await other.query('COMMIT');
      expect(keysOf(await readFrom(source, 's', second.next))).toEqual(['6', '7']);
      await admin.query('DELETE FROM opened WHERE id IN (2, 7)');
      const keys: string[] = [];
      for await (const part of source.keys?.('s') ?? []) keys.push(...part);
      expect(keys).toEqual(['1', '3', '4', '5', '6']);
    });
    await other.end();
  });

  test('the server refuses a write of the session', async () => {
    await using db = openPg(sqlConnection.parse({ client: 'pg', url: database.url }));
    await admin.query('CREATE TABLE untouched (id int)');
    expect(await codeOf(Promise.resolve(db.knex('untouched').insert({ id: 1 })))).toBe('25006');
    expect((await db.notes()).join()).toContain('read-only: on');
  });

  test('dates of the first and the last day, and decimals of any scale, arrive as printed', async () => {
    await admin.query(`CREATE TABLE edges (id int PRIMARY KEY, d date, n numeric, at timestamp);
      INSERT INTO edges VALUES (1, '0001-01-01', 0.00000000000000000001, '-infinity'), (2, 'infinity', 1e30, '9999-12-31 23:59:59.999999')`);
    await withSource({ s: { table: 'edges', key: ['id'], cursor: 'at' } }, async (source) => {
      const { records, next } = await readFrom(source, 's');
      expect(records.map(({ value }) => [value?.['d'], value?.['n'], value?.['at']])).toEqual([
        ['0001-01-01', '0.00000000000000000001', '-infinity'],
        ['infinity', '1000000000000000000000000000000', '9999-12-31 23:59:59.999999'],
      ]);
      expect(keysOf(await readFrom(source, 's', next))).toEqual(['2']);
    });
  });
});
