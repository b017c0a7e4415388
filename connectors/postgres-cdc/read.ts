import { setTimeout as sleep } from 'node:timers/promises';
import type { RunContext } from '../../schemas/kernel/context.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import type { Checkpoint, SourcePortion } from '../connector.ts';
import type { OpenStream } from '../sql/database.ts';
import { pages } from '../sql/pages.ts';
import type { PgDatabase } from '../sql/pg.ts';
import { recordsOf } from '../sql/records.ts';
import { BeginAnew, ChangeReader } from './changes.ts';
import { type Change, formatLsn, parseLsn } from './pgoutput.ts';
import { requirePublished } from './publication.ts';
import type { Slot } from './slot.ts';

/**
 * snapshot: the table in key order, as it was seen after the slot began. stream: what was committed after `lsn`, but for
 * the first `taken` changes of the transaction whose commit lies at `within`.
 */
type Position = Renewed &
  (
    | {
        readonly phase: 'snapshot';
        readonly lsn: string;
        readonly atMs: number;
        readonly after: readonly string[] | null;
      }
    | { readonly phase: 'stream'; readonly lsn: string; readonly within?: string; readonly taken?: number }
    | { readonly phase: 'again' }
  );

interface Renewed {
  /** The table that is read, as the server numbers it. */
  readonly oid?: number | null;
  /** What was read before is not known to be there any more: keys that are gone are to be looked for. */
  readonly renewed?: true;
}

export interface CdcRead {
  readonly db: PgDatabase;
  readonly publication: string;
  readonly stream: OpenStream;
  readonly slot: Slot;
  readonly pollMs: number;
  readonly ctx: RunContext;
}

/** Of a portion, at least, where there are so many. */
const CHANGES = 2_000;
/** Asked of the server at a time: it begins each time where the slot stands, so few times are better. */
const PEEKED = 300_000;
/** A quiet table that is followed lets its log go this often. */
const IDLE_MS = 5_000;
const saving = (slot: Slot, position: Position): Checkpoint => ({ slot: slot.name, ...position });

/**
 * First the slot, then the table, then the changes since the slot. A row that changes while the table is read comes again
 * with its change. Times are those of the server's clock, which may step; what came later in the log is what stays.
 */
export async function* readChanges(
  read: CdcRead,
  after: Checkpoint | null,
  follow: boolean,
): AsyncIterable<SourcePortion> {
  const { db, publication, stream, slot, ctx } = read;
  let position = after !== null && after['slot'] === slot.name ? (after as unknown as Position) : null;
  const oid = await requirePublished(db, publication, stream);
  const isOther = position !== null && typeof position.oid === 'number' && position.oid !== oid;
  if (position === null || position.phase === 'again' || isOther) {
    const { lsn, atMs } = await slot.create();
    const began = { phase: 'snapshot' as const, lsn: formatLsn(lsn), atMs, after: null, oid };
    position = after === null ? began : { ...began, renewed: true };
  }
  await slot.require(parseLsn(position.lsn));
  const kept: Renewed = { oid, ...(position.renewed === true ? { renewed: true } : {}) };
  if (position.phase === 'snapshot') {
    yield* snapshot(read, position, kept);
    position = { phase: 'stream', lsn: position.lsn };
  }
  // Keys are looked for when a read has ended.
  const until = follow && kept.renewed !== true ? null : await slot.current();
  let at = parseLsn(position.lsn);
  let part = partOf(position);
  let most = PEEKED;
  const reader = new ChangeReader(db, stream, oid);
  let movedAt = performance.now();
  for (;;) {
    ctx.signal.throwIfAborted();
    const idle = until === null && performance.now() - movedAt > IDLE_MS ? await slot.current() : null;
    const before = at;
    const counted = { changes: 0 };
    try {
      for await (const portion of transactions(counting(slot.peek(until, most), counted), at, part, reader)) {
        at = portion.end;
        part = portion.part;
        const within = part === null ? {} : { within: formatLsn(part.commit), taken: part.taken };
        yield {
          records: portion.records,
          rejects: [],
          next: saving(slot, { phase: 'stream', lsn: formatLsn(at), ...within, ...kept }),
        };
      }
    } catch (error) {
      if (!(error instanceof BeginAnew)) throw error;
      ctx.log.warn({ stream: stream.stream }, `${error.why}: it is read anew, and keys that are gone are looked for`);
      const again = saving(slot, { phase: 'again', renewed: true });
      yield { records: [], rejects: [], next: again };
      yield* readChanges(read, again, follow);
      return;
    }
    if (at > before) movedAt = performance.now();
    // There may be more, and it lies behind what was read and is not let go yet.
    if (counted.changes >= most) most = counted.changes + PEEKED;
    else if (until !== null) break;
    else if (at > before) most = PEEKED;
    // Followed, and nothing came: the log that other tables have written meanwhile need not be kept.
    else if (idle !== null && counted.changes === 0 && idle > at) {
      at = idle;
      movedAt = performance.now();
      yield { records: [], rejects: [], next: saving(slot, { phase: 'stream', lsn: formatLsn(at), ...kept }) };
    } else await sleep(read.pollMs, undefined, { signal: ctx.signal });
  }
  // The log of other tables need not be kept for this one.
  if (until !== null && until > at)
    yield { records: [], rejects: [], next: saving(slot, { phase: 'stream', lsn: formatLsn(until), ...kept }) };
}

