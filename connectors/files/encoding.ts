import { z } from 'zod';
import { HubError } from '../../schemas/kernel/errors.ts';
import { western } from '../western.ts';

/** As the platform names it, such as `windows-1252` for latin1. GBK and GB2312 are read as gb18030, which holds both. */
export type Encoding = string;

const CHINESE =
  /^(x-)?(gb_?k|gb_?2312(-80)?|gb_?18030(-20\d\d)?|cp_?936|ms_?936|windows-936|936|ansi 936|oem 936|euc-cn)$/;
/** Names that programs write into marks and people into settings, and that the platform does not know. */
const OTHER_NAMES: Readonly<Record<string, Encoding>> = {
  ...{ '65001': 'utf-8', cp65001: 'utf-8', 'utf 8': 'utf-8', utf16: 'utf-16le', 'ucs-2': 'utf-16le' },
  ...{
    '950': 'big5',
    cp950: 'big5',
    'ansi 950': 'big5',
    '932': 'shift_jis',
    cp932: 'shift_jis',
    'ansi 932': 'shift_jis',
  },
  ...{ '949': 'euc-kr', cp949: 'euc-kr', 'ansi 949': 'euc-kr', '874': 'windows-874', '866': 'ibm866' },
  ...{
    '88591': 'windows-1252',
    'iso 88591': 'windows-1252',
    'iso 8859-1': 'windows-1252',
    'iso-88591': 'windows-1252',
  },
};

/** The encoding that a name means; null for one that is not read. */
export function encodingOf(name: string): Encoding | null {
  const label = name.trim().toLowerCase();
  if (CHINESE.test(label)) return 'gb18030';
  if (Object.hasOwn(OTHER_NAMES, label)) return OTHER_NAMES[label] as Encoding;
  const windows = /^(?:cp|ansi |windows |iso-?8859_)?(125[0-8])$/.exec(label)?.[1];
  try {
    return new TextDecoder(windows === undefined ? label : `windows-${windows}`, { fatal: true }).encoding;
  } catch {
    return null;
  }
}

const KNOWN_ENCODINGS =
  'utf-8, gb18030 (also gbk, gb2312, cp936), big5, latin1 (iso-8859-1), windows-1250 to 1258, shift_jis, euc-kr, utf-16le, utf-16be, or another that TextDecoder has';

export const encodingName = z.string().transform((label, context): Encoding => {
  const encoding = encodingOf(label);
  if (encoding !== null) return encoding;
  context.addIssue({ code: 'custom', message: `${label} is no encoding that is read: ${KNOWN_ENCODINGS}` });
  return z.NEVER;
});

/** For formats whose columns are bytes: a blank and a digit must be one byte everywhere. */
export const byteEncodingName = encodingName.refine(
  (encoding) => !/^utf-16|^iso-2022/.test(encoding),
  'columns of this format are bytes: utf-16 and iso-2022-jp are not read',
);

export interface TextCodec {
  readonly encoding: Encoding;
  /** Bytes of one code unit: a line feed is found at their multiples. */
  readonly unit: 1 | 2;
  /** null when the bytes are not valid, or hold U+FFFD: a character that an earlier program has already lost. */
  decode(bytes: Uint8Array): string | null;
}

const REPLACEMENT = '\ufffd';

