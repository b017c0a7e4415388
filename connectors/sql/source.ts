import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { StreamSpec } from '../../schemas/stream.ts';
import type { Checkpoint, ReportLine, Source, SourcePortion, SourceReport } from '../connector.ts';
import type { SqlConfig, SqlStream } from './config.ts';
import { type Database, guarded, type OpenStream, qualified, type SqlColumn, type TableInfo } from './database.ts';
import { misread } from './misread.ts';
import { nearNames } from './near.ts';
import { readKeys } from './pages.ts';
import { readStream } from './read.ts';
import { selectKeyless, selectPage, selectRepeated } from './select.ts';

/** A source over one database. Nothing is asked before it is needed. */
export function sqlSource(db: Database, config: SqlConfig, ctx: RunContext): Source {
  const streamConfig = (stream: string): SqlStream => {
    const found = Object.hasOwn(config.streams, stream) ? config.streams[stream] : undefined;
    if (found !== undefined) return found;
    const allowed = Object.keys(config.streams);
    throw new HubError('HUB_SOURCE_OBJECT_MISSING', `there is no stream ${stream}; there are ${allowed.join(', ')}`, {
      stream,
      allowed,
    });
  };
  const open = (stream: string): Promise<OpenStream> =>
    openStream(db, stream, streamConfig(stream), config.connection.pageRows);

  const cancel = (): void => void db.cancel();
  ctx.signal.addEventListener('abort', cancel, { once: true });

  return {
    check: () => check(db, config, open),

    async discover() {
      const streams = Object.keys(config.streams);
      if (streams.length === 0) return discoverAll(db);
      const specs: StreamSpec[] = [];
      for (const stream of streams) {
        const wanted = streamConfig(stream);
        const info = await tableInfo(db, wanted);
        const { columns } = chosenColumns(info, stream, wanted);
        specs.push(specOf(stream, columns, wanted.key, info.rowEstimate));
      }
      return specs;
    },

    async *read(stream: string, after: Checkpoint | null): AsyncIterable<SourcePortion> {
      ctx.signal.throwIfAborted();
      yield* readStream(db, await open(stream), after, ctx);
    },

    async *keys(stream: string): AsyncIterable<readonly string[]> {
      yield* readKeys(db, await open(stream), ctx);
    },

    async [Symbol.asyncDispose]() {
      ctx.signal.removeEventListener('abort', cancel);
      await db[Symbol.asyncDispose]();
    },
  };
}

/** Looks up the table of a stream. @throws HUB_SOURCE_OBJECT_MISSING with the names that there are */
export async function openStream(
  db: Database,
  stream: string,
  given: SqlStream,
  pageRows: number,
): Promise<OpenStream> {
  const { overlapSeconds, ...wanted } = given;
  const info = await tableInfo(db, wanted);
  const { columns, key, cursor } = chosenColumns(info, stream, wanted);
  const keyIsUnique = isUnique(info, wanted.key);
  return {
    ...{ stream, schema: info.schema, table: info.table, columns, key, cursor, keyIsUnique },
    ...{ overlapSeconds, pageRows },
  };
}

async function tableInfo(db: Database, wanted: Pick<SqlStream, 'schema' | 'table'>): Promise<TableInfo> {
  const name = { schema: wanted.schema, table: wanted.table };
  const info = await guarded(db, `looking at ${qualified(name)}`, () => db.describe(name));
  if (info !== null) return info;
  const tables = await guarded(db, 'listing the tables', () => db.tables());
  const allowed = nearNames(name.table, tables.map(qualified));
  throw new HubError(
    'HUB_SOURCE_OBJECT_MISSING',
    `there is no table ${qualified(name)}, or the login may not see it; it sees ${tables.length} tables, the nearest ${allowed.join(', ') || 'none'}`,
    { table: qualified(name), allowed },
  );
}

function chosenColumns(info: TableInfo, stream: string, wanted: Omit<SqlStream, 'overlapSeconds'>) {
  const byName = new Map(info.columns.map((column) => [column.name, column]));
  const column = (name: string): SqlColumn => {
    const found = byName.get(name);
    if (found !== undefined) return found;
    const allowed = [...byName.keys()];
    throw new HubError(
      'HUB_SOURCE_OBJECT_MISSING',
      `${qualified(info)} has no column ${name}; it has ${allowed.join(', ')}`,
      { stream, column: name, allowed },
    );
  };
  const key = wanted.key.map(column);
  const cursor = wanted.cursor === undefined ? null : column(wanted.cursor);
  for (const name of wanted.columns ?? []) column(name);
  const only = wanted.columns === undefined ? null : new Set([...wanted.columns, ...wanted.key, wanted.cursor]);
  return { key, cursor, columns: info.columns.filter(({ name }) => only === null || only.has(name)) };
}

const specOf = (
  name: string,
  columns: readonly SqlColumn[],
  key: readonly string[],
  rowEstimate: number | null,
): StreamSpec => ({
  name,
  columns: columns.map(({ read: _, select: __, bind: ___, exactText: ____, unset: _____, ...spec }) => spec),
  key,
  rowEstimate,
});

