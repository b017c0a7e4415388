import { Buffer } from 'node:buffer';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { openEmbeddedLog } from '../../../runner/log/embedded.ts';
import type { EventLog } from '../../../runner/log/event-log.ts';
import { eventLogContract } from '../../contracts/event-log.contract.ts';
import { embeddedLogTables } from '../../support/embedded-log.ts';
import { testDatabase } from '../../support/postgres.ts';
import { until } from '../../support/until.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 5 });
  pool.on('error', () => {});
  await migrateHub(pool);
});

afterAll(async () => {
  await pool.end();
  await database[Symbol.asyncDispose]();
});

eventLogContract('embedded, shared pool', () => openEmbeddedLog({ pool }), {
  remove: (topic) => embeddedLogTables(pool).remove(topic),
  trim: (topic, before) => embeddedLogTables(pool).trim(topic, before),
});

const message = (value: string, key = value) => ({ key: Buffer.from(key), value: Buffer.from(value) });

async function readAll(log: EventLog, topic: string, group: string, count: number): Promise<string[]> {
  const values: string[] = [];
  for await (const batch of log.subscribe([topic], group, { signal: AbortSignal.timeout(10_000) })) {
    for (const { value } of batch.messages) values.push(Buffer.from(value!).toString());
    await batch.commit();
    if (values.length >= count) break;
  }
  return values;
}

