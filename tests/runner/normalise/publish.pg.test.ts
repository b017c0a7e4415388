import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { prepareBatch } from '../../../pipelines/engine/ingest/prepare.ts';
import { publishState } from '../../../pipelines/engine/ingest/publication.ts';
import { population } from '../../../pipelines/population/definition.ts';
import { type HubBase, openBase } from '../../../runner/compose.ts';
import { migrateBase, migrateHub } from '../../../runner/control/migrate.ts';
import { openEmbeddedLog } from '../../../runner/log/embedded.ts';
import type { EventLog } from '../../../runner/log/event-log.ts';
import { changeTopic } from '../../../runner/log/topics.ts';
import { decidePublication, type PublishedChange, publishOnce } from '../../../runner/normalise/publish.ts';
import type { HubConfig } from '../../../runner/settings/config.ts';
import { pause } from '../../../schemas/kernel/pause.ts';
import { asIs, encode, jsonDecoder, type Row } from '../../pipelines/engine/scene.ts';
import { testDatabase } from '../../support/postgres.ts';
import { until } from '../../support/until.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
let log: EventLog;
let base: HubBase;
const signal = new AbortController().signal;
const config = { partitions: 3, publish: 'always' } as HubConfig;

beforeAll(async () => {
  database = await testDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 6 });
  pool.on('error', () => {});
  await migrateHub(pool);
  await migrateBase(pool, population);
  log = await openEmbeddedLog({ pool });
  base = openBase(pool, population);
  await decidePublication({ events: log, config }, base);
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
    order: 'read',
  });
  const messages = rows.map((row) => ({ offset: offset++, value: encode(row) }));
  await base.ingestion.apply(
    source,
    await prepareBatch({ topic: source.topic, partition: 0, messages }, population, jsonDecoder, asIs),
  );
}

/** As a subscriber sees them that has seen nothing yet. */
type Seen = Omit<PublishedChange, 'kind'> & { readonly kind: PublishedChange['kind'] | 'delete' };

