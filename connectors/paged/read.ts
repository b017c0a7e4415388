import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import type { Checkpoint, Repeats, SourcePortion } from '../connector.ts';
import { placeOfText } from '../cursor-place.ts';
import type { ExactJson } from '../json/exact.ts';
import { type PagedStream, pageRecords } from './records.ts';

/** Where a pass over a list stands. */
export interface Position {
  /** What this pass asks for; null: everything. */
  readonly since: string | null;
  /** Page number, offset, cursor or address of the page to ask for; null: the first one. */
  readonly next: string | null;
  /** The latest change seen in this pass. */
  readonly seen: string | null;
  /** How many records the service counted when the pass began. */
  readonly total: number | null;
  /** A print of the last page, to notice a service that gives the same one for ever. */
  readonly last: string | null;
}

export interface Page {
  readonly found: readonly ExactJson[];
  /** null after the last page. */
  readonly next: string | null;
  readonly total: number | null;
  /** Where a person finds it: path and page. */
  readonly origin: string;
}

export interface PagedRead {
  readonly name: string;
  readonly stream: PagedStream;
  readonly ctx: RunContext;
  ask(position: Position): Promise<Page>;
}

const START: Position = { since: null, next: null, seen: null, total: null, last: null };

/** Page by page; a checkpoint after each, so that a service that wants a pause is asked on from there later. */
export async function* readPages(read: PagedRead, after: Checkpoint | null): AsyncIterable<SourcePortion> {
  const { name, stream, ctx } = read;
  let position: Position = after === null ? START : { ...START, ...(after as Partial<Position>) };
  for (;;) {
    ctx.signal.throwIfAborted();
    const { found, next, total, origin } = await read.ask(position);
    if (total !== null && position.total !== null && total < position.total) {
      // Records moved towards the front, past the page that is asked for next.
      yield { records: [], rejects: [], next: saving({ ...START, since: position.since }) };
      throw new HubError(
        'HUB_SOURCE_READ_FAILED',
        `${origin} shrank from ${position.total} to ${total} records while it was read; it is read again from its first page`,
        { stream: name },
      );
    }
    const print = fingerprint(found);
    if (next !== null && (print === position.last || next === position.next))
      throw new HubError(
        'HUB_SOURCE_READ_FAILED',
        `${origin} gives the same page twice: does the service know the paging parameters?`,
        {
          stream: name,
        },
      );
    const place = { origin, now: ctx.now().getTime(), after: position.since };
    const { records, rejects } = pageRecords(name, stream, found, place);
    const seen = latest(position.seen, stream, records);
    position =
      next === null
        ? endOf(position, stream, seen)
        : { ...position, next, seen, total: total ?? position.total, last: print };
    const repeats = repeatsOf(
      stream,
      next === null ? position.since : endOf(position, stream, seen).since,
      next === null,
    );
    yield { records, rejects, next: saving(position), repeats };
    if (next === null) return;
  }
}

const saving = ({ since, next, seen, total, last }: Position): Checkpoint => ({ since, next, seen, total, last });

/** The next pass begins at the latest change, less the overlap where that is a time. */
function endOf({ since }: Position, stream: PagedStream, seen: string | null): Position {
  const latestSeen = seen ?? since;
  if (latestSeen === null || stream.since === undefined) return START;
  return { ...START, since: earlier(latestSeen, stream.since.overlapSeconds) };
}

/** `since`: of the next pass. Without it every pass gives everything. */
function repeatsOf({ since: change }: PagedStream, since: string | null, isLast: boolean): Repeats {
  const placeOf = ({ value }: RawRecord): number | null => {
    const changed = change === undefined ? null : (value?.[change.column] ?? null);
    return typeof changed === 'string' ? placeOfText(changed) : null;
  };
  return { from: since === null ? null : placeOfText(since), placeOf, isLast, keysOnce: false };
}

function earlier(text: string, seconds: number): string {
  const time = /^(\d{4}-\d{2}-\d{2})([T ])(\d{2}:\d{2}:\d{2})/.exec(text);
  if (seconds === 0 || time === null) return text;
  const moved = new Date(Date.parse(`${time[1]}T${time[3]}Z`) - seconds * 1000).toISOString();
  return moved.slice(0, 10) + time[2] + moved.slice(11, 19) + text.slice(19).replace(/^\.\d+/, '');
}

function latest(seen: string | null, { since }: PagedStream, records: readonly { value: unknown }[]): string | null {
  if (since === undefined) return null;
  let most = seen;
  for (const { value } of records) {
    const changed = (value as Readonly<Record<string, string | null>>)[since.column] ?? null;
    if (changed !== null && (most === null || changed > most)) most = changed;
  }
  return most;
}

/** Enough to tell one page from another: length and both ends. */
const fingerprint = (found: readonly ExactJson[]): string =>
  `${found.length} ${JSON.stringify(found[0] ?? '').slice(0, 150)} ${JSON.stringify(found.at(-1) ?? '').slice(0, 150)}`;
