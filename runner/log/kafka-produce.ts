import { Buffer } from 'node:buffer';
import { createRequire } from 'node:module';
import { crc32c } from './crc32c.ts';

/*
 * kafkajs 2.2.4 makes several small buffers for every record it sends, which costs most of a core at 45,000 messages
 * a second. This puts one encoder that writes a whole Produce request into one buffer in the place of its own.
 * Connection, retries, sequence numbers and the answer stay with kafkajs, whose last release was in 2023.
 */

interface ProduceMessage {
  readonly key?: unknown;
  readonly value?: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly timestamp?: unknown;
}

export interface ProduceRequest {
  readonly transactionalId?: string | null;
  readonly acks: number;
  readonly timeout: number;
  readonly compression?: number;
  readonly producerId: unknown;
  readonly producerEpoch: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence: number;
      readonly messages: readonly ProduceMessage[];
    }[];
  }[];
}

/** What kafkajs expects of its Encoder when it puts the request on the wire. */
interface Payload {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

type Build = (request: ProduceRequest) => { request: { encode(): Promise<Payload> }; response: unknown };
interface ProduceApi {
  protocol(of: { version: number }): Build;
  hubEncoder?: true;
}

/** From this version on a request carries record batches of the present format (magic 2). */
const RECORD_BATCHES = 3;

/** Once a process. Without the inner module where it was in 2.2.4, kafkajs keeps its own, slower encoder. */
export function installProduceEncoder(): boolean {
  let api: ProduceApi;
  try {
    api = createRequire(import.meta.url)('kafkajs/src/protocol/requests/produce/index.js') as ProduceApi;
  } catch {
    return false;
  }
  if (api.hubEncoder === true) return true;
  const theirs = api.protocol;
  api.hubEncoder = true;
  api.protocol = ({ version }) => {
    const build = theirs({ version });
    if (version < RECORD_BATCHES) return build;
    return (request) => {
      const built = build(request);
      const encode = async (): Promise<Payload> => {
        const buffer = encodeProduce(request);
        return buffer === null ? built.request.encode() : { buf: buffer, buffer };
      };
      return { ...built, request: { ...built.request, encode } };
    };
  };
  return true;
}

/** The body of a Produce request, versions 3 to 7. Null when it holds something only kafkajs knows to encode. */
export function encodeProduce(request: ProduceRequest): Buffer | null {
  if (request.compression) return null;
  let size = 64 + (request.transactionalId?.length ?? 0) * 3;
  for (const { topic, partitions } of request.topicData) {
    size += 16 + topic.length * 3;
    for (const { messages } of partitions) {
      size += 96;
      for (const message of messages) {
        const bytes = bound(message);
        if (bytes === null) return null;
        size += bytes;
      }
    }
  }
  const writer = new Writer(Buffer.allocUnsafe(size));
  writer.string(request.transactionalId ?? null);
  writer.int16(request.acks);
  writer.int32(request.timeout);
  writer.int32(request.topicData.length);
  for (const { topic, partitions } of request.topicData) {
    writer.string(topic);
    writer.int32(partitions.length);
    for (const { partition, firstSequence, messages } of partitions) {
      writer.int32(partition);
      recordBatch(writer, request, firstSequence, messages);
    }
  }
  return writer.written();
}

function bound({ key, value, headers, timestamp }: ProduceMessage): number | null {
  if (timestamp !== undefined) return null;
  if ((key !== null && !Buffer.isBuffer(key)) || (value !== null && !Buffer.isBuffer(value))) return null;
  let bytes = 40 + (key?.length ?? 0) + (value?.length ?? 0);
  for (const name in headers) {
    const text = headers[name];
    if (typeof text !== 'string') return null;
    bytes += 10 + 3 * (name.length + text.length);
  }
  return bytes;
}

function recordBatch(
  writer: Writer,
  request: ProduceRequest,
  firstSequence: number,
  messages: readonly ProduceMessage[],
): void {
  const now = BigInt(Date.now());
  const sizeAt = writer.skip(4);
  writer.int64(0n); // first offset: the broker's
  const lengthAt = writer.skip(4);
  writer.int32(0); // partition leader epoch: the broker's
  writer.int8(2); // magic
  const crcAt = writer.skip(4);
  writer.int16(request.transactionalId ? 16 : 0);
  writer.int32(messages.length - 1);
  writer.int64(now);
  writer.int64(now);
  writer.int64(BigInt(String(request.producerId)));
  writer.int16(request.producerEpoch);
  writer.int32(firstSequence);
  writer.int32(messages.length);
  for (let i = 0; i < messages.length; i++) writer.record(i, messages[i]!);
  writer.seal(sizeAt, lengthAt, crcAt);
}

const NONE: Readonly<Record<string, unknown>> = {};

class Writer {
  readonly #out: Buffer;
  #at = 0;

  constructor(out: Buffer) {
    this.#out = out;
  }

  written(): Buffer {
    return this.#out.subarray(0, this.#at);
  }

  skip(bytes: number): number {
    this.#at += bytes;
    return this.#at - bytes;
  }

  int8(value: number): void {
    this.#at = this.#out.writeInt8(value, this.#at);
  }

  int16(value: number): void {
    this.#at = this.#out.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#at = this.#out.writeInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.#at = this.#out.writeBigInt64BE(value, this.#at);
  }

  string(text: string | null): void {
    if (text === null) {
      this.int16(-1);
      return;
    }
    this.int16(Buffer.byteLength(text));
    this.#at += this.#out.write(text, this.#at);
  }

  record(offsetDelta: number, { key, value, headers }: ProduceMessage): void {
    const names = Object.keys(headers ?? NONE);
    const keyBytes = key as Buffer | null;
    const valueBytes = value as Buffer | null;
    let size = 2 + varintSize(offsetDelta) + bytesSize(keyBytes) + bytesSize(valueBytes) + varintSize(names.length);
    for (const name of names) size += textSize(name) + textSize(headers![name] as string);
    this.#varint(size);
    this.#out[this.#at++] = 0; // attributes
    this.#out[this.#at++] = 0; // timestamp delta
    this.#varint(offsetDelta);
    this.#bytes(keyBytes);
    this.#bytes(valueBytes);
    this.#varint(names.length);
    for (const name of names) {
      this.#text(name);
      this.#text(headers![name] as string);
    }
  }

  /** Fills in what is known only at the end: both sizes and the checksum, which covers all after itself. */
  seal(sizeAt: number, lengthAt: number, crcAt: number): void {
    this.#out.writeInt32BE(this.#at - sizeAt - 4, sizeAt);
    this.#out.writeInt32BE(this.#at - lengthAt - 4, lengthAt);
    this.#out.writeUInt32BE(crc32c(this.#out, crcAt + 4, this.#at), crcAt);
  }

  #bytes(bytes: Buffer | null): void {
    if (bytes === null) {
      this.#varint(-1);
      return;
    }
    this.#varint(bytes.length);
    this.#out.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #text(text: string): void {
    this.#varint(Buffer.byteLength(text));
    this.#at += this.#out.write(text, this.#at);
  }

  #varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 127) {
      this.#out[this.#at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#out[this.#at++] = rest;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = ((value << 1) ^ (value >> 31)) >>> 0; rest > 127; rest >>>= 7) size++;
  return size;
}

const bytesSize = (bytes: Buffer | null): number => (bytes === null ? 1 : varintSize(bytes.length) + bytes.length);

function textSize(text: string): number {
  const length = Buffer.byteLength(text);
  return varintSize(length) + length;
}
