import type { ErrorCode } from '../../schemas/kernel/errors.ts';
import type { RawRecord, RawValue } from '../../schemas/stream.ts';
import type { RejectedRow } from '../connector.ts';
import { RAW_BYTES_KEPT } from '../files/config.ts';
import { textCodec } from '../files/encoding.ts';
import type { FilePosition, FileRows, RowsRequest } from '../files/format.ts';
import { joinKey } from '../files/key.ts';
import type { OpenFile } from '../files/open-file.ts';
import { splitCells } from './cells.ts';
import type { CsvStream } from './config.ts';
import type { CsvShape } from './header.ts';
import { type Fault, RecordCutter } from './split.ts';

type Request = RowsRequest<CsvStream, CsvShape>;

/** Reads by byte position; memory is bounded by `maxRecordBytes` and `chunkBytes`, whatever the file holds. */
export async function* readCsv(file: OpenFile, request: Request): AsyncIterable<FileRows> {
  const { stream, shape, connection, signal } = request;
  const codec = textCodec(stream.encoding);
  const rows = new RowMaker(file, request);
  let { records, offset } = request.from;
  let readBytes = connection.chunkBytes;
  while (offset < shape.end) {
    signal.throwIfAborted();
    const buffer = Buffer.allocUnsafe(Math.min(readBytes, shape.end - offset));
    const window = buffer.subarray(0, await file.read(buffer, offset));
    const atEnd = window.length < buffer.length || offset + window.length >= shape.end;
    const cutter = new RecordCutter(window, atEnd, codec, shape.lineEnd, stream.maxRecordBytes);
    const before = offset;
    for (;;) {
      const part = rows.take(cutter, window, { records, offset: before });
      if (part === null) break;
      ({ records, offset } = part.next);
      yield part;
      signal.throwIfAborted();
    }
    offset = before + cutter.position;
    if (offset > before) readBytes = connection.chunkBytes;
    else if (window.length > stream.maxRecordBytes) {
      const end = await endOfLine(file, offset, request);
      records += 1;
      yield rows.oversize(window, end - offset, { records, offset: end });
      offset = end;
    } else if (window.length === 0) return;
    else readBytes = window.length * 2;
  }
}

/** Byte after the next line end; nothing is kept meanwhile. */
async function endOfLine(file: OpenFile, from: number, { shape, connection, signal }: Request): Promise<number> {
  const chunk = Buffer.allocUnsafe(connection.chunkBytes + (connection.chunkBytes % 2));
  for (let at = from; at < shape.end; at += chunk.length) {
    signal.throwIfAborted();
    const end = shape.lineEnd.after(chunk.subarray(0, await file.read(chunk, at)), 0);
    if (end >= 0) return Math.min(at + end, shape.end);
  }
  return shape.end;
}

const faulty = (message: string): Fault => ({ code: 'HUB_FILE_RECORD', message });

class RowMaker {
  readonly #request: Request;
  readonly #file: string;
  readonly #observedAt: number;
  readonly #names: readonly string[];
  readonly #keyAt: readonly number[];
  /** Copied for each row: all rows then have one shape, laid out at once. */
  readonly #blank: Readonly<Record<string, RawValue>>;

  constructor(file: OpenFile, request: Request) {
    this.#request = request;
    this.#file = file.name;
    this.#observedAt = file.observedAt;
    this.#names = request.shape.columns.map((column) => column.name);
    this.#blank = Object.fromEntries(this.#names.map((name) => [name, null]));
    this.#keyAt = request.stream.key.map((name) => this.#names.indexOf(name));
  }

  /** Up to one portion of what the cutter has; `base` is where the window lies and how many records came before. */
  take(cutter: RecordCutter, window: Buffer, base: FilePosition): FileRows | null {
    const { delimiter } = this.#request.stream;
    const { batchRows } = this.#request.connection;
    const records: RawRecord[] = [];
    const rejects: RejectedRow[] = [];
    let taken = 0;
    for (; taken < batchRows; taken += 1) {
      const record = cutter.next();
      if (record === null) break;
      const number = base.records + taken + 1;
      const reject = ({ code, message }: Fault, end = record.end): void => {
        rejects.push(
          this.#reject(code, message, number, window.subarray(record.start, end), base.offset + record.start),
        );
      };
      if (record.text === null) {
        reject(record.fault ?? faulty('unreadable'));
        continue;
      }
      const cells = cutter.hasQuotes ? splitCells(record.text, delimiter) : record.text.split(delimiter);
      if (typeof cells === 'string') {
        // Wrong quotes may have swallowed good lines: only the first is rejected, the rest is read again.
        reject(faulty(cells), record.firstLineEnd);
        cutter.rewindToSecondLine(record);
        continue;
      }
      const made = this.#record(cells, number, cutter.hasNul);
      if (typeof made === 'string') reject(faulty(made));
      else records.push(made);
    }
    if (taken === 0) return null;
    return { records, rejects, next: { records: base.records + taken, offset: base.offset + cutter.position } };
  }

  oversize(window: Buffer, bytes: number, next: FilePosition): FileRows {
    const message = `the record is longer than ${this.#request.stream.maxRecordBytes} bytes`;
    const raw = window.subarray(0, bytes);
    return {
      records: [],
      rejects: [this.#reject('HUB_FILE_RECORD', message, next.records, raw, next.offset - bytes)],
      next,
    };
  }

  #record(cells: readonly string[], number: number, anyNul: boolean): RawRecord | string {
    const names = this.#names;
    if (cells.length !== names.length) return this.#otherCells(cells);
    const withNul = anyNul ? cells.findIndex((cell) => cell.includes('\0')) : -1;
    if (withNul >= 0) return `NUL in column ${names[withNul]}`;
    const [first = 0] = this.#keyAt;
    if (cells[first]?.trim() === names[first] && cells.every((cell, at) => cell.trim() === names[at]))
      return 'the head of the file again, in the middle: were several files put together?';
    const value = { ...this.#blank };
    for (let at = 0; at < cells.length; at += 1) {
      const cell = cells[at] as string;
      value[names[at] as string] = cell === '' ? null : cell;
    }
    const key = joinKey(this.#keyAt.length === 1 ? [cells[first] ?? null] : this.#keyAt.map((at) => cells[at] ?? null));
    if (key === null) return `no usable key in ${this.#request.stream.key.join(', ')}`;
    const { name } = this.#request;
    return { stream: name, key, op: 'upsert', value, observedAt: this.#observedAt, origin: `${this.#file}#${number}` };
  }

  #otherCells(cells: readonly string[]): string {
    const returns = cells.some((cell) => cell.includes('\r'))
      ? '; it holds carriage returns: do all lines end alike?'
      : '';
    return `${cells.length} cells, but the header has ${this.#names.length} columns${returns}`;
  }

  #reject(code: ErrorCode, message: string, number: number, bytes: Uint8Array, offset: number): RejectedRow {
    return {
      stream: this.#request.name,
      code,
      message: `${message} (record ${number}, from byte ${offset})`,
      origin: `${this.#file}#${number}`,
      raw: Uint8Array.from(bytes.subarray(0, RAW_BYTES_KEPT)),
    };
  }
}
