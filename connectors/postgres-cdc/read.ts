import { setTimeout as sleep } from 'node:timers/promises';
import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import type { Checkpoint, SourceBatch } from '../connector.ts';
import { type Cell, type Database, guarded, type OpenStream, qualified, type Row } from '../sql/database.ts';
import { pages } from '../sql/pages.ts';
import { recordsOf } from '../sql/records.ts';
import { type Change, formatLsn, parseLsn, type Relation, type Tuple } from './pgoutput.ts';
import type { Slot } from './slot.ts';

/** snapshot: the table in key order, as it was seen after the slot began. stream: what was committed after `lsn`. */
type Position =
  | {
      readonly phase: 'snapshot';
      readonly lsn: string;
      readonly atMs: number;
      readonly after: readonly string[] | null;
    }
  | { readonly phase: 'stream'; readonly lsn: string };

export interface CdcRead {
  readonly db: Database;
  readonly stream: OpenStream;
  readonly slot: Slot;
  readonly pollMs: number;
  readonly ctx: RunContext;
}

const CHANGES = 2_000;
/** A quiet table that is followed lets its log go this often. */
const IDLE_MS = 5_000;
const saving = (slot: Slot, position: Position): Checkpoint => ({ slot: slot.name, ...position });

/**
 * First the slot, then the table, then the changes since the slot. A row that changes while the table is read comes again
 * with its change: rows of the table bear the time at which the slot began, changes that of their commit, so the last
 * state of a row is the one that stays.
 */
export async function* readChanges(
  read: CdcRead,
  after: Checkpoint | null,
  follow: boolean,
): AsyncIterable<SourceBatch> {
  const { slot, ctx } = read;
  let position = after !== null && after['slot'] === slot.name ? (after as unknown as Position) : null;
  if (position === null) {
    const { lsn, atMs } = await slot.create();
    position = { phase: 'snapshot', lsn: formatLsn(lsn), atMs, after: null };
  }
  await slot.require(parseLsn(position.lsn));
  if (position.phase === 'snapshot') {
    yield* snapshot(read, position);
    position = { phase: 'stream', lsn: position.lsn };
  }
  const until = follow ? null : await slot.current();
  let at = parseLsn(position.lsn);
  let most = CHANGES;
  const relations = new Map<number, Relation>();
  let movedAt = performance.now();
  for (;;) {
    ctx.signal.throwIfAborted();
    const idle = until === null && performance.now() - movedAt > IDLE_MS ? await slot.current() : null;
    const changes = await slot.peek(until, most);
    const before = at;
    for await (const batch of transactions(read, changes, at, relations)) {
      at = batch.end;
      yield { records: batch.records, rejects: [], next: saving(slot, { phase: 'stream', lsn: formatLsn(at) }) };
    }
    if (at > before) {
      most = CHANGES;
      movedAt = performance.now();
    }
    // Followed, and nothing came: the log that other tables have written meanwhile need not be kept.
    else if (idle !== null && changes.length === 0 && idle > at) {
      at = idle;
      movedAt = performance.now();
      yield { records: [], rejects: [], next: saving(slot, { phase: 'stream', lsn: formatLsn(at) }) };
    }
    // Nothing but what was read before and is not let go yet: look further.
    else if (changes.length >= most) most *= 2;
    else if (until !== null) break;
    else await sleep(read.pollMs, undefined, { signal: ctx.signal });
  }
  // The log of other tables need not be kept for this one.
  if (until !== null && until > at)
    yield { records: [], rejects: [], next: saving(slot, { phase: 'stream', lsn: formatLsn(until) }) };
}

async function* snapshot(
  { db, stream, slot, ctx }: CdcRead,
  from: Extract<Position, { phase: 'snapshot' }>,
): AsyncIterable<SourceBatch> {
  const began = { ...ctx, now: () => new Date(from.atMs) };
  for await (const { rows, last, isLast } of pages(db, stream, { order: stream.key, after: from.after }, ctx)) {
    const next: Position = isLast ? { phase: 'stream', lsn: from.lsn } : { ...from, after: last };
    yield { records: recordsOf(stream, rows, began), rejects: [], next: saving(slot, next) };
  }
}

interface Transactions {
  readonly records: readonly RawRecord[];
  readonly end: bigint;
}

