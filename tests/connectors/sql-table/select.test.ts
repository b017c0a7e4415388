import { describe, expect, test } from '@jest/globals';
import { addressOf, sqlConfig, sqlConnection } from '../../../connectors/sql/config.ts';
import type { Database, SqlColumn } from '../../../connectors/sql/database.ts';
import { mssqlColumn, openMssql } from '../../../connectors/sql/mssql.ts';
import { openMysql } from '../../../connectors/sql/mysql.ts';
import { nearNames } from '../../../connectors/sql/near.ts';
import { openOracle, oracleColumn, selectBounds } from '../../../connectors/sql/oracle.ts';
import { openPg } from '../../../connectors/sql/pg.ts';
import { timeOf } from '../../../connectors/sql/records.ts';
import { type Page, selectKeyless, selectPage } from '../../../connectors/sql/select.ts';

/* What is sent to each server. PostgreSQL and MariaDB run it in their own lanes; for SQL Server this is what can be had. */

const column = (name: string, more: Partial<SqlColumn> = {}): SqlColumn => ({
  ...{
    name,
    type: 'text' as const,
    sourceType: 'text',
    nullable: false,
    select: null,
    bind: null,
    read: null,
    exactText: true,
  },
  ...more,
});
const [a, b, at] = [column('甲'), column('b'), column('at')] as const;
const page: Page = {
  table: { schema: 'ga', table: 'czrk' },
  columns: [a, b, at],
  order: [a, b],
  after: null,
  limit: 3,
};

/** Never connected: knex writes statements without a server. */
const written = (db: Database, more: Partial<Page> = {}): string => {
  const { sql, bindings } = selectPage(db, { ...page, ...more })
    .toSQL()
    .toNative();
  return `${sql} -- ${JSON.stringify(bindings)}`;
};
const size = { length: null, precision: null, scale: null, collation: null };
const open = {
  pg: () => openPg(sqlConnection.parse({ client: 'pg', url: 'postgres://u@h/d' })),
  mysql2: () => openMysql(sqlConnection.parse({ client: 'mysql2', url: 'mysql://u@h/d' })),
  oracle: () => openOracle(sqlConnection.parse({ client: 'oracledb', url: 'oracle://u:p@h:1521/orcl' })),
  mssql: () => openMssql(sqlConnection.parse({ client: 'mssql', host: 'h', database: 'd' })),
};

describe('PostgreSQL', () => {
  test('pages by comparing rows', async () => {
    await using db = open.pg();
    expect(written(db)).toBe('select "甲", "b", "at" from "ga"."czrk" "t" order by "t"."甲", "t"."b" limit $1 -- [3]');
    expect(written(db, { after: ['x', 'y'] })).toBe(
      'select "甲", "b", "at" from "ga"."czrk" "t" where ("甲", "b") > ($1, $2) order by "t"."甲", "t"."b" limit $3 -- ["x","y",3]',
    );
  });

  test('follows a cursor between bounds, then behind the last row', async () => {
    await using db = open.pg();
    const order = [at, a];
    expect(written(db, { order, from: '1', until: '9' })).toBe(
      'select "甲", "b", "at" from "ga"."czrk" "t" where "at" >= $1 and "at" <= $2 order by "t"."at", "t"."甲" limit $3 -- ["1","9",3]',
    );
    expect(written(db, { order, from: '1', fromIncluded: false })).toContain('"at" > $1');
    expect(written(db, { order, after: ['5', 'k'], until: '9' })).toBe(
      'select "甲", "b", "at" from "ga"."czrk" "t" where "at" <= $1 and ("at", "甲") > ($2, $3) order by "t"."at", "t"."甲" limit $4 -- ["9","5","k",3]',
    );
    expect(written(db, { isNull: at })).toContain('where "at" is null');
  });

  test('names are quoted whatever they hold', async () => {
    await using db = open.pg();
    const odd = column('a"; DROP TABLE x; --');
    expect(written(db, { columns: [odd], order: [odd] })).toContain('select "a""; DROP TABLE x; --" from');
    const syntax = column('a.b as c?');
    expect(written(db, { columns: [syntax], order: [syntax], after: ['x'] })).toBe(
      'select "a.b as c?" from "ga"."czrk" "t" where ("a.b as c?") > ($1) order by "t"."a.b as c?" limit $2 -- ["x",3]',
    );
  });

  test('rows without a key are left out of the pages', async () => {
    await using db = open.pg();
    expect(written(db, { order: [column('b', { nullable: true })] })).toContain(
      'where "b" is not null order by "t"."b"',
    );
  });

  test('rows without a key are asked for by themselves', async () => {
    await using db = open.pg();
    const { sql } = selectKeyless(
      db,
      page.table,
      [a],
      [a, b].map((one) => ({ ...one, nullable: true })),
      10,
    )
      .toSQL()
      .toNative();
    expect(sql).toBe('select "甲" from "ga"."czrk" "t" where ("甲" is null or "b" is null) limit $1');
  });
});

