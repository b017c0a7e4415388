import { isAscii } from 'node:buffer';
import type { RawValue } from '../../schemas/stream.ts';
import { type TextCodec, textCodec } from '../files/encoding.ts';
import type { FileRows, RowsRequest } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { emptyPart, type Part, type ReadRow, takeRow } from '../files/rows.ts';
import type { FixedColumn, FixedWidthStream } from './config.ts';
import type { FixedWidthShape } from './inspect.ts';

type Request = RowsRequest<FixedWidthStream, FixedWidthShape>;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Reads by byte position; memory is that of one chunk. A record of a wrong length is rejected, the next one is read. */
export async function* readFixedWidth(file: OpenFile, request: Request): AsyncIterable<FileRows> {
  const { stream, shape, connection, signal } = request;
  const toRow = rowMaker(stream);
  let { records, offset } = request.from;
  let part: Part = emptyPart();
  let size = Math.max(connection.chunkBytes, stream.recordBytes + 2);
  while (offset < shape.end) {
    signal.throwIfAborted();
    const buffer = Buffer.allocUnsafe(Math.min(size, shape.end - offset));
    const window = buffer.subarray(0, await file.read(buffer, offset));
    if (window.length === 0) return;
    const isLast = offset + window.length >= shape.end;
    let used = 0;
    for (;;) {
      const cut = cutRecord(window, used, stream, isLast);
      if (cut === null) break;
      used = cut.next;
      records += 1;
      takeRow(file, request, toRow(cut.record), records, part);
      if (part.taken < connection.batchRows) continue;
      yield { records: part.records, rejects: part.rejects, next: { records, offset: offset + used } };
      part = emptyPart();
      signal.throwIfAborted();
    }
    offset += used;
    // A line longer than the window: a larger one is taken, up to the whole of it.
    size = used === 0 ? size * 2 : Math.max(connection.chunkBytes, stream.recordBytes + 2);
  }
  if (part.taken > 0) yield { records: part.records, rejects: part.rejects, next: { records, offset } };
}

function cutRecord(
  window: Buffer,
  from: number,
  { lineEnd, recordBytes }: FixedWidthStream,
  isLast: boolean,
): { readonly record: Buffer; readonly next: number } | null {
  if (from >= window.length) return null;
  if (lineEnd === 'none') {
    const next = from + recordBytes;
    return next > window.length ? null : { record: window.subarray(from, next), next };
  }
  const end = window.indexOf(NEWLINE, from);
  if (end < 0) return isLast ? { record: window.subarray(from), next: window.length } : null;
  const stop = end > from && window[end - 1] === RETURN ? end - 1 : end;
  return { record: window.subarray(from, stop), next: end + 1 };
}

function rowMaker({ layout, encoding, recordBytes }: FixedWidthStream): (record: Buffer) => ReadRow {
  const codec = textCodec(encoding);
  const blank = Object.fromEntries(layout.map(({ name }) => [name, null]));
  return (record) => {
    if (record.length !== recordBytes)
      return { fault: `${record.length} bytes instead of ${recordBytes}`, raw: record };
    const value: Record<string, RawValue> = { ...blank };
    // Most records of numbers and codes have no other bytes: then they are decoded once, and positions are characters.
    const plain = isAscii(record) ? record.toString('latin1') : null;
    for (const column of layout) {
      const { at, length } = column;
      const cell = cellOf(
        plain === null ? codec.decode(record.subarray(at - 1, at - 1 + length)) : plain.slice(at - 1, at - 1 + length),
        column,
        codec,
      );
      if ('fault' in cell) return { fault: cell.fault, code: cell.code, raw: record };
      value[column.name] = cell.text;
    }
    return { value };
  };
}

type Cell =
  | { readonly text: string | null }
  | { readonly fault: string; readonly code: 'HUB_FILE_ENCODING' | 'HUB_FILE_RECORD' };

function cellOf(text: string | null, { name, decimals }: FixedColumn, codec: TextCodec): Cell {
  if (text === null) return { fault: `column ${name} is not valid ${codec.encoding}`, code: 'HUB_FILE_ENCODING' };
  // Padding is blanks of either width; leading blanks of a text may be its own, those of a number never are.
  const trimmed = decimals === undefined ? withoutPadding(text) : text.trim();
  if (trimmed.includes('\0')) return { fault: `NUL in column ${name}`, code: 'HUB_FILE_RECORD' };
  if (trimmed === '') return { text: null };
  if (decimals === undefined) return { text: trimmed };
  const number = withPoint(trimmed, decimals);
  return number === null ? { fault: `column ${name} is no number`, code: 'HUB_FILE_RECORD' } : { text: number };
}

function withoutPadding(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\u3000')) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** `0000012345` with two decimals is `123.45`; a sign may stand on either side. */
function withPoint(text: string, decimals: number): string | null {
  const parts = /^([+-]?)(\d+)([+-]?)$/.exec(text);
  if (parts === null || (parts[1] !== '' && parts[3] !== '')) return null;
  const digits = (parts[2] as string).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replace(/^0+(?=\d)/, '');
  const sign = parts[1] === '-' || parts[3] === '-' ? '-' : '';
  return decimals === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-decimals)}`;
}
