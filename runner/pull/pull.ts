import type { Source } from '../../connectors/connector.ts';
import { connectorByType } from '../../connectors/index.ts';
import { type Breaker, NO_BREAKER } from '../../pipelines/engine/ingest/run-batch.ts';
import type { RunContext } from '../../schemas/kernel/context.ts';
import { type ErrorCode, HubError, isHubError, toHubError } from '../../schemas/kernel/errors.ts';
import type { SchemaRegistry } from '../../schemas/registry/registry.ts';
import type { StreamSpec } from '../../schemas/stream.ts';
import { rawTopic, type StreamEntry, type SystemFile } from '../../schemas/system.ts';
import type { Lease } from '../control/runs.ts';
import { openSystemStore, type StoredStream, type SystemStore } from '../control/systems.ts';
import { rawTopicSpec } from '../log/topics.ts';
import { type Agreement, agreeOnSchema, lastAgreed } from './agree.ts';
import { openChangeLog } from './changes.ts';
import { countGone, type KnownKeys, sweepDeletes } from './delete-sweep.ts';
import type { Change } from './drift.ts';
import { holdLease } from './hold-lease.ts';
import { createPace, type Pace, parseQuietHours, type QuietWindow, refuseQuietHours } from './limits.ts';
import { orAbort, type PullStores, pullStream, type StreamTotals } from './pull-stream.ts';
import { countOpenRejects } from './rejects.ts';
import { KeyWatch } from './repeated-keys.ts';
import { refuseRejecting } from './reservations.ts';

export type { KnownKeys } from './delete-sweep.ts';

export interface PullProgress extends StreamTotals {
  readonly system: string;
  readonly rowEstimate: number | null;
}

export interface PullOptions extends PullStores {
  /** The system file, applied before. */
  readonly spec: SystemFile;
  /** Opened by the caller, who also disposes it. */
  readonly source: Source;
  readonly lease: Lease;
  readonly registry: SchemaRegistry;
  /** Of topics that are not there yet. */
  readonly partitions: number;
  readonly keepRawDays?: number | undefined;
  readonly ctx: RunContext;
  /** After every portion that is durable; totals of this run. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
  /** Read all streams side by side and wait for news, until the signal aborts or one of them fails. */
  readonly follow?: boolean | undefined;
  /** Without it `detectDeletes` does nothing. */
  readonly knownKeys?: KnownKeys | undefined;
  /** Default: only a stream of which nothing can be taken fails. */
  readonly breaker?: Breaker | undefined;
  /** Default: several in a lease. */
  readonly heartbeatMs?: number | undefined;
}

export interface PullResult {
  readonly streams: readonly StreamTotals[];
}

const DEFAULT_VANISHED_SHARE = 0.3;

/** After these the other streams would fail too, or must not be touched. */
const ENDS_ALL: readonly ErrorCode[] = [
  'HUB_RUN_FENCED',
  'HUB_SOURCE_BUSY',
  'HUB_SOURCE_REFUSED',
  'HUB_SOURCE_UNREACHABLE',
  'HUB_LOG_UNAVAILABLE',
  'HUB_LOG_REFUSED',
  'HUB_STORE_UNAVAILABLE',
  'HUB_STORE_BUSY',
  'HUB_STORE_SLOW',
];
const CHANGED: readonly ErrorCode[] = ['HUB_SCHEMA_INCOMPATIBLE', 'HUB_SOURCE_SCHEMA_CHANGED'];
/** A person has to look at the stream; the others go on. */
const HALTS: readonly ErrorCode[] = [...CHANGED, 'HUB_SOURCE_ROWS_REJECTED'];

/**
 * Brings everything new of a system into the log, stream by stream, from the checkpoints of the run store. A stream that
 * fails does not stop the others: at the end the worst error (stop before retry) is thrown, with all in
 * `details.failures`. A changed source, and one of whose rows most cannot be taken, halts its stream. Paused streams are left out.
 * @throws HUB_SOURCE_BUSY with `details.retryAfterMs` in quiet hours, HUB_RUN_FENCED when the run is held by another
 *   worker, the signal's reason after an abort, and whatever source, log and stores throw.
 */
