import type { Knex } from 'knex';
import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import type { Checkpoint, SourcePortion } from '../connector.ts';
import { type Database, guarded, type OpenStream, qualified, type Row, type SqlColumn } from '../sql/database.ts';
import { pages } from '../sql/pages.ts';
import { keyOf, recordsOf, textOf } from '../sql/records.ts';

/**
 * snapshot: the table in key order; `version` was asked before it began. changes: everything after `version`; within a
 * pass up to `until`, behind the row `after` (version, then key).
 */
type Position =
  | { readonly phase: 'snapshot'; readonly version: string; readonly after: readonly string[] | null }
  | {
      readonly phase: 'changes';
      readonly version: string;
      readonly until?: string;
      readonly after?: readonly string[];
    };

interface Saved {
  readonly of: string;
  readonly at: Position;
}

type Dialect = Pick<Database, 'knex' | 'quote'>;

const identityOf = (stream: OpenStream): string => [qualified(stream), ...stream.key.map(({ name }) => name)].join(' ');

const placeOf = (db: Dialect, { schema, table }: OpenStream): string =>
  (schema === undefined ? [table] : [schema, table]).map((name) => db.quote(name)).join('.');

/** Version now, and the oldest from which the server can still tell what changed; null when the table is not tracked. */
export const selectVersions = (db: Dialect, stream: OpenStream): Knex.Raw =>
  db.knex.raw(
    `SELECT CAST(CHANGE_TRACKING_CURRENT_VERSION() AS varchar(20)),
       CAST(CHANGE_TRACKING_MIN_VALID_VERSION(OBJECT_ID(?)) AS varchar(20))`,
    [placeOf(db, stream)],
  );

export interface ChangesPage {
  readonly since: string;
  readonly until: string;
  /** Version and key of the last row taken. */
  readonly after: readonly string[] | null;
  readonly limit: number;
}

/**
 * A page of changes in the order of version and key: version, operation and key from the change table, the other columns
 * as the row has them now. A row that changes again meanwhile has a version beyond `until` and comes in the next pass.
 */
export function selectChanges(db: Dialect, stream: OpenStream, { since, until, after, limit }: ChangesPage): Knex.Raw {
  const named = (alias: string, column: SqlColumn): string =>
    `${alias}.${db.quote(column.name).replaceAll('?', '\\?')}`;
  const shown = (alias: string, column: SqlColumn): string =>
    (column.select ?? '??').replaceAll('??', () => named(alias, column));
  const others = stream.columns.filter((column) => !stream.key.includes(column));
  const list = [
    'CAST(c.SYS_CHANGE_VERSION AS varchar(20))',
    "CASE WHEN c.SYS_CHANGE_OPERATION = 'D' OR " +
      `${named('t', stream.key[0] as SqlColumn)} IS NULL THEN 'D' ELSE 'U' END`,
    ...stream.key.map((column) => shown('c', column)),
    ...others.map((column) => shown('t', column)),
  ];
  const joined = stream.key.map((column) => `${named('t', column)} = ${named('c', column)}`).join(' AND ');
  const order = ['c.SYS_CHANGE_VERSION', ...stream.key.map((column) => named('c', column))];
  const binds = ['CAST(? AS bigint)', ...stream.key.map(({ bind }) => bind ?? '?')];
  const bindings: (string | number)[] = [limit, since, until];
  let where = 'c.SYS_CHANGE_VERSION <= CAST(? AS bigint)';
  if (after !== null) {
    const branches = order.map((last, i) => {
      const equal = order.slice(0, i).map((column, j) => `${column} = ${binds[j]}`);
      bindings.push(...after.slice(0, i + 1));
      return `(${[...equal, `${last} > ${binds[i]}`].join(' AND ')})`;
    });
    where += ` AND (${branches.join(' OR ')})`;
  }
  return db.knex.raw(
    `SELECT TOP (?) ${list.join(', ')} FROM CHANGETABLE(CHANGES ${placeOf(db, stream).replaceAll('?', '\\?')}, CAST(? AS bigint)) AS c
     LEFT JOIN ${placeOf(db, stream).replaceAll('?', '\\?')} AS t ON ${joined} WHERE ${where} ORDER BY ${order.join(', ')}`,
    bindings,
  );
}

/**
 * First a snapshot, then what changed since the moment before it, row by row in its latest state. What changes while the
 * snapshot runs comes twice, the second time as it ended.
 * @throws HUB_SOURCE_LOG_LOST when the server has forgotten changes, HUB_SOURCE_NO_RIGHTS when the table is not tracked.
 */
