import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { type Database, guarded, type OpenStream, qualified, type Row, type SqlColumn } from './database.ts';
import { keyOf, textOf } from './records.ts';
import { type Page, selectEqual, selectPage } from './select.ts';

export interface PageRows {
  readonly rows: readonly Row[];
  /** Texts of the order columns of the last row. */
  readonly last: readonly string[] | null;
  readonly isLast: boolean;
}

export type Range = Pick<Page, 'order' | 'after' | 'from' | 'fromIncluded' | 'until' | 'isNull'>;

/** Of the 4 KB of a checkpoint; the rest is names and bounds. */
const LAST_BYTES = 2_500;

/**
 * At least one page, the last of which is marked; one row more is asked for to know. The next page is fetched while the
 * consumer works on this one. @throws HUB_CONFIG_INVALID for a key that is not unique, has no order or is too long.
 */
export async function* pages(db: Database, stream: OpenStream, range: Range, ctx: RunContext): AsyncIterable<PageRows> {
  const { pageRows } = stream;
  const indexes = range.order.map((column) => stream.columns.indexOf(column));
  const textsOf = (row: Row): readonly string[] => indexes.map((index) => textOf(row[index]));
  const fetch = (from: Range): Promise<readonly Row[]> => {
    const query = selectPage(db, { table: stream, columns: stream.columns, limit: pageRows + 1, ...from });
    const fetched = guarded(db, `reading ${qualified(stream)}`, () => db.rows(query));
    // A failure is told when the page is asked for, not when nobody listens yet.
    fetched.catch(() => {});
    return fetched;
  };
  let ahead = fetch(range);
  let after = range.after;
  for (;;) {
    const found = await nextPage(db, stream, ahead, ctx.signal);
    if (after !== null && found[0] !== undefined && isSame(after, textsOf(found[0])))
      throw badKey(stream, 'cannot be compared with its own text');
    const isLast = found.length <= pageRows;
    if (isLast && after !== null) await requireSameTypes(db, stream, range.order);
    const rows = isLast ? found : found.slice(0, pageRows);
    const final = rows.at(-1);
    const last = final === undefined ? null : textsOf(final);
    if (!isLast && last !== null) {
      if (Buffer.byteLength(JSON.stringify(last)) > LAST_BYTES) throw badKey(stream, 'is too long to go on from');
      await requireUnique(db, stream, range.order, last, textsOf(found[pageRows] as Row));
      ahead = fetch({ ...range, from: null, after: last });
      after = last;
    }
    yield { rows, last, isLast };
    if (isLast) return;
  }
}

/** Ends with the signal, however long the statement takes; a changed table is told with the names that are missing. */
async function nextPage(
  db: Database,
  stream: OpenStream,
  ahead: Promise<readonly Row[]>,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  signal.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([ahead, aborted]);
  } catch (error) {
    // The statement that the abort cancelled fails as well.
    signal.throwIfAborted();
    throw isHubError(error) && error.code === 'HUB_SOURCE_SCHEMA_CHANGED'
      ? await changedTable(db, stream, error)
      : error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function changedTable(db: Database, stream: OpenStream, error: HubError): Promise<HubError> {
  const now = await db.describe(stream).catch(() => null);
  if (now === null) return error;
  const names = new Set(now.columns.map(({ name }) => name));
  const missing = stream.columns.map(({ name }) => name).filter((name) => !names.has(name));
  const what = `${qualified(stream)} has changed: ${missing.join(', ') || 'a column'} is gone`;
  return new HubError(error.code, what, { ...error.details, missing, allowed: [...names] }, { cause: error });
}

/**
 * Pages go on from the last key by the order of its type. Where that has become another one meanwhile, rows lie behind that
 * were never read.
 */
async function requireSameTypes(db: Database, stream: OpenStream, order: readonly SqlColumn[]): Promise<void> {
  const now = await guarded(db, `looking at ${qualified(stream)} again`, () => db.describe(stream));
  const types = new Map(now?.columns.map(({ name, sourceType }) => [name, sourceType]));
  const changed = order.filter(({ name, sourceType }) => types.get(name) !== sourceType);
  if (changed.length === 0) return;
  const told = changed.map(({ name, sourceType }) => `${name} from ${sourceType} to ${types.get(name) ?? 'nothing'}`);
  throw new HubError(
    'HUB_SOURCE_SCHEMA_CHANGED',
    `${qualified(stream)} has changed while it was read: ${told.join(', ')}; it is read again from its start`,
    { stream: stream.stream, changed: changed.map(({ name }) => name) },
  );
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.every((text, i) => text === b[i]);

/**
 * Two rows with one key at the edge of a page: the next page would begin behind both. Under a collation, or as decimals,
 * they may be one key to the server and two texts to us; without a unique index the server is asked.
 */
async function requireUnique(
  db: Database,
  stream: OpenStream,
  order: readonly SqlColumn[],
  a: readonly string[],
  b: readonly string[],
): Promise<void> {
  const differs = order.findIndex((_, i) => a[i] !== b[i]);
  if (differs === -1) throw badKey(stream, 'does not identify a row: two rows have the same');
  if (stream.keyIsUnique || order[differs]?.exactText === true) return;
  const equal = await guarded(db, `comparing keys of ${qualified(stream)}`, () =>
    db.rows(selectEqual(db, stream, order, a)),
  );
  if (equal.length > 1) throw badKey(stream, 'does not identify a row: the server takes two for equal');
}

const badKey = (stream: OpenStream, why: string): HubError =>
  new HubError(
    'HUB_CONFIG_INVALID',
    `the key ${stream.key.map(({ name }) => name).join(' + ')} of ${qualified(stream)} ${why}`,
    {
      stream: stream.stream,
      key: stream.key.map(({ name }) => name),
      allowed: 'columns that are unique together',
    },
  );

/** Keys in order, for the comparison with the base. */
export async function* readKeys(db: Database, stream: OpenStream, ctx: RunContext): AsyncIterable<readonly string[]> {
  const slim = { ...stream, columns: stream.key };
  const indexes = stream.key.map((_, index) => index);
  for await (const { rows } of pages(db, slim, { order: stream.key, after: null }, ctx))
    yield rows.map((row) => keyOf(row, indexes));
}