async function* snapshot(
  { db, stream, slot, ctx }: CdcRead,
  from: Extract<Position, { phase: 'snapshot' }>,
  kept: Renewed,
): AsyncIterable<SourcePortion> {
  const began = { ...ctx, now: () => new Date(from.atMs) };
  for await (const { rows, last, isLast } of pages(db, stream, { order: stream.key, after: from.after }, ctx)) {
    const next: Position = isLast ? { phase: 'stream', lsn: from.lsn, ...kept } : { ...from, ...kept, after: last };
    yield { records: recordsOf(stream, rows, began), rejects: [], next: saving(slot, next) };
  }
}

/** Of a transaction that was not given whole: where it commits, and how many of its changes were given. */
interface PartTaken {
  readonly commit: bigint;
  readonly taken: number;
}

const partOf = (position: Extract<Position, { phase: 'stream' }>): PartTaken | null =>
  position.within === undefined ? null : { commit: parseLsn(position.within), taken: position.taken ?? 0 };

async function* counting(
  portions: AsyncIterable<readonly Change[]>,
  counted: { changes: number },
): AsyncIterable<readonly Change[]> {
  for await (const changes of portions) {
    counted.changes += changes.length;
    yield changes;
  }
}

interface Transactions {
  readonly records: readonly RawRecord[];
  /** Everything that was committed up to here was given. */
  readonly end: bigint;
  readonly part: PartTaken | null;
}

/**
 * Records of the transactions after `from`, in the order of their commits: the server sends what was committed only. A
 * large transaction comes in several portions, so that memory does not grow with it.
 */
async function* transactions(
  portions: AsyncIterable<readonly Change[]>,
  from: bigint,
  taken: PartTaken | null,
  reader: ChangeReader,
): AsyncIterable<Transactions> {
  let records: RawRecord[] = [];
  let end = from;
  let atMs = 0;
  /** The transaction that is being read; null when it was given before. */
  let commit: bigint | null = null;
  let count = 0;
  for await (const changes of portions)
    for (const change of changes) {
      if (change.kind === 'begin') {
        ({ atMs } = change);
        commit = change.commit < from ? null : change.commit;
        count = 0;
      } else if (change.kind === 'relation') reader.learn(change.relation);
      else if (change.kind === 'commit') {
        if (commit === null) continue;
        commit = null;
        ({ end } = change);
        if (records.length < CHANGES) continue;
        yield { records, end, part: null };
        records = [];
      } else if (commit !== null && change.kind !== 'other') {
        // What describes types and origins is sent once a session and does not count.
        count += 1;
        if (commit === taken?.commit && count <= taken.taken) continue;
        await reader.read(change, atMs, records);
        if (records.length < CHANGES) continue;
        yield { records, end, part: { commit, taken: count } };
        records = [];
      }
    }
  if (end > from) yield { records, end, part: null };
}

/** The checkpoint without the mark that keys are to be looked for; null where it has none. */
export function withoutRenewal(checkpoint: Checkpoint): Checkpoint | null {
  const { renewed, ...rest } = checkpoint as Checkpoint & Renewed;
  return renewed === true && (rest as { phase?: string }).phase === 'stream' ? (rest as Checkpoint) : null;
}
