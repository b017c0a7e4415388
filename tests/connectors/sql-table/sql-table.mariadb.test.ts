import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type mysql from 'mysql2/promise';
import type { Source } from '../../../connectors/connector.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { describeWith } from '../../support/lanes.ts';
import { freshDatabase } from './mariadb.ts';
import { keysOf, openTable, readFrom } from './open.ts';

describeWith('mariadb', (address) => {
  sourceContract('sql-table on MariaDB', async () => {
    const database = await freshDatabase(address);
    const { admin, url } = database;
    await admin.query(`CREATE TABLE czrk (id varchar(20) PRIMARY KEY, xm varchar(40), gxsj datetime(6) NOT NULL, KEY (gxsj, id));
      CREATE TABLE nobody (id varchar(20) PRIMARY KEY, gxsj datetime NOT NULL);
      CREATE TABLE \`bad "t"\` (id varchar(30) UNIQUE, \`a"; --\` varchar(9), \`constructor\` varchar(9), gxsj datetime);
      INSERT INTO \`bad "t"\` VALUES ('1', '?', '$1', now()), (NULL, 'no key', 'x', now()), ('''; DROP TABLE czrk; --', 'x', 'x', NULL),
        ('__proto__', 'x', 'x', '9999-12-31 23:59:59')`);
    const expected = Array.from({ length: 47 }, (_, n) => {
      const id = `k${String(n).padStart(3, '0')}`;
      const second = String(Math.floor(n / 5)).padStart(2, '0');
      return { key: id, value: { id, xm: `人${n}𠮷`, gxsj: `2020-01-01 00:00:${second}.000001` } };
    });
    for (const { value } of expected)
      await admin.query('INSERT INTO czrk VALUES (?, ?, ?)', [value.id, value.xm, value.gxsj]);
    const connection = { client: 'mysql2', url, pageRows: 10 };
    const stream = { key: ['id'], cursor: 'gxsj', overlapSeconds: 0 };
    return {
      stream: 'persons',
      expected,
      open: (signal) => openTable(connection, { persons: { ...stream, table: 'czrk' } }, signal),
      openHostile: async (signal) => ({
        ...{ source: await openTable(connection, { bad: { ...stream, table: 'bad "t"' } }, signal), stream: 'bad' },
        ...{ good: ['1', "'; DROP TABLE czrk; --", '__proto__'], rejects: 1 },
      }),
      openEmpty: async (signal) => ({
        source: await openTable(connection, { nobody: { ...stream, table: 'nobody' } }, signal),
        stream: 'nobody',
      }),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    };
  });

  let database: Awaited<ReturnType<typeof freshDatabase>>;
  beforeAll(async () => {
    database = await freshDatabase(address);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });
  const withSource = async <T>(
    streams: object,
    work: (source: Source) => Promise<T>,
    url = database.url,
  ): Promise<T> => {
    await using source = await openTable({ client: 'mysql2', url, pageRows: 3, connectTimeoutMs: 2_000 }, streams);
    return await work(source);
  };

  test('values arrive exactly as the server has them', async () => {
    await database.admin.query(`SET SESSION sql_mode = ''; CREATE TABLE exact (id bigint unsigned PRIMARY KEY, n decimal(30,10),
      u int unsigned, t tinyint, f double, d date, z date, dt datetime(6), tm time, y year, b bit(9), x varbinary(8), bl blob, j json, e enum('甲','乙'))`);
    await database.admin.query(`INSERT INTO exact VALUES (18446744073709551615, 12345678901234567890.0123456789, 4294967295, -1, 0.1,
      '2020-02-29', '0000-00-00', '2020-01-01 00:00:00.000001', '-12:00:01', 1999, b'100000001', X'00FF', X'41', '{"a": 1}', '乙'),
      (9007199254740993, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
    await withSource({ exact: { table: 'exact', key: ['id'] } }, async (source) => {
      const { records } = await readFrom(source, 'exact');
      expect(records.map(({ key }) => key)).toEqual(['9007199254740993', '18446744073709551615']);
      expect(records[1]?.value).toEqual({
        ...{ id: '18446744073709551615', n: '12345678901234567890.0123456789', u: '4294967295', t: -1, f: 0.1 },
        ...{ d: '2020-02-29', z: '0000-00-00', dt: '2020-01-01 00:00:00.000001', tm: '-12:00:01', y: 1999 },
        ...{ b: Buffer.from([1, 1]), x: Buffer.from([0, 255]), bl: Buffer.from('A'), j: '{"a": 1}', e: '乙' },
      });
      const [spec] = await source.discover();
      expect(spec?.columns.map(({ name, type }) => `${name} ${type}`).join(', ')).toBe(
        'id bigint, n decimal, u bigint, t integer, f float, d date, z date, dt timestamp, tm time, y integer, b bytes, x bytes, bl bytes, j text, e text',
      );
    });
  });

  test('keys that differ in case, in more than 2^53 and in several columns page without a gap', async () => {
    await database.admin.query(
      `CREATE TABLE words (a varchar(20) COLLATE utf8mb4_general_ci, b bigint, PRIMARY KEY (a, b))`,
    );
    const rows = ['b', 'A', 'c', 'B', 'a', '丁', 'Ä'].flatMap((a) =>
      ['9007199254740992', '9007199254740993'].map((b) => [a, b]),
    );
    for (const row of rows) await database.admin.query('INSERT IGNORE INTO words VALUES (?, ?)', row);
    const [kept] = await database.admin.query<mysql.RowDataPacket[]>('SELECT COUNT(*) AS n FROM words');
    await withSource({ words: { table: 'words', key: ['a', 'b'] } }, async (source) => {
      const keys = keysOf(await readFrom(source, 'words'));
      expect(new Set(keys).size).toBe(kept[0]?.['n']);
      expect(keys).toHaveLength(kept[0]?.['n']);
    });
    await database.admin.query('CREATE TABLE big (id bigint PRIMARY KEY)');
    const ids = Array.from({ length: 10 }, (_, n) => String(9007199254740990n + BigInt(n)));
    for (const id of ids) await database.admin.query('INSERT INTO big VALUES (?)', [id]);
    await withSource({ big: { table: 'big', key: ['id'] } }, async (source) => {
      expect(keysOf(await readFrom(source, 'big'))).toEqual(ids);
    });
  });

  test('after the snapshot only changes are read, with the overlap for late commits', async () => {
    await database.admin.query(`SET time_zone = '+08:00'; CREATE TABLE late (id int PRIMARY KEY, at datetime NOT NULL);
      INSERT INTO late SELECT seq, NOW() - INTERVAL 120 - seq MINUTE FROM seq_1_to_10`);
    await withSource({ late: { table: 'late', key: ['id'], cursor: 'at', overlapSeconds: 90 } }, async (source) => {
      const first = await readFrom(source, 'late');
      expect(keysOf(first)).toHaveLength(10);
      const second = await readFrom(source, 'late', first.next);
      expect(keysOf(second)).toEqual(['9', '10']);
      await database.admin.query('UPDATE late SET at = NOW() - INTERVAL 1 MINUTE WHERE id = 3');
      const third = await readFrom(source, 'late', second.next);
      expect(keysOf(third)).toEqual(['9', '10', '3']);
      expect(Math.abs((third.records[2]?.observedAt ?? 0) - Date.now())).toBeLessThan(120_000);
    });
  });

  test('what is wrong is told by code: server, login, database, table, rights', async () => {
    const streams = { s: { table: 'exact', key: ['id'] } };
    const codeOf = (change: (url: URL) => void): Promise<unknown> => {
      const url = new URL(database.url);
      change(url);
      return withSource(streams, (source) => source.check().catch((error: { code: string }) => error.code), url.href);
    };
    expect(
      await codeOf((url) => {
        url.port = '1';
      }),
    ).toBe('HUB_SOURCE_UNREACHABLE');
    expect(
      await codeOf((url) => {
        url.password = 'wrong';
      }),
    ).toBe('HUB_SOURCE_REFUSED');
    expect(
      await codeOf((url) => {
        url.pathname = '/nowhere';
      }),
    ).toBe('HUB_SOURCE_OBJECT_MISSING');
    const missing = await withSource({ s: { table: 'exacts', key: ['id'] } }, (source) => source.check());
    expect(missing.streams[0]?.message).toMatch(/HUB_SOURCE_OBJECT_MISSING.*exact/);
  });

  test('the session cannot write', async () => {
    const { openMysql } = await import('../../../connectors/sql/mysql.ts');
    const { sqlConnection } = await import('../../../connectors/sql/config.ts');
    await using db = openMysql(sqlConnection.parse({ client: 'mysql2', url: database.url }));
    await database.admin.query('CREATE TABLE untouched (id int)');
    await expect(db.knex('untouched').insert({ id: 1 })).rejects.toMatchObject({
      code: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
    });
  });
});