describe('MySQL and MariaDB', () => {
  test('write the comparison of rows out, and compare numbers as numbers', async () => {
    await using db = open.mysql2();
    const id = column('id', { bind: 'CAST(? AS DECIMAL(65, 0))' });
    expect(written(db, { order: [id, b], after: ['9007199254740993', 'y'] })).toBe(
      'select `甲`, `b`, `at` from `ga`.`czrk` `t` where `id` >= CAST(? AS DECIMAL(65, 0)) and ' +
        '((`id` > CAST(? AS DECIMAL(65, 0))) OR (`id` = CAST(? AS DECIMAL(65, 0)) AND `b` > ?)) order by `t`.`id`, `t`.`b` limit ? ' +
        '-- ["9007199254740993","9007199254740993","9007199254740993","y",3]',
    );
  });
});

describe('SQL Server', () => {
  test('casts what the driver would round, and binds keys as their own type under their own collation', async () => {
    await using db = open.mssql();
    const amount = mssqlColumn('金额', 'decimal', { ...size, precision: '18', scale: '2' }, true, '');
    const key = mssqlColumn('机构代码', 'char', { ...size, length: '9', collation: 'Chinese_PRC_CI_AS' }, false, '');
    expect(written(db, { columns: [key, amount], order: [key], after: ['027746769'] })).toBe(
      'select top (@p0) [机构代码], CONVERT(varchar(41), [金额]) AS [金额] from [ga].[czrk] [t] ' +
        'where ([机构代码]) > (CAST(@p1 COLLATE Chinese_PRC_CI_AS AS char(9))) order by [t].[机构代码] -- [3,"027746769"]',
    );
  });

  test('orders by the column itself, not by the text of the same name that the list makes of it', async () => {
    await using db = open.mssql();
    const id = mssqlColumn('id', 'bigint', size, false, '');
    const since = mssqlColumn('since', 'datetime2', { ...size, scale: '7' }, false, '');
    expect(written(db, { columns: [id, since], order: [since, id], from: '2020-01-01', until: '2020-01-02' })).toBe(
      'select top (@p0) CONVERT(varchar(20), [id]) AS [id], CONVERT(varchar(34), [since], 121) AS [since] from [ga].[czrk] [t] ' +
        'where [since] >= CAST(@p1 AS datetime2(7)) and [since] <= CAST(@p2 AS datetime2(7)) order by [t].[since], [t].[id] ' +
        '-- [3,"2020-01-01","2020-01-02"]',
    );
  });

  test('keys of bytes are bound as bytes', async () => {
    await using db = open.mssql();
    const id = mssqlColumn('id', 'varbinary', { ...size, length: '8' }, false, '');
    expect(written(db, { columns: [id], order: [id], after: ['00FF'] })).toContain(
      'where ([id]) > (CONVERT(varbinary(8), @p1, 2)) order by [t].[id] -- [3,"00FF"]',
    );
  });

  test('a bracket in a name is doubled, not dropped', async () => {
    await using db = open.mssql();
    const odd = column('a]b');
    expect(written(db, { columns: [odd], order: [odd] })).toBe(
      'select top (@p0) [a]]b] from [ga].[czrk] [t] order by [t].[a]]b] -- [3]',
    );
  });
});

