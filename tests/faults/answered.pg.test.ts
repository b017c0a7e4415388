import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { prepareBatch } from '../../pipelines/engine/ingest/prepare.ts';
import { requireMatching, saveModel } from '../../pipelines/engine/match/model.ts';
import { population } from '../../pipelines/population/definition.ts';
import { populationModel } from '../../pipelines/population/link-model.ts';
import { createDatabase, type HubBase, openBase } from '../../runner/compose.ts';
import { migrateBase, migrateHub } from '../../runner/control/migrate.ts';
import { openEmbeddedLog } from '../../runner/log/embedded.ts';
import type { EventLog, NewMessage } from '../../runner/log/event-log.ts';
import { decidePublication, type PublishedChange, publishOnce } from '../../runner/normalise/publish.ts';
import { waitingMessages } from '../../runner/normalise/waiting.ts';
import type { HubConfig } from '../../runner/settings/config.ts';
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../runner/stack/postgres.ts';
import { stopProcess } from '../../runner/stack/processes.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { asIs, encode, jsonDecoder, type Row } from '../pipelines/engine/scene.ts';
import { testDatabase } from '../support/postgres.ts';

/*
 * A base on a server of its own, which flushes nothing by itself for a while and is then stopped at once: what was only
 * committed is gone, as after a loss of power. The log is on another server and keeps what it was given.
 */

const NEVER = new AbortController().signal;
const DATABASE = 'base';
/** Commits that nobody waits for stay in memory so long. */
const SLOW_WRITER = { wal_writer_delay: '10s', wal_writer_flush_after: '0', bgwriter_delay: '10s', autovacuum: 'off' };

let folder: string;
let server: EmbeddedPostgres;
let pool: pg.Pool;
let base: HubBase;
let elsewhere: Awaited<ReturnType<typeof testDatabase>>;
let logPool: pg.Pool;
let log: EventLog;

