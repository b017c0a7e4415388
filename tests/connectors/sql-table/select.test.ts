import { describe, expect, test } from '@jest/globals';
import { sqlConnection } from '../../../connectors/sql-table/config.ts';
import type { Database, SqlColumn } from '../../../connectors/sql-table/database.ts';
import { openMssql } from '../../../connectors/sql-table/mssql.ts';
import { openMysql } from '../../../connectors/sql-table/mysql.ts';
import { openPg } from '../../../connectors/sql-table/pg.ts';
import { type Page, selectKeyless, selectPage } from '../../../connectors/sql-table/select.ts';

/* What is sent to each server. PostgreSQL and MariaDB run it in their own lanes; for SQL Server this is what can be had. */

const column = (name: string, more: Partial<SqlColumn> = {}): SqlColumn => ({
  ...{
    name,
    type: 'text',
    sourceType: 'text',
    nullable: false,
    select: null,
    bind: null,
    read: (cell) => cell as never,
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
const open = {
  pg: () => openPg(sqlConnection.parse({ client: 'pg', url: 'postgres://u@h/d' })),
  mysql2: () => openMysql(sqlConnection.parse({ client: 'mysql2', url: 'mysql://u@h/d' })),
  mssql: () => openMssql(sqlConnection.parse({ client: 'mssql', host: 'h', database: 'd' })),
};

describe('PostgreSQL', () => {
  test('pages by comparing rows', async () => {
    await using db = open.pg();
    expect(written(db)).toBe('select "甲", "b", "at" from "ga"."czrk" order by "甲" asc, "b" asc limit $1 -- [3]');
    expect(written(db, { after: ['x', 'y'] })).toBe(
      'select "甲", "b", "at" from "ga"."czrk" where ("甲", "b") > ($1, $2) order by "甲" asc, "b" asc limit $3 -- ["x","y",3]',
    );
  });

  test('follows a cursor between bounds, then behind the last row', async () => {
    await using db = open.pg();
    const order = [at, a];
    expect(written(db, { order, from: '1', until: '9' })).toBe(
      'select "甲", "b", "at" from "ga"."czrk" where "at" >= $1 and "at" <= $2 order by "at" asc, "甲" asc limit $3 -- ["1","9",3]',
    );
    expect(written(db, { order, from: '1', fromIncluded: false })).toContain('"at" > $1');
    expect(written(db, { order, after: ['5', 'k'], until: '9' })).toBe(
      'select "甲", "b", "at" from "ga"."czrk" where "at" <= $1 and ("at", "甲") > ($2, $3) order by "at" asc, "甲" asc limit $4 -- ["9","5","k",3]',
    );
    expect(written(db, { isNull: at })).toContain('where "at" is null');
  });

  test('names are quoted whatever they hold', async () => {
    await using db = open.pg();
    const odd = column('a"; DROP TABLE x; --');
    expect(written(db, { columns: [odd], order: [odd] })).toContain('select "a""; DROP TABLE x; --" from');
  });

  test('rows without a key are asked for by themselves', async () => {
    await using db = open.pg();
    const { sql } = selectKeyless(db, page.table, [a], [a, b], 10).toSQL().toNative();
    expect(sql).toBe('select "甲" from "ga"."czrk" where ("甲" is null or "b" is null) limit $1');
  });
});

describe('MySQL and MariaDB', () => {
  test('write the comparison of rows out, and compare numbers as numbers', async () => {
    await using db = open.mysql2();
    const id = column('id', { bind: 'CAST(? AS DECIMAL(65, 0))' });
    expect(written(db, { order: [id, b], after: ['9007199254740993', 'y'] })).toBe(
      'select `甲`, `b`, `at` from `ga`.`czrk` where `id` >= CAST(? AS DECIMAL(65, 0)) and ' +
        '((`id` > CAST(? AS DECIMAL(65, 0))) OR (`id` = CAST(? AS DECIMAL(65, 0)) AND `b` > ?)) order by `id` asc, `b` asc limit ? ' +
        '-- ["9007199254740993","9007199254740993","9007199254740993","y",3]',
    );
  });
});

describe('SQL Server', () => {
  test('casts what the driver would round, and binds keys as their own type', async () => {
    await using db = open.mssql();
    const amount = column('金额', { select: 'CONVERT(varchar(41), ??)' });
    const key = column('机构代码', { bind: 'CAST(? AS char(9))' });
    expect(written(db, { columns: [key, amount], order: [key], after: ['027746769'] })).toBe(
      'select top (@p0) [机构代码], CONVERT(varchar(41), [金额]) AS [金额] from [ga].[czrk] ' +
        'where ([机构代码]) > (CAST(@p1 AS char(9))) order by [机构代码] asc -- [3,"027746769"]',
    );
  });
});
