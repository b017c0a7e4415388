import { isAscii } from 'node:buffer';
import type { RawValue } from '../../schemas/stream.ts';
import { textCodec } from '../files/encoding.ts';
import type { FileRows, RowsRequest } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { emptyPart, type Part, type ReadRow, takeRow } from '../files/rows.ts';
import type { FixedWidthStream } from './config.ts';
import type { FixedWidthShape } from './inspect.ts';
import { fromPacked, fromZoned, withPoint } from './numbers.ts';

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

function rowMaker({
  layout,
  encoding,
  recordBytes,
  shortLines,
  lineEnd,
  key,
}: FixedWidthStream): (record: Buffer) => ReadRow {
  const codec = textCodec(encoding);
  const blank = Object.fromEntries(layout.map(({ name }) => [name, null]));
  const decode = (bytes: Buffer): string | null => codec.decode(bytes);
  return (given) => {
    const isShort = lineEnd === 'line' && given.length < recordBytes;
    const record = isShort && shortLines === 'pad' ? padded(given, recordBytes) : given;
    if (record.length !== recordBytes) {
      const cut = isShort ? '; if blanks at its end were cut off, shortLines: pad' : '';
      return { fault: `${record.length} bytes instead of ${recordBytes}${cut}`, raw: record };
    }
    const value: Record<string, RawValue> = { ...blank };
    // One character a byte: cells of numbers and codes are cut out of it, and only the others are decoded.
    const line = record.toString('latin1');
    const isPlain = isAscii(record);
    for (const column of layout) {
      const start = column.at - 1;
      const end = start + column.length;
      if (column.form === 'packed') {
        const bytes = record.subarray(start, end);
        const number = fromPacked(bytes, column.decimals ?? 0);
        if (number === null && key.includes(column.name))
          return { fault: `column ${column.name} is no packed number`, raw: record };
        value[column.name] = number ?? (isBlank(bytes) ? null : `0x${bytes.toString('hex')}`);
        continue;
      }
      const bare = line.slice(start, end);
      const text = isPlain || !NOT_ASCII.test(bare) ? bare : decode(record.subarray(start, end));
      const cell = text === null ? null : column.decimals === undefined ? withoutPadding(text) : text.trim();
      if (cell === null)
        return { fault: `column ${column.name} is not valid ${encoding}`, code: 'HUB_FILE_ENCODING', raw: record };
      if (cell.includes('\0')) return { fault: `NUL in column ${column.name}`, raw: record };
      if (cell === '') continue;
      const read =
        column.decimals === undefined
          ? cell
          : column.form === 'zoned'
            ? fromZoned(cell, column.decimals)
            : withPoint(cell, column.decimals);
      if (read === null && key.includes(column.name))
        return { fault: `column ${column.name} is no number`, raw: record };
      // Nobody may need it: it travels as it stands, and the mapping that reads it finds fault with it.
      value[column.name] = read ?? cell;
    }
    return { value };
  };
}

const padded = (record: Buffer, length: number): Buffer =>
  Buffer.concat([record, Buffer.alloc(length - record.length, ' ')]);
/** Numbers that were never set: blanks or NULs. */
const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0 || byte === BLANK);

const NOT_ASCII = /[^\0-\x7f]/;
const [BLANK, WIDE_BLANK] = [0x20, 0x3000] as const;

/** Padding is blanks of either width; leading blanks of a text may be its own, those of a number never are. */
function withoutPadding(text: string): string {
  let end = text.length;
  for (; end > 0; end--) {
    const code = text.charCodeAt(end - 1);
    if (code !== BLANK && code !== WIDE_BLANK) break;
  }
  return end === text.length ? text : text.slice(0, end);
}
