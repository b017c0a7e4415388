import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { KEY_SEPARATOR, type RawRecord, type RawValue } from '../../schemas/stream.ts';
import type { Checkpoint, RejectedRow, SourceBatch } from '../connector.ts';
import { type Database, qualified, type Row, type SqlColumn, type TableName } from './database.ts';
import { type Page, selectKeyless, selectPage } from './select.ts';

/** A stream with its columns looked up. */
export interface OpenStream extends TableName {
  readonly stream: string;
  readonly columns: readonly SqlColumn[];
  readonly key: readonly SqlColumn[];
  readonly cursor: SqlColumn | null;
  readonly overlapSeconds: number;
  readonly pageRows: number;
}

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
): AsyncIterable<SourceBatch> {
  let position = (after ?? null) as Position | null;
  if (position === null || (position.mode !== 'snapshot' && stream.cursor === null)) {
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
    if (stream.cursor?.nullable !== true) return;
    position = { mode: 'nulls', next, after: null };
  }
  yield* nulls(db, stream, position, ctx);
}

const boundsOf = (db: Database, stream: OpenStream) =>
  guarded(db, `reading the range of ${stream.cursor?.name} in ${qualified(stream)}`, () =>
    db.bounds(stream, stream.cursor as SqlColumn, stream.overlapSeconds),
  );

async function* snapshot(
  db: Database,
  stream: OpenStream,
  { since, after }: Extract<Position, { mode: 'snapshot' }>,
  ctx: RunContext,
): AsyncIterable<SourceBatch> {
  const done: Position = since === null ? { mode: 'snapshot', since: null, after: null } : { mode: 'follow', since };
  const page = { order: stream.key, after };
  for await (const { rows, last, isLast } of pages(db, stream, page, ctx)) {
    const next: Position = isLast ? done : { mode: 'snapshot', since, after: last };
    const rejects = isLast ? await keyless(db, stream) : [];
    yield { ...batchOf(stream, rows, ctx), rejects, next: next as unknown as Checkpoint };
  }
}

async function* follow(
  db: Database,
  stream: OpenStream,
  { since, until, next, after }: Required<Extract<Position, { mode: 'follow' }>>,
  ctx: RunContext,
): AsyncGenerator<SourceBatch, string> {
  const order = [stream.cursor as SqlColumn, ...stream.key];
  // Without an overlap nothing is read twice, not even what has the same time as the last row.
  const fromIncluded = stream.overlapSeconds > 0;
  const page = { order, after: after ?? null, from: after === undefined ? since : null, fromIncluded, until };
  for await (const { rows, last, isLast } of pages(db, stream, page, ctx)) {
    const ended: Position =
      stream.cursor?.nullable === true ? { mode: 'nulls', next, after: null } : { mode: 'follow', since: next };
    const position: Position = isLast
      ? ended
      : { mode: 'follow', since, until, next, after: last as readonly string[] };
    yield { ...batchOf(stream, rows, ctx), rejects: [], next: position as unknown as Checkpoint };
  }
  return next;
}

async function* nulls(
  db: Database,
  stream: OpenStream,
  { next, after }: Extract<Position, { mode: 'nulls' }>,
  ctx: RunContext,
): AsyncIterable<SourceBatch> {
  const page = { order: stream.key, after, isNull: stream.cursor as SqlColumn };
  for await (const { rows, last, isLast } of pages(db, stream, page, ctx)) {
    const position: Position = isLast ? { mode: 'follow', since: next } : { mode: 'nulls', next, after: last };
    yield { ...batchOf(stream, rows, ctx), rejects: [], next: position as unknown as Checkpoint };
  }
}

interface PageRows {
  readonly rows: readonly Row[];
  /** Texts of the order columns of the last row. */
  readonly last: readonly string[] | null;
  readonly isLast: boolean;
}

type Range = Pick<Page, 'order' | 'after' | 'from' | 'fromIncluded' | 'until' | 'isNull'>;

/** At least one page, the last of which is marked; one row more is asked for to know. */
async function* pages(db: Database, stream: OpenStream, range: Range, ctx: RunContext): AsyncIterable<PageRows> {
  const { pageRows } = stream;
  const what = `reading ${qualified(stream)}`;
  const indexes = range.order.map((column) => stream.columns.indexOf(column));
  const textsOf = (row: Row): readonly string[] => indexes.map((index) => String(row[index]));
  const fetch = (from: Range): Promise<readonly Row[]> => {
    const query = selectPage(db, { table: stream, columns: stream.columns, limit: pageRows + 1, ...from });
    const fetched = guarded(db, what, () => db.rows(query));
    // A failure is told when the page is asked for, not when nobody listens yet.
    fetched.catch(() => {});
    return fetched;
  };
  let ahead = fetch(range);
  for (;;) {
    ctx.signal.throwIfAborted();
    const found = await ahead;
    ctx.signal.throwIfAborted();
    const isLast = found.length <= pageRows;
    const rows = isLast ? found : found.slice(0, pageRows);
    const final = rows.at(-1);
    const last = final === undefined ? null : textsOf(final);
    if (!isLast) {
      requireUnique(stream, range.order, last as readonly string[], textsOf(found[pageRows] as Row));
      ahead = fetch({ ...range, from: null, after: last });
    }
    yield { rows, last, isLast };
    if (isLast) return;
  }
}

