import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { testDatabase } from '../../support/postgres.ts';
import { keyTests } from './keys.ts';
import { openTable, readFrom } from './open.ts';

describe('keys on PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let admin: pg.Client;
  beforeAll(async () => {
    database = await testDatabase();
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await database[Symbol.asyncDispose]();
  });
  test('bytes of a database without an encoding that are no UTF-8 end check and read', async () => {
    const name = `ascii_${process.pid}`;
    await admin.query(
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    const url = new URL(database.url);
    url.pathname = `/${name}`;
    const owner = new pg.Client({ connectionString: url.href });
    await owner.connect();
    await owner.query("SET client_encoding = 'SQL_ASCII'");
    await owner.query(String.raw`CREATE TABLE t (id int PRIMARY KEY, gbk text, plain text);
      INSERT INTO t VALUES (1, E'\xc7\xe0\xba\xa3', 'plain')`);
    await owner.end();
    {
      const streams = { s: { table: 't', key: ['id'] } };
      await using source = await openTable({ client: 'pg', url: url.href }, streams);
      const [line] = (await source.check()).streams;
      const said = expect.stringContaining('invalid byte sequence for encoding "UTF8": 0xc7 0xe0');
      expect(line).toMatchObject({ ok: false, message: said });
      await expect(readFrom(source, 's')).rejects.toMatchObject({ code: 'HUB_SOURCE_READ_FAILED', message: said });
    }
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  });

  keyTests(() => ({ connection: { client: 'pg', url: database.url }, run: (sql) => admin.query(sql) }));
});
