import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import type { Checkpoint, RejectedRow, Repeats, SourcePortion } from '../connector.ts';
import { joinKey } from '../files/key.ts';
import type { HttpClient } from '../http/client.ts';
import { type Mark, SeenPages } from '../paged/seen.ts';
import type { OaiStream } from './config.ts';
import { fetchText } from './full-text.ts';
import { ask, listOf, OaiFault, type OaiList, type OaiRecord, valuesOf } from './list.ts';

/**
 * `token`: inside a list; `from`: where this or the next list begins; `seen`: the latest datestamp of this list; `began`: when
 * this list was asked for, by the hub's clock.
 */
interface Position {
  readonly from: string | null;
  readonly token: string | null;
  readonly seen: string | null;
  readonly began: string | null;
}

export interface Harvest {
  readonly name: string;
  readonly stream: OaiStream;
  readonly url: string;
  readonly client: HttpClient;
  readonly ctx: RunContext;
}

const START: Position = { from: null, token: null, seen: null, began: null };
const MOST_TOKEN = 2_000;
const TOLD = 60;
const RAW_KEPT = 64 * 1024;

/**
 * One list from `from` to its end. A token that the repository has forgotten begins the list again at the same `from`:
 * what was read before is read again, nothing is passed by.
 */
export async function* harvest(work: Harvest, after: Checkpoint | null): AsyncIterable<SourcePortion> {
  let position: Position = after === null ? START : { ...START, ...(after as Partial<Position>) };
  let restarted = false;
  let pages = new SeenPages();
  for (;;) {
    work.ctx.signal.throwIfAborted();
    position = { ...position, began: position.began ?? work.ctx.now().toISOString() };
    let list: ReturnType<typeof listOf>;
    try {
      list = listOf(await ask(work.client, work.url, parametersOf(work.stream, position), work.ctx.signal));
    } catch (error) {
      if (!(error instanceof OaiFault)) throw error;
      // Nothing new since `from`.
      if (error.code === 'noRecordsMatch') return;
      if (error.code !== 'badResumptionToken' || position.token === null || restarted) throw faultOf(error);
      restarted = true;
      pages = new SeenPages();
      position = { ...position, token: null, seen: null };
      continue;
    }
    const { records, rejects, latest } = await recordsOf(work, list.records, position);
    const seen = later(position.seen, latest);
    if (list.token !== null && (list.token === position.token || list.token.length > MOST_TOKEN))
      throw new HubError(
        'HUB_SOURCE_READ_FAILED',
        'the repository gives the same resumption token again, or one without end',
        {
          stream: work.name,
          allowed: `a new token of at most ${MOST_TOKEN} characters`,
        },
      );
    const where = position.token === null ? 'the first page' : `the page of token ${position.token.slice(0, TOLD)}`;
    const { round } = pages.see(where, marksOf(list));
    if (list.token !== null && round !== null) {
      yield { records: [], rejects: [], next: { ...START, from: position.from } };
      throw new HubError(
        'HUB_SOURCE_READ_FAILED',
        `${where} has only records that came before in this list, the first of them on ${round}: the list goes round; it is read again from its first page`,
        { stream: work.name },
      );
    }
    const nextFrom = earlier(notAfter(seen ?? position.from, position.began), work.stream.overlapSeconds);
    const isLast = list.token === null;
    position = isLast ? { ...START, from: nextFrom } : { ...position, token: list.token, seen };
    const repeats: Repeats = {
      ...{ from: nextFrom === null ? null : Date.parse(nextFrom), isLast, keysOnce: false },
      placeOf: ({ observedAt }) => observedAt,
    };
    yield { records, rejects, next: { ...position }, repeats };
    if (isLast) return;
  }
}

/** A record that is changed while the list is read may come again, with a later datestamp. */
const marksOf = ({ records, token }: OaiList): readonly Mark[] =>
  records.length === 0
    ? [{ key: null, state: `\0${token}` }]
    : records.map(({ header, node }) => ({
        key: header?.identifier ?? null,
        state: header === null ? `\0${JSON.stringify(node)}` : `${header.identifier}\0${header.datestamp}`,
      }));

