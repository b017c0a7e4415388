import { z } from 'zod';
import { HubError } from '../../schemas/kernel/errors.ts';

const LABELS = { 'utf-8': 'utf-8', utf8: 'utf-8', gb18030: 'gb18030', gbk: 'gb18030', gb2312: 'gb18030' } as const;

/** Node's own decoders. gbk and gb2312 are subsets of gb18030, and files so labelled hold gb18030 in practice. */
export type Encoding = 'utf-8' | 'gb18030';

export const encodingName = z
  .preprocess(
    (value) => (typeof value === 'string' ? value.toLowerCase() : value),
    z.enum(Object.keys(LABELS) as (keyof typeof LABELS)[]),
  )
  .transform((label): Encoding => LABELS[label]);

export interface TextCodec {
  readonly encoding: Encoding;
  /** null when the bytes are not valid, or hold U+FFFD: a character that an earlier program has already lost. */
  decode(bytes: Uint8Array): string | null;
}

const REPLACEMENT = '\ufffd';

export function textCodec(encoding: Encoding): TextCodec {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return {
    encoding,
    decode(bytes) {
      try {
        const text = decoder.decode(bytes);
        return text.includes(REPLACEMENT) ? null : text;
      } catch {
        return null;
      }
    },
  };
}

const BOMS: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['gb18030', [0x84, 0x31, 0x95, 0x33]],
  ['utf-32le', [0xff, 0xfe, 0, 0]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * Length in bytes of the byte order mark to skip.
 * @throws HUB_FILE_HEADER when the mark says another encoding than the declared one.
 */
export function byteOrderMark(start: Uint8Array, declared: Encoding, file: string): number {
  const found = BOMS.find(([, bytes]) => bytes.every((byte, at) => start[at] === byte));
  if (found === undefined) return 0;
  const [encoding, bytes] = found;
  if (encoding === declared) return bytes.length;
  throw new HubError(
    'HUB_FILE_HEADER',
    `${file} begins with the byte order mark of ${encoding} but is declared as ${declared}`,
    {
      file,
      declared,
      found: encoding,
      allowed: Object.keys(LABELS),
    },
  );
}

/**
 * What a sample looks like, as a proposal for a person: the declared encoding is always the one used.
 * null when the sample is plain ASCII or looks like what was declared.
 */
export function suspectedEncoding(sample: Uint8Array, declared: Encoding): Encoding | null {
  if (!sample.some((byte) => byte > 0x7f)) return null;
  const whole = sample.subarray(0, wholeLines(sample));
  const valid = (encoding: Encoding): boolean => textCodec(encoding).decode(whole) !== null;
  if (declared === 'gb18030') return valid('utf-8') ? 'utf-8' : null;
  return !valid('utf-8') && valid('gb18030') ? 'gb18030' : null;
}

/** A sample cut inside a character must not count as wrong; 0x0A is never part of one in either encoding. */
const wholeLines = (sample: Uint8Array): number => {
  const end = sample.lastIndexOf(0x0a) + 1;
  return end === 0 ? sample.length : end;
};
