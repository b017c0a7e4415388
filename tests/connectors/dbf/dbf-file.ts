import { gb18030 } from '../files/folder.ts';

export interface TestField {
  readonly name: string | Uint8Array;
  readonly type: string;
  readonly length: number;
  readonly decimals?: number;
  /** Byte 18 of the descriptor: 2 = may be null. */
  readonly flags?: number;
}

export interface TestRow {
  readonly deleted?: boolean | string;
  /** Text is padded; bytes are taken as they are. */
  readonly cells: readonly (string | Uint8Array)[];
}

export interface TestTable {
  readonly fields: readonly TestField[];
  readonly rows: readonly TestRow[];
  readonly version?: number;
  readonly endOfFile?: boolean;
  readonly codePage?: number;
}

/** A small dBASE or FoxPro table; tests then damage it. */
export function dbfFile({ fields, rows, version = 0x03, endOfFile = true, codePage = 0 }: TestTable): Buffer {
  const recordLength = fields.reduce((sum, field) => sum + field.length, 1);
  const backLink = version >= 0x30 && version <= 0x32 ? 263 : 0;
  const header = Buffer.alloc(32 + 32 * fields.length + 1 + backLink);
  header[0] = version;
  header.set([124, 1, 2], 1);
  header.writeUInt32LE(rows.length, 4);
  header.writeUInt16LE(header.length, 8);
  header.writeUInt16LE(recordLength, 10);
  header[29] = codePage;
  fields.forEach((field, index) => {
    const at = 32 + 32 * index;
    header.set(typeof field.name === 'string' ? gb18030(field.name) : field.name, at);
    header[at + 11] = field.type.charCodeAt(0);
    header[at + 16] = field.length % 256;
    header[at + 17] = field.decimals ?? Math.floor(field.length / 256);
    header[at + 18] = field.flags ?? 0;
  });
  header[32 + 32 * fields.length] = 0x0d;
  return Buffer.concat([
    header,
    ...rows.map((row) => recordBytes(fields, row)),
    ...(endOfFile ? [Buffer.from([0x1a])] : []),
  ]);
}

function recordBytes(fields: readonly TestField[], { deleted = false, cells }: TestRow): Buffer {
  const flag = typeof deleted === 'string' ? deleted : deleted ? '*' : ' ';
  const parts = fields.map((field, at) => {
    const cell = cells[at] ?? '';
    const bytes = typeof cell === 'string' ? gb18030(cell) : cell;
    const padded = Buffer.alloc(field.length, ' ');
    const numeric = field.type === 'N' || field.type === 'F';
    padded.set(bytes.subarray(0, field.length), numeric ? Math.max(0, field.length - bytes.length) : 0);
    return padded;
  });
  return Buffer.concat([Buffer.from(flag, 'latin1'), ...parts]);
}
