import { Buffer } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { openEmbeddedLog } from '../../../runner/log/embedded.ts';
import type { EventLog } from '../../../runner/log/event-log.ts';
import { eventLogContract } from '../../contracts/event-log.contract.ts';
import { testDatabase } from '../../support/postgres.ts';

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
  async remove(topic) {
    await pool.query(
      `WITH gone AS (DELETE FROM hub.log_topic WHERE topic = $1 RETURNING topic_id)
      DELETE FROM hub.log_batch USING gone WHERE log_batch.topic_id = gone.topic_id`,
      [topic],
    );
  },
  async trim(topic, before) {
    await pool.query(
      `WITH cut AS (
        UPDATE hub.log_partition SET first_offset = $2 FROM hub.log_topic
        WHERE log_topic.topic_id = log_partition.topic_id AND topic = $1 AND partition = 0 RETURNING log_partition.topic_id)
      DELETE FROM hub.log_batch AS b USING cut WHERE b.topic_id = cut.topic_id AND partition = 0
        AND base_offset + message_count <= $2`,
      [topic, before],
    );
  },
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

  test('the partitions of a member whose connection is cut go to the other within a second, and its loop throws', async () => {
    await using log = await openEmbeddedLog({ pool });
    await using other = await openEmbeddedLog({ pool });
    await log.ensureTopics([{ name: 'cut', partitions: 1 }]);
    const holding = (async () => {
      for await (const batch of log.subscribe(['cut'], 'cut-group', { signal: AbortSignal.timeout(20_000) })) {
        expect(batch.messages.length).toBe(1);
      }
    })();
    const failed = expect(holding).rejects.toMatchObject({ code: 'HUB_LOG_UNAVAILABLE', recovery: 'retry' });
    await log.append('cut', [message('a')]);
    await sleep(300);
    await pool.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hub log reader' AND datname = current_database()",
    );
    const start = performance.now();
    expect(await readAll(other, 'cut', 'cut-group', 1)).toEqual(['a']);
    expect(performance.now() - start).toBeLessThan(1_000);
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
});
