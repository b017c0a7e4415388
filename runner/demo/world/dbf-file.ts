import { HubError } from '../../../schemas/kernel/errors.ts';
import { FileWriter } from './file-writer.ts';
import { encodeGb18030 } from './gb18030.ts';
import type { SampleColumn } from './sample-system.ts';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly length: number;
  readonly decimals: number;
}

const TYPE = /^([CND])(?:\((\d+)(?:,(\d+))?\))?$/;
const SPACE = 0x20;
export const DELETED = 0x2a;

function fieldOf({ name, type }: SampleColumn): Field {
  const match = TYPE.exec(type);
  if (match === null || name.length > 10)
    throw new HubError('HUB_INTERNAL', `No DBF column can be made of ${name} ${type}`, { name, type });
  const [, letter, length, decimals] = match;
  return { name, type: letter!, length: letter === 'D' ? 8 : Number(length), decimals: Number(decimals ?? 0) };
}

/** Where things are in a dBASE III table with these columns. */
export class DbfLayout {
  readonly fields: readonly Field[];
  readonly recordLength: number;
  readonly headerLength: number;

  constructor(columns: readonly SampleColumn[]) {
    this.fields = columns.map(fieldOf);
    this.recordLength = this.fields.reduce((sum, { length }) => sum + length, 1);
    this.headerLength = 32 + 32 * this.fields.length + 1;
  }

  /** @param day `YYYYMMDD` of the last change. */
  header(records: number, day: string): Uint8Array {
    const bytes = Buffer.alloc(this.headerLength);
    bytes[0] = 0x03;
    bytes[1] = Number(day.slice(0, 4)) - 1900;
    bytes[2] = Number(day.slice(4, 6));
    bytes[3] = Number(day.slice(6));
    bytes.writeUInt32LE(records, 4);
    bytes.writeUInt16LE(this.headerLength, 8);
    bytes.writeUInt16LE(this.recordLength, 10);
    for (const [at, { name, type, length, decimals }] of this.fields.entries()) {
      const start = 32 + 32 * at;
      bytes.write(name, start, 'latin1');
      bytes.write(type, start + 11, 'latin1');
      bytes[start + 16] = length;
      bytes[start + 17] = decimals;
    }
    bytes[this.headerLength - 1] = 0x0d;
    return bytes;
  }

  /** One record: texts to the left and cut between characters, numbers to the right. */
  record(cells: readonly (string | null)[]): Uint8Array {
    const bytes = new Uint8Array(this.recordLength).fill(SPACE);
    let at = 1;
    for (const [column, { type, length }] of this.fields.entries()) {
      const cell = cells[column] ?? null;
      if (cell !== null) {
        let encoded = encodeGb18030(cell);
        for (let letters = [...cell]; encoded.length > length; encoded = encodeGb18030(letters.join(''))) {
          letters = letters.slice(0, -1);
        }
        bytes.set(encoded, type === 'N' ? at + length - encoded.length : at);
      }
      at += length;
    }
    return bytes;
  }
}

/** Appends records; the count in the header is put right at the end. */
export class DbfWriter implements AsyncDisposable {
  readonly #layout: DbfLayout;
  readonly #file: FileWriter;
  readonly #day: string;
  #records = 0;

  constructor(layout: DbfLayout, file: FileWriter, day: string) {
    this.#layout = layout;
    this.#file = file;
    this.#day = day;
    file.bytes(layout.header(0, day));
  }

  static async create(path: string, layout: DbfLayout, day: string): Promise<DbfWriter> {
    return new DbfWriter(layout, await FileWriter.create(path), day);
  }

  async add(record: Uint8Array): Promise<void> {
    this.#file.bytes(record);
    this.#records += 1;
    if (this.#file.isFull) await this.#file.flush();
  }

  async finish(): Promise<void> {
    this.#file.bytes(Uint8Array.of(0x1a));
    await this.#file.flush();
    await this.#file.overwrite(0, this.#layout.header(this.#records, this.#day));
    await this.#file.finish();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file[Symbol.asyncDispose]();
  }
}
