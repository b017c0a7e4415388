import { HubError } from '../../schemas/kernel/errors.ts';
import { assertGoodColumns } from '../files/agreement.ts';
import { type Encoding, suspicion, textCodec } from '../files/encoding.ts';
import type { FileShape } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { tableEncoding } from './code-page.ts';
import { type DbfField, fieldKind, lengthFits, type RawField, typeName } from './fields.ts';
import type { DbfStream } from './stream.ts';

const PREFIX = 32;
const DESCRIPTOR = 32;
const TERMINATOR = 0x0d;
const END_OF_FILE = 0x1a;
const FOXPRO = new Set([0x30, 0x31, 0x32]);
const VERSIONS = new Set([0x02, 0x03, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8b, 0xcb, 0xf5, 0xfb]);
export interface DbfShape extends FileShape {
  readonly encoding: Encoding;
  readonly fields: readonly DbfField[];
  readonly recordCount: number;
  readonly recordLength: number;
  /** Bytes of _NullFlags; null when the file has none. */
  readonly nullFlags: { readonly offset: number; readonly length: number } | null;
}

/**
 * Believes nothing of the header before it is proven by the size of the file; allocates at most 64 KB.
 * Layout: dBASE III+ and Visual FoxPro table structure.
 * @throws HUB_FILE_FORMAT, HUB_FILE_HEADER, HUB_FILE_CONTRADICTION, HUB_FILE_TRUNCATED (with both sizes), HUB_FILE_TOO_LARGE
 */
export async function inspectDbf(file: OpenFile, stream: DbfStream): Promise<DbfShape> {
  const prefix = await bytesAt(file, 0, PREFIX);
  const version = prefix.readUInt8(0);
  if (!VERSIONS.has(version))
    throw faulty(file, `version byte 0x${version.toString(16)} is not one of a dBASE III or FoxPro table`);
  if (prefix[15] === 1) throw faulty(file, 'the table is encrypted; have it exported without');
  const recordCount = prefix.readUInt32LE(4);
  const headerLength = prefix.readUInt16LE(8);
  const recordLength = prefix.readUInt16LE(10);
  if (headerLength < PREFIX + DESCRIPTOR + 1)
    throw faulty(file, `a header of ${headerLength} bytes has no room for a column`);
  if (recordLength < 2) throw faulty(file, `a record length of ${recordLength}`);
  await assertSize(file, stream, { recordCount, headerLength, recordLength });
  const header = await bytesAt(file, 0, headerLength);
  const foxPro = FOXPRO.has(version);
  const byPlace = fitToRecord(file, descriptors(file, header), recordLength);
  const texts = await firstTexts(file, byPlace, { recordCount, headerLength, recordLength });
  const encoding = await tableEncoding(file, stream, prefix.readUInt8(29), texts);
  const raw = named(file, byPlace, encoding);
  const { fields, excluded, nullFlags } = layOut(file, raw, foxPro, header);
  const hidden = raw.filter((field) => field.type !== '0').map((field) => field.name);
  const suspect = suspicion(texts, encoding);
  assertGoodColumns(file.name, hidden, { ...stream, key: [], columns: [] });
  assertGoodColumns(
    file.name,
    fields.map((field) => field.name),
    stream,
    suspect,
  );
  return {
    columns: fields.map(({ name, columnType, sourceType }) => ({
      name,
      type: columnType,
      sourceType,
      nullable: !stream.key.includes(name),
    })),
    start: { records: 0, offset: headerLength },
    rowEstimate: recordCount,
    notes: [...excluded.map((field) => `column ${field} is not read (memo and binary types are left out)`), ...suspect],
    encoding,
    fields,
    recordCount,
    recordLength,
    nullFlags,
  };
}

async function bytesAt(file: OpenFile, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const got = await file.read(bytes, from);
  if (got < length) {
    throw new HubError(
      'HUB_FILE_TRUNCATED',
      `${file.name} has ${file.size} bytes, but its header alone needs ${from + length}`,
      {
        file: file.name,
        size: file.size,
        expected: from + length,
      },
    );
  }
  return bytes;
}

interface Claims {
  readonly recordCount: number;
  readonly headerLength: number;
  readonly recordLength: number;
}

