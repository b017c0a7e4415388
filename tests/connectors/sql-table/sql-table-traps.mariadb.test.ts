import { afterAll, beforeAll, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import type mysql from 'mysql2/promise';
import type { Source } from '../../../connectors/connector.ts';
import { isHubError } from '../../../schemas/kernel/errors.ts';
import { describeWith } from '../../support/lanes.ts';
import { until } from '../../support/until.ts';
import { freshDatabase } from './mariadb.ts';
import { codeOf, keysOf, NEVER, openTable, readFrom } from './open.ts';

describeWith('mariadb', (address) => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let admin: mysql.Connection;
  beforeAll(async () => {
    database = await freshDatabase(address);
    admin = database.admin;
    await admin.query("SET SESSION sql_mode = ''; CREATE VIEW slow AS SELECT 1 AS id, SLEEP(20) AS z");
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });
  const withSource = async <T>(
    streams: object,
    work: (source: Source) => Promise<T>,
    more: object = {},
    signal = NEVER,
  ): Promise<T> => {
    const connection = { client: 'mysql2', url: database.url, pageRows: 3, connectTimeoutMs: 2_000, ...more };
    await using source = await openTable(connection, streams, signal);
    return await work(source);
  };
  const allKeys = (table: string, key: readonly string[]): Promise<readonly string[]> =>
    withSource({ s: { table, key } }, async (source) => keysOf(await readFrom(source, 's')));
  const active = async (): Promise<number> => {
    const [found] = await admin.query<mysql.RowDataPacket[]>(
      "SELECT count(*) AS n FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE '%`slow`%' AND id <> CONNECTION_ID()",
    );
    return Number(found[0]?.['n']);
  };
  const SLOW = { s: { table: 'slow', key: ['id'] } };

  test('keys of bytes were compared with their hexadecimal text: the read never ended', async () => {
    await admin.query(`CREATE TABLE bytes_key (id varbinary(8) PRIMARY KEY);
      INSERT INTO bytes_key VALUES (X'00'), (X'01'), (X'31'), (X'41'), (X'4100'), (X'61'), (X'7f'), (X'80'), (X'ff');
      CREATE TABLE bits_key (id bit(12) PRIMARY KEY); INSERT INTO bits_key SELECT seq FROM seq_8_to_20`);
    expect(await allKeys('bytes_key', ['id'])).toEqual(['00', '01', '31', '41', '4100', '61', '7F', '80', 'FF']);
    expect((await allKeys('bits_key', ['id'])).map((key) => Number.parseInt(key, 16))).toEqual(
      Array.from({ length: 13 }, (_, n) => n + 8),
    );
  });

  test('a floating-point key is read whole or refused, never in circles', async () => {
    await admin.query(
      'CREATE TABLE floats (id float PRIMARY KEY); INSERT INTO floats SELECT seq + 0.1 FROM seq_1_to_9',
    );
    const found = await allKeys('floats', ['id']).catch((error: { code: string }) => error.code);
    expect(found === 'HUB_CONFIG_INVALID' ? 9 : new Set(found).size).toBe(9);
  });

  test('an instant becomes the time that clocks of the province showed; the same 32-bit number comes out', async () => {
    await admin.query(`SET time_zone = '+00:00'; CREATE TABLE summer (id int PRIMARY KEY, at timestamp NULL, typed datetime, f float);
      INSERT INTO summer VALUES (1, '1988-06-30 15:00:00', '1988-06-30 23:00:00', 1234567), (2, '1992-06-30 16:00:00', NULL, 0.1),
      (3, '1987-01-31 16:00:00', NULL, 16777217), (4, NULL, NULL, -3.4028235e38), (5, NULL, NULL, 1e-7)`);
    const values = await withSource({ s: { table: 'summer', key: ['id'] } }, async (source) =>
      (await readFrom(source, 's')).records.map(({ value }) => [value?.['at'], value?.['typed'], value?.['f']]),
    );
    expect(values).toEqual([
      ['1988-07-01 00:00:00', '1988-06-30 23:00:00', 1_234_567],
      ['1992-07-01 00:00:00', null, 0.1],
      ['1987-02-01 00:00:00', null, 16_777_216],
      [null, null, -3.4028235e38],
      [null, null, 1e-7],
    ]);
  });

  test('a row whose cursor is a zero date is read again like one without a cursor', async () => {
    await admin.query(`CREATE TABLE zero (id int PRIMARY KEY, at datetime NOT NULL, v varchar(9));
      INSERT INTO zero VALUES (1, '0000-00-00', 'a'), (2, '2026-01-01', 'a')`);
    await withSource({ s: { table: 'zero', key: ['id'], cursor: 'at' } }, async (source) => {
      const first = await readFrom(source, 's');
      expect(keysOf(first)).toEqual(['1', '2']);
      await admin.query("UPDATE zero SET v = 'b' WHERE id = 1");
      const { records } = await readFrom(source, 's', first.next);
      expect(records.find(({ key }) => key === '1')?.value).toMatchObject({ v: 'b' });
    });
  });

  test('a day that is none, such as 2024-05-00, is no cursor either, and does not keep the bound from moving', async () => {
    await admin.query(`CREATE TABLE partial_days (id int PRIMARY KEY, at date NOT NULL, v varchar(9), KEY (at));
      INSERT INTO partial_days VALUES (1, '2024-00-00', 'a'), (2, '2024-05-00', 'a'), (3, '2024-04-30', 'a'), (4, '2024-05-01', 'a'), (5, '2024-06-00', 'a')`);
    for (const [column, type] of [
      ['at', 'date'],
      ['moment', 'datetime'],
    ] as const) {
      if (type === 'datetime')
        await admin.query('ALTER TABLE partial_days ADD moment datetime NOT NULL; UPDATE partial_days SET moment = at');
      await withSource({ s: { table: 'partial_days', key: ['id'], cursor: column } }, async (source) => {
        const first = await readFrom(source, 's');
        expect([...new Set(keysOf(first))].sort()).toEqual(['1', '2', '3', '4', '5']);
        await admin.query(`UPDATE partial_days SET v = '${type}' WHERE id IN (1, 2, 5)`);
        const second = await readFrom(source, 's', first.next);
        const changed = second.records.filter(({ value }) => value?.['v'] === type).map(({ key }) => key);
        expect([...new Set(changed)].sort()).toEqual(['1', '2', '5']);
        // The day before the last one that is a day is behind the bound.
        expect(keysOf(second)).not.toContain(type === 'datetime' ? '3' : 'none');
      });
    }
  });

  test('GBK and UTF-8 that lie in a column of latin1 are said by check, letters with accents are not', async () => {
    await admin.query(`CREATE TABLE legacy (id int PRIMARY KEY, gbk varchar(40) CHARACTER SET latin1, utf varchar(40) CHARACTER SET latin1,
      french varchar(40) CHARACTER SET latin1, chinese varchar(40))`);
    const gbk = (text: string): string => iconv.encode(text, 'gbk').toString('hex');
    const utf = (text: string): string => Buffer.from(text).toString('hex');
    for (const [id, name] of ['青海省西宁市', '尕藏卓玛', '测试 abc'].entries())
      await admin.query(
        `INSERT INTO legacy VALUES (${id}, X'${gbk(name)}', X'${utf(name)}', 'très élevé, naïve', '${name}')`,
      );
    await withSource({ s: { table: 'legacy', key: ['id'] } }, async (source) => {
      const [line] = (await source.check()).streams;
      expect(line).toMatchObject({ ok: false, isRead: true });
      expect(line?.message).toContain('gbk looks like gb18030 text that the server takes for Latin letters');
      expect(line?.message).toContain('utf looks like utf-8 text that the server takes for Latin letters');
      expect(line?.message).not.toMatch(/french|chinese/);
    });
  });

  test('check promises no overlap where late commits are lost', async () => {
    await admin.query(
      'CREATE TABLE counted (id int PRIMARY KEY, n bigint NOT NULL, at datetime NOT NULL, INDEX (n), INDEX (at))',
    );
    const report = (stream: object) =>
      withSource({ s: { table: 'counted', key: ['id'], ...stream } }, (source) => source.check());
    expect(await report({ cursor: 'at' })).toMatchObject({ lateCommits: 'overlap-window' });
    const without = await report({ cursor: 'at', overlapSeconds: 0 });
    expect(without.lateCommits).toBe('not-caught');
    expect(without.streams[0]?.message).toContain('overlapSeconds is 0');
    const numbered = await report({ cursor: 'n' });
    expect(numbered.lateCommits).toBe('not-caught');
    expect(numbered.streams[0]?.message).toContain('n is no time');
    expect(await report({})).toMatchObject({ lateCommits: 'full-read' });
  });

  test('keys of sixty digits are compared as they are', async () => {
    await admin.query('CREATE TABLE digits (id decimal(60,0) PRIMARY KEY)');
    const ids = Array.from({ length: 8 }, (_, n) => `${10n ** 45n + BigInt(n)}`);
    for (const id of ids) await admin.query('INSERT INTO digits VALUES (?)', [id]);
    expect(await allKeys('digits', ['id'])).toEqual(ids);
  });

  test('two keys that a collation takes for one lost a row at the edge of a page', async () => {
    await admin.query(`CREATE TABLE folded (a varchar(9) NOT NULL, KEY (a));
      INSERT INTO folded VALUES ('a'), ('b'), ('c'), ('C'), ('d'), ('e')`);
    expect(await codeOf(allKeys('folded', ['a']))).toBe('HUB_CONFIG_INVALID');
  });

  test('a row without a key came first, as a record with the key "null"', async () => {
    await admin.query(
      "CREATE TABLE keyless (a varchar(9), v int); INSERT INTO keyless VALUES ('x', 1), (NULL, 2), ('y', 3), ('z', 3), ('zz', 4)",
    );
    await withSource({ s: { table: 'keyless', key: ['a'] } }, async (source) => {
      const read = await readFrom(source, 's');
      expect(keysOf(read)).toEqual(['x', 'y', 'z', 'zz']);
      expect(read.portions.flatMap(({ rejects }) => rejects)).toHaveLength(1);
    });
  });

  test('a server without backslash escapes took a key for the end of its text', async () => {
    await admin.query('CREATE TABLE quotes (a varchar(9) COLLATE utf8mb4_bin PRIMARY KEY)');
    const keys = ["a'", 'b\\', "c\\'", "d'", 'e\\'];
    for (const key of keys) await admin.execute('INSERT INTO quotes VALUES (?)', [key]);
    const [[{ mode }]] = (await admin.query('SELECT @@GLOBAL.sql_mode AS mode')) as unknown as [[{ mode: string }]];
    await admin.query("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,STRICT_TRANS_TABLES,NO_ZERO_DATE'");
    try {
      await withSource(
        { s: { table: 'quotes', key: ['a'] } },
        async (source) => expect(keysOf(await readFrom(source, 's'))).toEqual(keys),
        { pageRows: 1 },
      );
    } finally {
      await admin.query('SET GLOBAL sql_mode = ?', [mode]);
    }
  });

  test('the overlap of a cursor by day reaches back a whole day; zero dates are read again each time', async () => {
    await admin.query(`CREATE TABLE days (id int PRIMARY KEY, d date NOT NULL);
      INSERT INTO days VALUES (1, '2020-01-01'), (2, '2020-01-02'), (9, '0000-00-00')`);
    await withSource({ s: { table: 'days', key: ['id'], cursor: 'd' } }, async (source) => {
      const { next, records } = await readFrom(source, 's');
      expect(records).toHaveLength(3);
      await admin.query("INSERT INTO days VALUES (3, '2020-01-01')");
      expect(keysOf(await readFrom(source, 's', next))).toEqual(['1', '3', '2', '9']);
    });
  });

  test('a table that was empty in the first run was read in full ever after', async () => {
    await admin.query('CREATE TABLE filled (id int PRIMARY KEY, at datetime)');
    await withSource({ s: { table: 'filled', key: ['id'], cursor: 'at' } }, async (source) => {
      const first = await readFrom(source, 's');
      await admin.query("INSERT INTO filled SELECT seq, '2020-01-01' + INTERVAL seq HOUR FROM seq_1_to_5");
      const second = await readFrom(source, 's', first.next);
      expect(keysOf(second)).toEqual(['1', '2', '3', '4', '5']);
      expect(keysOf(await readFrom(source, 's', second.next))).toEqual(['5']);
    });
  });

  test('an abort waited for the statement under way, which the server went on with', async () => {
    const stop = new AbortController();
    await withSource(
      SLOW,
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
  });

  test('a connection that is lost while reading, and a statement over its limit, can be tried again', async () => {
    await withSource(SLOW, async (source) => {
      const read = codeOf(readFrom(source, 's'));
      await until(async () => (await active()) === 1, 'the statement is under way');
      const [found] = await admin.query<mysql.RowDataPacket[]>(
        "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE '%`slow`%' AND id <> CONNECTION_ID()",
      );
      for (const { id } of found) await admin.query(`KILL ${id}`);
      expect(await read).toBe('HUB_SOURCE_READ_FAILED');
    });
    await withSource(
      SLOW,
      async (source) => {
        expect(await codeOf(readFrom(source, 's'))).toBe('HUB_SOURCE_READ_FAILED');
        await until(async () => (await active()) === 0, 'the server works for nobody', 15_000);
      },
      { statementTimeoutMs: 1_000 },
    );
  });

  test('an error told the key that the statement was bound to', async () => {
    await admin.query(`CREATE TABLE numbers (id varchar(20) PRIMARY KEY, v int);
      INSERT INTO numbers SELECT CONCAT('63010219900101', seq), 1 FROM seq_1000_to_1009`);
    await withSource({ s: { table: 'numbers', key: ['id'] } }, async (source) => {
      const read = source.read('s', null)[Symbol.asyncIterator]();
      await read.next();
      await admin.query('DROP TABLE numbers');
      const rest = async (): Promise<void> => {
        while ((await read.next()).done !== true);
      };
      const error = (await rest().catch((thrown: unknown) => thrown)) as Error & { details: unknown };
      expect(isHubError(error)).toBe(true);
      const cause = error.cause as Error & Record<string, unknown>;
      const told = [error.message, error.details, cause.message, { ...cause }];
      expect(JSON.stringify(told)).not.toContain('63010219900101');
    });
  });

  test('a login without rights, a name nearly right, and what the server says of writing', async () => {
    const user = `u${database.url.slice(-8)}`;
    await admin.query(`CREATE TABLE seen (id int PRIMARY KEY); CREATE TABLE unseen (id int PRIMARY KEY);
      CREATE USER ${user} IDENTIFIED BY 'pw'; GRANT SELECT ON seen TO ${user}; GRANT SELECT (id) ON unseen TO ${user}`);
    const url = new URL(database.url);
    url.username = user;
    url.password = 'pw';
    const streams = { seen: { table: 'seen', key: ['id'] }, near: { table: 'sen', key: ['id'] } };
    try {
      await withSource(
        streams,
        async (source) => {
          const report = await source.check();
          expect(report.streams.map(({ ok }) => ok)).toEqual([true, false]);
          expect(report.streams[1]?.message).toMatch(/HUB_SOURCE_OBJECT_MISSING: .* nearest seen/);
          expect(report.notes.join()).toContain('read-only: on');
        },
        { url: url.href },
      );
    } finally {
      await admin.query(`DROP USER ${user}`);
    }
  });
});