describe('embedded log', () => {
  test('opens its own pool from a URL', async () => {
    await using log = await openEmbeddedLog({ pool: database.url });
    await log.ensureTopics([{ name: 'own-pool', partitions: 1 }]);
    await log.append('own-pool', [message('a')]);
    expect(await readAll(log, 'own-pool', 'g', 1)).toEqual(['a']);
  });

  test('stores a batch, not a message, a row', async () => {
    await using log = await openEmbeddedLog({ pool });
    await log.ensureTopics([{ name: 'rows', partitions: 2 }]);
    await log.append(
      'rows',
      Array.from({ length: 8_000 }, (_, i) => message(String(i))),
    );
    const { rows } = await pool.query(
      "SELECT count(*)::integer AS rows, sum(message_count)::integer AS messages FROM hub.log_batch JOIN hub.log_topic USING (topic_id) WHERE topic = 'rows'",
    );
    expect(rows[0]).toEqual({ rows: 2, messages: 8_000 });
  });

  test('the partitions of a member whose connection is cut go to the other at once, and its loop throws', async () => {
    await using log = await openEmbeddedLog({ pool });
    await using other = await openEmbeddedLog({ pool });
    await log.ensureTopics([{ name: 'cut', partitions: 1 }]);
    let held = 0;
    const holding = (async () => {
      for await (const batch of log.subscribe(['cut'], 'cut-group', { signal: AbortSignal.timeout(50_000) })) {
        expect(batch.messages.length).toBe(1);
        held += 1;
      }
    })();
    const failed = expect(holding).rejects.toMatchObject({ code: 'HUB_LOG_UNAVAILABLE', recovery: 'retry' });
    await log.append('cut', [message('a')]);
    await until(() => held === 1, 'the member has the message');
    await pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hub log reader' AND datname = current_database()",
    );
    const start = performance.now();
    expect(await readAll(other, 'cut', 'cut-group', 1)).toEqual(['a']);
    // A member that is only silent keeps its share for a minute.
    expect(performance.now() - start).toBeLessThan(30_000);
    await failed;
  });

  test('a failed append leaves no message and no hole in the offsets', async () => {
    await using log = await openEmbeddedLog({ pool });
    await log.ensureTopics([{ name: 'atomic', partitions: 2 }]);
    await pool.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON hub.log_batch FOR EACH ROW WHEN (NEW.partition = 1) EXECUTE FUNCTION refuse()`);
    const many = Array.from({ length: 100 }, (_, i) => message(String(i)));
    await expect(log.append('atomic', many)).rejects.toMatchObject({ code: 'HUB_LOG_UNAVAILABLE' });
    await pool.query('DROP TRIGGER refuse ON hub.log_batch');
    expect(await log.lag('atomic', 'g')).toBe(0);
    await log.append('atomic', many);
    expect((await readAll(log, 'atomic', 'g', 100)).length).toBe(100);
    expect(await log.lag('atomic', 'g')).toBe(0);
  });

  test('no database gives HUB_LOG_UNAVAILABLE, no tables HUB_STORE_MIGRATION', async () => {
    await using dead = await openEmbeddedLog({ pool: 'postgres://postgres@127.0.0.1:1/none' });
    await expect(dead.append('t', [message('a')])).rejects.toMatchObject({ code: 'HUB_LOG_UNAVAILABLE' });
    await using empty = await testDatabase();
    await using bare = await openEmbeddedLog({ pool: empty.url });
    await expect(bare.append('t', [message('a')])).rejects.toMatchObject({ code: 'HUB_STORE_MIGRATION' });
  });

  test('an append larger than one statement is one transaction', async () => {
    await using log = await openEmbeddedLog({ pool });
    await log.ensureTopics([{ name: 'huge', partitions: 3 }]);
    const value = Buffer.alloc(300_000, 'v');
    await log.append(
      'huge',
      Array.from({ length: 80 }, (_, i) => ({ key: Buffer.from(`${i}`), value })),
    );
    const { rows } = await pool.query(
      "SELECT count(DISTINCT b.xmin::text)::integer AS transactions FROM hub.log_batch AS b JOIN hub.log_topic USING (topic_id) WHERE topic = 'huge'",
    );
    expect(rows[0]).toEqual({ transactions: 1 });
    expect((await readAll(log, 'huge', 'g', 80)).length).toBe(80);
  });

  test('fifty subscriptions of a process share one connection, and each hears of its messages at once', async () => {
    await using log = await openEmbeddedLog({ pool, pollMs: 60_000 });
    const names = Array.from({ length: 50 }, (_, i) => `shared.${i}`);
    await log.ensureTopics(names.map((name) => ({ name, partitions: 2 })));
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const got = new Map<string, number>();
    const readers = names.map(async (name) => {
      for await (const batch of log.subscribe([name], `group of ${name}`, { signal: stop.signal })) {
        got.set(name, (got.get(name) ?? 0) + batch.messages.length);
        await batch.commit();
      }
    });
    const joined = async (): Promise<number> =>
      (
        await pool.query<{ groups: number }>(
          "SELECT count(DISTINCT group_name)::int AS groups FROM hub.log_group_offset WHERE group_name LIKE 'group of shared.%'",
        )
      ).rows[0]?.groups ?? 0;
    while ((await joined()) < names.length) await sleep(20);
    const { rows } = await pool.query<{ connections: number }>(
      "SELECT count(*)::int AS connections FROM pg_stat_activity WHERE application_name = 'hub log reader' AND datname = current_database()",
    );
    expect(rows[0]?.connections).toBe(1);
    // polling every minute would not be soon enough for the test
    for (const name of names) await log.append(name, [message('a'), message('b')]);
    while ([...got.values()].reduce((sum, count) => sum + count, 0) < 2 * names.length) await sleep(20);
    stop.abort();
    await Promise.all(readers);
  }, 30_000);

  test('a log that shrinks under a reader stops it', async () => {
    await using log = await openEmbeddedLog({ pool });
    await log.ensureTopics([{ name: 'shrinks', partitions: 1 }]);
    await log.append(
      'shrinks',
      Array.from({ length: 10 }, (_, i) => message(String(i))),
    );
    const reading = async (): Promise<void> => {
      for await (const batch of log.subscribe(['shrinks'], 'reader', { signal: AbortSignal.timeout(20_000) })) {
        await batch.commit();
        await pool.query(
          "UPDATE hub.log_partition SET next_offset = 5 FROM hub.log_topic WHERE log_topic.topic_id = log_partition.topic_id AND topic = 'shrinks'",
        );
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'HUB_LOG_BEHIND_BASE', details: { position: 10 } });
    await expect(log.lag('shrinks', 'reader')).rejects.toMatchObject({ code: 'HUB_LOG_BEHIND_BASE' });
  }, 30_000);

  test('a hole in the middle of the log, in one reading or before the next, is named and nothing behind it is taken', async () => {
    await using log = await openEmbeddedLog({ pool });
    await log.ensureTopics([{ name: 'damaged', partitions: 1 }]);
    for (const part of [0, 1, 2])
      await log.append(
        'damaged',
        Array.from({ length: 10 }, (_, i) => message(String(10 * part + i))),
      );
    await pool.query(
      "DELETE FROM hub.log_batch AS b USING hub.log_topic AS t WHERE t.topic_id = b.topic_id AND t.topic = 'damaged' AND b.base_offset = 10",
    );
    const taken: number[] = [];
    const reading = async (group: string, from: number | null): Promise<void> => {
      const how = { signal: AbortSignal.timeout(20_000), position: async () => from };
      for await (const { messages } of log.subscribe(['damaged'], group, how))
        taken.push(...messages.map(({ offset }) => offset));
    };
    const named = { code: 'HUB_LOG_DAMAGED', recovery: 'stop', details: { position: 10, goesOn: 20 } };
    await expect(reading('whole', null)).rejects.toMatchObject(named);
    expect(taken).toEqual(Array.from({ length: 10 }, (_, i) => i));
    await expect(reading('at the hole', 10)).rejects.toMatchObject(named);
    expect(taken).toHaveLength(10);
  }, 30_000);

  test('messages past their time go, a slice at a time; younger ones and topics kept for ever stay', async () => {
    await using log = await openEmbeddedLog({ pool });
    await log.ensureTopics([
      { name: 'kept.day', partitions: 1, keep: { ms: 86_400_000 } },
      { name: 'kept.ever', partitions: 1 },
    ]);
    for (const name of ['kept.day', 'kept.ever'])
      for (let i = 0; i < 100; i++) await log.append(name, [message(`${i}`), message(`${i}`)]);
    expect(await log.tidy(new AbortController().signal)).toBe(0);
    await pool.query("UPDATE hub.log_batch SET appended_at = appended_at - interval '2 days' WHERE base_offset < 150");
    expect(await log.tidy(new AbortController().signal)).toBe(150);
    expect((await log.kept('kept.day')).partitions).toEqual([{ first: 150, next: 200 }]);
    expect((await log.kept('kept.ever')).partitions).toEqual([{ first: 0, next: 200 }]);
    expect((await readAll(log, 'kept.day', 'late', 50)).length).toBe(50);
    await pool.query("UPDATE hub.log_batch SET appended_at = appended_at - interval '2 days'");
    expect(await log.tidy(new AbortController().signal)).toBe(50);
    expect((await log.kept('kept.day')).partitions).toEqual([{ first: 200, next: 200 }]);
    await log.append('kept.day', [message('new')]);
    expect(await readAll(log, 'kept.day', 'late', 1)).toEqual(['new']);
  }, 30_000);

  test('a topic of latest values gives back what later messages have replaced, also whole batches, and old tombstones', async () => {
    await using log = await openEmbeddedLog({ pool });
    await log.ensureTopics([{ name: 'latest', partitions: 1, keep: 'latest' }]);
    for (let round = 0; round < 30; round++)
      await log.append('latest', [
        ...Array.from({ length: 100 }, (_, i) => message(`${i} ${round}`, `k${i}`)),
        { key: null, value: Buffer.from(`no key ${round}`) },
      ]);
    await log.append('latest', [{ key: Buffer.from('k7'), value: null }]);
    const signal = new AbortController().signal;
    expect(await log.tidy(signal)).toBe(29 * 100 + 1);
    const state = async (group: string) => {
      const found: (string | null)[] = [];
      for await (const batch of log.subscribe(['latest'], group, { signal: AbortSignal.timeout(10_000) })) {
        for (const { value } of batch.messages) found.push(value === null ? null : Buffer.from(value).toString());
        await batch.commit();
        if ((await log.lag('latest', group)) === 0) break;
      }
      return found;
    };
    const found = await state('one');
    expect(found.filter((value) => value?.startsWith('no key')).length).toBe(30);
    expect(found.filter((value) => value?.endsWith(' 29') && !value.startsWith('no')).length).toBe(99);
    expect(found.at(-1)).toBeNull();
    await pool.query(
      "UPDATE hub.log_batch SET appended_at = appended_at - interval '9 days' WHERE topic_id = (SELECT topic_id FROM hub.log_topic WHERE topic = 'latest')",
    );
    await log.append(
      'latest',
      Array.from({ length: 1_000 }, (_, i) => message('x', `other ${i}`)),
    );
    // the tombstone
    expect(await log.tidy(signal)).toBe(1);
    for (let i = 0; i < 2; i++)
      await log.append(
        'latest',
        Array.from({ length: 1_000 }, (_, i) => message('y', `other ${i}`)),
      );
    expect(await log.tidy(signal)).toBe(2_000);
    expect(await state('two')).not.toContain(null);
  }, 30_000);
});
