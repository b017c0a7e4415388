import type { Pool } from 'pg';
import { NO_BREAKER, runPipeline } from '../../pipelines/engine/ingest/run-batch.ts';
import { baseHash } from '../../pipelines/engine/reports/base-hash.ts';
import type { BaseDefinition, BatchResult } from '../../pipelines/pipeline.ts';
import { type ErrorCode, HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { createRawReader } from '../../schemas/raw-reader.ts';
import type { Hub } from '../compose.ts';
import { migrateBase } from '../control/migrate.ts';
import type { StoredSystem } from '../control/systems.ts';
import type { LogBatch } from '../log/event-log.ts';
import { type HubBase, openBase } from '../open-base.ts';
import { normalizerOf, pipelinesOf, type StreamPipeline, sourceSpecOf } from './pipelines.ts';

interface RebuiltStream extends StreamPipeline, BatchResult {
  /** Messages that the log once had and no longer keeps: what they said is not in what was rebuilt. */
  readonly gone: number;
  /** When the first message was appended that the log keeps; null when it keeps none. */
  readonly since: Date | null;
  /** Partitions whose stored position the log could not serve; they are read from their start from now on. */
  readonly readAnew: readonly number[];
}

export interface RebuildResult {
  readonly streams: readonly RebuiltStream[];
  readonly ms: number;
}

interface Stream {
  readonly pipeline: StreamPipeline;
  readonly system: StoredSystem;
}

export function baseNamed(hub: Pick<Hub, 'bases'>, name: string): HubBase {
  const base = hub.bases.get(name as BaseDefinition['name']);
  if (base !== undefined) return base;
  throw new HubError('HUB_CATALOG_NOT_FOUND', `there is no base ${name}`, { allowed: [...hub.bases.keys()] });
}

/** Streams that feed the base, in the order in which they are rebuilt. */
async function streamsOf(hub: Hub, base: string, system: string | undefined): Promise<readonly Stream[]> {
  const all = (await hub.systems.list()).flatMap((one) =>
    pipelinesOf(one).map((pipeline) => ({ pipeline, system: one })),
  );
  const found = all.filter(
    ({ pipeline }) => pipeline.base === base && (system === undefined || pipeline.system === system),
  );
  if (found.length > 0) return found;
  throw new HubError('HUB_CATALOG_NOT_FOUND', `no stream of ${system ?? 'any system'} feeds ${base}`, {
    allowed: [...new Set(all.filter(({ pipeline }) => pipeline.base === base).map(({ pipeline }) => pipeline.system))],
  });
}

/** Everything that a topic holds, by a reader of its own that is gone afterwards. */
async function* wholeTopic(hub: Hub, topic: string, signal: AbortSignal): AsyncGenerator<LogBatch> {
  const group = `rebuild-${process.pid}-${Date.now()}`;
  if ((await hub.events.lag(topic, group)) === 0) return;
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  for await (const batch of hub.events.subscribe([topic], group, { signal: both, position: async () => 0 })) {
    // Nobody goes on from this position: it only says what has been read.
    await batch.commit();
    if ((await hub.events.lag(topic, group)) === 0) stop.abort();
    yield { ...batch, commit: async () => {} };
  }
  signal.throwIfAborted();
}

/** From when on the log has the topic. */
async function beginningOf({ events }: Hub, topic: string): Promise<Pick<RebuiltStream, 'gone' | 'since'>> {
  const { partitions } = await events.kept(topic);
  const since = await events.since(topic);
  const gone = partitions.reduce((sum, { first }) => sum + first, 0);
  return { gone, since: since === null ? null : new Date(since) };
}

/**
 * A base that stands where the log is not, because messages are gone or an older log was restored, goes on at the first
 * message kept. It keeps all that it holds; what comes again is unchanged or stale.
 */
async function standInLog({ events }: Hub, { ingestion }: HubBase, topic: string): Promise<readonly number[]> {
  const { life, partitions } = await events.kept(topic);
  const moved: number[] = [];
  for (const [partition, { first }] of partitions.entries()) {
    try {
      await events.checkPosition(topic, partition, await ingestion.position(topic, partition, life));
    } catch (error) {
      if (!isHubError(error) || !OUTSIDE.has(error.code)) throw error;
      await ingestion.standAt({ topic, partition, life, offset: first });
      moved.push(partition);
    }
  }
  return moved;
}

const OUTSIDE: ReadonlySet<string> = new Set<ErrorCode>(['HUB_LOG_TRIMMED', 'HUB_LOG_BEHIND_BASE']);

type How = 'remap' | 'anew';

async function run(
  hub: Hub,
  target: HubBase,
  how: How,
  system: string | undefined,
  signal: AbortSignal,
): Promise<RebuildResult> {
  const startedAt = performance.now();
  const decoder = createRawReader(hub.registry);
  const results: RebuiltStream[] = [];
  for (const { pipeline, system: stored } of await streamsOf(hub, target.definition.name, system)) {
    const { normalize } = await normalizerOf(hub, stored, pipeline.stream);
    const source = await target.ingestion.source(sourceSpecOf(stored.spec, pipeline.stream));
    const readAnew = how === 'remap' ? await standInLog(hub, target, pipeline.topic) : [];
    const total = { read: 0, inserted: 0, updated: 0, unchanged: 0, stale: 0, rejected: 0 };
    await runPipeline(wholeTopic(hub, pipeline.topic, signal), {
      ...{ ingestion: target.ingestion, source, normalize, decoder, breaker: NO_BREAKER },
      apply: { remap: how === 'remap' },
      onBatch(result) {
        for (const name of Object.keys(total) as (keyof BatchResult)[]) total[name] += result[name];
      },
    });
    results.push({ ...pipeline, ...total, ...(await beginningOf(hub, pipeline.topic)), readAnew });
  }
  return { streams: results, ms: performance.now() - startedAt };
}

/**
 * Sends everything that the log holds through today's mappings, rules and linkage again. What comes out as it is stored
 * stays untouched; what does not is a new version of its record. Entity ids are kept as always, and nothing is read twice
 * by the sources. A position that the log cannot serve any more is moved to where the log begins.
 */
export const remap = (
  hub: Hub,
  base: string,
  system: string | undefined,
  signal: AbortSignal,
): Promise<RebuildResult> => run(hub, baseNamed(hub, base), 'remap', system, signal);

export interface CheckResult extends RebuildResult {
  readonly hash: string;
  readonly hashOfCopy: string;
  /** False: the log no longer has all that was appended, and no comparison can say what it would have made. */
  readonly whole: boolean;
}

/**
 * Builds the base a second time beside itself, from the log alone, and compares: equal hashes of a whole log mean that what
 * the hub holds is what its log says. The copy is dropped.
 */
export async function checkAgainstLog(hub: Hub, name: string, signal: AbortSignal): Promise<CheckResult> {
  const { pool, definition } = baseNamed(hub, name);
  const copy: BaseDefinition = { ...definition, schema: `${definition.schema}_check` };
  const drop = (): Promise<unknown> => pool.query(`DROP SCHEMA IF EXISTS ${copy.schema} CASCADE`);
  await drop();
  try {
    await migrateBase(pool, copy, hub.logger);
    await leaveUnlogged(pool, copy.schema);
    await copyWordsOfPeople(pool, definition.schema, copy.schema);
    const target = openBase(pool, copy);
    const startedAt = performance.now();
    const { streams } = await run(hub, target, 'anew', undefined, signal);
    const [hash, hashOfCopy] = await Promise.all([baseHash(pool, definition), baseHash(pool, copy)]);
    const whole = streams.every(({ gone }) => gone === 0);
    return { streams, ms: performance.now() - startedAt, hash, hashOfCopy, whole };
  } finally {
    await drop();
  }
}

/** A copy that a crash may take costs its server no log. */
async function leaveUnlogged(pool: Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'",
    [schema],
  );
  for (const { name } of rows) await pool.query(`ALTER TABLE ${schema}.${name} SET UNLOGGED`);
}