describe('Oracle', () => {
  const number = (name: string, precision: string | null, scale: string | null, nullable = false): SqlColumn =>
    oracleColumn(name, 'NUMBER', { length: null, precision, scale }, nullable, '');

  test('pages by row number, with keys bound as numbers and times as text of a fixed form', async () => {
    await using db = open.oracle();
    const id = number('XH', '18', '0');
    const changed = oracleColumn('GXSJ', 'DATE', { length: null, precision: null, scale: null }, true, '更新时间');
    expect(written(db, { columns: [id, changed], order: [id], after: ['9007199254740993'] })).toBe(
      `select * from (select "XH", TO_CHAR("GXSJ", 'YYYY-MM-DD HH24:MI:SS') AS "GXSJ" from "ga"."czrk" "t" ` +
        'where ("XH") > (CAST(:1 AS NUMBER)) order by "t"."XH") where rownum <= :2 -- ["9007199254740993",3]',
    );
    expect(
      written(db, {
        columns: [id, changed],
        order: [changed, id],
        from: '2020-01-01 00:00:00',
        until: '2021-01-01 00:00:00',
      }),
    ).toBe(
      `select * from (select "XH", TO_CHAR("GXSJ", 'YYYY-MM-DD HH24:MI:SS') AS "GXSJ" from "ga"."czrk" "t" ` +
        `where "GXSJ" >= TO_DATE(SUBSTR(:1, 1, 19), 'YYYY-MM-DD HH24:MI:SS') and "GXSJ" <= TO_DATE(SUBSTR(:2, 1, 19), 'YYYY-MM-DD HH24:MI:SS') ` +
        'and "GXSJ" is not null order by "t"."GXSJ", "t"."XH") where rownum <= :3 -- ["2020-01-01 00:00:00","2021-01-01 00:00:00",3]',
    );
  });

  test('compares several key columns written out', async () => {
    await using db = open.oracle();
    expect(written(db, { columns: [a, b], order: [a, b], after: ['x', 'y'] })).toContain(
      'where "甲" >= :1 and (("甲" > :2) OR ("甲" = :3 AND "b" > :4)) order by "t"."甲", "t"."b") where rownum <= :5',
    );
  });

  test('asks for the greatest cursor and goes back from it at the server', async () => {
    await using db = open.oracle();
    const stamp = oracleColumn('GXSJ', 'TIMESTAMP(6)', { length: null, precision: null, scale: '6' }, false, '');
    const { sql, bindings } = selectBounds(db, { schema: 'GA', table: 'CZRK' }, stamp, 300).toSQL().toNative();
    expect(sql).toBe(
      `select TO_CHAR(MAX("GXSJ"), 'YYYY-MM-DD HH24:MI:SS.FF6'), TO_CHAR(LEAST(CAST(MAX("GXSJ") AS TIMESTAMP), LOCALTIMESTAMP) ` +
        `- NUMTODSINTERVAL(:1, 'SECOND'), 'YYYY-MM-DD HH24:MI:SS.FF6') from "GA"."CZRK" "t"`,
    );
    expect(bindings).toEqual([300]);
  });

  test.each([
    ['NUMBER', '9', '0', 'integer', 'NUMBER(9)'],
    ['NUMBER', '18', '0', 'bigint', 'NUMBER(18)'],
    ['NUMBER', '38', '0', 'decimal', 'NUMBER(38)'],
    ['NUMBER', '18', '2', 'decimal', 'NUMBER(18,2)'],
    ['NUMBER', null, null, 'decimal', 'NUMBER'],
    ['BINARY_DOUBLE', null, null, 'float', 'BINARY_DOUBLE'],
    ['DATE', null, null, 'timestamp', 'DATE'],
    ['TIMESTAMP(6) WITH TIME ZONE', null, '6', 'timestamp', 'TIMESTAMP(6) WITH TIME ZONE'],
    ['BLOB', null, null, 'bytes', 'BLOB'],
    ['CLOB', null, null, 'text', 'CLOB'],
  ])('%s(%s,%s) travels as %s', (type, precision, scale, travels, printed) => {
    expect(oracleColumn('A', type, { length: null, precision, scale }, true, '')).toMatchObject({
      type: travels,
      sourceType: printed,
    });
  });

  test('a server that is not there is told so', async () => {
    await using db = openOracle(
      sqlConnection.parse({ client: 'oracledb', host: '127.0.0.1', port: 1, user: 'u', password: 'p', database: 'x' }),
    );
    const failure = await db.notes().catch((error: unknown) => db.failure(error, 'connecting'));
    expect(failure).toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE' });
  });
});

