import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { prepareBatch } from '../../../pipelines/engine/ingest/prepare.ts';
import { population } from '../../../pipelines/population/definition.ts';
import { type HubBase, openBase } from '../../../runner/compose.ts';
import { migrateBase, migrateHub } from '../../../runner/control/migrate.ts';
import { openEmbeddedLog } from '../../../runner/log/embedded.ts';
import type { EventLog } from '../../../runner/log/event-log.ts';
import { changeTopic, type PublishedChange, publishOnce } from '../../../runner/normalise/publish.ts';
import { asIs, encode, jsonDecoder, type Row } from '../../pipelines/engine/scene.ts';
import { testDatabase } from '../../support/postgres.ts';
import { until } from '../../support/until.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
let log: EventLog;
let base: HubBase;
const signal = new AbortController().signal;
const config = { partitions: 3 } as never;

beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 6 });
  pool.on('error', () => {});
  await migrateHub(pool);
  await migrateBase(pool, population);
  log = await openEmbeddedLog({ pool });
  base = openBase(pool, population, { outbox: true });
});
afterAll(async () => {
  await log[Symbol.asyncDispose]();
  await pool.end();
  await database[Symbol.asyncDispose]();
});

let offset = 0;
async function take(...rows: Row[]): Promise<void> {
  const source = await base.ingestion.source({
    system: 's',
    stream: 'rows',
    authority: 'public-security',
    topic: 'raw.s.rows',
  });
  const messages = rows.map((row) => ({ offset: offset++, value: encode(row) }));
  await base.ingestion.apply(
    source,
    await prepareBatch({ topic: source.topic, partition: 0, messages }, population, jsonDecoder, asIs),
  );
}

/** As a subscriber sees them that has seen nothing yet. */
async function published(): Promise<PublishedChange[]> {
  const stop = new AbortController();
  const group = `test-${Math.random()}`;
  const last = new Map<number, number>();
  const seen: PublishedChange[] = [];
  for await (const { messages, partition, commit } of log.subscribe([changeTopic('population')], group, {
    signal: stop.signal,
  })) {
    for (const { value } of messages) {
      const change = JSON.parse(String(Buffer.from(value as Uint8Array))) as PublishedChange;
      if (change.seq <= (last.get(partition) ?? 0)) continue;
      last.set(partition, change.seq);
      seen.push(change);
    }
    await commit();
    if ((await log.lag(changeTopic('population'), group)) === 0) stop.abort();
  }
  return seen.sort((a, b) => a.seq - b.seq);
}
const NUMBER = '630102199003071236';
const brief = (changes: readonly PublishedChange[]) =>
  changes.map(({ kind, attributes, into }) => [kind, attributes?.['name'] ?? null, into !== null]);

test('a subscriber sees each change once, in order: new, corrected, merged, gone', async () => {
  await take({ key: '1', name: '才让' }, { key: '2', citizenNumber: NUMBER, name: '卓玛' });
  await take({ key: '1', at: 1_700_000_000_001, citizenNumber: NUMBER, name: '卓玛' });
  await take({ key: '1', at: 1_700_000_000_002, deleted: true }, { key: '2', at: 1_700_000_000_002, deleted: true });
  await take({ key: '3', name: '央金' });
  await take({ key: '3', name: '央金' });
  expect(await publishOnce({ events: log, config }, base, signal)).toBe(6);
  expect(await publishOnce({ events: log, config }, base, signal)).toBe(0);
  const seen = await published();
  expect(brief(seen)).toEqual([
    ['upsert', '才让', false],
    ['upsert', '卓玛', false],
    ['merge', null, true],
    ['upsert', '卓玛', false],
    ['delete', null, false],
    ['upsert', '央金', false],
  ]);
  expect(seen[2]?.into).toBe(seen[3]?.id);
});

test('a publisher that crashed between appending and forgetting repeats, and nobody sees it twice', async () => {
  const before = (await published()).length;
  await take({ key: '4', name: '扎西' }, { key: '5', name: '多杰' });
  const crashing = {
    ...log,
    append: async (...given: Parameters<EventLog['append']>) => {
      await log.append(...given);
      throw new Error('the process is gone');
    },
  } as EventLog;
  await expect(publishOnce({ events: crashing, config }, base, signal)).rejects.toThrow();
  expect(await publishOnce({ events: log, config }, base, signal)).toBe(2);
  expect(brief((await published()).slice(before))).toEqual([
    ['upsert', '扎西', false],
    ['upsert', '多杰', false],
  ]);
});

test('two publishers at once: one works, the other waits', async () => {
  await take({ key: '6', name: '白玛' });
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isAppending = false;
  const slow = {
    ...log,
    append: async (...given: Parameters<EventLog['append']>) => {
      isAppending = true;
      await held;
      await log.append(...given);
    },
  } as EventLog;
  const first = publishOnce({ events: slow, config }, base, signal);
  await until(() => isAppending, 'the first publisher appends');
  expect(await publishOnce({ events: log, config }, base, signal)).toBeNull();
  release();
  expect(await first).toBe(1);
});
