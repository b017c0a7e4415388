import { HubError, isAbort } from '../../schemas/kernel/errors.ts';
import type { ColumnSpec } from '../../schemas/stream.ts';
import type { ReportLine } from '../connector.ts';
import type { FileStream, FolderConnection } from './config.ts';
import { fileFailure } from './failure.ts';
import type { FileFormat, FileShape } from './format.ts';
import { isTimeKnown, type Listing } from './listing.ts';
import type { OpenFile } from './open-file.ts';
import type { FilePlace } from './place.ts';
import { type Trial, tryRows } from './trial.ts';

export interface AgreedShape {
  /** Of the oldest file with a good header; null when there is none. */
  readonly shape: FileShape | null;
  /** Over all good files; null when only reading them tells. */
  readonly rowEstimate: number | null;
  /** `name: why` of files whose head is not good. */
  readonly bad: readonly { readonly file: string; readonly error: HubError }[];
  readonly notes: readonly string[];
}

/** What the head of a file says. @throws HUB_FILE_TRUNCATED for one without bytes, and what the format throws */
export async function inspectFile<Stream extends FileStream, Shape extends FileShape>(
  format: FileFormat<Stream, Shape>,
  file: OpenFile,
  stream: Stream,
): Promise<FileShape & Shape> {
  if (file.size > 0) return format.inspect(file, stream);
  throw new HubError('HUB_FILE_TRUNCATED', `${file.name} is empty: it has no bytes`, { file: file.name });
}

/** The columns of a stream are those of its oldest readable file; all others must have the same. */
export async function agreedShape<Stream extends FileStream, Shape extends FileShape>(
  format: FileFormat<Stream, Shape>,
  stream: Stream,
  listing: Listing,
  place: Pick<FilePlace, 'take'>,
  {
    extent = 'all',
    each,
  }: { extent?: 'first' | 'all'; each?: (file: OpenFile, shape: FileShape & Shape) => Promise<void> } = {},
): Promise<AgreedShape> {
  let shape: FileShape | null = null;
  let rowEstimate: number | null = 0;
  const bad: { file: string; error: HubError }[] = [];
  const notes: string[] = [];
  for (const found of listing.files) {
    try {
      await using file = await place.take(found);
      const here = await inspectFile(format, file, stream);
      if (shape === null) shape = here;
      else assertSameColumns(found.name, here.columns, shape.columns);
      rowEstimate = rowEstimate === null || here.rowEstimate === null ? null : rowEstimate + here.rowEstimate;
      notes.push(...here.notes.map((note) => `${found.name}: ${note}`));
      await each?.(file, here);
      if (extent === 'first') break;
    } catch (error) {
      if (isAbort(error)) throw error;
      bad.push({ file: found.name, error: fileFailure(error, found) });
    }
  }
  return { shape, rowEstimate, bad, notes };
}

export function assertSameColumns(file: string, found: readonly ColumnSpec[], agreed: readonly ColumnSpec[]): void {
  if (found === agreed) return;
  const label = (column: ColumnSpec): string => `${column.name} ${column.type}`;
  const here = new Set(found.map(label));
  const there = new Set(agreed.map(label));
  const missing = [...there].filter((column) => !here.has(column));
  const unexpected = [...here].filter((column) => !there.has(column));
  if (missing.length === 0 && unexpected.length === 0) return;
  throw new HubError(
    'HUB_FILE_HEADER',
    `${file} has other columns than the other files of the stream${lists({ missing, unexpected })}`,
    {
      file,
      missing,
      unexpected,
    },
  );
}

/**
 * Checks that belong to every format.
 * @param suspicions what the bytes look like where that is another encoding: in a wrong one no name is found.
 * @throws HUB_FILE_HEADER with all faults at once: duplicate, unsafe, unnamed, missing columns.
 */
export function assertGoodColumns(
  file: string,
  names: readonly string[],
  stream: FileStream,
  suspicions: readonly string[] = [],
): void {
  const duplicate = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
  const unsafe = names.filter((name) => name === '__proto__');
  const unnamed = names.flatMap((name, at) => (name === '' ? [`number ${at + 1}`] : []));
  const present = new Set(names);
  const missing = [...new Set([...(stream.columns ?? []), ...stream.key])].filter((name) => !present.has(name));
  const faults = { missing: missing.map((name) => withMeant(name, names)), duplicate, unsafe, unnamed };
  if (Object.values(faults).every((list) => list.length === 0)) return;
  const seen = [`it has ${shown(names)}`, ...suspicions].join('; ');
  throw new HubError('HUB_FILE_HEADER', `The header of ${file} is not good${lists(faults)}; ${seen}`, {
    file,
    ...{ ...faults, missing },
    found: names.slice(0, 300),
  });
}

