import { HubError } from '../../schemas/kernel/errors.ts';
import { assertGoodColumns } from '../files/agreement.ts';
import { byteOrderMark, settledEncoding, suspicion, textCodec } from '../files/encoding.ts';
import type { FileShape } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { textEnd } from '../files/text-end.ts';
import { splitCells } from './cells.ts';
import type { CsvStream } from './config.ts';
import { type LineEnd, lineEndIn } from './line-end.ts';
import { RecordCutter } from './split.ts';

const SAMPLE_BYTES = 1024 * 1024;

export interface CsvShape extends FileShape {
  readonly lineEnd: LineEnd;
  /** Where the last record ends. */
  readonly end: number;
}

/**
 * Reads the header and estimates the rows from the first 1 MB.
 * @throws HUB_FILE_HEADER, HUB_FILE_FORMAT, HUB_FILE_CONTRADICTION, HUB_FILE_TOO_LARGE
 */
export async function inspectCsv(file: OpenFile, stream: CsvStream): Promise<CsvShape> {
  if (file.size > stream.maxFileBytes) {
    throw new HubError(
      'HUB_FILE_TOO_LARGE',
      `${file.name} has ${file.size} bytes, more than the limit of ${stream.maxFileBytes}`,
      {
        file: file.name,
        size: file.size,
        allowed: stream.maxFileBytes,
      },
    );
  }
  const codec = textCodec(stream.encoding);
  const end = await textEnd(file, codec.unit);
  const buffer = Buffer.alloc(Math.min(SAMPLE_BYTES, end));
  const sample = buffer.subarray(0, await file.read(buffer, 0));
  const mark = byteOrderMark(sample);
  settledEncoding(file.name, stream.encoding, [mark], stream.encoding);
  const bom = mark?.length ?? 0;
  const atEnd = sample.length === end;
  const body = sample.subarray(bom);
  const lineEnd = lineEndIn(body, stream.encoding);
  const cutter = new RecordCutter(body, atEnd, codec, lineEnd, SAMPLE_BYTES);
  const record = cutter.next();
  const suspect = suspicion(sample, stream.encoding);
  if (record === null)
    throw headerFault(file.name, atEnd ? 'it is empty' : `no header within the first ${SAMPLE_BYTES} bytes`);
  if (record.text === null)
    throw headerFault(file.name, [record.fault?.message ?? 'unreadable', ...suspect].join('; '));
  const cells = splitCells(record.text, stream.delimiter);
  if (typeof cells === 'string') throw headerFault(file.name, cells);
  if (cells.some((cell) => cell.includes('\0')))
    throw headerFault(file.name, 'it holds NUL bytes: is it text? If it is UTF-16, state encoding: utf-16le');
  const names = cells.map((cell) => cell.trim());
  assertGoodColumns(file.name, names, stream, suspect);
  return {
    columns: names.map((name) => ({ name, type: 'text', sourceType: 'text', nullable: !stream.key.includes(name) })),
    start: { records: 0, offset: bom + record.end },
    ...{ lineEnd, end },
    rowEstimate: estimateRows(body.subarray(record.end), lineEnd, end - bom - record.end),
    notes: suspect,
  };
}

const headerFault = (file: string, why: string): HubError =>
  new HubError('HUB_FILE_FORMAT', `The header of ${file} cannot be read: ${why}`, { file });

/** Lines in the sample, scaled to the file: right for the last digit only when the sample is the whole file. */
function estimateRows(sample: Buffer, lineEnd: LineEnd, bytes: number): number {
  if (sample.length === 0) return 0;
  let lines = 0;
  let last = 0;
  for (let end = lineEnd.after(sample, 0); end >= 0; end = lineEnd.after(sample, end)) {
    lines += 1;
    last = end;
  }
  if (last < sample.length) lines += 1;
  return Math.round((lines * bytes) / sample.length);
}
