import { createHash } from 'node:crypto';
import { FRAME_BYTES } from './codec.ts';

/** Each 64 bits, as PostgreSQL writes a bigint. */
export interface RawPrint {
  readonly key: string;
  /** Of schema, operation, key and columns: not of when the row was observed, nor of where it was found. */
  readonly content: string;
}

/**
 * What a raw message says, to know it again. Two keys with one print harm nobody: the content of each holds its key.
 * @param bytes as `RawCodec.encode` gives them.
 */
export function rawPrintOf(bytes: Uint8Array): RawPrint {
  const keyAt = afterText(bytes, FRAME_BYTES);
  const observedAt = afterText(bytes, keyAt);
  const columnsAt = afterText(bytes, afterLong(bytes, observedAt));
  return {
    key: short(createHash('sha1').update(bytes.subarray(keyAt, observedAt))),
    content: short(createHash('sha1').update(bytes.subarray(1, observedAt)).update(bytes.subarray(columnsAt))),
  };
}

const short = (hash: ReturnType<typeof createHash>): string => hash.digest().readBigInt64BE().toString();

function afterLong(bytes: Uint8Array, at: number): number {
  let next = at;
  while (((bytes[next] ?? 0) & 128) !== 0) next += 1;
  return next + 1;
}

function afterText(bytes: Uint8Array, at: number): number {
  const from = afterLong(bytes, at);
  let length = 0;
  for (let i = from - 1; i >= at; i--) length = length * 128 + ((bytes[i] ?? 0) & 127);
  return from + length / 2;
}