export async function* readChanges(
  db: Database,
  stream: OpenStream,
  after: Checkpoint | null,
  ctx: RunContext,
): AsyncIterable<SourcePortion> {
  const saved = after as Saved | null;
  const of = identityOf(stream);
  const saving = (at: Position): Checkpoint => ({ of, at }) satisfies Saved as unknown as Checkpoint;
  const versions = await versionsOf(db, stream);
  let position: Position =
    saved === null || saved.of !== of ? { phase: 'snapshot', version: versions.current, after: null } : saved.at;
  requireKept(stream, position.version, versions.oldest);
  if (position.phase === 'snapshot') {
    const { version } = position;
    for await (const { rows, last, isLast } of pages(db, stream, { order: stream.key, after: position.after }, ctx)) {
      const next: Position = isLast ? { phase: 'changes', version } : { phase: 'snapshot', version, after: last };
      yield { records: recordsOf(stream, rows, ctx), rejects: [], next: saving(next) };
    }
    return;
  }
  const until: string = position.until ?? versions.current;
  for (;;) {
    ctx.signal.throwIfAborted();
    const page: ChangesPage = {
      ...{ since: position.version, until, after: position.after ?? null, limit: stream.pageRows },
    };
    const rows = await guarded(db, `reading the changes of ${qualified(stream)}`, () =>
      db.rows(selectChanges(db, stream, page)),
    );
    // Asked after the page: what the server forgot before it was read would be missing without a word.
    requireKept(stream, position.version, (await versionsOf(db, stream)).oldest);
    const isLast = rows.length < stream.pageRows;
    const final = rows.at(-1);
    position =
      isLast || final === undefined
        ? { phase: 'changes', version: until }
        : { ...position, until, after: [textOf(final[0]), ...final.slice(2, 2 + stream.key.length).map(textOf)] };
    yield { records: changeRecords(stream, rows, ctx), rejects: [], next: saving(position) };
    if (isLast) break;
  }
}

async function versionsOf(db: Database, stream: OpenStream): Promise<{ current: string; oldest: string }> {
  const [row] = await guarded(db, `asking for the versions of ${qualified(stream)}`, () =>
    db.rows(selectVersions(db, stream)),
  );
  const [current, oldest] = row ?? [];
  if (typeof current === 'string' && typeof oldest === 'string') return { current, oldest };
  throw new HubError(
    'HUB_SOURCE_NO_RIGHTS',
    `${qualified(stream)} is not tracked, or the login may not see it: ${trackingStatement(stream)}`,
    { table: qualified(stream), allowed: 'a table with change tracking' },
  );
}

/** What the owner runs; the hub never changes a source. */
export const trackingStatement = (stream: Pick<OpenStream, 'schema' | 'table'>): string =>
  'ALTER DATABASE CURRENT SET CHANGE_TRACKING = ON (CHANGE_RETENTION = 7 DAYS, AUTO_CLEANUP = ON); ' +
  `ALTER TABLE ${qualified(stream)} ENABLE CHANGE_TRACKING; GRANT VIEW CHANGE TRACKING ON ${qualified(stream)} TO <login>`;

function requireKept(stream: OpenStream, version: string, oldest: string): void {
  if (BigInt(version) >= BigInt(oldest)) return;
  throw new HubError(
    'HUB_SOURCE_LOG_LOST',
    `${qualified(stream)}: changes after version ${version} are gone, the server keeps them from ${oldest} on`,
    { table: qualified(stream), version, oldest },
  );
}

function changeRecords(stream: OpenStream, rows: readonly Row[], ctx: RunContext): readonly RawRecord[] {
  const others = stream.columns.filter((column) => !stream.key.includes(column));
  const shaped = { ...stream, columns: [...stream.key, ...others] };
  const keys = stream.key.map((_, i) => i);
  const now = ctx.now().getTime();
  const records: RawRecord[] = [];
  for (const row of rows) {
    const cells = row.slice(2);
    if (row[1] === 'D') {
      const key = keyOf(cells, keys);
      records.push({
        ...{ stream: stream.stream, key, op: 'delete', value: null, observedAt: now },
        origin: `${qualified(stream)}#${key}`,
      });
    } else records.push(...recordsOf(shaped, [cells], ctx));
  }
  return records;
}