export async function pullSystem(options: PullOptions): Promise<PullResult> {
  const { spec, runs, lease, hub } = options;
  const quiet = parseQuietHours(spec.limits.quietHours);
  refuseQuietHours(spec.system, quiet, options.ctx.now());
  using held = holdLease(runs, lease, options.ctx.log, options.heartbeatMs);
  const ctx = { ...options.ctx, signal: AbortSignal.any([options.ctx.signal, held.signal]) };
  const systems = openSystemStore(hub, ctx.log);
  const stored = new Map((await systems.get(spec.system)).streams.map((one) => [one.stream, one]));
  const wanted = Object.keys(spec.streams).filter((stream) => stored.get(stream)?.state !== 'paused');
  const pace = createPace(spec.limits.rowsPerSecond, () => performance.now());

  const totals: StreamTotals[] = [];
  const failures: HubError[] = [];
  const found = await discover(options, wanted, failures, ctx);
  const pull = async (stream: string, streamCtx: RunContext): Promise<HubError | null> => {
    const total: OneStream['total'] = { stream, read: 0, appended: 0, unchanged: 0, rejected: 0, deleted: 0 };
    totals.push(total);
    try {
      await pullOne(
        { ...options, ctx: streamCtx },
        { total, systems, stored: stored.get(stream), found: found.get(stream), pace, quiet },
      );
      return null;
    } catch (error) {
      streamCtx.signal.throwIfAborted();
      const failure = toHubError(error, 'HUB_INTERNAL', `pulling ${spec.system}/${stream}`);
      ctx.log.error({ stream, error: failure }, 'stream not read to its end');
      failures.push(failure);
      if (HALTS.includes(failure.code)) await systems.setStreamState(spec.system, stream, 'halted', failure);
      return failure;
    }
  };
  if (options.follow === true) await followAll(wanted, ctx, pull);
  else
    for (const stream of wanted) {
      const failure = await pull(stream, ctx);
      if (failure !== null && ENDS_ALL.includes(failure.code)) break;
    }
  throwWorst(spec.system, failures, totals);
  return { streams: totals };
}

