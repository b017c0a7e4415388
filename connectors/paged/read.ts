import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import type { Checkpoint, Repeats, SourcePortion } from '../connector.ts';
import { placeOfText } from '../cursor-place.ts';
import type { ExactJson } from '../json/exact.ts';
import { isCount, isDay, isLater, isMoment } from './change.ts';
import { type PagedStream, pageRecords } from './records.ts';
import { failureIn, type Said, saidIn } from './reply.ts';
import { SeenPages } from './seen.ts';

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
  /** When this pass began, by the hub's clock, ISO; null before it does. */
  readonly began: string | null;
  /** How many records this pass has had so far, those that came again on a later page once; null in a pass of a program that did not count. */
  readonly count: number | null;
  /** A print of the last page, to notice a service that gives the same one for ever. */
  readonly last: string | null;
  /** What the last page with records, of this pass or an earlier one, said of how it went; null where `success` judges that. */
  readonly said: Said | null;
}

export interface Page {
  readonly found: readonly ExactJson[];
  /** What to ask next as far as this page tells; null where it says that it is the last. */
  readonly next: string | null;
  readonly total: number | null;
  /** The whole reply; null where `success` has judged it, or there is none. */
  readonly tree: ExactJson | null;
  /** Where a person finds it: path and page. */
  readonly origin: string;
}

export interface PagedRead {
  readonly name: string;
  readonly stream: PagedStream;
  readonly ctx: RunContext;
  /** How many records a page is asked to have; null where nothing is asked. */
  readonly size: number | null;
  /** Where the service is to say how many records there are; null where nobody agreed on that. */
  readonly total: string | null;
  ask(position: Position): Promise<Page>;
}

const START: Position = {
  ...{ since: null, next: null, seen: null, total: null },
  ...{ began: null, count: 0, last: null, said: null },
};

/**
 * Page by page; a checkpoint after each, so that a service that wants a pause is asked on from there later. A list ends where
 * the service ends it: at a page that names no next one, at the total that it states, at an empty page where pages are
 * counted. A short page is none of these: services cap what they are asked for. Nor is a total that one page reaches alone:
 * it may be that of the page, and one more is asked for. What contradicts the service's own words begins again.
 */
export async function* readPages(read: PagedRead, after: Checkpoint | null): AsyncIterable<SourcePortion> {
  const { name, stream, ctx } = read;
  const pages = new SeenPages();
  let cameAgain = 0;
  let position: Position = after === null ? START : { ...START, ...uncounted(after), ...(after as Partial<Position>) };
  for (;;) {
    ctx.signal.throwIfAborted();
    position = { ...position, began: position.began ?? ctx.now().toISOString() };
    const page = await askOn(read, position);
    const { next: named, total: stated, origin, tree } = page;
    requireTotal(read, position, page);
    const place = { origin, now: ctx.now().getTime(), after: position.since };
    const { marks, ...taken } = pageRecords(name, stream, page.found, place);
    const isEmpty = page.found.length === 0;
    const { again, round } = pages.see(
      origin,
      isEmpty && named !== null ? [{ key: null, state: `\0${named}` }] : marks,
    );
    cameAgain += again;
    const print = fingerprint(page.found);
    // Behind the total nothing came, or what was there already.
    const isOver = isBehind(position) && (again === page.found.length || print === position.last);
    const { records, rejects } = isOver ? { records: [], rejects: [] } : taken;
    const total = isOver ? position.total : (stated ?? position.total);
    const count = position.count === null ? null : position.count + (isOver ? 0 : page.found.length - again);
    const isReached = total !== null && count !== null && count >= total;
    const isOnePage = position.next === null && count === total && !isEmpty;
    const next = isOver || (isReached && !isOnePage) ? null : named;
    if (next !== null && ((!isEmpty && print === position.last) || next === position.next))
      throw new HubError(
        'HUB_SOURCE_READ_FAILED',
        `${origin} gives the same page twice: does the service know the paging parameters? Where it gives everything at once, write paging: { style: none }`,
        { stream: name },
      );
    const failure =
      isEmpty && !isOver && position.said !== null && tree !== null
        ? failureIn(position.said, tree, position.next === null)
        : null;
    if (failure !== null)
      throw new HubError(
        'HUB_SOURCE_READ_FAILED',
        `${origin} has no records and says what the page before did not say (${failure}): that is no end of a list. Where every reply says how it went, success: { path, is } names what is fine`,
        { stream: name, said: failure },
      );
    const fault = contradiction({
      ...{ before: position.total, stated: isOver ? null : stated, total, count, cameAgain, next, round },
    });
    if (fault !== null) {
      yield { records: [], rejects: [], next: saving({ ...START, since: position.since }) };
      throw new HubError('HUB_SOURCE_READ_FAILED', `${origin} ${fault}; it is read again from its first page`, {
        ...{ stream: name, read: count, stated: total },
      });
    }
    const seen = latest(position.seen, stream, records);
    const said = isEmpty ? position.said : tree === null ? null : saidIn(tree);
    position =
      next === null
        ? { ...endOf(position, stream, seen), said }
        : { ...position, next, seen, total, count, last: print, said };
    const repeats = repeatsOf(
      stream,
      next === null ? position.since : endOf(position, stream, seen).since,
      next === null,
    );
    yield { records, rejects, next: saving(position), repeats };
    if (next === null) return;
  }
}

/** The list has as many records as it states, and the page behind it is asked for to see whether that is so. */
const isBehind = ({ next, total, count }: Position): boolean => next !== null && total !== null && count === total;

/** Asks for a page. Many services refuse one that lies behind the last: that is as good as an empty one. */
async function askOn(read: PagedRead, position: Position): Promise<Page> {
  try {
    return await read.ask(position);
  } catch (error) {
    read.ctx.signal.throwIfAborted();
    if (!isBehind(position) || !isHubError(error)) throw error;
    return { found: [], next: null, total: null, tree: null, origin: read.name };
  }
}