/** Every table that the login sees: what a steward writes the first system file from. */
async function discoverAll(db: Database): Promise<readonly StreamSpec[]> {
  const specs: StreamSpec[] = [];
  for (const name of await guarded(db, 'listing the tables', () => db.tables())) {
    const info = await guarded(db, `looking at ${qualified(name)}`, () => db.describe(name));
    if (info !== null) specs.push(specOf(qualified(name), info.columns, info.primaryKey, info.rowEstimate));
  }
  return specs;
}

async function check(
  db: Database,
  config: SqlConfig,
  open: (stream: string) => Promise<OpenStream>,
): Promise<SourceReport> {
  const notes = await guarded(db, `connecting to ${config.connection.client}`, () => db.notes());
  const streams: ReportLine[] = [];
  let losesLate = false;
  for (const [stream, wanted] of Object.entries(config.streams)) {
    try {
      const opened = await open(stream);
      const { columns, key } = opened;
      // Rights show only when something is read.
      const sample = await guarded(db, `reading ${qualified(opened)}`, () =>
        db.rows(selectPage(db, { table: opened, columns, order: key, after: null, limit: SAMPLE_ROWS })),
      );
      losesLate ||= opened.cursor !== null && (!isTime(opened.cursor) || opened.overlapSeconds === 0);
      const info = await tableInfo(db, wanted);
      const advice = adviceOn(info, wanted);
      const rows = info.rowEstimate === null ? 'rows unknown' : `about ${info.rowEstimate} rows`;
      const faults = [...(await keyFaults(db, opened, info)), ...misread(columns, sample)];
      const message = [`${qualified(opened)}, ${rows}`, ...faults, ...advice].join('; ');
      streams.push({ stream, ok: faults.length === 0, message, ...(faults.length === 0 ? {} : { isRead: true }) });
    } catch (error) {
      if (!isHubError(error) || error.code === 'HUB_SOURCE_UNREACHABLE' || error.code === 'HUB_SOURCE_REFUSED')
        throw error;
      streams.push({ stream, ok: false, message: `${error.code}: ${error.message}. ${error.remedy}` });
    }
  }
  const full = Object.values(config.streams).some(({ cursor }) => cursor === undefined);
  const lateCommits = losesLate ? 'not-caught' : full ? 'full-read' : 'overlap-window';
  return { ok: streams.every(({ ok }) => ok), streams, notes, lateCommits };
}

/** Enough to see in which encoding texts lie there. */
const SAMPLE_ROWS = 200;
/** Of a larger table the server is not asked to compare all keys. */
const MOST_COMPARED = 2_000_000;

/** Rows that are not told apart by the key, where no index says that there are none, and rows without a key. */
async function keyFaults(db: Database, stream: OpenStream, { rowEstimate }: TableInfo): Promise<readonly string[]> {
  const names = stream.key.map(({ name }) => name).join(' + ');
  const faults: string[] = [];
  if (!stream.keyIsUnique && (rowEstimate ?? 0) <= MOST_COMPARED) {
    const ask = () => db.rows(selectRepeated(db, stream, stream.key));
    const found = await guarded(db, `comparing keys of ${qualified(stream)}`, ask).catch(isTooLong);
    if (found === null)
      faults.push(`whether ${names} identifies a row could not be told within the limit of a statement`);
    const rows = found?.[0]?.at(-1);
    if (rows !== undefined) faults.push(`the key ${names} does not identify a row: ${String(rows)} rows have the same`);
  }
  if (stream.key.some(({ nullable }) => nullable)) {
    const ask = () => db.rows(selectKeyless(db, stream, stream.key, stream.key, 1));
    const found = await guarded(db, `reading rows without key of ${qualified(stream)}`, ask);
    if (found.length > 0) faults.push(`there are rows without a key, which are rejected: ${names} is NULL`);
  }
  return faults;
}

function isTooLong(error: unknown): null {
  if (isHubError(error) && error.code === 'HUB_SOURCE_READ_FAILED') return null;
  throw error;
}

const isUnique = ({ indexes }: TableInfo, key: readonly string[]): boolean =>
  indexes.some(({ unique, columns }) => unique && columns.length > 0 && columns.every((name) => key.includes(name)));

const isTime = ({ type }: Pick<SqlColumn, 'type'>): boolean => type === 'timestamp' || type === 'date';

/** What works but will be slow or wrong one day. */
function adviceOn(info: TableInfo, { key, cursor, overlapSeconds }: SqlStream): readonly string[] {
  const { indexes, columns } = info;
  const advice: string[] = [];
  if (!isUnique(info, key)) advice.push(`no unique index says that ${key.join(' + ')} identifies a row`);
  if (!indexes.some((index) => index.columns[0] === key[0]))
    advice.push(`no index begins with ${key[0]}: paging will be slow`);
  if (cursor === undefined) return [...advice, 'no cursor: every run reads everything'];
  if (!indexes.some((index) => index.columns[0] === cursor))
    advice.push(`no index begins with ${cursor}: every run scans the table`);
  const found = columns.find(({ name }) => name === cursor);
  if (found !== undefined && !isTime(found))
    advice.push(
      `${cursor} is no time: a row that is committed late with a smaller value is lost; take a column with the time of change, or none`,
    );
  else if (overlapSeconds === 0)
    advice.push(
      'overlapSeconds is 0: a row that is committed later than one with a later time is lost; write the longest time that a transaction of this source takes',
    );
  return advice;
}
