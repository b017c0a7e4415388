import type { ErrorCode } from '../../schemas/kernel/errors.ts';
import type { ColumnType, RawRecord, RawValue } from '../../schemas/stream.ts';
import type { RejectedRow } from '../connector.ts';
import { RAW_BYTES_KEPT } from '../files/config.ts';
import { type TextCodec, textCodec } from '../files/encoding.ts';
import type { FileRows, RowsRequest } from '../files/format.ts';
import { joinKey } from '../files/key.ts';
import type { OpenFile } from '../files/open-file.ts';
import type { DbfField } from './fields.ts';
import type { DbfShape } from './header.ts';
import type { DbfStream } from './stream.ts';
import { endOfText, readValue } from './values.ts';

const TRAVELS_AS_TEXT: ReadonlySet<ColumnType> = new Set(['bigint', 'decimal', 'date']);
const DELETED = '*';
const LIVE = ' ';
const NOT_ASCII = /[^\0-\x7f]/;

type Request = RowsRequest<DbfStream, DbfShape>;

/** Reads whole records by position: resuming costs one read, and memory is that of one chunk. */
export async function* readDbf(file: OpenFile, request: Request): AsyncIterable<FileRows> {
  const { shape, connection, signal } = request;
  const { recordLength, recordCount } = shape;
  const atOnce = Math.min(connection.batchRows, Math.max(1, Math.floor(connection.chunkBytes / recordLength)));
  const reader = new ChunkReader(file, request);
  let number = request.from.records;
  while (number < recordCount) {
    signal.throwIfAborted();
    const wanted = Math.min(atOnce, recordCount - number);
    const buffer = Buffer.allocUnsafe(wanted * recordLength);
    const got = await file.read(buffer, shape.start.offset + number * recordLength);
    // The size was proven when the file was opened; fewer bytes mean that it was cut since, which the source reports.
    const count = Math.floor(got / recordLength);
    if (count === 0) return;
    const { records, rejects } = reader.read(buffer.subarray(0, count * recordLength), count, number);
    number += count;
    yield { records, rejects, next: { records: number, offset: shape.start.offset + number * recordLength } };
  }
}

/** Texts that wait to be decoded, in three columns: an object for each would cost more than the decoding. */
class PendingTexts {
  readonly rows: number[] = [];
  readonly fields: DbfField[] = [];
  readonly cells: string[] = [];

  add(row: number, field: DbfField, cell: string): void {
    this.rows.push(row);
    this.fields.push(field);
    this.cells.push(cell);
  }
}

interface RowFault {
  readonly code: ErrorCode;
  readonly message: string;
}

class ChunkReader {
  readonly #file: OpenFile;
  readonly #request: Request;
  readonly #codec: TextCodec;
  readonly #keyFields: readonly DbfField[];
  /** Copied for each row: all rows then have one shape, laid out at once. */
  readonly #blank: Readonly<Record<string, RawValue>>;

  constructor(file: OpenFile, request: Request) {
    this.#file = file;
    this.#request = request;
    this.#codec = textCodec(request.shape.encoding);
    this.#blank = Object.fromEntries(request.shape.fields.map((field) => [field.name, null]));
    this.#keyFields = request.stream.key.flatMap((name) => request.shape.fields.filter((field) => field.name === name));
  }

  read(bytes: Buffer, count: number, before: number): { records: RawRecord[]; rejects: RejectedRow[] } {
    const { recordLength } = this.#request.shape;
    const values: Record<string, RawValue>[] = [];
    const faults = new Map<number, RowFault>();
    const deleted = new Set<number>();
    const texts = new PendingTexts();
    for (let row = 0; row < count; row += 1) {
      const record = row * recordLength;
      const line = bytes.toString('latin1', record, record + recordLength);
      const flag = line.charAt(0);
      const value = { ...this.#blank };
      values.push(value);
      if (flag === DELETED) deleted.add(row);
      else if (flag !== LIVE) {
        faults.set(row, { code: 'HUB_FILE_RECORD', message: 'its deletion flag is neither blank nor *' });
        continue;
      }
      const fault = this.#fill(
        value,
        flag === DELETED ? this.#keyFields : this.#request.shape.fields,
        line,
        bytes,
        row,
        texts,
      );
      if (fault !== null) faults.set(row, { code: 'HUB_FILE_RECORD', message: fault });
    }
    this.#decode(texts, values, faults);
    return this.#emit(bytes, values, faults, deleted, before);
  }

