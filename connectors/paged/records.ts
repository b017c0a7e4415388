import type { RawRecord } from '../../schemas/stream.ts';
import type { RejectedRow } from '../connector.ts';
import { joinKey } from '../files/key.ts';
import { type ExactJson, follow } from '../json/exact.ts';
import { instantOf } from '../moment.ts';
import { cellOf } from '../xml/tree.ts';
import { isDay, isLater } from './change.ts';
import type { Mark } from './seen.ts';

/** What records of a paged service are made by. */
export interface PagedStream {
  readonly key: readonly string[];
  /** Column: path in a record. */
  readonly columns: Readonly<Record<string, string>>;
  readonly since?: { readonly column: string; readonly overlapSeconds: number } | undefined;
  readonly observedAt?: string | undefined;
}

const RAW_KEPT = 64 * 1024;
const TOLD = 40;

export interface PageRecords {
  readonly records: readonly RawRecord[];
  readonly rejects: readonly RejectedRow[];
  /** One for each record of the page, also for those that are left out. */
  readonly marks: readonly Mark[];
}

/** Records of a page. What changed before `after` is left out: services like to round `since` down. */
export function pageRecords(
  name: string,
  stream: PagedStream,
  found: readonly ExactJson[],
  place: { readonly origin: string; readonly now: number; readonly after: string | null },
): PageRecords {
  const records: RawRecord[] = [];
  const rejects: RejectedRow[] = [];
  const marks: Mark[] = [];
  const columns = Object.entries(stream.columns).map(([column, path]) => [column, path.split('.')] as const);
  for (let index = 0; index < found.length; index++) {
    const one = found[index] as ExactJson;
    const origin = `${place.origin}#${index + 1}`;
    const value: Record<string, string | null> = {};
    for (const [column, path] of columns) value[column] = cellOf(follow(one, path));
    const changed = stream.since === undefined ? null : (value[stream.since.column] ?? null);
    const key = joinKey(stream.key.map((column) => value[column] ?? null));
    const observedAt = stream.observedAt === undefined ? place.now : timeOf(value[stream.observedAt]);
    const why =
      key === null
        ? (noRecord(one) ?? `the key (${stream.key.join(', ')}) is empty`)
        : observedAt === null
          ? `${stream.observedAt} is no time with a zone, or none of the calendar`
          : null;
    marks.push(markOf(one, key, changed));
    if (key === null || observedAt === null) {
      const raw = Buffer.from(JSON.stringify(one)).subarray(0, RAW_KEPT);
      rejects.push({ stream: name, code: 'HUB_FILE_RECORD', message: why ?? '', origin, raw });
    } else if (place.after === null || changed === null || isNew(stream, changed, place.after))
      records.push({ stream: name, key, op: 'upsert', value, observedAt, origin });
  }
  return { records, rejects, marks };
}

const markOf = (one: ExactJson, key: string | null, changed: string | null): Mark => ({
  key,
  state: key === null ? `\0${JSON.stringify(one)}` : changed === null ? key : `${key}\0${changed}`,
});

/** What has no members has no columns. null: it has. */
function noRecord(one: ExactJson): string | null {
  if (one === null) return 'it is null, and no object with members';
  if (typeof one === 'boolean') return `it is ${one}, and no object with members`;
  if (Array.isArray(one)) return `it is a list of ${one.length}, and no object with members`;
  return typeof one === 'string' ? `it is the text "${one.slice(0, TOLD)}", and no object with members` : null;
}

/** What has the same as the last one may be another change, unless nothing is to be read twice. */
function isNew({ since }: PagedStream, changed: string, after: string): boolean {
  if (isLater(changed, after)) return true;
  return changed === after && (isDay(after) || since?.overlapSeconds !== 0);
}

const timeOf = (text: string | null | undefined): number | null => (typeof text === 'string' ? instantOf(text) : null);
