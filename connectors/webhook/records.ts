import { KEY_SEPARATOR, type RawRecord } from '../../schemas/stream.ts';
import type { RejectedRow } from '../connector.ts';
import { joinKey } from '../files/key.ts';
import type { Delivery } from '../inbox.ts';
import { at, type ExactJson, follow, jsonOf } from '../json/exact.ts';
import { parseExact, whyNoJson } from '../json/parse.ts';
import { instantOf } from '../moment.ts';
import type { WebhookStream } from './config.ts';

const RAW_KEPT = 64 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What a body holds: its records, or in words why it holds none in the form that was agreed. */
export type BodyRead =
  | { readonly records: readonly ExactJson[] }
  | { readonly isJson: boolean; readonly fault: string; readonly records?: undefined };

export function recordsOf(body: Uint8Array, stream: WebhookStream): BodyRead {
  if (body.length === 0) return { isJson: false, fault: 'it is empty' };
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    return { isJson: false, fault: 'its bytes are not UTF-8' };
  }
  const parsed = parseExact(text);
  if (parsed === null) return { isJson: false, fault: `it is not JSON that can be taken: ${whyNoJson(text)}` };
  const found = stream.records === undefined ? parsed.value : at(parsed.value, stream.records);
  if (Array.isArray(found)) return { records: found as readonly ExactJson[] };
  if (stream.records === undefined && typeof found === 'object' && found !== null) return { records: [found] };
  const where =
    stream.records === undefined ? 'it is neither an object nor an array' : `it has no array at ${stream.records}`;
  return { isJson: true, fault: where };
}

/** One delivery as records, those that cannot be read as rejects. */
export function readDelivery(
  name: string,
  stream: WebhookStream,
  delivery: Delivery,
): { readonly records: readonly RawRecord[]; readonly rejects: readonly RejectedRow[] } {
  const records: RawRecord[] = [];
  const rejects: RejectedRow[] = [];
  const origin = `delivery ${delivery.delivery}`;
  const raw = delivery.body.subarray(0, RAW_KEPT);
  const reject = (where: string, message: string): void => {
    rejects.push({ stream: name, code: 'HUB_FILE_RECORD', message, origin: where, raw });
  };
  const found = recordsOf(delivery.body, stream);
  const fields = fieldsOf(stream);
  if (found.records === undefined) reject(origin, `the body is no longer what the stream agrees on: ${found.fault}`);
  for (const [index, one] of (found.records ?? []).entries()) {
    const where = `${origin}#${index + 1}`;
    const record = readRecord(stream, fields, one, delivery.receivedAt);
    if (typeof record === 'string') reject(where, record);
    else records.push({ ...record, stream: name, origin: where });
  }
  return { records, rejects };
}

interface Field {
  readonly column: string;
  readonly path: readonly string[];
}

const known = new WeakMap<WebhookStream, readonly Field[]>();
/** Paths taken apart once a stream: a delivery is often one record. */
function fieldsOf(stream: WebhookStream): readonly Field[] {
  const fields =
    known.get(stream) ?? Object.entries(stream.fields).map(([column, path]) => ({ column, path: path.split('.') }));
  known.set(stream, fields);
  return fields;
}

/** Text says why it is none. */
function readRecord(
  stream: WebhookStream,
  fields: readonly Field[],
  one: ExactJson,
  receivedAt: Date,
): Omit<RawRecord, 'stream' | 'origin'> | string {
  const value: Record<string, string | null> = {};
  for (const { column, path } of fields) value[column] = textOf(follow(one, path));
  const key = joinKey(stream.key.map((column) => value[column] ?? null));
  if (key === null) return `the key (${stream.key.join(', ')}) is empty or holds U+${KEY_CODE}`;
  const observedAt = stream.observedAt === undefined ? receivedAt.getTime() : timeOf(value[stream.observedAt]);
  if (observedAt === null) return `${stream.observedAt} is not a time with a zone such as 2026-03-01T10:00:00+08:00`;
  const gone = stream.deleteWhen?.equals.includes(String(value[stream.deleteWhen.column])) === true;
  return gone ? { key, observedAt, op: 'delete', value: null } : { key, observedAt, op: 'upsert', value };
}

/** A member that is an object or a list travels as its JSON. */
const textOf = (cell: ExactJson | undefined): string | null =>
  cell === undefined || cell === null ? null : typeof cell === 'object' ? jsonOf(cell) : String(cell);

const KEY_CODE = KEY_SEPARATOR.codePointAt(0)?.toString(16).padStart(4, '0').toUpperCase();
const timeOf = (value: string | null | undefined): number | null =>
  typeof value === 'string' ? instantOf(value) : null;