/** Blanks and case are what people write otherwise. */
const plainName = (name: string): string => name.replace(/[\s\u3000_-]+/gu, '').toLowerCase();
const withMeant = (name: string, names: readonly string[]): string => {
  const meant = names.find((one) => plainName(one) === plainName(name));
  return meant === undefined ? name : `${name} (did you mean "${meant}"?)`;
};

const SHOWN = 40;
const shown = (names: readonly string[]): string =>
  names
    .slice(0, SHOWN)
    .map((name) => name.slice(0, SHOWN * 2))
    .join(', ') + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '');

const lists = (faults: Readonly<Record<string, readonly string[]>>): string =>
  Object.entries(faults)
    .filter(([, names]) => names.length > 0)
    .map(([fault, names]) => `; ${fault}: ${shown(names)}`)
    .join('');

export interface Checked {
  readonly line: ReportLine;
  readonly notes: readonly string[];
}

/** One line for a steward: what is there, or what to mend. */
export async function checkStream<Stream extends FileStream, Shape extends FileShape>(
  format: FileFormat<Stream, Shape>,
  {
    name,
    stream,
    connection,
    signal,
  }: { name: string; stream: Stream; connection: FolderConnection; signal: AbortSignal },
  listing: Listing,
  place: Pick<FilePlace, 'take'>,
): Promise<Checked> {
  const line = (ok: boolean, message: string) => ({ stream: name, ok, message });
  const pending = [
    ...listing.waiting.map((file) => `waiting: ${file}`),
    ...listing.refused.map(({ name: file, refused }) => `refused: ${file}: ${refused}`),
  ];
  if (listing.files.length === 0 && pending.length === 0) {
    const others = listing.others.length === 0 ? 'the folder is empty' : `the folder has ${listing.others.join(', ')}`;
    return { line: line(false, `no file matches ${stream.files}; ${others}`), notes: [] };
  }
  const rows = new RowCount();
  const agreed = await agreedShape(format, stream, listing, place, {
    each: async (file, shape) =>
      rows.add(file.name, shape.rowEstimate, await tryRows(format, file, { name, stream, shape, connection, signal })),
  });
  const good = listing.files.length - agreed.bad.length;
  const faults = [
    ...agreed.bad.map(({ error }) => `${error.code}: ${error.message}`),
    ...listing.refused.map(({ name: file, refused }) => `refused: ${file}: ${refused}`),
    ...(rows.repeated > 0 ? [`${rows.repeated} rows have a key that another row of their file has`] : []),
    ...(rows.all > 0 && rows.rejected === rows.all ? ['no row could be taken'] : []),
    ...(good > 0 && rows.empty.length === good ? [`no record in ${rows.empty.slice(0, 5).join(', ')}`] : []),
  ];
  const newest = listing.unsettled.filter(({ file }) => isTimeKnown(file)).map(({ file }) => file.name);
  const unsettled =
    newest.length === 0
      ? []
      : [
          `a run takes the newest files (${newest.slice(0, 5).join(', ')}) when a second listing shows them unchanged after stableSeconds`,
        ];
  // A row that is rejected does not keep the others from being read.
  const isRead = faults.length === 0;
  const count = `${good} of ${listing.files.length} files good, ${rows.said()}`;
  const message = [count, ...faults, ...listing.waiting.map((file) => `waiting: ${file}`)].join('; ');
  return {
    line: { ...line(isRead && rows.rejected === 0, message), ...(isRead && rows.rejected > 0 ? { isRead } : {}) },
    notes: [...agreed.notes, ...rows.notes, ...unsettled],
  };
}

/** Rows of the files of a stream: counted where a file is small, estimated where its head tells. */
class RowCount {
  readonly empty: string[] = [];
  readonly notes: string[] = [];
  /** Rows whose key another row of their file has. */
  repeated = 0;
  #rows = 0;
  #rejected = 0;
  #isExact = true;
  #unknown = 0;

  add(file: string, estimate: number | null, trial: Trial | null): void {
    const rows = trial?.rows ?? estimate;
    if (rows === 0) this.empty.push(file);
    this.#rows += rows ?? 0;
    this.#rejected += trial?.rejected ?? 0;
    this.repeated += trial?.repeated ?? 0;
    if (trial === null) this.#isExact = false;
    if (rows === null) this.#unknown += 1;
    this.notes.push(...(trial?.notes ?? []));
  }

  get all(): number {
    return this.#rows;
  }

  get rejected(): number {
    return this.#rejected;
  }

  said(): string {
    const rows = `${this.#isExact ? '' : 'about '}${this.#rows} ${this.#rows === 1 ? 'row' : 'rows'}`;
    return [
      rows,
      ...(this.#rejected === 0 ? [] : [`${this.#rejected} of them would be rejected`]),
      ...(this.#unknown === 0 ? [] : [`those of ${this.#unknown} large files not counted`]),
    ].join(', ');
  }
}
