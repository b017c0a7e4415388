import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BASES } from '../../../pipelines/bases.ts';
import { prepareBatch } from '../../../pipelines/engine/ingest/prepare.ts';
import { accountOf } from '../../../pipelines/engine/reports/account.ts';
import { entityAsOf } from '../../../pipelines/engine/reports/as-of.ts';
import { baseHash } from '../../../pipelines/engine/reports/base-hash.ts';
import { population } from '../../../pipelines/population/definition.ts';
import { migrateBase, migrateHub } from '../../../runner/control/migrate.ts';
import { openBooks } from '../../../runner/quality/books.ts';
import { loadConfig } from '../../../runner/settings/config.ts';
import { KEPT, POLICIES } from '../../../runner/tidy/policies.ts';
import { tidy } from '../../../runner/tidy/tidy.ts';
import { asIs, encode, jsonDecoder, openScene, type Row, type Scene } from '../../pipelines/engine/scene.ts';

const signal = new AbortController().signal;
const NUMBERS = ['630102199003071236', '630103198501024321', '630104197812120010'];
const HEAD = { pool: null as never, config: loadConfig({ env: {} }) };

let scene: Scene;
beforeEach(async () => {
  scene = await openScene(population);
  await migrateHub(scene.pool);
});
afterEach(async () => {
  await scene[Symbol.asyncDispose]();
});

const hubOf = (days: number) => {
  const keep = { runDays: days, batchDays: days, replayedDays: days, pastDays: days };
  return { ...HEAD, pool: scene.pool, config: { ...HEAD.config, keep }, bases: new Map([['population', scene]]) };
};
const goneOf = async (days: number, dryRun = false): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await tidy(hubOf(days), { signal, dryRun }))
      .filter(({ rows }) => rows > 0)
      .map(({ of, table, rows }) => [`${of}.${table}`, rows]),
  );

/** As if everything that happened so far had happened so many days earlier. */
async function age(days: number): Promise<void> {
  const dated: Readonly<Record<string, readonly string[]>> = {
    'population.batch': ['committed_at'],
    'population.quarantine': ['received_at', 'settled_at'],
    'population.membership_left': ['left_at'],
    'population.entity_event': ['at'],
    'population.source_record': ['recorded_at'],
    'population.source_record_history': ['recorded_at', 'superseded_at'],
    'hub.run': ['requested_at', 'started_at', 'ended_at'],
    'hub.rule_run': ['started_at'],
    'hub.quarantine': ['received_at'],
  };
  for (const [table, columns] of Object.entries(dated))
    await scene.query(
      `UPDATE ${table} SET ${columns.map((column) => `${column} = ${column} - ${days} * interval '1 day'`).join(', ')}`,
    );
}

/** Everything that somebody may ask, within the days that are kept. */
async function answers(moments: readonly string[]): Promise<unknown> {
  const ids = (await scene.query<{ id: number }>('SELECT entity_id::int AS id FROM population.entity ORDER BY 1')).map(
    ({ id }) => id,
  );
  const past: unknown[] = [];
  for (const id of ids)
    for (const knownAt of moments)
      past.push(
        await entityAsOf(scene.pool, population, id, { knownAt }),
        await entityAsOf(scene.pool, population, id, { validAt: knownAt }),
      );
  return {
    past,
    account: await accountOf(scene.pool, population),
    hash: await baseHash(scene.pool, population),
    lookup: await scene.query(
      'SELECT entity_id, merged_into, attributes, winners FROM population.feed_entity ORDER BY entity_id',
    ),
    splits: await scene.query(
      "SELECT entity_id, other_id FROM population.entity_event WHERE kind = 'split' ORDER BY 1, 2",
    ),
    state: await scene.query('SELECT * FROM population.feed_stream_state ORDER BY topic'),
    words: await scene.query(
      "SELECT log_offset, state FROM population.quarantine WHERE state <> 'replayed' ORDER BY 1",
    ),
    appended: [
      ...(await openBooks({ pool: scene.pool, systems: null as never, events: null as never }).appendedByRuns()),
    ].sort(),
    lastRuns: await scene.query('SELECT system, max(run_id) AS run FROM hub.run GROUP BY system ORDER BY 1'),
  };
}

const step = fc.record({
  system: fc.constantFrom('shield', 'insurance'),
  key: fc.constantFrom('1', '2', '3'),
  number: fc.option(fc.constantFrom(...NUMBERS), { nil: null }),
  what: fc.constantFrom('row', 'row', 'row', 'deleted', 'bad', 'replayed'),
  days: fc.integer({ min: 0, max: 6 }),
});