/** @throws HUB_SOURCE_SCHEMA_CHANGED for a first page with records that does not state the total that was agreed on */
function requireTotal({ name, total }: PagedRead, { next }: Position, { found, total: stated, origin }: Page): void {
  if (total === null || stated !== null || next !== null || found.length === 0) return;
  throw new HubError(
    'HUB_SOURCE_SCHEMA_CHANGED',
    `${origin} has no number at ${total}, where it is to say how many records there are`,
    { stream: name, total },
  );
}

interface Standing {
  /** Total before this page, stated by it, and as it is now. */
  readonly before: number | null;
  readonly stated: number | null;
  readonly total: number | null;
  readonly count: number | null;
  /** Records whose key an earlier page of this read had. */
  readonly cameAgain: number;
  readonly next: string | null;
  readonly round: string | null;
}

/** What a page says against the pages before it, or against its own total. null: nothing. */
function contradiction({ before, stated, total, count, cameAgain, next, round }: Standing): string | null {
  // Records moved towards the front, past the page that is asked for next.
  if (stated !== null && before !== null && stated < before)
    return `shrank from ${before} to ${stated} records while it was read`;
  if (total !== null && count !== null && count > total)
    return `brings the list to ${count} records, and the service states ${total}: is that the number of all records, and not of one page or of the pages?`;
  if (next !== null && round !== null)
    return `has only records that came before in this read, the first of them at ${round}: the list goes round`;
  if (next === null && total !== null && count !== null && count < total)
    return `ends the list after ${count} records, and the service states ${total}${cameAgain === 0 ? '' : moved(cameAgain)}`;
  return null;
}

const moved = (count: number): string =>
  `; ${count} came again on a later page: its order changes from page to page, or the key does not tell its records apart`;

const saving = ({ since, next, seen, total, began, count, last, said }: Position): Checkpoint => ({
  ...{ since, next, seen, total, began, count, last, said },
});

/** In the middle of a pass that an earlier program began, nobody knows how many records there were. */
const uncounted = (after: Checkpoint): Partial<Position> =>
  (after as Partial<Position>).next == null ? {} : { count: null };

/**
 * The next pass begins at the latest change, or where this one began if that is earlier, less the overlap where that is a
 * time: what is dated in the future must not hide what changes today, nor what changed behind the pass while it went.
 */
function endOf({ since, began }: Position, stream: PagedStream, seen: string | null): Position {
  const latestSeen = seen ?? since;
  if (latestSeen === null || stream.since === undefined) return START;
  return { ...START, since: earlier(notAfter(latestSeen, began), stream.since.overlapSeconds) };
}

/** `since`: of the next pass. Without it every pass gives everything. */
function repeatsOf({ since: change }: PagedStream, since: string | null, isLast: boolean): Repeats {
  const placeOf = ({ value }: RawRecord): number | null => {
    const changed = change === undefined ? null : (value?.[change.column] ?? null);
    return typeof changed === 'string' ? placeOfChange(changed) : null;
  };
  return { from: since === null ? null : placeOfChange(since), placeOf, isLast, keysOnce: false };
}

const placeOfChange = (text: string): number => (isCount(text) ? Number(text) : placeOfText(text));

const TIME = /^(\d{4}-\d{2}-\d{2})(?:([T ])(\d{2}:\d{2}:\d{2})(?:[.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;
const BEIJING_MS = 8 * 3_600_000;

/** A time of the service, unless it lies after the moment: then that, written as the service writes its times. */
function notAfter(text: string, moment: string | null): string {
  const [, day, sign = 'T', time, zone = ''] = TIME.exec(text) ?? [];
  if (day === undefined || moment === null) return text;
  const offset = zone === '' ? BEIJING_MS : zone === 'Z' ? 0 : offsetOf(zone);
  const at = Date.parse(`${day}T${time ?? '00:00:00'}Z`) - offset;
  const limit = Date.parse(moment);
  if (Number.isNaN(at) || at <= limit) return text;
  const local = new Date(limit + offset).toISOString();
  return time === undefined ? local.slice(0, 10) : `${local.slice(0, 10)}${sign}${local.slice(11, 19)}${zone}`;
}

const offsetOf = (zone: string): number =>
  (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))) * (zone.startsWith('-') ? -60_000 : 60_000);

function earlier(text: string, seconds: number): string {
  if (seconds === 0 || !isMoment(text)) return text;
  if (isDay(text)) return new Date(Date.parse(text) - seconds * 1000).toISOString().slice(0, 10);
  const time = /^(\d{4}-\d{2}-\d{2})([T ])(\d{2}:\d{2}:\d{2})/.exec(text);
  if (time === null) return text;
  const moved = new Date(Date.parse(`${time[1]}T${time[3]}Z`) - seconds * 1000).toISOString();
  return moved.slice(0, 10) + time[2] + moved.slice(11, 19) + text.slice(19).replace(/^\.\d+/, '');
}

function latest(seen: string | null, { since }: PagedStream, records: readonly { value: unknown }[]): string | null {
  if (since === undefined) return null;
  let most = seen;
  for (const { value } of records) {
    const changed = (value as Readonly<Record<string, string | null>>)[since.column] ?? null;
    if (changed !== null && (most === null || isLater(changed, most))) most = changed;
  }
  return most;
}

/** Enough to tell one page from another: length and both ends. */
const fingerprint = (found: readonly ExactJson[]): string =>
  `${found.length} ${JSON.stringify(found[0] ?? '').slice(0, 150)} ${JSON.stringify(found.at(-1) ?? '').slice(0, 150)}`;
