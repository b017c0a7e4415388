import { HubError } from '../../schemas/kernel/errors.ts';
import { fromPrivateUse } from './private-use.ts';

/** Labels that departments write for the two encodings met in practice; `gbk` as such is wrong on 101 byte pairs in Node. */
const LABELS: Readonly<Record<string, 'utf-8' | 'gb18030'>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  gb2312: 'gb18030',
  gbk: 'gb18030',
  cp936: 'gb18030',
  gb18030: 'gb18030',
};
const utf8 = new TextDecoder('utf-8', { fatal: true });
const gb18030 = new TextDecoder('gb18030', { fatal: true });

const decodeStrictly = (decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string | null => {
  try {
    return decoder.decode(bytes).replace(/^\ufeff/u, ''); // The decoder drops the mark before UTF-8 alone.
  } catch {
    return null;
  }
};

/**
 * Whole buffers only. Without a label strict UTF-8 is tried, then strict GB18030: statistics guess wrongly on short texts.
 * @throws HubError HUB_FILE_ENCODING for unknown labels and for bytes that are not valid in the encoding.
 */
export function decodeText(bytes: Uint8Array, label?: string): string {
  const encoding = label === undefined ? null : LABELS[label.trim().toLowerCase()];
  if (encoding === undefined) {
    throw new HubError('HUB_FILE_ENCODING', `unknown encoding "${label}"`, { allowed: Object.keys(LABELS) });
  }
  const text =
    encoding === null
      ? (decodeStrictly(utf8, bytes) ?? decodeStrictly(gb18030, bytes))
      : decodeStrictly(encoding === 'utf-8' ? utf8 : gb18030, bytes);
  if (text !== null) return text;
  throw new HubError('HUB_FILE_ENCODING', `${bytes.length} bytes are not valid ${encoding ?? 'UTF-8 or GB18030'}`, {
    encoding: encoding ?? 'utf-8, gb18030',
  });
}

/** What nobody sees: NUL and other controls (but tab and line feed), soft hyphen, zero widths, BOM, bidi marks. */
const isInvisible = (code: number): boolean =>
  (code < 0x20 && code !== 0x09 && code !== 0x0a) ||
  (code >= 0x7f && code < 0xa0) ||
  code === 0xad ||
  (code >= 0x200b && code <= 0x200f) ||
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2060 && code <= 0x2064) ||
  code === 0xfeff;

const isSpace = (code: number): boolean =>
  code === 0x20 ||
  code === 0x09 ||
  code === 0x0a ||
  code === 0xa0 ||
  code === 0x3000 ||
  code === 0x1680 ||
  (code >= 0x2000 && code <= 0x200a) ||
  code === 0x202f ||
  code === 0x205f;

const isPlain = (code: number): boolean =>
  (code > 0x20 && code < 0x7f) || (code >= 0x4e00 && code <= 0x9fff) || (code >= 0xff01 && code <= 0xff5e);

/**
 * Text as it is stored: invisible characters dropped, blanks of any kind at the ends dropped, leftovers of old encodings in
 * the private use area replaced by the characters they stood for. Nothing else changes.
 */
export function cleanText(raw: string): string {
  let at = 0;
  while (at < raw.length && isPlain(raw.charCodeAt(at))) at++;
  if (at === raw.length) return raw;
  let text = '';
  let from = 0;
  for (; at < raw.length; at++) {
    const code = raw.charCodeAt(at);
    const ownUse = code >= 0xe000 && code < 0xf900;
    if (!ownUse && !isInvisible(code)) continue;
    text += raw.slice(from, at) + (ownUse ? fromPrivateUse(code) : '');
    from = at + 1;
  }
  text += raw.slice(from);
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** Full-width ASCII and the ideographic space to their half-width forms; nothing else, unlike NFKC. For keys and numbers. */
export function foldWidth(text: string): string {
  let out = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3000 || (code >= 0xff01 && code <= 0xff5e)) {
      out += text.slice(from, i) + (code === 0x3000 ? ' ' : String.fromCharCode(code - 0xfee0));
      from = i + 1;
    }
  }
  return from === 0 ? text : out + text.slice(from);
}

/**
 * An identifier as machines compare it: half-width, upper case, without blanks, invisible characters and the apostrophes
 * that spreadsheets put before text. Hyphens stay: whether they belong is the identifier's business.
 */
export function foldCode(raw: string): string {
  let i = 0;
  for (; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 65 && code <= 90))) break;
  }
  if (i === raw.length) return raw;
  let out = raw.slice(0, i);
  for (; i < raw.length; i++) {
    let code = raw.charCodeAt(i);
    if (code >= 0xff01 && code <= 0xff5e) code -= 0xfee0;
    if (isSpace(code) || isInvisible(code)) continue;
    if (out === '' && (code === 0x27 || code === 0x60 || code === 0x2018 || code === 0x2019)) continue;
    out += String.fromCharCode(code >= 97 && code <= 122 ? code - 32 : code);
  }
  return out;
}

export const isConstant = (text: string): boolean => {
  for (let i = 1; i < text.length; i++) if (text.charCodeAt(i) !== text.charCodeAt(0)) return false;
  return true;
};

/** What clerks write for nothing; never in name columns, where rule P20 looks at it. */
const BLANKS = new Set([
  '',
  '-',
  '--',
  '—',
  '——',
  '/',
  '\\',
  '…',
  '……',
  '空',
  '无',
  'NULL',
  'null',
  'N/A',
  '#N/A',
  '.',
]);
export const isBlank = (text: string): boolean => BLANKS.has(text);