/** Two rows with one key at the edge of a page: the next page would begin behind both. */
function requireUnique(
  stream: OpenStream,
  order: readonly SqlColumn[],
  a: readonly string[],
  b: readonly string[],
): void {
  if (a.some((text, i) => text !== b[i])) return;
  const key = stream.key.map(({ name }) => name).join(' + ');
  throw new HubError(
    'HUB_CONFIG_INVALID',
    `${key} does not identify a row of ${qualified(stream)}: two rows have the same`,
    {
      stream: stream.stream,
      key: order.map(({ name }) => name),
      allowed: 'columns that are unique together',
    },
  );
}

function batchOf(stream: OpenStream, rows: readonly Row[], ctx: RunContext): { records: readonly RawRecord[] } {
  const { columns, cursor } = stream;
  const count = columns.length;
  const keys = stream.key.map((column) => columns.indexOf(column));
  const timed = cursor === null || cursor.type !== 'timestamp' ? -1 : columns.indexOf(cursor);
  const place = qualified(stream);
  const now = ctx.now().getTime();
  const records: RawRecord[] = new Array(rows.length);
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r] as Row;
    const value: Record<string, RawValue> = {};
    for (let c = 0; c < count; c++) {
      const column = columns[c] as SqlColumn;
      value[column.name] = column.read(row[c] ?? null);
    }
    const key = keyOf(row, keys);
    const observedAt = timed === -1 ? now : (timeOf(row[timed] as string | null) ?? now);
    records[r] = { stream: stream.stream, key, op: 'upsert', value, observedAt, origin: `${place}#${key}` };
  }
  return { records };
}

const keyOf = (row: Row, keys: readonly number[]): string =>
  keys.length === 1 ? String(row[keys[0] as number]) : keys.map((index) => String(row[index])).join(KEY_SEPARATOR);

let lastText = '';
let lastMs: number | null = null;

/** `2013-02-08 00:00:00.123456+08`; without an offset it is Beijing time, and a year that is none gives null. */
function timeOf(text: string | null): number | null {
  if (text === null) return null;
  if (text === lastText) return lastMs;
  const [, day, time = '00:00:00', fraction = '', offset = '+08'] =
    /^(\d{4}-\d\d-\d\d)[ T]?(\d\d:\d\d:\d\d)?(\.\d+)? ?([+-]\d\d(?::?\d\d)?|Z)?$/.exec(text) ?? [];
  const zone = offset === 'Z' ? 'Z' : offset.length === 3 ? `${offset}:00` : offset;
  const ms = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${fraction.slice(0, 4)}${zone}`);
  lastText = text;
  lastMs = Number.isNaN(ms) ? null : ms;
  return lastMs;
}

const KEYLESS_KEPT = 1_000;

/** A row whose key is NULL cannot be followed: it goes to quarantine. */
async function keyless(db: Database, stream: OpenStream): Promise<readonly RejectedRow[]> {
  if (!stream.key.some(({ nullable }) => nullable)) return [];
  const query = selectKeyless(db, stream, stream.columns, stream.key, KEYLESS_KEPT);
  const rows = await guarded(db, `reading rows without key of ${qualified(stream)}`, () => db.rows(query));
  const names = stream.key.map(({ name }) => name).join(' + ');
  return rows.map((row, i) => ({
    stream: stream.stream,
    code: 'HUB_RECORD_INVALID',
    message: `a row without a key: ${names} is NULL`,
    origin: `${qualified(stream)}, row ${i + 1} without key`,
    raw: Buffer.from(JSON.stringify(Object.fromEntries(stream.columns.map(({ name }, c) => [name, row[c]])))),
  }));
}

/** Keys in order, for the comparison with the base. */
export async function* readKeys(db: Database, stream: OpenStream, ctx: RunContext): AsyncIterable<readonly string[]> {
  const slim = { ...stream, columns: stream.key };
  const indexes = stream.key.map((_, index) => index);
  for await (const { rows } of pages(db, slim, { order: stream.key, after: null }, ctx))
    yield rows.map((row) => keyOf(row, indexes));
}

export async function guarded<T>(db: Database, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw db.failure(error, what);
  }
}