/** Records of the transactions after `from`, cut at commits, so that a checkpoint never lies within one. */
async function* transactions(
  read: CdcRead,
  changes: readonly Change[],
  from: bigint,
  relations: Map<number, Relation>,
): AsyncIterable<Transactions> {
  // A table may change within a transaction: each change goes with the columns of its time.
  let open: { readonly change: Change; readonly relation: Relation | undefined }[] = [];
  let atMs = 0;
  let records: RawRecord[] = [];
  let end = from;
  for (const change of changes) {
    if (change.kind === 'begin') {
      open = [];
      atMs = change.atMs;
    } else if (change.kind === 'relation') relations.set(change.relation.oid, change.relation);
    else if (change.kind !== 'commit')
      open.push({ change, relation: 'oid' in change ? relations.get(change.oid) : undefined });
    else if (change.end > from) {
      for (const one of open) records.push(...(await recordsOfChange(read, one.change, atMs, one.relation, relations)));
      end = change.end;
      if (records.length < CHANGES) continue;
      yield { records, end };
      records = [];
    }
  }
  if (end > from) yield { records, end };
}

async function recordsOfChange(
  { db, stream, ctx }: CdcRead,
  change: Change,
  atMs: number,
  own: Relation | undefined,
  relations: ReadonlyMap<number, Relation>,
): Promise<readonly RawRecord[]> {
  const isOurs = (relation: Relation | undefined): relation is Relation =>
    relation !== undefined && relation.schema === stream.schema && relation.table === stream.table;
  if (change.kind === 'truncate') {
    if (!change.oids.some((oid) => isOurs(relations.get(oid)))) return [];
    throw new HubError('HUB_SOURCE_KEYS_VANISHED', `${qualified(stream)} was emptied by TRUNCATE`, {
      table: qualified(stream),
    });
  }
  if (change.kind !== 'insert' && change.kind !== 'update' && change.kind !== 'delete') return [];
  if (!isOurs(own)) return [];
  const relation = own;
  const at = { ...ctx, now: () => new Date(atMs) };
  const made = (tuple: Tuple): RawRecord =>
    recordsOf({ ...stream, cursor: null }, [rowOf(stream, relation, tuple)], at)[0] as RawRecord;
  const gone = (tuple: Tuple): RawRecord => ({ ...made(tuple), op: 'delete', value: null });
  if (change.kind === 'delete') return [gone(change.old)];
  const full = change.kind === 'update' && change.old !== null ? filled(change.row, change.old) : change.row;
  const row = await whole({ db, stream }, relation, full);
  const record = row === null ? null : { ...(recordsOf({ ...stream, cursor: null }, [row], at)[0] as RawRecord) };
  const old = change.kind === 'update' && change.old !== null ? gone(change.old) : null;
  const moved = old !== null && (record === null || old.key !== record.key) ? [old] : [];
  return record === null ? moved : [...moved, record];
}

/** Values that did not change and were not sent, from the old row where the replica identity is FULL. */
const filled = (row: Tuple, old: Tuple): Tuple =>
  row.map((cell, i) => (cell === undefined ? (old[i] ?? undefined) : cell));

/** A column that was added later than the change is NULL in it. */
function rowOf({ columns }: OpenStream, relation: Relation, tuple: Tuple): Row {
  return columns.map(({ name }) => tuple[relation.columns.indexOf(name)] ?? null);
}

/**
 * A large value that did not change is not in the log: the row is read again. It may be newer by now; then its change
 * follows. null when it is gone by now; then its deletion follows.
 */
async function whole(
  { db, stream }: Pick<CdcRead, 'db' | 'stream'>,
  relation: Relation,
  tuple: Tuple,
): Promise<Row | null> {
  const isWhole = stream.columns.every(({ name }) => {
    const index = relation.columns.indexOf(name);
    return index < 0 || tuple[index] !== undefined;
  });
  if (isWhole) return rowOf(stream, relation, tuple);
  const key = stream.key.map(({ name }) => String(tuple[relation.columns.indexOf(name)]));
  const names = stream.columns.map(({ name }) => db.quote(name)).join(', ');
  const table = [stream.schema ?? 'public', stream.table].map(db.quote).join('.');
  const where = stream.key.map(({ name }) => `${db.quote(name)} = ?`).join(' AND ');
  const query = db.knex.raw(`SELECT ${names} FROM ${table} WHERE ${where}`, key);
  const [now] = await guarded(db, `reading a row of ${qualified(stream)} again`, () => db.rows(query));
  if (now === undefined) return null;
  return stream.columns.map(({ name }, i): Cell => {
    const cell = tuple[relation.columns.indexOf(name)];
    return cell === undefined ? (now[i] as Cell) : cell;
  });
}