async function assertSize(
  file: OpenFile,
  stream: DbfStream,
  { recordCount, headerLength, recordLength }: Claims,
): Promise<void> {
  const expected = headerLength + recordCount * recordLength;
  const largest = Math.max(expected, file.size);
  if (largest > stream.maxFileBytes + 1) {
    throw new HubError(
      'HUB_FILE_TOO_LARGE',
      `${file.name} claims ${recordCount} records, ${expected} bytes, and has ${file.size}; the limit is ${stream.maxFileBytes}`,
      { file: file.name, size: file.size, expected, recordCount, allowed: stream.maxFileBytes },
    );
  }
  const surplus = file.size - expected;
  if (surplus === 0) return;
  if (surplus === 1 && (await bytesAt(file, expected, 1))[0] === END_OF_FILE) return;
  const present = Math.max(0, Math.floor((file.size - headerLength) / recordLength));
  throw new HubError(
    'HUB_FILE_TRUNCATED',
    `${file.name} has ${file.size} bytes, but its header says ${expected}: ${recordCount} records of ${recordLength} bytes, of which ${present} fit`,
    { file: file.name, size: file.size, expected, recordCount, recordsPresent: present },
  );
}

/** Fields by their place; the names are bytes of an encoding that is not known yet, one character each. */
function descriptors(file: OpenFile, header: Buffer): RawField[] {
  const fields: RawField[] = [];
  for (let at = PREFIX; header[at] !== TERMINATOR; at += DESCRIPTOR) {
    if (at + DESCRIPTOR >= header.length) throw faulty(file, 'the list of columns has no end');
    const name = header.subarray(at, at + 11);
    const end = name.indexOf(0);
    fields.push({
      name: name.toString('latin1', 0, end < 0 ? name.length : end),
      type: String.fromCharCode(header.readUInt8(at + 11)),
      length: header.readUInt8(at + 16),
      decimals: header.readUInt8(at + 17),
    });
  }
  if (fields.length === 0) throw faulty(file, 'it has no columns');
  return fields;
}

function named(file: OpenFile, fields: readonly RawField[], encoding: Encoding): readonly RawField[] {
  const codec = textCodec(encoding);
  return fields.map((field, at) => {
    const name = codec.decode(Buffer.from(field.name, 'latin1'));
    if (name === null) throw faulty(file, `the name of column ${at + 1} is not valid ${encoding}`);
    return { ...field, name: name.trim() };
  });
}

const SAMPLE_BYTES = 256 * 1024;

/** Names of columns and bytes of the first texts, a line each. */
async function firstTexts(
  file: OpenFile,
  fields: readonly RawField[],
  { recordCount, headerLength, recordLength }: Claims,
): Promise<Buffer> {
  const count = Math.min(recordCount, Math.max(1, Math.floor(SAMPLE_BYTES / recordLength)));
  const records = (await bytesAt(file, headerLength, count * recordLength)).toString('latin1');
  const lines = fields.map(({ name }) => name);
  for (let record = 0; record < records.length; record += recordLength) {
    let at = record + 1;
    for (const { type, length } of fields) {
      if (type === 'C') lines.push(records.slice(at, at + length));
      at += length;
    }
  }
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}

/** Texts over 255 bytes keep the high byte of their length where numbers keep their decimals (Clipper, FoxPro). */
function fitToRecord(file: OpenFile, fields: readonly RawField[], recordLength: number): readonly RawField[] {
  const total = (list: readonly RawField[]): number => list.reduce((sum, field) => sum + field.length, 1);
  if (total(fields) === recordLength) return fields;
  const wide = fields.map((field) =>
    field.type === 'C' ? { ...field, length: field.length + 256 * field.decimals, decimals: 0 } : field,
  );
  if (total(wide) === recordLength) return wide;
  throw faulty(file, `its columns add up to ${total(fields)} bytes, but a record has ${recordLength}`);
}

function layOut(
  file: OpenFile,
  raw: readonly RawField[],
  foxPro: boolean,
  header: Buffer,
): Pick<DbfShape, 'fields' | 'nullFlags'> & { excluded: string[] } {
  const fields: DbfField[] = [];
  const excluded: string[] = [];
  let nullFlags: DbfShape['nullFlags'] = null;
  let offset = 1;
  let bit = 0;
  for (const [index, field] of raw.entries()) {
    const flags = header.readUInt8(PREFIX + index * DESCRIPTOR + 18);
    const variable = foxPro && (field.type === 'V' || field.type === 'Q');
    if (variable) bit += 1;
    const nullBit = foxPro && (flags & 2) !== 0 ? bit++ : null;
    const kind = fieldKind(field, foxPro);
    if (foxPro && field.type === '0') nullFlags = { offset, length: field.length };
    else if (kind === null) excluded.push(`${field.name} ${typeName(field)}`);
    else {
      if (field.length === 0 || !lengthFits(field))
        throw faulty(file, `column ${field.name} of type ${field.type} has a length of ${field.length}`);
      fields.push({ name: field.name, ...kind, sourceType: typeName(field), offset, length: field.length, nullBit });
    }
    offset += field.length;
  }
  return { fields, excluded, nullFlags };
}

const faulty = (file: OpenFile, why: string): HubError =>
  new HubError('HUB_FILE_FORMAT', `The header of ${file.name} is wrong: ${why}`, { file: file.name });
