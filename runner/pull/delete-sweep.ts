import type { Checkpoint, Source } from '../../connectors/connector.ts';
import type { RawCodec } from '../../schemas/codec.ts';
import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import type { Lease } from '../control/runs.ts';
import { encodePortion } from './encode.ts';
import { forgetKeys } from './known-rows.ts';
import { endRead, orAbort, type PullStores } from './pull-stream.ts';

/**
 * Given by the side that holds the bases: of all keys that the base of the stream has as not deleted, those that are not
 * among `present`. It reads `present` to its end before it yields anything.
 */
export type KnownKeys = (
  system: string,
  stream: string,
  present: AsyncIterable<readonly string[]>,
) => AsyncIterable<readonly string[]>;

export interface DeleteSweep extends Pick<PullStores, 'runs' | 'log' | 'hub'> {
  readonly system: string;
  readonly stream: string;
  readonly topic: string;
  readonly source: Source;
  readonly codec: RawCodec;
  readonly lease: Lease;
  readonly ctx: RunContext;
  readonly knownKeys: KnownKeys;
  /** Of present and missing keys together; more missing ones are not believed. */
  readonly maxShare: number;
  /** Where the read before this sweep ended. */
  readonly checkpoint: Checkpoint | null;
}

/** So few deletes are believed whatever their share, except when nothing at all is left. */
const ALWAYS_BELIEVED = 10;
/** What stands in the way of knowing all keys is no failure of the run: the rows that could be read are in. */
const SKIPPABLE: readonly string[] = ['HUB_SOURCE_READ_FAILED', 'HUB_FILE_RECORD'];

/**
 * Appends a delete for every key that the base knows and the source no longer has. All or nothing: first every missing
 * key is found (kept as packed text, some 25 bytes a key), then the deletes are appended.
 * @returns how many; null when the source could not tell its keys.
 * @throws HUB_SOURCE_KEYS_VANISHED when so many are missing that an error is more likely. Nothing is deleted then.
 */
export async function sweepDeletes(sweep: DeleteSweep): Promise<number | null> {
  const { system, stream, source, ctx, maxShare } = sweep;
  if (source.keys === undefined) {
    ctx.log.warn({ system, stream }, 'deletes cannot be found: this kind of source does not list its keys');
    return null;
  }
  // Before the first key is asked for: a row that comes back meanwhile is newer than its delete.
  const observedAt = ctx.now().getTime();
  const present = countKeys(source.keys(stream), ctx.signal);
  const missing: Buffer[] = [];
  let count = 0;
  const known = sweep.knownKeys(system, stream, present.keys)[Symbol.asyncIterator]();
  try {
    for (let next = await orAbort(known.next(), ctx.signal); next.done !== true; ) {
      count += next.value.length;
      refuseTooMany(sweep, count, present.count(), maxShare);
      missing.push(Buffer.from(JSON.stringify(next.value)));
      next = await orAbort(known.next(), ctx.signal);
    }
  } catch (error) {
    skipUntold(error, present.failure(), sweep);
    return null;
  } finally {
    await endRead(known);
  }
  for (const packed of missing) await appendDeletes(sweep, JSON.parse(packed.toString()) as string[], observedAt);
  return count;
}

/**
 * How many keys the base knows and the source, read just now from its first row to its last, does not have. Nothing is
 * deleted. 0 when the source cannot tell its keys.
 */
export async function countGone(
  sweep: Pick<DeleteSweep, 'system' | 'stream' | 'source' | 'ctx' | 'knownKeys'>,
): Promise<number> {
  const { system, stream, source, ctx, knownKeys } = sweep;
  if (source.keys === undefined) return 0;
  const present = countKeys(source.keys(stream), ctx.signal);
  const known = knownKeys(system, stream, present.keys)[Symbol.asyncIterator]();
  let count = 0;
  try {
    for (let next = await orAbort(known.next(), ctx.signal); next.done !== true; ) {
      count += next.value.length;
      next = await orAbort(known.next(), ctx.signal);
    }
  } catch (error) {
    skipUntold(error, present.failure(), sweep);
    return 0;
  } finally {
    await endRead(known);
  }
  return count;
}

/** What keeps a source from telling all its keys is a warning; anything else is thrown. */
function skipUntold(
  error: unknown,
  ofSource: unknown,
  { system, stream, ctx }: Pick<DeleteSweep, 'system' | 'stream' | 'ctx'>,
): void {
  if (ofSource === null || ofSource !== error || !isHubError(error) || !SKIPPABLE.includes(error.code)) throw error;
  ctx.log.warn({ system, stream, code: error.code }, `deletes not looked for: ${error.message}`);
}

function refuseTooMany({ system, stream }: DeleteSweep, missing: number, present: number, maxShare: number): void {
  const most = Math.floor((missing + present) * maxShare);
  const emptied = present === 0 && maxShare < 1;
  if (!emptied && missing <= Math.max(most, ALWAYS_BELIEVED)) return;
  throw new HubError(
    'HUB_SOURCE_KEYS_VANISHED',
    emptied
      ? `${system}/${stream} has no rows at all any more`
      : `more than ${Math.round(maxShare * 100)} % of the known rows are missing from ${system}/${stream}`,
    { system, stream, missing, present, allowed: emptied ? 0 : most },
  );
}

async function appendDeletes(sweep: DeleteSweep, keys: readonly string[], observedAt: number): Promise<void> {
  const { system, stream, topic, lease, runs, log, hub, codec, ctx, checkpoint } = sweep;
  if (keys.length === 0) return;
  ctx.signal.throwIfAborted();
  // A worker that lost its run meanwhile knows old keys: it must not delete by them.
  await runs.heartbeat(lease);
  const origin = `${stream}, missing at ${new Date(observedAt).toISOString()}`;
  const records = keys.map((key): RawRecord => ({ stream, key, op: 'delete', value: null, observedAt, origin }));
  const { messages } = encodePortion({ records, rejects: [] }, codec);
  await forgetKeys(hub, { system, stream }, messages);
  await log.append(topic, messages, ctx.signal);
  const counters = { read: 0, appended: messages.length, unchanged: 0, rejected: 0 };
  if (checkpoint === null) await runs.heartbeat(lease, counters);
  else await runs.saveCheckpoint(lease, { system, stream, checkpoint, counters });
}

/** Passes keys on, counts them and remembers what ended them. */
function countKeys(
  source: AsyncIterable<readonly string[]>,
  signal: AbortSignal,
): { readonly keys: AsyncIterable<readonly string[]>; count(): number; failure(): unknown } {
  let count = 0;
  let failure: unknown = null;
  async function* pass(): AsyncIterable<readonly string[]> {
    try {
      for await (const keys of source) {
        signal.throwIfAborted();
        count += keys.length;
        yield keys;
      }
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return { keys: pass(), count: () => count, failure: () => failure };
}
