import type { Pool } from 'pg';
import type { Checkpoint, Source, SourcePortion } from '../../connectors/connector.ts';
import type { RawCodec } from '../../schemas/codec.ts';
import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import type { Lease, RunCounters, RunStore } from '../control/runs.ts';
import type { EventLog } from '../log/event-log.ts';
import { type EncodedPortion, encodePortion } from './encode.ts';
import { type KnownRows, openKnownRows, type Sifted } from './known-rows.ts';
import { type Pace, type QuietWindow, refuseQuietHours } from './limits.ts';
import { countLiving, forgetLiving } from './living.ts';
import { closeFileReports, settleRejects, storeClock, storeRejects } from './rejects.ts';
import type { KeyWatch, RepeatedKeys } from './repeated-keys.ts';

export interface StreamTotals {
  readonly stream: string;
  /** Rows the source gave, rejected ones included. */
  readonly read: number;
  /** Messages in the log, deletes found by comparison not included. */
  readonly appended: number;
  /** Rows that the source gave again and that the log has as they are. */
  readonly unchanged: number;
  readonly rejected: number;
  /** Deletes found by comparing keys. */
  readonly deleted: number;
  /** Rows rejected by the source, now or in earlier runs, that nobody has mended or dismissed; absent when there are none. */
  readonly waiting?: number;
  /** Known rows that a read of everything did not meet, now or in an earlier run, and that stay; absent when there are none. */
  readonly gone?: number;
  /** Keys that came more than once; absent when there are none. */
  readonly repeated?: RepeatedKeys;
  /** Names of files that could not be read; absent when there are none. */
  readonly setAside?: readonly string[];
}

export interface PullStores {
  readonly runs: Pick<RunStore, 'heartbeat' | 'saveCheckpoint' | 'checkpoint'>;
  readonly log: Pick<EventLog, 'append' | 'ensureTopics' | 'end'>;
  readonly hub: Pool;
}

export interface StreamPull extends PullStores {
  readonly system: string;
  readonly stream: string;
  readonly topic: string;
  readonly source: Source;
  /** null while the source shows no columns: then it can only have rejects and errors. */
  readonly codec: RawCodec | null;
  readonly lease: Lease;
  readonly ctx: RunContext;
  readonly follow?: boolean;
  readonly pace: Pace;
  readonly quiet: readonly QuietWindow[];
  readonly keys: KeyWatch | null;
  /** No base does. */
  readonly countsKeys: boolean;
  /** @param unread files that could not be read, now or since an earlier run. */
  readonly onSaved: (saved: RunCounters, unread: readonly string[]) => void;
}

interface PulledStream {
  readonly checkpoint: Checkpoint | null;
  readonly gaveEverything: boolean;
}

/** The end of a pass of which each gives everything. */
const isWholePass = ({ repeats }: SourcePortion): boolean => repeats?.from === null && repeats.isLast;

/** How long a source may take to end its read when it is not wanted any more. */
const END_MS = 1_000;

/**
 * Reads one stream to its end. A checkpoint is saved when everything before it is durable, in the log or in quarantine:
 * a crash repeats a portion and never skips one. While one portion is saved the next one is appended and the one after it
 * is read and encoded; an append begins when the one before is durable, so that the versions of a row keep their order.
 * Rows that the source gives again as they were are counted and not appended.
 * @returns the last checkpoint, null when the stream has never given anything; and whether this read gave every row there is.
 * @throws the reason of the signal, HUB_SOURCE_BUSY when quiet hours begin, and whatever source, log and stores throw.
 */