/** What people have decided is no part of the log: pairs, values, messages that they are done with, the active link model. */
async function copyWordsOfPeople(pool: Pool, from: string, to: string): Promise<void> {
  const decision = 'left_row, right_row, kind, decided_by, reason, decided_at, needs_second, seconded_by';
  await pool.query(
    `INSERT INTO ${to}.decision (${decision}) SELECT ${decision} FROM ${from}.decision WHERE withdrawn_at IS NULL`,
  );
  const override = 'source_row, attribute, value, set_by, reason, set_at, until';
  await pool.query(
    `INSERT INTO ${to}.override (${override}) SELECT ${override} FROM ${from}.override
      WHERE withdrawn_at IS NULL AND expired_at IS NULL ORDER BY override_id`,
  );
  const entry = `topic, log_partition, log_offset, system, stream, source_key, origin, code, message, issues, raw, received_at,
    state, rejected_keys, settled_by, settled_reason, settled_at, changes`;
  await pool.query(
    `INSERT INTO ${to}.quarantine (${entry}) SELECT ${entry} FROM ${from}.quarantine
      WHERE state IN ('dismissed', 'mended') ORDER BY quarantine_id`,
  );
  const model = 'version, model, estimated_at, facts, state, promoted_at, promoted_by, reason';
  await pool.query(
    `INSERT INTO ${to}.link_model (${model}, decided_at) SELECT ${model}, now() FROM ${from}.link_model WHERE state = 'active'`,
  );
}