/** Side by side. A stream whose source has changed stops alone; any other failure ends all, to be begun again together. */
async function followAll(
  streams: readonly string[],
  ctx: RunContext,
  pull: (stream: string, ctx: RunContext) => Promise<HubError | null>,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([ctx.signal, failed.signal]);
  await Promise.all(
    streams.map(async (stream) => {
      try {
        const failure = await pull(stream, { ...ctx, signal });
        if (failure !== null && !HALTS.includes(failure.code)) failed.abort();
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }),
  );
  ctx.signal.throwIfAborted();
}

/**
 * What the streams look like now. When one of them is in such a state that the source cannot describe itself, the others
 * are read with the columns of last time.
 */
async function discover(
  { spec, source, registry }: PullOptions,
  wanted: readonly string[],
  failures: HubError[],
  ctx: RunContext,
): Promise<ReadonlyMap<string, StreamSpec>> {
  try {
    const specs = await orAbort(source.discover(), ctx.signal);
    return new Map(specs.map((found) => [found.name, found]));
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (wanted.length === 1 || !isHubError(error) || error.recovery === 'retry' || ENDS_ALL.includes(error.code))
      throw error;
    ctx.log.error({ error }, 'the source could not be described; going on with the columns of last time');
    failures.push(error);
    const last = await Promise.all(wanted.map((stream) => lastAgreed(spec.system, stream, registry)));
    return new Map(last.flatMap((found) => (found === null ? [] : [[found.name, found]])));
  }
}

interface OneStream {
  /** Written to while the stream is read. */
  readonly total: { -readonly [Key in keyof StreamTotals]: StreamTotals[Key] };
  readonly systems: SystemStore;
  readonly stored: StoredStream | undefined;
  readonly found: StreamSpec | undefined;
  readonly pace: Pace;
  readonly quiet: readonly QuietWindow[];
}

async function pullOne(options: PullOptions, { total, systems, stored, found, pace, quiet }: OneStream): Promise<void> {
  const { spec, log, hub, ctx, knownKeys } = options;
  const { stream } = total;
  const { system } = spec;
  if (found === undefined)
    throw new HubError('HUB_SOURCE_OBJECT_MISSING', `${system} does not show the stream ${stream}`, { system, stream });
  const topic = rawTopic(system, stream);
  await log.ensureTopics([rawTopicSpec(spec, stream, options)]);
  const visible = found.columns.length > 0;
  const agreement = visible ? await agree(options, found, stored) : null;
  const codec = agreement?.codec ?? null;
  if (visible) await systems.saveDiscovered(system, [found]);
  if (wasHaltedBy(stored, CHANGED)) await systems.setStreamState(system, stream, 'ready');

  const { onProgress } = options;
  const progress = (): void => onProgress?.({ ...total, system, rowEstimate: found.rowEstimate });
  const common = { ...options, system, stream, topic };
  const { keysOnce } = connectorByType(spec.connector);
  const keys = keysOnce === undefined ? null : new KeyWatch(keysOnce);
  const read = () =>
    pullStream({
      ...{ ...common, keys, countsKeys: spec.streams[stream]?.base === undefined },
      follow: options.follow === true,
      codec,
      pace,
      quiet,
      onSaved(counters, files) {
        if (files.length > 0) total.setAside = [...(total.setAside ?? []), ...files];
        total.read += counters.read;
        total.appended += counters.appended;
        total.unchanged += counters.unchanged;
        total.rejected += counters.rejected;
        const repeated = keys?.found() ?? null;
        if (repeated !== null) total.repeated = repeated;
        progress();
      },
    });
  const waits = async (): Promise<void> => {
    const waiting = await countOpenRejects(hub, { system, stream });
    if (waiting > 0) total.waiting = waiting;
    const wasRefused = wasHaltedBy(stored, ['HUB_SOURCE_ROWS_REJECTED']);
    refuseRejecting(total, options.breaker ?? NO_BREAKER, wasRefused);
    if (wasRefused) await systems.setStreamState(system, stream, 'ready');
  };
  const { detectDeletes, records } = spec.streams[stream] as StreamEntry;
  for (;;) {
    const { checkpoint, gaveEverything } = await read();
    await waits();
    const settled = checkpoint === null ? null : (options.source.renewed?.(stream, checkpoint) ?? null);
    const canCompare = knownKeys !== undefined && codec !== null;
    if (detectDeletes !== true && settled === null) {
      const proposes = detectDeletes === undefined && records === undefined;
      const isNew = gaveEverything && canCompare && stored?.columns != null;
      const gone = !proposes ? 0 : isNew ? await countGone({ ...common, knownKeys }) : (stored?.rowsGone ?? 0);
      await systems.setRowsGone(system, stream, gone);
      if (gone > 0) total.gone = gone;
      return;
    }
    if (!canCompare) return;
    await systems.setRowsGone(system, stream, 0);
    const maxShare = spec.limits.maxVanishedShare ?? DEFAULT_VANISHED_SHARE;
    const deleted = await sweepDeletes({ ...common, codec, knownKeys, maxShare, checkpoint });
    if (deleted === null) return;
    total.deleted += deleted;
    if (deleted > 0) ctx.log.info({ system, stream, deleted }, 'rows missing from the source deleted');
    progress();
    if (settled === null) return;
    await options.runs.saveCheckpoint(options.lease, { system, stream, checkpoint: settled, counters: NOTHING_READ });
    if (options.follow !== true) return;
  }
}

const wasHaltedBy = (stored: StoredStream | undefined, codes: readonly string[]): boolean =>
  stored?.state === 'halted' && codes.includes(stored.stateCode ?? '');

const NOTHING_READ = { read: 0, appended: 0, unchanged: 0, rejected: 0 };

/** Agrees on the schema, and keeps what has changed, whether it pauses the stream or not. */
async function agree(
  { spec, registry, hub, ctx }: PullOptions,
  found: StreamSpec,
  stored: StoredStream | undefined,
): Promise<Agreement> {
  const log = openChangeLog(hub);
  const keep = async (changes: readonly Change[]): Promise<void> => {
    await log.save(spec.system, found.name, changes);
    for (const change of changes)
      if (change.decision !== 'continue')
        ctx.log.warn({ system: spec.system, stream: found.name, ...change }, 'the source has changed');
  };
  try {
    const agreement = await agreeOnSchema(spec, found, stored?.columns ?? null, registry);
    await keep(agreement.changes);
    if (wasHaltedBy(stored, CHANGED)) await log.close(spec.system, found.name, ['pause']);
    return agreement;
  } catch (error) {
    const changes = isHubError(error) ? error.details['changes'] : undefined;
    if (Array.isArray(changes)) await keep(changes as readonly Change[]);
    throw error;
  }
}

function throwWorst(system: string, failures: readonly HubError[], streams: readonly StreamTotals[]): void {
  const worst =
    failures.find(({ code }) => code === 'HUB_RUN_FENCED') ??
    failures.find(({ recovery }) => recovery === 'stop') ??
    failures[0];
  if (worst === undefined) return;
  if (failures.length === 1) throw worst;
  throw new HubError(
    worst.code,
    `${failures.length} of the streams of ${system} failed; the worst: ${worst.message}`,
    { ...worst.details, failures: failures.map(({ code, message }) => ({ code, message })), streams },
    { cause: worst },
  );
}
