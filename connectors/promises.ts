/** What `hub check` is asked about a source. */
export const PROMISES = {
  reachable: 'the place answers, takes the login, and what is to be read is there',
  encoding: 'texts are in the encoding that was agreed on',
  columns: 'the columns that a stream names are there',
  keys: 'every row has a key, and no two have the same',
  complete: 'everything that the source holds is given',
  news: 'what changes later is read later, and no bound passes it by',
  deletes: 'rows that are gone are told',
  time: 'the time at which a row was so is known',
  kept: 'what cannot be taken is said, and kept',
} as const;
export type PromiseName = keyof typeof PROMISES;

/** `promised` may say where alone it is so; `not` is the sentence that a user reads; `none`: there is nothing to promise. */
export type Promised = { readonly promised: string } | { readonly not: string } | { readonly none: string };

const YES: Promised = { promised: '' };
const whereSo = (condition: string): Promised => ({ promised: condition });
const not = (sentence: string): Promised => ({ not: sentence });
const none = (why: string): Promised => ({ none: why });

type Answers = Readonly<Record<PromiseName, Promised>>;

const UP_TO_8_MB = 'in files up to 8 MB, which check reads to their end; of a larger one it reads the head';

const ofFiles = {
  reachable: YES,
  encoding: whereSo(UP_TO_8_MB),
  columns: YES,
  keys: whereSo(`within one file; ${UP_TO_8_MB}`),
  complete: whereSo(UP_TO_8_MB),
  news: not('A file whose size, time and first 64 KB are as they were counts as read, whatever changed behind them.'),
  deletes: not('Rows that are gone from the files are looked for only with `detectDeletes: true`.'),
  time: not(
    'A row has the time of its file, by the clock of the server that keeps it; over an FTP that tells no times, that of the run.',
  ),
  kept: whereSo(UP_TO_8_MB),
} satisfies Answers;

const UNICODE = none('a workbook holds Unicode');

const ofTables = {
  reachable: YES,
  encoding: not(
    'Texts come as the server converts them: bytes that lie there under another name, such as GBK in a column of latin1, become wrong characters. What looks like it in the first 200 rows is said.',
  ),
  columns: YES,
  keys: whereSo('by a unique index; without one all keys are compared in tables up to 2,000,000 rows'),
  complete: not('Rows that the view, or a rule of the server, hides from the login are not missed.'),
  kept: whereSo('rows without a key'),
} as const;

const ofPages = {
  reachable: YES,
  encoding: whereSo('on the first page'),
  columns: not('A column that no record of the first page has is named, and may be one that is often empty.'),
  keys: whereSo('within the first page'),
  complete: whereSo('where `total` says how many records there are: a list without it ends where the service ends it'),
  news: whereSo(
    'where `since` is a time and `overlapSeconds` the longest that a commit takes there; without `since` everything is read',
  ),
  deletes: not('A record that is no longer given stays as it was: such a service cannot be asked for all its keys.'),
  time: whereSo('with `observedAt`; without it a record has the time at which it was read'),
  kept: whereSo('on the first page'),
} satisfies Answers;

/**
 * What `hub check` promises of each kind of source. Whoever breaks one of these is told by check, and a run does not plainly
 * succeed: tests/connectors/promises breaks each of them.
 */
export const PROMISED: Readonly<Record<string, Answers>> = {
  csv: {
    ...ofFiles,
    complete: not(
      'A CSV does not say how many rows it has: one that was cut at the end of a line looks whole. `doneSuffix` waits for a marker of the sender.',
    ),
  },
  dbf: ofFiles,
  'fixed-width': {
    ...ofFiles,
    columns: not('Columns are bytes at agreed places: that one has moved shows in its values only.'),
    complete: whereSo(
      'with a `trailer` that counts the records: without one a file that was cut at the end of a record looks whole',
    ),
  },
  'geo-files': ofFiles,
  'mssql-changes': {
    ...ofTables,
    news: YES,
    deletes: YES,
    time: not('A change has the time at which it was read: change tracking keeps none.'),
    kept: none('a row of a tracked table has a primary key'),
  },
  'oai-pmh': {
    ...ofPages,
    complete: not(
      'The size that a repository states may be an estimate: a list ends where the repository gives no token.',
    ),
    news: whereSo('where `overlapSeconds` is the longest that a commit takes there, and more than 0'),
    deletes: whereSo('where the repository says `deletedRecord: persistent`'),
    time: YES,
  },
  'postgres-cdc': {
    ...ofTables,
    complete: YES,
    news: YES,
    deletes: YES,
    time: not('A change has the time of its commit by the clock of the source; the order is that of the log.'),
    kept: none('a row of the log has the key of its replica identity'),
  },
  'rest-json': ofPages,
  soap: ofPages,
  'sql-table': {
    ...ofTables,
    news: whereSo(
      'where the cursor is a time and `overlapSeconds` the longest transaction of the source; without a cursor everything is read',
    ),
    deletes: not('A row that is gone has no cursor: all keys are compared only with `detectDeletes: true`.'),
    time: not('A row has the time of its cursor where that is a time, and otherwise that at which it was read.'),
  },
  webhook: {
    reachable: not('Nobody can be asked: whether the sender reaches the hub shows when something comes.'),
    encoding: not('A body in another encoding is refused when it comes (415, 422), and not before.'),
    columns: not('A field that a delivery does not have is empty.'),
    keys: none('a key that comes again is a later state'),
    complete: not('A delivery that was never sent is not missed.'),
    news: none('what was acknowledged is read in the order of its arrival'),
    deletes: not('A deletion has to be sent, and is known by `deleteWhen`.'),
    time: not('A record has the time of `observedAt`, and without it that of its arrival.'),
    kept: not('A record that cannot be taken is rejected when it is read, with the body of its delivery.'),
  },
  xls: { ...ofFiles, encoding: UNICODE },
  xlsx: { ...ofFiles, encoding: UNICODE },
  'xml-files': {
    ...ofFiles,
    columns: not('An element that no record has is empty: it may be one that is often left out.'),
  },
};

/** What check does not promise of a kind of source, in sentences. */
export function unpromised(connector: string): readonly { readonly promise: PromiseName; readonly sentence: string }[] {
  return Object.entries(PROMISED[connector] ?? {}).flatMap(([name, answer]) =>
    'not' in answer ? [{ promise: name as PromiseName, sentence: answer.not }] : [],
  );
}