test('names are nearest first: letters of either case, the schema apart', () => {
  expect(nearNames('czrk', ['ga.aaaa', 'other.CZRK', 'ga.czrk_x', 'ga.czrl'], 3)).toEqual([
    'other.CZRK',
    'ga.czrl',
    'ga.czrk_x',
  ]);
});

test.each([
  ['2013-02-08 00:00:00.123456+08', '2013-02-07T16:00:00.123Z'],
  ['2013-02-08 23:59:59', '2013-02-08T15:59:59Z'],
  ['2016-02-29 00:00:00', '2016-02-28T16:00:00Z'],
  ['0044-03-15 00:00:00', '0044-03-14T16:00:00Z'],
  ['2013-02-08 10:00:00.57+08', '2013-02-08T02:00:00.570Z'],
  ['2013-02-08 10:00:00.1234567 +05:30', '2013-02-08T04:30:00.123Z'],
])('%s is %s', (text, instant) => {
  expect(timeOf(text)).toBe(Date.parse(instant));
});

test.each(['infinity', '0000-00-00 00:00:00', '2013-13-08 00:00:00', '0044-03-15 00:00:00 BC', null])(
  '%s is no time',
  (text) => {
    expect(timeOf(text)).toBeNull();
  },
);

describe('settings', () => {
  const connection = { client: 'pg', url: 'postgres://u@h/d' };
  const streams = { s: { table: 't', key: ['id'] } };
  test.each([
    ['no such client', { connection: { ...connection, client: 'db2' }, streams }, 'connection.client'],
    ['both url and host', { connection: { ...connection, host: 'h' }, streams }, 'connection'],
    ['neither', { connection: { client: 'pg' }, streams }, 'connection'],
    ['no URL', { connection: { client: 'pg', url: 'h/d' }, streams }, 'connection.url'],
    ['an empty key', { connection, streams: { s: { table: 't', key: [] } } }, 'streams.s.key'],
    ['an unknown field', { connection, streams: { s: { table: 't', key: ['id'], tabel: 1 } } }, 'streams.s'],
    [
      'a negative overlap',
      { connection, streams: { s: { table: 't', key: ['id'], overlapSeconds: -1 } } },
      'streams.s.overlapSeconds',
    ],
  ])('%s is told at its place', (_, config, place) => {
    const { success, error } = sqlConfig.safeParse(config);
    expect(success).toBe(false);
    expect(error?.issues.map(({ path }) => path.join('.'))).toContain(place);
  });

  test('servers are verified unless told otherwise; passwords in a URL are decoded', () => {
    const parsed = sqlConnection.parse({ client: 'mssql', url: 'mssql://sa:p%40ss@[::1]:1433/库' });
    expect(parsed).toMatchObject({ encrypt: false, trustServerCertificate: false, pageRows: 5_000 });
    expect(addressOf(parsed)).toEqual({ host: '::1', port: 1433, user: 'sa', password: 'p@ss', database: '库' });
  });
});
