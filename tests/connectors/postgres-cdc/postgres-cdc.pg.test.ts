import { afterEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Checkpoint, SourcePortion } from '../../../connectors/connector.ts';
import { postgresCdc } from '../../../connectors/postgres-cdc/connector.ts';
import { formatLsn, parseChange, parseLsn } from '../../../connectors/postgres-cdc/pgoutput.ts';
import { sqlTable } from '../../../connectors/sql-table/connector.ts';
import type { RawRecord } from '../../../schemas/stream.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { testDatabase } from '../../support/postgres.ts';
import { testContext } from '../files/folder.ts';

interface Scene extends AsyncDisposable {
  readonly url: string;
  readonly admin: pg.Client;
}

let count = 0;
async function scene(): Promise<Scene> {
  const database = await testDatabase();
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  return {
    ...{ url: database.url, admin },
    async [Symbol.asyncDispose]() {
      // A database with a slot cannot be dropped.
      await admin.query(
        'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND NOT active',
      );
      await admin.end();
      await database[Symbol.asyncDispose]();
    },
  };
}
const slots = new Map<string, string>();
/** Slots are of the whole server: one a table of a test. */
const slotOf = (url: string, table: string): string => {
  const key = `${url} ${table}`;
  if (!slots.has(key)) slots.set(key, `hub_test_${process.pid}_${count++}`);
  return slots.get(key) as string;
};
const open = (url: string, table: string, signal?: AbortSignal, more: object = {}) => {
  const streams = { s: { schema: 'public', table, key: ['id'], slot: slotOf(url, table), ...more } };
  return postgresCdc.open(
    postgresCdc.config.parse({ connection: { url, pageRows: 10, pollMs: 20 }, streams }),
    testContext(signal),
  );
};
async function readAll(
  url: string,
  table: string,
  after: Checkpoint | null,
  more: object = {},
): Promise<{ records: RawRecord[]; next: Checkpoint | null; portions: SourcePortion[] }> {
  await using source = await open(url, table, undefined, more);
  const portions: SourcePortion[] = [];
  for await (const portion of source.read('s', after)) {
    portions.push(portion);
    await source.saved?.('s', portion.next);
  }
  return { records: portions.flatMap(({ records }) => [...records]), next: portions.at(-1)?.next ?? after, portions };
}
const brief = (records: readonly RawRecord[]): string[] =>
  records.map(({ op, key, value }) => (op === 'delete' ? `-${key}` : `${key}=${value?.['name']}`));

sourceContract(
  'postgres-cdc',
  async () => {
    const here = await scene();
    await here.admin.query(`CREATE TABLE t (id text PRIMARY KEY, name text, n numeric(30,10)); CREATE TABLE nobody (id text PRIMARY KEY);
    CREATE PUBLICATION hub FOR TABLE t, nobody`);
    await here.admin.query(
      "INSERT INTO t SELECT lpad(i::text, 3, '0'), '人' || i, i / 7.0 FROM generate_series(1, 47) AS i",
    );
    const { rows } = await here.admin.query<{ id: string; name: string; n: string }>('SELECT id, name, n::text FROM t');
    const bad = `b"a'd`;
    const good = ['1', "'; DROP TABLE t; --", '__proto__', 'NULL'];
    await here.admin.query(`CREATE TABLE "b""a'd" (id text PRIMARY KEY, "x"";--" text, "constructor" text);
      ALTER PUBLICATION hub ADD TABLE "b""a'd"`);
    for (const key of good) await here.admin.query(`INSERT INTO "b""a'd" VALUES ($1, '\\x00', '{')`, [key]);
    return {
      openHostile: async (signal) => ({ source: await open(here.url, bad, signal), stream: 's', good }),
      stream: 's',
      expected: rows.map((value) => ({ key: value.id, value: { ...value } })),
      open: (signal) => open(here.url, 't', signal),
      openEmpty: async (signal) => ({ source: await open(here.url, 'nobody', signal), stream: 's' }),
      [Symbol.asyncDispose]: () => here[Symbol.asyncDispose](),
    };
  },
  { runs: 8 },
);

