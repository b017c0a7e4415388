import { HubError } from '../../schemas/kernel/errors.ts';
import { byteOrderMark } from '../files/encoding.ts';
import type { FileShape } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import type { FixedWidthStream } from './config.ts';

export interface FixedWidthShape extends FileShape {
  /** Where the records end: before the trailer. */
  readonly end: number;
}

const NEWLINE = 0x0a;
const SCAN_BYTES = 1024 * 1024;

/** @throws HUB_FILE_TOO_LARGE, HUB_FILE_HEADER, HUB_FILE_TRUNCATED */
export async function inspectFixedWidth(file: OpenFile, stream: FixedWidthStream): Promise<FixedWidthShape> {
  if (file.size > stream.maxFileBytes)
    throw new HubError('HUB_FILE_TOO_LARGE', `${file.name} has ${file.size} bytes`, {
      file: file.name,
      allowed: stream.maxFileBytes,
    });
  const head = await bytesAt(file, 0, stream.recordBytes + 8);
  const bom = byteOrderMark(head, stream.encoding, file.name);
  const start = bom + (beginsWith(head.subarray(bom), stream.header) ? await lengthOfFirst(file, bom, stream) : 0);
  const { records, last } = await extent(file, start, stream);
  const trailer = await trailerOf(file, last, stream);
  const end = trailer === null ? file.size : last;
  const count = trailer === null ? records : records - 1;
  if (trailer?.count !== undefined && trailer.count !== count)
    throw new HubError('HUB_FILE_TRUNCATED', `${file.name} has ${count} records, its trailer says ${trailer.count}`, {
      file: file.name,
      records: count,
      trailer: trailer.count,
    });
  return {
    end,
    start: { records: 0, offset: start },
    rowEstimate: count,
    notes: [],
    columns: stream.layout.map(({ name, length, decimals }) => ({
      name,
      type: decimals === undefined ? 'text' : 'decimal',
      sourceType: decimals === undefined ? `X(${length})` : `9(${length - decimals})V9(${decimals})`,
      nullable: !stream.key.includes(name),
    })),
  };
}

async function bytesAt(file: OpenFile, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, Math.min(length, file.size - offset)));
  return buffer.subarray(0, await file.read(buffer, offset));
}

const beginsWith = (bytes: Buffer, prefix: string | undefined): boolean =>
  prefix !== undefined && bytes.subarray(0, prefix.length).toString('latin1') === prefix;

async function lengthOfFirst(file: OpenFile, offset: number, stream: FixedWidthStream): Promise<number> {
  if (stream.lineEnd === 'none') return stream.recordBytes;
  const line = await bytesAt(file, offset, SCAN_BYTES);
  const end = line.indexOf(NEWLINE);
  return end < 0 ? line.length : end + 1;
}

/** How many records there are from `start`, and where the last one begins. */
async function extent(
  file: OpenFile,
  start: number,
  stream: FixedWidthStream,
): Promise<{ records: number; last: number }> {
  const bytes = file.size - start;
  if (stream.lineEnd === 'none') {
    if (bytes % stream.recordBytes !== 0)
      throw new HubError(
        'HUB_FILE_TRUNCATED',
        `${file.name} ends in the middle of a record of ${stream.recordBytes} bytes`,
        {
          file: file.name,
          bytesOver: bytes % stream.recordBytes,
        },
      );
    const records = bytes / stream.recordBytes;
    return { records, last: start + Math.max(0, records - 1) * stream.recordBytes };
  }
  let records = 0;
  let last = start;
  let lineStart = start;
  for (let at = start; at < file.size; at += SCAN_BYTES) {
    const chunk = await bytesAt(file, at, SCAN_BYTES);
    for (let found = chunk.indexOf(NEWLINE); found >= 0; found = chunk.indexOf(NEWLINE, found + 1)) {
      records += 1;
      last = lineStart;
      lineStart = at + found + 1;
    }
  }
  return lineStart < file.size ? { records: records + 1, last: lineStart } : { records, last };
}

async function trailerOf(
  file: OpenFile,
  last: number,
  { trailer, recordBytes }: FixedWidthStream,
): Promise<{ readonly count?: number } | null> {
  if (trailer === undefined) return null;
  const bytes = await bytesAt(file, last, recordBytes + 2);
  if (!beginsWith(bytes, trailer.prefix))
    throw new HubError(
      'HUB_FILE_TRUNCATED',
      `the last record of ${file.name} is not the trailer, which begins ${trailer.prefix}`,
      {
        file: file.name,
        allowed: trailer.prefix,
      },
    );
  if (trailer.count === undefined) return {};
  const { at, length } = trailer.count;
  const digits = bytes
    .subarray(at - 1, at - 1 + length)
    .toString('latin1')
    .trim();
  if (/^\d+$/.test(digits)) return { count: Number(digits) };
  throw new HubError('HUB_FILE_HEADER', `the trailer of ${file.name} has no number at byte ${at}`, { file: file.name });
}