test('what is tidied away changes no lookup, no past within its days, no account and no hash', async () => {
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1e9);
  process.stderr.write(`tidy: TEST_SEED=${seed}\n`);
  let gone = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      await scene[Symbol.asyncDispose]();
      scene = await openScene(population);
      await migrateHub(scene.pool);
      for (const [at, { system, key, number, what, days }] of steps.entries()) {
        const source = await scene.source(system);
        const observed = 1_700_000_000_000 + at;
        const issues = JSON.stringify([{ rule: 'P09', severity: 'F', attribute: 'name', message: 'm' }]);
        const values: Row = { key, at: observed, name: '张伟', ...(number === null ? {} : { citizenNumber: number }) };
        await scene.take(source, [
          what === 'deleted' ? { key, at: observed, deleted: true } : what === 'row' ? values : { ...values, issues },
        ]);
        if (what === 'replayed') {
          const [bad] = await scene.query<{ log_offset: string }>(
            'SELECT max(log_offset) AS log_offset FROM population.quarantine',
          );
          const messages = [{ offset: Number(bad?.log_offset), value: encode(values) }];
          const batch = await prepareBatch(
            { topic: source.topic, partition: 0, messages },
            population,
            jsonDecoder,
            asIs,
          );
          await scene.ingestion.apply(source, batch, { replay: true });
        }
        await scene.query(
          `INSERT INTO hub.run (system, state, requested_by, ended_at, rows_appended) VALUES ($1, 'succeeded', 'test', now(), 1)`,
          [system],
        );
        await age(days);
      }
      const [now] = await scene.query<{ now: Date }>('SELECT now() AS now');
      const moments = [0, 2, 4, 9.9].map((days) =>
        new Date((now as { now: Date }).now.getTime() - days * 86_400_000).toISOString(),
      );
      const before = await answers(moments);
      const would = await goneOf(10, true);
      const went = await goneOf(10);
      expect(Object.keys(went).sort()).toEqual([...new Set([...Object.keys(would), ...Object.keys(went)])].sort());
      expect(await answers(moments)).toEqual(before);
      expect(await goneOf(10)).toEqual({});
      gone += Object.values(went).reduce((sum, rows) => sum + rows, 0);
    }),
    { seed, numRuns: 12 },
  );
  expect(gone).toBeGreaterThan(0);
}, 180_000);

test('a moment from before what is kept of the past is refused, and says since when it can be asked', async () => {
  const shield = await scene.source('shield');
  await scene.take(shield, [{ key: '1', name: '张伟', citizenNumber: NUMBERS[0] }]);
  await scene.take(shield, [{ key: '2', name: '张伟' }]);
  await scene.take(shield, [{ key: '2', at: 1_700_000_000_001, name: '张伟', citizenNumber: NUMBERS[0] }]);
  await age(30);
  const ask = (days: number) =>
    entityAsOf(scene.pool, population, 1, { knownAt: new Date(Date.now() - days * 86_400_000).toISOString() });
  const then = await ask(20);
  expect(then).toMatchObject({ attributes: { name: '张伟' } });
  expect(await goneOf(10)).toMatchObject({ 'population.membership_left': 1 });
  expect(await ask(5)).toEqual(then);
  await expect(ask(20)).rejects.toMatchObject({
    code: 'HUB_REQUEST_INVALID',
    message: expect.stringMatching(/from \d{4}-/),
  });
});

test('what waits for a person, what a person has said and what is the last of its kind stays however old it is', async () => {
  await scene.query(`
    INSERT INTO hub.run (system, state, requested_by, ended_at) SELECT 's', 'failed', 'test', now() FROM generate_series(1, 3);
    INSERT INTO hub.run (system, state, requested_by) VALUES ('s', 'pending', 'test');
    INSERT INTO hub.rule_run (scope, rule, asked_by) SELECT 'population', 'P28', 'test' FROM generate_series(1, 3);
    INSERT INTO hub.quarantine (system, stream, origin, raw_hash, code, message, raw, state)
      SELECT 's', 'rows', state, '', 'c', 'm', '', state FROM unnest('{open,replayed,dismissed}'::text[]) AS state;
    INSERT INTO population.quarantine (topic, log_partition, log_offset, system, stream, code, message, state)
      SELECT 'raw.s.rows', 0, n, 's', 'rows', 'c', 'm', state FROM unnest('{open,replayed,dismissed,mended}'::text[]) WITH ORDINALITY AS q (state, n)`);
  await age(10_000);
  const gone = { 'hub.run': 3, 'hub.rule_run': 2, 'hub.quarantine': 1, 'population.quarantine': 1 };
  expect(await goneOf(1, true)).toEqual(gone);
  expect(await goneOf(1)).toEqual(gone);
  expect(await scene.query('SELECT state FROM hub.run')).toEqual([{ state: 'pending' }]);
  expect(await scene.query('SELECT runs FROM hub.run_total')).toEqual([{ runs: '3' }]);
});

