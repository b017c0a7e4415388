import type { RunContext } from '../../schemas/kernel/context.ts';
import type { Checkpoint, SourcePortion } from '../connector.ts';
import { type Database, guarded, type OpenStream, qualified, type SqlColumn } from './database.ts';
import { pages } from './pages.ts';
import { keyless, recordsOf } from './records.ts';
import { repeatsOf } from './repeats.ts';

/**
 * Where a read stands. snapshot: everything in key order; `since` is where following begins afterwards. follow: rows whose
 * cursor is between `since` and `until`; between two runs there is no `until`. nulls: rows without a cursor, which no
 * comparison finds.
 */
type Position =
  | { readonly mode: 'snapshot'; readonly since: string | null; readonly after: readonly string[] | null }
  | {
      readonly mode: 'follow';
      readonly since: string;
      readonly until?: string;
      readonly next?: string;
      readonly after?: readonly string[];
    }
  | { readonly mode: 'nulls'; readonly next: string; readonly after: readonly string[] | null };

interface Saved {
  readonly of: string;
  /** Types of key and cursor, by which positions are in order; a program that did not save them says nothing of them. */
  readonly types?: string;
  readonly at: Position;
}

const identityOf = (stream: OpenStream): string =>
  [qualified(stream), stream.cursor?.name ?? '', ...stream.key.map(({ name }) => name)].join(' ');

const typesOf = ({ key, cursor }: OpenStream): string =>
  [...key, ...(cursor === null ? [] : [cursor])].map(({ sourceType }) => sourceType).join(', ');

const saving = (stream: OpenStream, at: Position): Checkpoint =>
  ({ of: identityOf(stream), types: typesOf(stream), at }) satisfies Saved as unknown as Checkpoint;

/**
 * Reads a table by keyset pages, the next page fetched while the last one is worked on. First a snapshot in key order; then,
 * with a cursor, only what changed since shortly before the last pass began: transactions that were open then and committed
 * later are found by the overlap. The bounds are asked before a pass begins, so what changes meanwhile is left to the next.
 */
export async function* readStream(
  db: Database,
  stream: OpenStream,
  after: Checkpoint | null,
  ctx: RunContext,
): AsyncIterable<SourcePortion> {
  const saved = after as Saved | null;
  // What was saved for another table, cursor or key, or in another order, says nothing about these.
  const isOurs = saved?.of === identityOf(stream) && (saved.types ?? typesOf(stream)) === typesOf(stream);
  let position: Position | null = saved !== null && isOurs ? saved.at : null;
  // Also after a run that found no cursor at all, such as the first one over an empty table.
  if (position === null || (position.mode === 'snapshot' && position.after === null)) {
    const since = stream.cursor === null ? null : (await boundsOf(db, stream)).nextSince;
    position = { mode: 'snapshot', since, after: null };
  }
  if (position.mode === 'snapshot') {
    yield* snapshot(db, stream, position, ctx);
    return;
  }
  if (position.mode === 'follow') {
    if (position.until === undefined) {
      const { until, nextSince } = await boundsOf(db, stream);
      // An emptied table has no cursor: the old position stays.
      position = { ...position, until: until ?? position.since, next: nextSince ?? position.since };
    }
    const next = yield* follow(db, stream, position as Required<typeof position>, ctx);
    if (!mayBeUnset(stream)) return;
    position = { mode: 'nulls', next, after: null };
  }
  yield* nulls(db, stream, position, ctx);
}

/** Rows without a cursor are read again each time: nothing tells whether they have changed. */
const mayBeUnset = ({ cursor }: OpenStream): boolean =>
  cursor !== null && (cursor.nullable || cursor.unset !== undefined);

const boundsOf = (db: Database, stream: OpenStream) =>
  guarded(db, `reading the range of ${stream.cursor?.name} in ${qualified(stream)}`, () =>
    db.bounds(stream, stream.cursor as SqlColumn, stream.overlapSeconds),
  );

async function* snapshot(
  db: Database,
  stream: OpenStream,
  { since, after }: Extract<Position, { mode: 'snapshot' }>,
  ctx: RunContext,
): AsyncIterable<SourcePortion> {
  const done: Position = since === null ? { mode: 'snapshot', since: null, after: null } : { mode: 'follow', since };
  const page = { order: stream.key, after };
  for await (const { rows, last, isLast } of pages(db, stream, page, ctx)) {
    const next: Position = isLast ? done : { mode: 'snapshot', since, after: last };
    const rejects = isLast ? await keyless(db, stream) : [];
    const repeats = repeatsOf(stream, since, { isLast, keysOnce: true });
    yield { records: recordsOf(stream, rows, ctx), rejects, next: saving(stream, next), repeats };
  }
}

async function* follow(
  db: Database,
  stream: OpenStream,
  { since, until, next, after }: Required<Extract<Position, { mode: 'follow' }>>,
  ctx: RunContext,
): AsyncGenerator<SourcePortion, string> {
  const cursor = stream.cursor as SqlColumn;
  // SQL Server refuses to order by one column twice.
  const order = [cursor, ...stream.key.filter((column) => column !== cursor)];
  // Without an overlap nothing is read twice, not even what has the same time as the last row.
  const fromIncluded = stream.overlapSeconds > 0;
  const page = { order, after: after ?? null, from: after === undefined ? since : null, fromIncluded, until };
  for await (const { rows, last, isLast } of pages(db, stream, page, ctx)) {
    const ended: Position = mayBeUnset(stream) ? { mode: 'nulls', next, after: null } : { mode: 'follow', since: next };
    const position: Position = isLast
      ? ended
      : { mode: 'follow', since, until, next, after: last as readonly string[] };
    const repeats = repeatsOf(stream, next, { isLast: isLast && ended.mode === 'follow', keysOnce: false });
    yield { records: recordsOf(stream, rows, ctx), rejects: [], next: saving(stream, position), repeats };
  }
  return next;
}

async function* nulls(
  db: Database,
  stream: OpenStream,
  { next, after }: Extract<Position, { mode: 'nulls' }>,
  ctx: RunContext,
): AsyncIterable<SourcePortion> {
  const page = { order: stream.key, after, isNull: stream.cursor as SqlColumn };
  for await (const { rows, last, isLast } of pages(db, stream, page, ctx)) {
    const position: Position = isLast ? { mode: 'follow', since: next } : { mode: 'nulls', next, after: last };
    const repeats = repeatsOf(stream, next, { isLast, keysOnce: false });
    yield { records: recordsOf(stream, rows, ctx), rejects: [], next: saving(stream, position), repeats };
  }
}