export async function pullStream(pull: StreamPull): Promise<PulledStream> {
  const { system, stream, topic, source, codec, runs, log, hub, lease, ctx, pace, quiet } = pull;
  const { signal } = ctx;
  let last = await runs.checkpoint(system, stream);
  let appended: Promise<unknown> = Promise.resolve();
  let saved: Promise<unknown> = appended;
  let savedBefore = saved;
  if (last === null && pull.countsKeys) await forgetLiving(hub, { system, stream });
  const known = openWhenNeeded(pull, last === null);
  const begun = await storeClock(hub);
  let gaveEverything = false;

  const save = async (portion: SourcePortion, { rejects, deletes }: EncodedPortion, sifted: Sifted): Promise<void> => {
    await sifted.remember();
    await storeRejects(hub, system, rejects);
    await closeFileReports(hub, { system, stream }, portion.finished ?? []);
    await settleRejects(hub, { system, stream }, isWholePass(portion) ? 'all' : (portion.whole ?? []), begun);
    gaveEverything ||= isWholePass(portion) || portion.isEverything === true;
    const counters: RunCounters = {
      read: portion.records.length + portion.rejects.length,
      appended: sifted.messages.length,
      unchanged: sifted.unchanged,
      rejected: rejects.length,
    };
    if (pull.countsKeys) await countLiving(hub, { system, stream }, sifted.messages, deletes);
    await runs.saveCheckpoint(lease, { system, stream, checkpoint: portion.next, counters });
    last = portion.next;
    await sifted.settle();
    await source.saved?.(stream, portion.next);
    const broken = rejects.filter(({ code }) => code === 'HUB_FILE_UNREADABLE').map(({ origin }) => origin);
    pull.onSaved(counters, [...broken, ...(portion.stillUnread ?? [])]);
  };

  const portions = source.read(stream, last, { follow: pull.follow === true })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await orAbort(portions.next(), signal);
      if (next.done === true) break;
      const portion = next.value;
      pull.keys?.see(portion);
      const encoded = encode(portion, codec, pull);
      const sifted = await sift(portion, encoded, known);
      await appended;
      await savedBefore;
      signal.throwIfAborted();
      savedBefore = saved;
      await sifted.prepare();
      appended = sifted.messages.length === 0 ? Promise.resolve() : log.append(topic, sifted.messages, signal);
      saved = Promise.all([savedBefore, appended]).then(() => save(portion, encoded, sifted));
      // Looked at one portion later; until then a failure is nobody's surprise.
      saved.catch(() => {});
      const waitMs = pace(portion.records.length + portion.rejects.length);
      if (waitMs > 0) await pause(waitMs, signal);
      signal.throwIfAborted();
      if (quiet.length > 0) {
        const now = ctx.now();
        await settleBefore(() => refuseQuietHours(system, quiet, now), saved);
      }
    }
    await saved;
    signal.throwIfAborted();
    return { checkpoint: last, gaveEverything };
  } catch (error) {
    await Promise.allSettled([appended, savedBefore, saved]);
    await endRead(portions);
    throw error;
  }
}

/** Most sources never give a row again. A topic that is empty was made anew: it is to get everything that still comes. */
function openWhenNeeded({ hub, log, system, stream, topic }: StreamPull, fromStart: boolean): () => Promise<KnownRows> {
  let opened: Promise<KnownRows> | null = null;
  const open = async (): Promise<KnownRows> => {
    const isFirst = fromStart || (await log.end(topic)) === 0;
    return openKnownRows(hub, { system, stream, isFirst });
  };
  return () => {
    opened ??= open();
    return opened;
  };
}

const nothing = async (): Promise<void> => {};

async function sift(
  { repeats }: SourcePortion,
  { messages, places }: EncodedPortion,
  known: () => Promise<KnownRows>,
): Promise<Sifted> {
  if (repeats === undefined) return { messages, unchanged: 0, prepare: nothing, remember: nothing, settle: nothing };
  const { from, isLast, keysOnce } = repeats;
  return (await known()).sift({ messages, places, from, isLast, keysOnce });
}

/** Tells a read that no more is wanted, without waiting long for one that hangs. */
export async function endRead(portions: AsyncIterator<unknown>): Promise<void> {
  const ended = new AbortController();
  const end = async (): Promise<void> => {
    await portions.return?.();
  };
  await Promise.race([end().catch(() => {}), pause(END_MS, ended.signal)]);
  ended.abort();
}

/** What `check` throws is thrown when the work in hand is done. */
async function settleBefore(check: () => void, work: Promise<unknown>): Promise<void> {
  try {
    check();
  } catch (error) {
    await work;
    throw error;
  }
}

function encode(portion: SourcePortion, codec: RawCodec | null, { system, stream }: StreamPull): EncodedPortion {
  if (codec !== null) return encodePortion(portion, codec);
  if (portion.records.length === 0) return { messages: [], rejects: portion.rejects, places: [], deletes: new Set() };
  throw new HubError('HUB_SOURCE_READ_FAILED', `${system}/${stream} had no columns when asked and has rows now`, {
    system,
    stream,
  });
}

/** Does not wait for a source that hangs: the abort wins. */
export function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