describe('changes', () => {
  let here: Scene;
  afterEach(async () => {
    await here[Symbol.asyncDispose]();
  });
  async function table(columns = 'id text PRIMARY KEY, name text', rows = 3): Promise<void> {
    here = await scene();
    await here.admin.query(`CREATE TABLE t (${columns}); CREATE PUBLICATION hub FOR TABLE t`);
    if (rows > 0)
      await here.admin.query(`INSERT INTO t (id, name) SELECT i::text, 'a' FROM generate_series(1, ${rows}) AS i`);
  }

  test('insert, update, delete, a key that changes, in the order of their commits, with the time of the commit', async () => {
    await table();
    const first = await readAll(here.url, 't', null);
    expect(brief(first.records)).toEqual(['1=a', '2=a', '3=a']);
    await here.admin.query("INSERT INTO t VALUES ('4', 'b'); UPDATE t SET name = 'c' WHERE id = '1'");
    await here.admin.query("BEGIN; DELETE FROM t WHERE id = '2'; UPDATE t SET id = '9' WHERE id = '3'; COMMIT");
    const second = await readAll(here.url, 't', first.next);
    expect(brief(second.records)).toEqual(['4=b', '1=c', '-2', '-3', '9=a']);
    for (const { observedAt } of second.records) expect(Math.abs(observedAt - Date.now())).toBeLessThan(60_000);
    expect(second.records[0]?.observedAt).toBeGreaterThanOrEqual(first.records[0]?.observedAt ?? 0);
    expect((await readAll(here.url, 't', second.next)).records).toEqual([]);
  });

  test('what was not saved comes again, what was rolled back never', async () => {
    await table();
    const first = await readAll(here.url, 't', null);
    await here.admin.query("BEGIN; INSERT INTO t VALUES ('x', 'no'); ROLLBACK; INSERT INTO t VALUES ('4', 'b')");
    await using source = await open(here.url, 't');
    for (const _ of [1, 2]) {
      const records: RawRecord[] = [];
      for await (const portion of source.read('s', first.next)) records.push(...portion.records);
      expect(brief(records)).toEqual(['4=b']);
    }
  });

  test('a writer beside the snapshot loses nothing: the last state of every row is the one that stays', async () => {
    await table('id text PRIMARY KEY, name text', 60);
    const state = new Map<string, { at: number; text: string }>();
    const apply = (records: readonly RawRecord[]): void => {
      for (const record of records) {
        const known = state.get(record.key);
        if (known !== undefined && known.at > record.observedAt) continue;
        state.set(record.key, {
          at: record.observedAt,
          text: record.op === 'delete' ? '-' : String(record.value?.['name']),
        });
      }
    };
    let next: Checkpoint | null = null;
    {
      await using source = await open(here.url, 't');
      let step = 0;
      for await (const portion of source.read('s', null)) {
        apply(portion.records);
        next = portion.next;
        step += 1;
        await here.admin.query(
          `UPDATE t SET name = 'u${step}' WHERE id ~ '^[0-9]+$' AND length(id) % 2 = ${step % 2}; DELETE FROM t WHERE id = '${step * 9}'; INSERT INTO t VALUES ('n${step}', 'new') ON CONFLICT DO NOTHING`,
        );
        // Killed in the middle of the snapshot, and begun again from there.
        if (step === 3) break;
      }
    }
    for (let round = 0; round < 2; round++) {
      const rest: { records: RawRecord[]; next: Checkpoint | null } = await readAll(here.url, 't', next);
      apply(rest.records);
      next = rest.next;
    }
    const { rows } = await here.admin.query<{ id: string; name: string }>('SELECT id, name FROM t');
    const alive = new Map([...state].filter(([, { text }]) => text !== '-').map(([key, { text }]) => [key, text]));
    expect(alive).toEqual(new Map(rows.map(({ id, name }) => [id, name])));
  });

  test.each(['DEFAULT', 'FULL'])(
    'a large value that did not change is never NULL (REPLICA IDENTITY %s)',
    async (identity) => {
      await table('id text PRIMARY KEY, name text, big text', 0);
      await here.admin.query(
        `ALTER TABLE t REPLICA IDENTITY ${identity}; ALTER TABLE t ALTER COLUMN big SET STORAGE EXTERNAL`,
      );
      await here.admin.query("INSERT INTO t VALUES ('1', 'a', repeat('大', 20000))");
      const first = await readAll(here.url, 't', null);
      await here.admin.query("UPDATE t SET name = 'b'");
      const { records } = await readAll(here.url, 't', first.next);
      expect(brief(records)).toEqual(['1=b']);
      expect(records.map(({ value }) => String(value?.['big']).length)).toEqual([20_000]);
    },
  );

  test('records are those of sql-table, whatever their types', async () => {
    await table(
      'id text PRIMARY KEY, name text, n numeric(38,10), i int, g bigint, f float8, b bool, d date, ts timestamptz, x bytea, j jsonb',
      0,
    );
    await readAll(here.url, 't', null).then(async ({ next }) => {
      await here.admin.query(`INSERT INTO t VALUES ('1', 'a', 12345678901234567890.0123456789, 7, 9007199254740993, 0.1, true, '2020-02-29', '2020-01-01 00:00:00.5+00', '\\x00ff', '{"a": 1}'),
        ('2', NULL, NULL, NULL, NULL, 'NaN', NULL, NULL, NULL, NULL, NULL)`);
      const changed = (await readAll(here.url, 't', next)).records.map(({ value }) => value);
      const config = sqlTable.config.parse({
        connection: { client: 'pg', url: here.url },
        streams: { s: { table: 't', key: ['id'] } },
      });
      await using source = await sqlTable.open(config, testContext());
      const read: unknown[] = [];
      for await (const { records } of source.read('s', null)) read.push(...records.map(({ value }) => value));
      expect(changed).toEqual(read);
    });
  });

  test('a column that was added, and one that was dropped', async () => {
    await table();
    const first = await readAll(here.url, 't', null);
    await here.admin.query(
      "INSERT INTO t VALUES ('4', 'b'); ALTER TABLE t ADD COLUMN more text; INSERT INTO t VALUES ('5', 'c', 'm'); ALTER TABLE t DROP COLUMN name; INSERT INTO t VALUES ('6', 'n')",
    );
    const { records } = await readAll(here.url, 't', first.next);
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      ['4', { id: '4', more: null }],
      ['5', { id: '5', more: 'm' }],
      ['6', { id: '6', more: 'n' }],
    ]);
  });

  test('a slot that is gone, or beyond the checkpoint, stops with an alarm', async () => {
    await table();
    const { next } = await readAll(here.url, 't', null);
    await here.admin.query("INSERT INTO t VALUES ('4', 'b')");
    await readAll(here.url, 't', next);
    await here.admin.query("INSERT INTO t VALUES ('5', 'b')");
    // The slot was moved by the read before.
    await expect(readAll(here.url, 't', next)).rejects.toMatchObject({ code: 'HUB_SOURCE_LOG_LOST' });
    await here.admin.query('SELECT pg_drop_replication_slot($1)', [slotOf(here.url, 't')]);
    await expect(readAll(here.url, 't', next)).rejects.toMatchObject({
      code: 'HUB_SOURCE_LOG_LOST',
      details: { slot: slotOf(here.url, 't') },
    });
  });

  describe('a table that does not go on from what was read is read anew, and keys that are gone are looked for', () => {
    const renewal = async (next: Checkpoint | null): Promise<Checkpoint | null> => {
      await using source = await open(here.url, 't');
      return source.renewed?.('s', next as Checkpoint) ?? null;
    };
    test.each([
      ['after TRUNCATE', "TRUNCATE t; INSERT INTO t VALUES ('7', 'g')"],
      [
        'when another table has its name',
        "CREATE TABLE n (LIKE t INCLUDING ALL); INSERT INTO n VALUES ('7', 'g'); DROP TABLE t; ALTER TABLE n RENAME TO t; ALTER PUBLICATION hub ADD TABLE t",
      ],
    ])('%s', async (_, statements) => {
      await table();
      const first = await readAll(here.url, 't', null);
      expect(await renewal(first.next)).toBeNull();
      await here.admin.query(statements);
      const { records, next } = await readAll(here.url, 't', first.next);
      expect(brief(records).at(-1)).toBe('7=g');
      const settled = await renewal(next);
      expect(settled).toMatchObject({ phase: 'stream' });
      expect(await renewal(settled)).toBeNull();
      await here.admin.query("INSERT INTO t VALUES ('8', 'h')");
      expect(brief((await readAll(here.url, 't', settled)).records)).toEqual(['8=h']);
    });
    test('under another slot', async () => {
      await table();
      const { next } = await readAll(here.url, 't', null);
      const other = await readAll(here.url, 't', next, { slot: `${slotOf(here.url, 't')}_2` });
      await using source = await open(here.url, 't');
      expect(source.renewed?.('s', other.next as Checkpoint)).not.toBeNull();
    });
  });

  describe('a publication that gives less than the table is refused, at check and at every run, and the slot stays where it is', () => {
    const columns = 'id text PRIMARY KEY, name text';
    test.each<[string, string, RegExp, object?]>([
      [
        'a partitioned table under the names of its partitions',
        `DROP TABLE t; CREATE TABLE t (${columns}) PARTITION BY LIST (id); CREATE TABLE t1 PARTITION OF t DEFAULT; DROP PUBLICATION hub; CREATE PUBLICATION hub FOR TABLE t`,
        /publish_via_partition_root/,
      ],
      ['a row filter', "ALTER PUBLICATION hub SET TABLE t WHERE (id <> '1')", /gives only rows of public.t with/],
      ['a column list', 'ALTER PUBLICATION hub SET TABLE t (id)', /leaves out columns of public.t \(name\)/],
      ['inserts alone', "ALTER PUBLICATION hub SET (publish = 'insert')", /leaves out update, delete, truncate/],
      ['no deletions', "ALTER PUBLICATION hub SET (publish = 'insert, update, truncate')", /leaves out delete/],
      [
        'a generated column',
        "ALTER TABLE t ADD COLUMN g text GENERATED ALWAYS AS (id || 'x') STORED",
        /g of public.t is generated/,
      ],
      [
        'a key outside the replica identity',
        'ALTER TABLE t ADD COLUMN k text',
        /k is no part of the replica identity/,
        { key: ['k'] },
      ],
      ['children', 'CREATE TABLE child () INHERITS (t)', /children by inheritance/],
      ['an unlogged table', 'ALTER PUBLICATION hub DROP TABLE t; ALTER TABLE t SET UNLOGGED', /in no log/],
      ['nothing of it', 'ALTER PUBLICATION hub DROP TABLE t', /is not in publication hub/],
      ['no publication', 'DROP PUBLICATION hub', /there is no publication hub/],
    ])('%s', async (_, statements, says, more = {}) => {
      await table(columns);
      const first = await readAll(here.url, 't', null);
      const before = await here.admin.query(
        'SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1',
        [slotOf(here.url, 't')],
      );
      await here.admin.query(statements);
      await here.admin.query("INSERT INTO t (id, name) VALUES ('9', 'i')");
      await using source = await open(here.url, 't', undefined, more);
      const report = await source.check();
      expect(report.ok).toBe(false);
      expect(report.streams[0]?.message).toMatch(says);
      const read = readAll(here.url, 't', first.next, more);
      await expect(read).rejects.toMatchObject({ code: 'HUB_SOURCE_LOG_PARTIAL' });
      await expect(read).rejects.toThrow(says);
      const after = await here.admin.query(
        'SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1',
        [slotOf(here.url, 't')],
      );
      expect(after.rows).toEqual(before.rows);
    });
    test.each([
      [
        'a partitioned table by its root',
        `DROP TABLE t; CREATE TABLE t (${columns}) PARTITION BY LIST (id); CREATE TABLE t1 PARTITION OF t DEFAULT; DROP PUBLICATION hub; CREATE PUBLICATION hub FOR TABLE t WITH (publish_via_partition_root = true)`,
      ],
      ['all tables', 'DROP PUBLICATION hub; CREATE PUBLICATION hub FOR ALL TABLES'],
      ['a whole schema', 'DROP PUBLICATION hub; CREATE PUBLICATION hub FOR TABLES IN SCHEMA public'],
      [
        'the columns that are read',
        'ALTER TABLE t ADD COLUMN secret text; ALTER PUBLICATION hub SET TABLE t (id, name)',
      ],
    ])('but %s is enough', async (_, statements) => {
      await table(columns);
      await here.admin.query(statements);
      const more = { columns: ['name'] };
      await using source = await open(here.url, 't', undefined, more);
      expect((await source.check()).streams[0]?.message).not.toMatch(/publication/);
      const { next } = await readAll(here.url, 't', null, more);
      await here.admin.query("INSERT INTO t (id, name) VALUES ('9', 'i')");
      expect(brief((await readAll(here.url, 't', next, more)).records)).toEqual(['9=i']);
    });
  });

  test('a follower hears of a commit, and stops when it is told', async () => {
    await table();
    const { next } = await readAll(here.url, 't', null);
    const stop = new AbortController();
    const source = await open(here.url, 't', stop.signal);
    const reading = source.read('s', next, { follow: true })[Symbol.asyncIterator]();
    const coming = reading.next();
    await here.admin.query("INSERT INTO t VALUES ('4', 'b')");
    expect(brief((await coming).value.records)).toEqual(['4=b']);
    const after = reading.next();
    stop.abort();
    await expect(after).rejects.toHaveProperty('name', 'AbortError');
    await source[Symbol.asyncDispose]();
  });

  test('a slot that is moved while it is read: the two take turns', async () => {
    await table();
    const { next } = await readAll(here.url, 't', null);
    await here.admin.query("INSERT INTO t SELECT 'n' || i, 'b' FROM generate_series(1, 500) AS i");
    await using source = await open(here.url, 't');
    const work: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++) work.push((source.saved as NonNullable<typeof source.saved>)('s', next as Checkpoint));
    let count = 0;
    for await (const portion of source.read('s', next)) {
      count += portion.records.length;
      for (let i = 0; i < 5; i++)
        work.push((source.saved as NonNullable<typeof source.saved>)('s', next as Checkpoint));
    }
    await Promise.all(work);
    expect(count).toBe(500);
  });

  test('a transaction larger than a portion comes in parts, and every part is a place to go on from', async () => {
    await table('id text PRIMARY KEY, name text', 1);
    const { next } = await readAll(here.url, 't', null);
    await here.admin.query(`INSERT INTO t VALUES ('before', 'x');
      CREATE TYPE mood AS ENUM ('glad')`);
    await here.admin.query(`BEGIN; INSERT INTO t SELECT i::text || '-1', 'n' FROM generate_series(1, 6500) AS i;
      ALTER TABLE t ADD COLUMN mood mood; UPDATE t SET name = 'm', mood = 'glad' WHERE id LIKE '65%'; DELETE FROM t WHERE id LIKE '64%'; COMMIT`);
    await here.admin.query("INSERT INTO t VALUES ('after', 'x')");
    await using source = await open(here.url, 't');
    const read = async (after: Checkpoint | null): Promise<SourcePortion[]> => {
      const portions: SourcePortion[] = [];
      for await (const portion of source.read('s', after)) portions.push(portion);
      return portions;
    };
    const portions = await read(next);
    expect(portions.length).toBeGreaterThan(3);
    expect(Math.max(...portions.map(({ records }) => records.length))).toBeLessThanOrEqual(2_001);
    const all = portions.flatMap(({ records }) => records);
    expect([all[0]?.key, all.at(-1)?.key, all.filter(({ op }) => op === 'delete').length]).toEqual([
      'before',
      'after',
      111,
    ]);
    for (const [i, portion] of portions.entries()) {
      const rest = (await read(JSON.parse(JSON.stringify(portion.next)) as Checkpoint)).flatMap(
        ({ records }) => records,
      );
      expect(rest).toEqual(portions.slice(i + 1).flatMap(({ records }) => records));
      // Letting go of what was saved takes nothing of a transaction that was given in part.
      await source.saved?.('s', portion.next);
      const again = (await read(portion.next)).flatMap(({ records }) => records);
      expect(again).toEqual(rest);
    }
  });

  test('a look at the first rows makes no slot', async () => {
    await table();
    await using source = await open(here.url, 't');
    const seen: RawRecord[] = [];
    for await (const portion of source.read('s', null, { sample: true })) seen.push(...portion.records);
    expect(seen.length).toBeGreaterThan(0);
    const sql = 'SELECT 1 FROM pg_replication_slots WHERE database = current_database()';
    expect((await here.admin.query(sql)).rows).toEqual([]);
  });

  test('a quiet table that is followed lets the log of the others go', async () => {
    await table();
    const { next } = await readAll(here.url, 't', null);
    await here.admin.query('CREATE TABLE other (i int); INSERT INTO other SELECT generate_series(1, 10000)');
    const stop = new AbortController();
    await using source = await open(here.url, 't', stop.signal);
    const reading = source.read('s', next, { follow: true })[Symbol.asyncIterator]();
    const { value } = await reading.next();
    expect(value).toMatchObject({ records: [], rejects: [] });
    await source.saved?.('s', value.next);
    await here.admin.query("INSERT INTO t VALUES ('4', 'b')");
    expect(brief((await reading.next()).value.records)).toEqual(['4=b']);
    stop.abort();
  });

  test('check says what the owner still has to do', async () => {
    await table();
    await here.admin.query('DROP PUBLICATION hub');
    await using source = await open(here.url, 't');
    const report = await source.check();
    expect(report.ok).toBe(false);
    expect(report.streams[0]?.message).toContain('CREATE PUBLICATION hub FOR TABLE');
  });
});

test('positions of the log as text and number', () => {
  expect(parseLsn('16/B374D848')).toBe(0x16_b374_d848n);
  expect(formatLsn(0x16_b374_d848n)).toBe('16/B374D848');
  expect(parseLsn('FFFFFFFF/FFFFFFFF') > parseLsn('0/1')).toBe(true);
});

test('a change that is cut off is an error, whatever it claims', () => {
  for (const hex of ['49', '4900000001', '49000000014e0001', '49000000014e000174ffffffff', '52000000016100'])
    expect(() => parseChange(Buffer.from(hex, 'hex'))).toThrow(
      expect.objectContaining({ code: 'HUB_SOURCE_READ_FAILED' }),
    );
});
