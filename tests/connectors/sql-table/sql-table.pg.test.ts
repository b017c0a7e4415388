import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Source } from '../../../connectors/connector.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { testDatabase } from '../../support/postgres.ts';
import { keysOf, openTable, readFrom } from './open.ts';

const ROWS = 47;
const person = (n: number) => ({
  key: `k${String(n).padStart(3, '0')}`,
  value: {
    ID: `k${String(n).padStart(3, '0')}`,
    XM: `人${n}`,
    GXSJ: `2020-01-01 00:00:${String(Math.floor(n / 5)).padStart(2, '0')}+08`,
  },
});

sourceContract('sql-table on PostgreSQL', async () => {
  const database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`CREATE SCHEMA ga; CREATE TABLE ga.czrk ("ID" text PRIMARY KEY, "XM" text, "GXSJ" timestamptz NOT NULL);
    CREATE TABLE ga.nobody ("ID" text PRIMARY KEY, "GXSJ" timestamptz NOT NULL);
    CREATE TABLE ga."bad ""t""?" ("ID" text UNIQUE, "a""; --?" text, "constructor" text, "GXSJ" timestamptz);
    INSERT INTO ga."bad ""t""?" VALUES ('1', '?', '$1', now()), (NULL, 'no key', 'x', now()), ('''; DROP TABLE ga.czrk; --', '\\x00', 'x', NULL),
      ('__proto__', 'x', 'x', 'infinity'), ('', 'x', 'x', '-infinity')`);
  const expected = Array.from({ length: ROWS }, (_, n) => person(n));
  for (const { value } of expected)
    await client.query('INSERT INTO ga.czrk VALUES ($1, $2, $3)', [value.ID, value.XM, value.GXSJ]);
  await client.end();
  const connection = { client: 'pg', url: database.url, pageRows: 10 };
  const stream = { schema: 'ga', key: ['ID'], cursor: 'GXSJ', overlapSeconds: 0 };
  return {
    stream: 'persons',
    expected,
    open: (signal) => openTable(connection, { persons: { ...stream, table: 'czrk' } }, signal),
    openHostile: async (signal) => ({
      ...{ source: await openTable(connection, { bad: { ...stream, table: 'bad "t"?' } }, signal), stream: 'bad' },
      ...{ good: ['1', "'; DROP TABLE ga.czrk; --", '__proto__', ''], rejects: 1 },
    }),
    openEmpty: async (signal) => ({
      source: await openTable(connection, { nobody: { ...stream, table: 'nobody' } }, signal),
      stream: 'nobody',
    }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});

describe('sql-table on PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let admin: pg.Client;
  let connection: object;
  beforeAll(async () => {
    database = await testDatabase();
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    connection = { client: 'pg', url: database.url, pageRows: 3, connectTimeoutMs: 2_000 };
  });
  afterAll(async () => {
    await admin.end();
    await database[Symbol.asyncDispose]();
  });
  const withSource = async <T>(
    streams: object,
    work: (source: Source) => Promise<T>,
    more: object = {},
  ): Promise<T> => {
    await using source = await openTable({ ...connection, ...more }, streams);
    return await work(source);
  };

  test('values arrive exactly as the server prints them', async () => {
    await admin.query(`CREATE TABLE exact (id bigint PRIMARY KEY, n numeric(38,10), s smallint, r double precision, b boolean,
      d date, t time(6), ts timestamp(6), tz timestamptz, x bytea, j jsonb, a text[], c char(4), big bigint, u uuid)`);
    await admin.query(`INSERT INTO exact VALUES (9007199254740993, 12345678901234567890.0123456789, 7, 0.1, true, '0044-03-15 BC',
      '23:59:59.123456', '2020-02-29 00:00:00.000001', '2020-01-01 00:00:00+00', '\\x00ff', '{"a": 1}', '{x,"y z"}', 'ab', -9223372036854775808,
      '00000000-0000-0000-0000-000000000001'), (2, NULL, NULL, 'NaN', NULL, 'infinity', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
    await withSource({ exact: { table: 'exact', key: ['id'] } }, async (source) => {
      const { records } = await readFrom(source, 'exact');
      expect(records.map(({ key }) => key)).toEqual(['2', '9007199254740993']);
      expect(records[1]?.value).toEqual({
        id: '9007199254740993',
        n: '12345678901234567890.0123456789',
        s: 7,
        r: 0.1,
        b: true,
        d: '0044-03-15 BC',
        t: '23:59:59.123456',
        ts: '2020-02-29 00:00:00.000001',
        tz: '2020-01-01 08:00:00+08',
        x: Buffer.from([0, 255]),
        j: '{"a": 1}',
        a: '{x,"y z"}',
        c: 'ab  ',
        big: '-9223372036854775808',
        u: '00000000-0000-0000-0000-000000000001',
      });
      expect(records[0]?.value).toMatchObject({ r: Number.NaN, d: 'infinity', n: null });
    });
  });

  test('after the snapshot only changes are read; a transaction that commits late is found by the overlap', async () => {
    await admin.query(`CREATE TABLE late (id int PRIMARY KEY, at timestamptz NOT NULL);
      INSERT INTO late SELECT n, now() - interval '2 hours' + n * interval '1 minute' FROM generate_series(1, 10) n`);
    await withSource({ late: { table: 'late', key: ['id'], cursor: 'at', overlapSeconds: 90 } }, async (source) => {
      const first = await readFrom(source, 'late');
      expect(keysOf(first)).toHaveLength(10);
      // 90 seconds before the last one: it and the one before are read again, nothing else
      const second = await readFrom(source, 'late', first.next);
      expect(keysOf(second)).toEqual(['9', '10']);
      await admin.query(`INSERT INTO late SELECT 11, at - interval '80 seconds' FROM late WHERE id = 10`);
      expect(keysOf(await readFrom(source, 'late', second.next))).toEqual(['11', '9', '10']);
      await admin.query("UPDATE late SET at = now() - interval '1 minute' WHERE id = 3");
      const third = await readFrom(source, 'late', second.next);
      expect(keysOf(third)).toEqual(['11', '9', '10', '3']);
      expect(third.records.at(-1)?.observedAt).toBeLessThan(Date.now());
      expect(third.records.at(-1)?.origin).toBe('public.late#3');
    });
  });

  test('a row dated into the future does not make the reader skip what comes before', async () => {
    await admin.query(`CREATE TABLE future (id int PRIMARY KEY, at timestamptz NOT NULL);
      INSERT INTO future VALUES (1, now() - interval '1 day'), (2, '2099-01-01')`);
    await withSource({ future: { table: 'future', key: ['id'], cursor: 'at' } }, async (source) => {
      const first = await readFrom(source, 'future');
      await admin.query("INSERT INTO future VALUES (3, now() - interval '10 seconds')");
      expect(keysOf(await readFrom(source, 'future', first.next))).toEqual(['3', '2']);
    });
  });

  test('rows without a cursor value are read in every run; many rows at one time page by key', async () => {
    await admin.query(`CREATE TABLE ties (id int PRIMARY KEY, at timestamp);
      INSERT INTO ties SELECT n, '2020-01-01' FROM generate_series(1, 8) n; INSERT INTO ties VALUES (9, NULL), (10, NULL)`);
    await withSource({ ties: { table: 'ties', key: ['id'], cursor: 'at' } }, async (source) => {
      const first = await readFrom(source, 'ties');
      expect(keysOf(first)).toHaveLength(10);
      const second = await readFrom(source, 'ties', first.next);
      expect(keysOf(second)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
      // from the middle of the pass, both parts
      for (const [i, { next }] of second.portions.entries()) {
        const rest = second.portions.slice(i + 1).flatMap(({ records }) => records.map(({ key }) => key));
        if (rest.length > 0) expect(keysOf(await readFrom(source, 'ties', next))).toEqual(rest);
      }
    });
  });

  test('composite keys page without a gap, and rows without a key are rejected, not lost', async () => {
    await admin.query(`CREATE TABLE pairs (a text, b int, v text);
      INSERT INTO pairs SELECT 'x' || n % 4, n, 'v' FROM generate_series(1, 20) n; INSERT INTO pairs VALUES (NULL, 5, '无')`);
    await withSource({ pairs: { table: 'pairs', key: ['a', 'b'] } }, async (source) => {
      const { records, portions } = await readFrom(source, 'pairs');
      expect(new Set(records.map(({ key }) => key)).size).toBe(20);
      expect(portions.flatMap(({ rejects }) => rejects)).toMatchObject([
        { code: 'HUB_RECORD_INVALID', stream: 'pairs' },
      ]);
    });
  });

  test('a key that is not unique is told, not read over', async () => {
    await admin.query(
      "CREATE TABLE twice (a text NOT NULL); INSERT INTO twice SELECT 'same' FROM generate_series(1, 9)",
    );
    await withSource({ twice: { table: 'twice', key: ['a'] } }, async (source) => {
      await expect(readFrom(source, 'twice')).rejects.toMatchObject({ code: 'HUB_CONFIG_INVALID' });
    });
  });

  test('check names what is wrong: table, column, rights; and what will be slow', async () => {
    await admin.query(`CREATE TABLE fine (id int PRIMARY KEY, at timestamptz); CREATE TABLE secret (id int PRIMARY KEY);
      DROP ROLE IF EXISTS clerk; CREATE ROLE clerk LOGIN PASSWORD 'clerk'; GRANT SELECT ON fine TO clerk`);
    const url = new URL(database.url);
    const parts = {
      client: 'pg',
      host: url.hostname,
      port: Number(url.port),
      database: url.pathname.slice(1),
      user: 'clerk',
      password: 'clerk',
    };
    const streams = {
      fine: { table: 'fine', key: ['id'], cursor: 'at' },
      missing: { table: 'fines', key: ['id'] },
      column: { table: 'fine', key: ['nr'] },
      secret: { table: 'secret', key: ['id'] },
    };
    await using source = await openTable(parts, streams);
    const { ok, streams: lines, notes } = await source.check();
    expect(ok).toBe(false);
    expect(notes.join()).toContain('read-only: on');
    expect(lines.map((line) => [line.stream, line.ok])).toEqual([
      ['fine', true],
      ['missing', false],
      ['column', false],
      ['secret', false],
    ]);
    expect(lines[0]?.message).toContain('no index begins with at');
    expect(lines[1]?.message).toMatch(/HUB_SOURCE_OBJECT_MISSING.*fine/);
    expect(lines[2]?.message).toMatch(/no column nr; it has id, at/);
    expect(lines[3]?.message).toContain('HUB_SOURCE_NO_RIGHTS');
    await admin.query('DROP OWNED BY clerk; DROP ROLE clerk');
  });

  test('unreachable, refused and wrong database are told apart', async () => {
    const streams = { s: { table: 't', key: ['id'] } };
    const url = new URL(database.url);
    const codeOf = async (change: (to: URL) => void): Promise<unknown> => {
      const to = new URL(url.href);
      change(to);
      return withSource(streams, (source) => source.check().catch((error) => error.code), { url: to.href });
    };
    expect(
      await codeOf((to) => {
        to.port = '1';
      }),
    ).toBe('HUB_SOURCE_UNREACHABLE');
    expect(
      await codeOf((to) => {
        to.password = 'wrong';
      }),
    ).toBe('HUB_SOURCE_REFUSED');
    expect(
      await codeOf((to) => {
        to.pathname = '/nowhere';
      }),
    ).toBe('HUB_SOURCE_OBJECT_MISSING');
  });

  test('the session cannot write, and discover lists every table when none is configured', async () => {
    await admin.query(
      "CREATE SCHEMA other; CREATE TABLE other.t (id int PRIMARY KEY, m numeric(18,2)); COMMENT ON COLUMN other.t.m IS '金额'",
    );
    await withSource({}, async (source) => {
      const found = (await source.discover()).find(({ name }) => name === 'other.t');
      expect(found).toMatchObject({
        key: ['id'],
        columns: [
          { name: 'id', type: 'integer', sourceType: 'integer', nullable: false },
          { name: 'm', type: 'decimal', sourceType: 'numeric(18,2)', nullable: true, comment: '金额' },
        ],
      });
    });
  });

  test('a column that vanishes while reading is a changed schema', async () => {
    await admin.query(
      'CREATE TABLE shrinking (id int PRIMARY KEY, v text, w text); INSERT INTO shrinking SELECT n FROM generate_series(1, 20) n',
    );
    await withSource({ shrinking: { table: 'shrinking', key: ['id'] } }, async (source) => {
      const read = source.read('shrinking', null)[Symbol.asyncIterator]();
      await read.next();
      await admin.query('ALTER TABLE shrinking DROP COLUMN v');
      const rest = async (): Promise<void> => {
        while ((await read.next()).done !== true);
      };
      await expect(rest()).rejects.toMatchObject({ code: 'HUB_SOURCE_SCHEMA_CHANGED' });
    });
  });
});
