import { Buffer } from 'node:buffer';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { NewMessage, StoredMessage } from './event-log.ts';
import { setHeader } from './headers.ts';
import { messageBytes, refuseOversize } from './limits.ts';
import type { Partitioner } from './partitioner.ts';

/*
 * Framing of one stored batch: a version byte, then per message
 *   varint key length + 1 (0 = null), key, varint value length + 1 (0 = null), value,
 *   varint header count, per header: varint length, UTF-8 name, varint length, UTF-8 text.
 * Varints are unsigned LEB128. A batch that was compacted has version 2: before each message a varint says how many
 * offsets before it are gone.
 */
const VERSION = 1;
const COMPACTED = 2;

export const MAX_BATCH_MESSAGES = 5_000;
export const MAX_BATCH_BYTES = 1_000_000;

export interface EncodedBatch {
  readonly partition: number;
  readonly count: number;
  readonly length: number;
}

export interface Encoded {
  /** The batches one after another; a view on the scratch buffer, valid until that is used again. */
  readonly payload: Buffer;
  /** In ascending order of partition, then of offset. */
  readonly batches: readonly EncodedBatch[];
}

/** A buffer that grows to the largest append and is used again and again. */
export interface Scratch {
  bytes: Buffer;
}

export const createScratch = (): Scratch => ({ bytes: Buffer.allocUnsafe(64 * 1024) });

/** Groups by partition, keeps the order within each, frames. @throws HUB_LOG_MESSAGE_TOO_LARGE before writing anything */
export function encodeMessages(
  topic: string,
  messages: readonly NewMessage[],
  partitions: number,
  partitionOf: Partitioner,
  scratch: Scratch,
): Encoded {
  const total = messages.length;
  const target = new Int32Array(total);
  const perPartition = new Int32Array(partitions);
  let bound = 0;
  for (let i = 0; i < total; i++) {
    const message = messages[i]!;
    const bytes = messageBytes(message);
    refuseOversize(topic, i, bytes);
    bound += bytes;
    const partition = partitionOf(message.key, partitions);
    target[i] = partition;
    perPartition[partition]!++;
  }
  // counting sort: stable, no array a partition
  const place = new Int32Array(partitions);
  for (let p = 1; p < partitions; p++) place[p] = place[p - 1]! + perPartition[p - 1]!;
  const order = new Int32Array(total);
  for (let i = 0; i < total; i++) order[place[target[i]!]!++] = i;

  // one version byte a batch; there are fewer batches than messages
  if (scratch.bytes.length < bound + total) scratch.bytes = Buffer.allocUnsafe(bound + total);
  const out = scratch.bytes;
  const batches: EncodedBatch[] = [];
  let at = 0;
  let next = 0;
  for (let partition = 0; partition < partitions; partition++) {
    const end = next + perPartition[partition]!;
    while (next < end) {
      const start = at;
      const from = next;
      out[at++] = VERSION;
      while (next < end && next - from < MAX_BATCH_MESSAGES && (next === from || at - start < MAX_BATCH_BYTES)) {
        at = writeMessage(out, at, messages[order[next++]!]!);
      }
      batches.push({ partition, count: next - from, length: at - start });
    }
  }
  return { payload: out.subarray(0, at), batches };
}

function writeMessage(out: Buffer, start: number, message: NewMessage): number {
  let at = writeBytes(out, writeBytes(out, start, message.key), message.value);
  if (message.headers === undefined) {
    out[at++] = 0;
    return at;
  }
  const names = Object.keys(message.headers);
  at = writeVarint(out, at, names.length);
  for (const name of names) at = writeText(out, writeText(out, at, name), message.headers[name]!);
  return at;
}

function writeBytes(out: Buffer, start: number, bytes: Uint8Array | null): number {
  if (bytes === null) {
    out[start] = 0;
    return start + 1;
  }
  const at = writeVarint(out, start, bytes.length + 1);
  out.set(bytes, at);
  return at + bytes.length;
}

function writeText(out: Buffer, start: number, text: string): number {
  const length = Buffer.byteLength(text);
  const at = writeVarint(out, start, length);
  out.write(text, at, length);
  return at + length;
}

function writeVarint(out: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  while (rest > 127) {
    out[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  out[at++] = rest;
  return at;
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** Messages from `fromOffset` on, as views on `bytes`. @throws HUB_INTERNAL when the bytes are not a batch */
export function decodeBatch(
  bytes: Buffer,
  count: number,
  base: number,
  timestamp: number,
  fromOffset = base,
): StoredMessage[] {
  const reader = new Reader(bytes);
  const version = reader.varint();
  if (version !== VERSION && version !== COMPACTED) throw corrupt(base);
  const messages: StoredMessage[] = [];
  let offset = base;
  for (let i = 0; i < count; i++) {
    if (version === COMPACTED) offset += reader.varint();
    const key = reader.nullable();
    const value = reader.nullable();
    const headers = reader.headers();
    if (offset >= fromOffset) messages.push({ offset, timestamp, key, value, headers });
    offset++;
  }
  if (!reader.atEnd()) throw corrupt(base);
  return messages;
}

/** The batch at `base` with only these of its messages, in their order. */
export function encodeCompacted(base: number, messages: readonly StoredMessage[]): Buffer {
  const bound = messages.reduce((sum, message) => sum + messageBytes(message) + 5, 1);
  const out = Buffer.allocUnsafe(bound);
  let at = 0;
  out[at++] = COMPACTED;
  let offset = base;
  for (const message of messages) {
    at = writeMessage(out, writeVarint(out, at, message.offset - offset), message);
    offset = message.offset + 1;
  }
  return out.subarray(0, at);
}

const corrupt = (base: number): HubError =>
  new HubError('HUB_INTERNAL', `The stored batch at offset ${base} is damaged or was written by a newer program`, {
    base,
  });

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  // Past the end every read gives undefined or a short view; atEnd() then fails because #at has run past the length.
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      value |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    return value >>> 0;
  }

  nullable(): Buffer | null {
    const length = this.varint();
    return length === 0 ? null : this.#take(length - 1);
  }

  headers(): Readonly<Record<string, string>> {
    const count = this.varint();
    if (count === 0) return NO_HEADERS;
    const headers: Record<string, string> = {};
    for (let i = 0; i < count && this.#at < this.#bytes.length; i++) {
      const name = this.#take(this.varint()).toString('utf8');
      setHeader(headers, name, this.#take(this.varint()).toString('utf8'));
    }
    return headers;
  }

  atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  #take(length: number): Buffer {
    const start = this.#at;
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }
}