function parametersOf({ metadataPrefix, set }: OaiStream, { from, token }: Position): Record<string, string> {
  if (token !== null) return { verb: 'ListRecords', resumptionToken: token };
  return {
    verb: 'ListRecords',
    metadataPrefix,
    ...(set === undefined ? {} : { set }),
    ...(from === null ? {} : { from }),
  };
}

const later = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a);

/** A record dated in the future must not hide what changes today. */
function notAfter(datestamp: string | null, began: string | null): string | null {
  if (datestamp === null || began === null || datestamp <= began.slice(0, datestamp.length)) return datestamp;
  return datestamp.length === 10 ? began.slice(0, 10) : `${began.slice(0, 19)}Z`;
}

/** In the granularity of the repository: a day or a second. */
function earlier(datestamp: string | null, seconds: number): string | null {
  if (datestamp === null || seconds === 0) return datestamp;
  const moved = new Date(Date.parse(datestamp) - seconds * 1000).toISOString();
  return datestamp.length === 10 ? moved.slice(0, 10) : `${moved.slice(0, 19)}Z`;
}

async function recordsOf(
  { name, stream, client, ctx }: Harvest,
  found: readonly OaiRecord[],
  { from, token }: Position,
): Promise<{ records: readonly RawRecord[]; rejects: readonly RejectedRow[]; latest: string | null }> {
  const records: RawRecord[] = [];
  const rejects: RejectedRow[] = [];
  let latest: string | null = null;
  for (const [index, { header, metadata, node }] of found.entries()) {
    const key = header === null ? null : joinKey([header.identifier]);
    if (header === null || key === null) {
      const raw = Buffer.from(JSON.stringify(node)).subarray(0, RAW_KEPT);
      const origin = `${token === null ? 'list' : 'list, later page'}#${index + 1}`;
      rejects.push({
        stream: name,
        code: 'HUB_FILE_RECORD',
        message: 'a record without identifier, or without a datestamp of the calendar',
        origin,
        raw,
      });
      continue;
    }
    latest = later(latest, header.datestamp);
    // `from` is inclusive: what was the latest then comes once more, and is known.
    if (from !== null && header.datestamp === from && stream.overlapSeconds === 0 && header.datestamp.length > 10)
      continue;
    const common = { stream: name, key, observedAt: header.time, origin: header.identifier };
    if (header.deleted) records.push({ ...common, op: 'delete', value: null });
    else
      records.push({
        ...common,
        op: 'upsert',
        value: await valuesOfRecord(stream, header, metadata, client, ctx.signal),
      });
  }
  return { records, rejects, latest };
}

async function valuesOfRecord(
  stream: OaiStream,
  header: NonNullable<OaiRecord['header']>,
  metadata: OaiRecord['metadata'],
  client: HttpClient,
  signal: AbortSignal,
): Promise<Record<string, string | null>> {
  const value: Record<string, string | null> = { IDENTIFIER: header.identifier, DATESTAMP: header.datestamp };
  for (const [column, element] of Object.entries(stream.columns)) {
    const values = valuesOf(metadata, element);
    value[column] = values.length === 0 ? null : values.join(stream.separator);
  }
  const { fullText } = stream;
  if (fullText !== undefined) {
    const address = valuesOf(metadata, fullText.from).find((text) => /^https?:\/\//.test(text));
    value[fullText.column] = address === undefined ? null : await fetchText(client, address, fullText.maxBytes, signal);
  }
  return value;
}

function faultOf({ code, message }: OaiFault): HubError {
  const text = `the repository answers ${code}: ${message.slice(0, 200)}`;
  const isOurs = ['badArgument', 'badVerb', 'cannotDisseminateFormat', 'noSetHierarchy', 'idDoesNotExist'].includes(
    code,
  );
  return new HubError(isOurs ? 'HUB_SOURCE_OBJECT_MISSING' : 'HUB_SOURCE_READ_FAILED', text, { fault: code });
}
