import { isHubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import type { ReportLine } from '../connector.ts';
import { isMoment } from './change.ts';
import { type PagedRead, readPages } from './read.ts';

export interface PagedLine extends ReportLine {
  /** What is committed late would be lost: nothing reaches back, or nothing can be reached back from. */
  readonly losesLate: boolean;
}

/** Asks for the first page, and for the second where the first is shorter than asked or reaches the total. What a steward can mend is a line of the report. */
export async function checkPaged(read: PagedRead): Promise<PagedLine> {
  const { name: stream } = read;
  const noOverlap = read.stream.since?.overlapSeconds === 0;
  try {
    let first: (PagedLine & { readonly count: number }) | null = null;
    for await (const { records, rejects, repeats, next } of readPages(read, null)) {
      // What begins anew is followed by the reason.
      if (repeats === undefined) continue;
      const count = records.length + rejects.length;
      if (first !== null) {
        const capped =
          count === 0 ? '' : `; the service gives at most ${first.count} records a page, ${read.size} were asked for`;
        const { count: _, ...line } = first;
        return { ...line, message: `${first.message}${capped}` };
      }
      const line = lineOf(read, records, rejects.length);
      const isBounded = read.size === null || (count >= read.size && next['total'] !== count);
      if (isBounded || count === 0) return line;
      first = { ...line, count };
    }
    if (first === null) return { stream, ok: true, message: 'no records', losesLate: noOverlap };
    const { count: _, ...line } = first;
    return line;
  } catch (error) {
    if (!isHubError(error) || error.code === 'HUB_SOURCE_UNREACHABLE' || error.code === 'HUB_SOURCE_REFUSED')
      throw error;
    return { stream, ok: false, message: `${error.code}: ${error.message}`, losesLate: noOverlap };
  }
}

function lineOf(
  { name: stream, stream: { columns, key, since } }: PagedRead,
  records: readonly RawRecord[],
  rejected: number,
): PagedLine {
  const empty = Object.keys(columns).filter((column) => records.every(({ value }) => value?.[column] === null));
  const repeated = records.length - new Set(records.map((record) => record.key)).size;
  const change = since === undefined ? null : (records.map(({ value }) => value?.[since.column]).find(isText) ?? null);
  const isBlind = change !== null && !isMoment(change);
  const parts = [
    `the first page has ${records.length} records, ${rejected} not to be taken`,
    ...(repeated === 0 ? [] : [`${repeated} have the key (${key.join(', ')}) of another, which takes its place`]),
    ...(records.length === 0 || empty.length === 0 ? [] : [`empty in all of them: ${empty.join(', ')}`]),
    ...(since?.overlapSeconds === 0
      ? ['overlapSeconds is 0: a record that is committed later than one with a later time is lost']
      : isBlind
        ? [`${since?.column} is no time: a record that is committed late with a smaller one is lost`]
        : []),
  ];
  return {
    ...{ stream, ok: rejected === 0 && repeated === 0, message: parts.join('; ') },
    losesLate: since?.overlapSeconds === 0 || isBlind,
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