async function published(): Promise<Seen[]> {
  const stop = new AbortController();
  const group = `test-${Math.random()}`;
  const last = new Map<number, number>();
  const seen: Seen[] = [];
  for await (const { messages, partition, commit } of log.subscribe([changeTopic('population')], group, {
    signal: stop.signal,
  })) {
    for (const { key, value, headers } of messages) {
      const seq = Number(headers?.['seq']);
      const id = String(Buffer.from(key as Uint8Array));
      const gone = { seq, id, kind: 'delete', attributes: null, into: null, at: '' } as const;
      const change = value === null ? gone : (JSON.parse(String(Buffer.from(value))) as PublishedChange);
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
const brief = (changes: readonly Seen[]) =>
  changes.map(({ kind, attributes, into }) => [kind, attributes?.['name'] ?? null, into !== null]);

test('a subscriber sees each change once, in order: new, corrected, merged, gone', async () => {
  await take({ key: '1', name: '才让' }, { key: '2', citizenNumber: NUMBER, name: '卓玛' });
  await take({ key: '1', at: 1_700_000_000_001, citizenNumber: NUMBER, name: '卓玛' });
  await take({ key: '1', at: 1_700_000_000_002, deleted: true }, { key: '2', at: 1_700_000_000_002, deleted: true });
  await take({ key: '3', name: '央金' });
  await take({ key: '3', name: '央金' });
  expect(await publishOnce({ events: log }, base, signal)).toBe(6);
  expect(await publishOnce({ events: log }, base, signal)).toBe(0);
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
  await expect(publishOnce({ events: crashing }, base, signal)).rejects.toThrow();
  expect(await publishOnce({ events: log }, base, signal)).toBe(2);
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
  const first = publishOnce({ events: slow }, base, signal);
  await until(() => isAppending, 'the first publisher appends');
  expect(await publishOnce({ events: log }, base, signal)).toBeNull();
  release();
  expect(await first).toBe(1);
});

/** What a subscriber knows that takes each message as the latest word about its entity. */
const stateOf = (seen: readonly Seen[]) =>
  new Map(
    [...new Map(seen.map((change) => [change.id, change])).values()]
      .filter(({ kind }) => kind !== 'delete')
      .map(({ id, kind, attributes, into }) => [id, kind === 'merge' ? `-> ${into}` : String(attributes?.['name'])]),
  );

async function publishAll(): Promise<void> {
  do while ((await publishOnce({ events: log }, base, signal)) !== 0);
  while (await publishState(pool, population.schema));
  await publishOnce({ events: log }, base, signal);
}

test('what nobody reads is neither written down nor published; who comes later gets the whole state first', async () => {
  const auto = { ...config, publish: 'auto' } as HubConfig;
  const before = await published();
  const end = await log.end(changeTopic('population'));
  await pool.query('DELETE FROM hub.log_group_offset');
  expect(await decidePublication({ events: log, config: auto }, base)).toBe(false);
  await take({ key: '7', name: '尼玛' }, { key: '6', at: 1_700_000_000_003, deleted: true });
  expect(await publishOnce({ events: log }, base, signal)).toBe(0);
  expect(await log.end(changeTopic('population'))).toBe(end);

  const stop = new AbortController();
  const waiting = (async () => {
    for await (const batch of log.subscribe([changeTopic('population')], 'late', { signal: stop.signal })) {
      await batch.commit();
    }
  })();
  while (!(await decidePublication({ events: log, config: auto }, base))) await pause(20, signal);
  await take({ key: '8', name: '达娃' });
  await publishAll();
  stop.abort();
  await waiting;

  const seen = await published();
  const names = (await pool.query<{ name: string }>(`SELECT attributes->>'name' AS name FROM population.golden`)).rows;
  const live = [...stateOf(seen).values()].filter((name) => !name.startsWith('->'));
  expect(live.sort()).toEqual(names.map(({ name }) => name).sort());
  // entities that went away while nobody read are taken away now, and merged ones still lead on
  const since = seen.filter(({ seq }) => seq > (before.at(-1)?.seq ?? 0));
  expect(since.filter(({ kind }) => kind === 'delete').length).toBeGreaterThan(0);
  expect(since.filter(({ kind }) => kind === 'merge').length).toBe(1);
});

test('the topic keeps the latest word about each entity: a new subscriber has the same state, and less to read', async () => {
  for (let round = 0; round < 40; round++) {
    const at = 1_700_000_001_000 + round;
    await take(...Array.from({ length: 100 }, (_, i) => ({ key: `many-${i}`, at, name: `${i} ${round}` })));
  }
  await take(...Array.from({ length: 50 }, (_, i) => ({ key: `many-${i}`, at: 1_700_000_002_000, deleted: true })));
  await publishAll();
  const before = await published();
  expect(before.length).toBeGreaterThan(4_000);
  const end = await log.end(changeTopic('population'));
  expect(await log.tidy(signal)).toBeGreaterThan(3_500);
  expect(await log.tidy(signal)).toBe(0);
  const after = await published();
  expect(after.length).toBeLessThan(500);
  expect(stateOf(after)).toEqual(stateOf(before));
  expect(await log.end(changeTopic('population'))).toBe(end);
  // and what comes then is read like any other
  await take({ key: 'one more', name: '梅朵' });
  await publishAll();
  expect((await published()).at(-1)?.attributes?.['name']).toBe('梅朵');
});

test('a topic of changes that was deleted and made again gets the whole state again', async () => {
  const before = stateOf(await published());
  await pool.query('DELETE FROM hub.log_topic WHERE topic = $1', [changeTopic('population')]);
  await expect(log.lag(changeTopic('population'), 'late')).rejects.toMatchObject({ code: 'HUB_LOG_TOPIC_RENEWED' });
  await decidePublication({ events: log, config }, base);
  await publishAll();
  expect(stateOf(await published())).toEqual(before);
});

test('what is not to be published ends, and what waits is forgotten', async () => {
  await take({ key: '9', name: '拉姆' });
  await decidePublication({ events: log, config: { ...config, publish: 'never' } as HubConfig }, base);
  await take({ key: '10', name: '索南' });
  expect(await publishOnce({ events: log }, base, signal)).toBe(0);
});