  /** ASCII values at once; other texts are put off to be decoded together, which is many times faster. */
  #fill(
    value: Record<string, RawValue>,
    fields: readonly DbfField[],
    line: string,
    bytes: Buffer,
    row: number,
    texts: PendingTexts,
  ): string | null {
    const ascii = !NOT_ASCII.test(line);
    const { recordLength, nullFlags } = this.#request.shape;
    for (const field of fields) {
      if (nullFlags !== null && field.nullBit !== null && isNull(line, nullFlags.offset, field.nullBit)) continue;
      if (field.kind === 'text') {
        const text = line.slice(field.offset, endOfText(line, field.offset, field.offset + field.length));
        if (text.includes('\0')) return `NUL in column ${field.name}`;
        if (!ascii && NOT_ASCII.test(text)) texts.add(row, field, text);
        else if (text !== '') value[field.name] = text;
      } else {
        const reading = readValue(
          field,
          line.slice(field.offset, field.offset + field.length),
          bytes,
          row * recordLength,
        );
        if (!('fault' in reading)) value[field.name] = reading.value;
        // Nobody may need the cell: as text it travels as it is, and the mapping that reads it finds fault with it.
        else if (TRAVELS_AS_TEXT.has(field.columnType) && !this.#keyFields.includes(field))
          value[field.name] = reading.text.replaceAll('\0', ' ').trim();
        else return reading.fault;
      }
    }
    return null;
  }

  #decode(texts: PendingTexts, values: readonly Record<string, RawValue>[], faults: Map<number, RowFault>): void {
    const { rows, fields, cells } = texts;
    if (cells.length === 0) return;
    // A line feed is part of no character, and ends one that was cut off: bad bytes of one cell cannot reach the next.
    const together = this.#codec.decode(Buffer.from(cells.join('\n'), 'latin1'));
    const parts = together?.split('\n') ?? null;
    const trusted = parts !== null && parts.length === cells.length;
    for (let at = 0; at < cells.length; at += 1) {
      const row = rows[at] as number;
      const { name } = fields[at] as DbfField;
      const text = trusted ? (parts[at] as string) : this.#codec.decode(Buffer.from(cells[at] as string, 'latin1'));
      if (text !== null) (values[row] as Record<string, RawValue>)[name] = text;
      else
        faults.set(row, { code: 'HUB_FILE_ENCODING', message: `column ${name} is not valid ${this.#codec.encoding}` });
    }
  }

  #emit(
    bytes: Buffer,
    values: readonly Record<string, RawValue>[],
    faults: ReadonlyMap<number, RowFault>,
    deleted: ReadonlySet<number>,
    before: number,
  ): { records: RawRecord[]; rejects: RejectedRow[] } {
    const { name, stream, shape } = this.#request;
    const { observedAt } = this.#file;
    const records: RawRecord[] = [];
    const rejects: RejectedRow[] = [];
    const { key: keyNames } = stream;
    for (let row = 0; row < values.length; row += 1) {
      const value = values[row] as Record<string, RawValue>;
      const isDeleted = deleted.has(row);
      if (isDeleted && stream.deletedRows === 'skip') continue;
      const number = before + row + 1;
      const origin = `${this.#file.name}#${number}`;
      const fault = faults.size === 0 ? undefined : faults.get(row);
      const key = fault === undefined ? joinKey(keyNames.map((column) => asText(value[column]))) : null;
      if (key !== null) {
        records.push({
          stream: name,
          key,
          op: isDeleted ? 'delete' : 'upsert',
          value: isDeleted ? null : value,
          observedAt,
          origin,
        });
        continue;
      }
      const start = row * shape.recordLength;
      rejects.push({
        stream: name,
        code: fault?.code ?? 'HUB_FILE_RECORD',
        message: `${fault?.message ?? `no usable key in ${stream.key.join(', ')}`} (record ${number}, from byte ${shape.start.offset + (number - 1) * shape.recordLength})`,
        origin,
        raw: Uint8Array.from(bytes.subarray(start, start + Math.min(shape.recordLength, RAW_BYTES_KEPT))),
      });
    }
    return { records, rejects };
  }
}

const asText = (value: RawValue | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

const isNull = (line: string, flagsOffset: number, bit: number): boolean =>
  ((line.charCodeAt(flagsOffset + (bit >> 3)) >> (bit & 7)) & 1) === 1;
