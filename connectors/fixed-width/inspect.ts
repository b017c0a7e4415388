import { HubError } from '../../schemas/kernel/errors.ts';
import { byteOrderMark, settledEncoding, suspicion } from '../files/encoding.ts';
import type { FileShape } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { textEnd } from '../files/text-end.ts';
import type { FixedWidthStream } from './config.ts';

export interface FixedWidthShape extends FileShape {
  /** Where the records end: before the trailer. */
  readonly end: number;
}

const NEWLINE = 0x0a;
const SCAN_BYTES = 1024 * 1024;
const TAIL_BYTES = 4_096;

/** @throws HUB_FILE_TOO_LARGE, HUB_FILE_FORMAT, HUB_FILE_CONTRADICTION, HUB_FILE_TRUNCATED */
export async function inspectFixedWidth(file: OpenFile, stream: FixedWidthStream): Promise<FixedWidthShape> {
  if (file.size > stream.maxFileBytes)
    throw new HubError('HUB_FILE_TOO_LARGE', `${file.name} has ${file.size} bytes`, {
      file: file.name,
      allowed: stream.maxFileBytes,
    });
  const head = await bytesAt(file, 0, Math.max(SCAN_BYTES, stream.recordBytes + 8));
  const mark = byteOrderMark(head);
  settledEncoding(file.name, stream.encoding, [mark], stream.encoding);
  const bom = mark?.length ?? 0;
  const hasHeader = beginsWith(head.subarray(bom), stream.header);
  const start = bom + (hasHeader ? await lengthOfFirst(file, bom, stream) : 0);
  const all =
    stream.lineEnd === 'line' ? await lastLineEnd(file) : await lastRecordEnd(file, start, stream.recordBytes);
  const { records, last } = await extent(file, start, all, stream);
  const trailer = await trailerOf(file, last, stream);
  const end = trailer === null ? all : last;
  const count = trailer === null ? records : records - 1;
  const extra = stream.trailer?.counts === 'all' ? 1 + (hasHeader ? 1 : 0) : 0;
  if (trailer?.count !== undefined && trailer.count !== count + extra) {
    const others =
      extra === 0 ? 'without header and trailer; if it counts them, counts: all' : 'with header and trailer';
    throw new HubError(
      'HUB_FILE_TRUNCATED',
      `${file.name} has ${count + extra} records (${others}), its trailer says ${trailer.count}`,
      { file: file.name, records: count + extra, trailer: trailer.count },
    );
  }
  return {
    end,
    start: { records: 0, offset: start },
    rowEstimate: count,
    notes: suspicion(head, stream.encoding),
    columns: stream.layout.map(({ name, length, decimals, form }) => ({
      name,
      type: decimals === undefined ? 'text' : 'decimal',
      sourceType: decimals === undefined ? `X(${length})` : numberType(form, length, decimals),
      nullable: !stream.key.includes(name),
    })),
  };
}

const numberType = (form: string, length: number, decimals: number): string => {
  const digits = form === 'packed' ? 2 * length - 1 : length;
  return `9(${digits - decimals})V9(${decimals})${form === 'digits' ? '' : ` ${form}`}`;
};

/** Behind the line end of the last line that holds something: editors and transfers leave blank lines and Ctrl-Z behind it. */
async function lastLineEnd(file: OpenFile): Promise<number> {
  const size = await textEnd(file);
  let kept = size;
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - TAIL_BYTES);
    const tail = (await bytesAt(file, from, end - from)).toString('latin1');
    const text = tail.trimEnd().length;
    const feed = tail.indexOf('\n', text);
    if (feed >= 0) kept = from + feed + 1;
    if (text > 0) break;
    end = from;
  }
  return kept;
}

/** Records without line ends may end in any byte, so a Ctrl-Z is only one that is over. */
async function lastRecordEnd(file: OpenFile, start: number, recordBytes: number): Promise<number> {
  const over = (file.size - start) % recordBytes;
  return over > 0 && (await textEnd(file)) <= file.size - over ? file.size - over : file.size;
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

/** How many records there are from `start` to `end`, and where the last one begins. */
async function extent(
  file: OpenFile,
  start: number,
  end: number,
  stream: FixedWidthStream,
): Promise<{ records: number; last: number }> {
  const bytes = end - start;
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
  for (let at = start; at < end; at += SCAN_BYTES) {
    const chunk = await bytesAt(file, at, Math.min(SCAN_BYTES, end - at));
    for (let found = chunk.indexOf(NEWLINE); found >= 0; found = chunk.indexOf(NEWLINE, found + 1)) {
      records += 1;
      last = lineStart;
      lineStart = at + found + 1;
    }
  }
  return lineStart < end ? { records: records + 1, last: lineStart } : { records, last };
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
  throw new HubError('HUB_FILE_FORMAT', `the trailer of ${file.name} has no number at byte ${at}`, { file: file.name });
}