test('more than a slice goes in slices, and an end between two of them leaves the rest', async () => {
  await scene.query(`INSERT INTO population.batch
      (topic, log_partition, first_offset, next_offset, messages, read, inserted, updated, unchanged, stale, rejected, committed_at)
    SELECT 'raw.s.rows', 0, n, n, 1, 1, 0, 0, 1, 0, 0, now() - interval '2 days' FROM generate_series(1, 12000) AS n`);
  await scene.query(`INSERT INTO population.batch_issue SELECT batch_id, 'P01', 'W', 1 FROM population.batch`);
  const stop = new AbortController();
  const slices: number[] = [];
  const pool = new Proxy(scene.pool, {
    get(of, name) {
      if (name !== 'query') return Reflect.get(of, name) as unknown;
      return async (text: string, values: unknown[]) => {
        const found = await of.query<{ rows: number }>(text, values);
        if (text.includes('.batch AS t') && text.includes('DELETE')) {
          slices.push(found.rows[0]?.rows ?? 0);
          if (slices.length === 2) stop.abort();
        }
        return found;
      };
    },
  });
  const hub = { ...hubOf(1), bases: new Map([['population', { ...scene, pool }]]) };
  await tidy(hub, { signal: stop.signal });
  expect(slices).toEqual([5_000, 5_000]);
  expect(await goneOf(1)).toEqual({ 'population.batch': 2_000, 'population.batch_issue': 12_000 });
  expect(await scene.query('SELECT batches, read FROM population.stream_total')).toEqual([
    { batches: '12000', read: '12000' },
  ]);
});

test('of what the catalog writes, sessions that are over, used and expired links and wrong tries of long ago go', async () => {
  await scene.query(`
    INSERT INTO exchange.person (login, name, created_by) VALUES ('a', 'A', 'test');
    INSERT INTO exchange.session (session_hash, person_id, form_token, ends_at, agent)
      SELECT decode(n::text, 'escape'), 1, '', now() - n * interval '40 days', '' FROM generate_series(-1, 3) AS n;
    INSERT INTO exchange.set_up_link (link_hash, expires_at, used_at) VALUES
      ('a', now() - interval '40 days', NULL), ('b', now() + interval '1 day', now() - interval '40 days'), ('c', now(), NULL);
    INSERT INTO exchange.sign_in_failure (login_hash, failures, last_at, locked_until) VALUES
      ('a', 1, now() - interval '40 days', NULL), ('b', 9, now() - interval '40 days', now()), ('c', 1, now(), NULL)`);
  const gone = { 'exchange.session': 3, 'exchange.set_up_link': 2, 'exchange.sign_in_failure': 1 };
  expect(await goneOf(30, true)).toEqual(gone);
  expect(await goneOf(30)).toEqual(gone);
  expect(await goneOf(30)).toEqual({});
});

test('every table of the hub and of the bases has a policy, or a reason why nothing goes', async () => {
  for (const base of BASES) await migrateBase(scene.pool, base);
  const found = await scene.query<{ of: string; name: string }>(
    `SELECT DISTINCT CASE WHEN schemaname IN ('hub', 'exchange') THEN schemaname ELSE 'base' END AS of, tablename AS name
     FROM pg_tables WHERE schemaname = ANY ($1)`,
    [['hub', 'exchange', ...BASES.map(({ schema }) => schema)]],
  );
  const named = [
    ...POLICIES.map(({ of, table }) => `${of}.${table}`),
    ...Object.entries(KEPT).flatMap(([of, tables]) => Object.keys(tables).map((table) => `${of}.${table}`)),
  ];
  expect(named.sort()).toEqual(found.map(({ of, name }) => `${of}.${name}`).sort());
});