async function start(): Promise<void> {
  server = await openEmbeddedPostgres({ folder, settings: SLOW_WRITER, log: silentLogger });
  await createDatabase(server.url('postgres'), DATABASE);
  pool = new pg.Pool({ connectionString: server.url(DATABASE), max: 4 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  base = openBase(pool, population);
}

/** Nothing more is flushed: every process of the server ends at once. */
async function crash(): Promise<void> {
  const [pid] = readFileSync(join(server.folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
  await stopProcess(Number(pid), 'SIGQUIT', 60_000);
}

async function comeBack(): Promise<void> {
  await pool.end();
  await start();
}

let offset = 0;
async function take(...rows: readonly Row[]): Promise<void> {
  const source = await base.ingestion.source({
    ...{
      system: 'shield',
      stream: 'rows',
      authority: 'public-security',
      topic: 'raw.shield.rows',
      order: 'read' as const,
    },
  });
  const messages = rows.map((row) => ({ offset: offset++, value: encode(row) }));
  const batch = await prepareBatch({ topic: source.topic, partition: 0, messages }, population, jsonDecoder, asIs);
  await base.ingestion.apply(source, batch);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'answered-'));
  await start();
  await migrateBase(pool, population);
  elsewhere = await testDatabase();
  logPool = new pg.Pool({ connectionString: elsewhere.url, max: 4 });
  await migrateHub(logPool);
  log = await openEmbeddedLog({ pool: logPool });
  await decidePublication({ events: log, config: { partitions: 1, publish: 'always' } as HubConfig }, base);
}, 120_000);

afterAll(async () => {
  await pool.end();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
  await log[Symbol.asyncDispose]();
  await logPool.end();
  await elsewhere[Symbol.asyncDispose]();
});

test('every change that has left the hub is still in the base after its server crashed before it flushed by itself', async () => {
  await take({ key: '1', name: '马英' });
  const out: PublishedChange[] = [];
  const events: EventLog = {
    ...log,
    async append(topic, messages: readonly NewMessage[], signal) {
      await log.append(topic, messages, signal);
      out.push(...messages.map(({ value }) => JSON.parse(String(value)) as PublishedChange));
      await crash();
    },
  };
  await expect(publishOnce({ events }, base, NEVER)).rejects.toMatchObject({ code: 'HUB_STORE_UNAVAILABLE' });
  expect(out).toHaveLength(1);

  await comeBack();
  const kept = await pool.query<{ seq: number; attributes: unknown }>(
    'SELECT o.seq::float8 AS seq, g.attributes FROM population.outbox o JOIN population.golden g USING (entity_id)',
  );
  expect(kept.rows).toEqual(out.map(({ seq, attributes }) => ({ seq, attributes })));
}, 120_000);

test('what a crash has taken back from the base waits in the log again, whatever its group has committed there', async () => {
  const appended = { ...log, kept: async () => ({ life: '', partitions: [{ first: 0, next: offset }] }) };
  const waiting = () =>
    waitingMessages(
      { bases: new Map([['population', base]]), events: appended },
      { base: 'population', topic: 'raw.shield.rows' },
    );
  expect(await waiting()).toBe(0);
  await take({ key: '1', name: '马英' });
  expect(await waiting()).toBe(0);
  await crash();
  await comeBack();
  expect(await waiting()).toBe(1);
}, 120_000);

const WHO = { by: '马主任', reason: '核对户口簿' };
const UNTIL = '2999-12-31';
const one = async (text: string): Promise<unknown> =>
  (await pool.query<{ one: unknown }>(`SELECT ${text} AS one`)).rows[0]?.one;

/** What a person says, and how it is told that the base still knows it. In this order: each rests on those before. */
const said: readonly (readonly [what: string, say: () => Promise<unknown>, known: string, expected: unknown])[] = [
  [
    'confirmation of a pair',
    () => base.stewardship.decide({ left: 'shield/rows 1', right: 'shield/rows 2', kind: 'confirmed', ...WHO }),
    "(SELECT count(DISTINCT entity_id)::int FROM population.source_record WHERE source_key IN ('1', '2'))",
    1,
  ],
  [
    'withdrawal of a decision',
    () => base.stewardship.withdraw(1, WHO.by),
    "(SELECT count(DISTINCT entity_id)::int FROM population.source_record WHERE source_key IN ('1', '2'))",
    2,
  ],
  [
    'override of a value',
    () =>
      base.stewardship.override({
        ...{ on: { row: 'shield/rows 1' }, attribute: 'maritalStatus', value: '20', until: UNTIL },
        ...WHO,
      }),
    `(SELECT g.attributes->>'maritalStatus' FROM population.golden g JOIN population.source_record r USING (entity_id) WHERE r.source_key = '1')`,
    '20',
  ],
  [
    'withdrawal of an override',
    () => base.stewardship.withdrawOverride(1, WHO.by),
    `(SELECT g.attributes->>'maritalStatus' FROM population.golden g JOIN population.source_record r USING (entity_id) WHERE r.source_key = '1')`,
    null,
  ],
  [
    'promotion of a link model',
    () => base.linkModels.promote({ version: 'population-trial', ...WHO }),
    `(SELECT version FROM population.link_model WHERE state = 'active')`,
    'population-trial',
  ],
  [
    'end of a promotion',
    () => base.linkModels.decideAnew(),
    `(SELECT decided_at IS NOT NULL FROM population.link_model WHERE state = 'active')`,
    true,
  ],
  [
    'dismissal of a rejected row',
    () => base.stewardship.settle(1, { state: 'dismissed', ...WHO }),
    '(SELECT state FROM population.quarantine WHERE quarantine_id = 1)',
    'dismissed',
  ],
];

test('what a person decided and was answered is still there after the server crashed right after the answer', async () => {
  await take({ key: '1', name: '马英' }, { key: '2', name: '马瑛' }, { key: '\u0000', name: '才让' });
  const model = { ...populationModel, version: 'population-trial' };
  await saveModel(pool, requireMatching(population), { model } as Parameters<typeof saveModel>[2]);
  for (const [what, say, known, expected] of said) {
    await say();
    await crash();
    await comeBack();
    expect([what, await one(known)]).toEqual([what, expected]);
  }
}, 180_000);