export function textCodec(encoding: Encoding): TextCodec {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return {
    encoding,
    unit: encoding.startsWith('utf-16') ? 2 : 1,
    decode(bytes) {
      try {
        const text = western(encoding, decoder.decode(bytes));
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

/** What in or beside a file says its encoding. */
export interface EncodingMark {
  /** Such as `its .cpg`. */
  readonly by: string;
  readonly says: string;
  /** null: one that is not read. */
  readonly encoding: Encoding | null;
}

/** The byte order mark of a file, with its length in bytes; null when there is none. */
export function byteOrderMark(start: Uint8Array): (EncodingMark & { readonly length: number }) | null {
  const found = BOMS.find(([, bytes]) => bytes.every((byte, at) => start[at] === byte));
  if (found === undefined) return null;
  const [says, { length }] = found;
  return { by: 'its byte order mark', says, encoding: says === 'utf-32le' ? null : says, length };
}

/**
 * The encoding in which a file is read: what the system file states, or what its marks say, or `fallback`.
 * @throws HUB_FILE_CONTRADICTION with both sides when two of them differ, or when a mark says one that is not read
 */
export function settledEncoding(
  file: string,
  stated: Encoding | undefined,
  marks: readonly (EncodingMark | null)[],
  fallback: Encoding,
): Encoding {
  let settled: EncodingMark | null =
    stated === undefined ? null : { by: 'the system file', says: stated, encoding: stated };
  for (const mark of marks) {
    if (mark === null) continue;
    if (settled !== null && settled.encoding !== mark.encoding)
      throw new HubError(
        'HUB_FILE_CONTRADICTION',
        `${file} is in two encodings: ${mark.by} says ${mark.says}, ${settled.by} says ${settled.says}`,
        { file, found: mark.says, declared: settled.says },
      );
    if (mark.encoding === null)
      throw new HubError('HUB_FILE_CONTRADICTION', `${file}: ${mark.by} says ${mark.says}, which is not read`, {
        ...{ file, found: mark.says },
        allowed: `${KNOWN_ENCODINGS}; or state the right one as encoding`,
      });
    settled = mark;
  }
  return settled?.encoding ?? fallback;
}

/**
 * What the bytes look like when it is not what they are read as: a proposal for a person. null when they are plain ASCII or look
 * like it.
 */
export function suspectedEncoding(sample: Uint8Array, read: Encoding): Encoding | null {
  if (read.startsWith('utf-16') || !sample.some((byte) => byte > 0x7f)) return null;
  const whole = sample.subarray(0, wholeLines(sample));
  const valid = (encoding: Encoding): boolean => textCodec(encoding).decode(whole) !== null;
  if (valid('utf-8')) return read === 'utf-8' ? null : 'utf-8';
  if (read === 'big5' || read === 'shift_jis' || read === 'euc-kr') return valid(read) ? null : 'gb18030';
  if (looksBig5(whole)) return 'big5';
  const chinese = valid('gb18030') && looksDoubleByte(whole);
  if (chinese) return read === 'gb18030' ? null : 'gb18030';
  return read === 'utf-8' || (read === 'gb18030' && !chinese) ? 'iso-8859-1' : null;
}

/** For check: `these bytes look like UTF-8 text`. */
export function suspicion(sample: Uint8Array, read: Encoding): readonly string[] {
  const suspect = suspectedEncoding(sample, read);
  return suspect === null
    ? []
    : [`it is read as ${read}, but its bytes look like ${suspect} text; if they are, state encoding: ${suspect}`];
}

/**
 * Chinese text is pairs of high bytes. Letters with accents stand alone among plain ones, and as GB18030 would be rare
 * characters whose second byte is a letter.
 */
function looksDoubleByte(bytes: Uint8Array): boolean {
  let pairs = 0;
  let others = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if ((bytes[at] as number) < 0x80) continue;
    if ((bytes[at + 1] ?? 0) >= 0x80) pairs += 1;
    else others += 1;
    at += 1;
  }
  return pairs > others;
}

/** Of the common characters of Big5 the first byte is at most so. */
const BIG5_COMMON_END = 0xc6;

/**
 * Big5 and not GB18030: nearly all pairs are common characters, and the second byte of a good part is a plain sign, as it is
 * of rare characters of GB18030 alone. Letters with accents begin above the common characters.
 */
function looksBig5(bytes: Uint8Array): boolean {
  let pairs = 0;
  let common = 0;
  let plain = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const [first, second] = [bytes[at] as number, bytes[at + 1] ?? 0];
    if (first < 0x80) continue;
    pairs += 1;
    if (first >= 0xa1 && first <= BIG5_COMMON_END && (second >= 0xa1 || (second >= 0x40 && second < 0x7f))) common += 1;
    if (second >= 0x40 && second < 0x7f) plain += 1;
    at += 1;
  }
  return pairs >= 3 && common >= 0.9 * pairs && plain >= 0.15 * pairs && plain < pairs;
}

/** A sample cut inside a character must not count as wrong; 0x0A is never part of one. */
const wholeLines = (sample: Uint8Array): number => {
  const end = sample.lastIndexOf(0x0a) + 1;
  return end === 0 ? sample.length : end;
};
