import { HubError } from '../../schemas/kernel/errors.ts';
import { assertGoodColumns } from '../files/agreement.ts';
import { byteOrderMark, suspectedEncoding, textCodec } from '../files/encoding.ts';
import type { FileShape } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { splitCells } from './cells.ts';
import type { CsvStream } from './config.ts';
import { RecordCutter } from './split.ts';

const SAMPLE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** Reads the header and estimates the rows from the first 1 MB. @throws HUB_FILE_HEADER, HUB_FILE_TOO_LARGE */
export async function inspectCsv(file: OpenFile, stream: CsvStream): Promise<FileShape> {
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
  const buffer = Buffer.alloc(Math.min(SAMPLE_BYTES, file.size));
  const sample = buffer.subarray(0, await file.read(buffer, 0));
  const bom = byteOrderMark(sample, stream.encoding, file.name);
  const atEnd = sample.length === file.size;
  const body = sample.subarray(bom);
  const cutter = new RecordCutter(body, atEnd, textCodec(stream.encoding), SAMPLE_BYTES);
  const record = cutter.next();
  const suspect = suspectedEncoding(sample, stream.encoding);
  const hint = suspect === null ? '' : `; the file looks like ${suspect}`;
  if (record === null)
    throw headerFault(file.name, atEnd ? 'it is empty' : `no header within the first ${SAMPLE_BYTES} bytes`);
  if (record.text === null) throw headerFault(file.name, `${record.fault?.message ?? 'unreadable'}${hint}`);
  const cells = splitCells(record.text, stream.delimiter);
  if (typeof cells === 'string') throw headerFault(file.name, cells);
  if (cells.some((cell) => cell.includes('\0')))
    throw headerFault(file.name, 'it holds NUL bytes; is this a text file?');
  const names = cells.map((cell) => cell.trim());
  assertGoodColumns(file.name, names, stream);
  return {
    columns: names.map((name) => ({ name, type: 'text', sourceType: 'text', nullable: !stream.key.includes(name) })),
    start: { records: 0, offset: bom + record.end },
    rowEstimate: estimateRows(body.subarray(record.end), file.size - bom - record.end),
    notes:
      suspect === null
        ? []
        : [`declared as ${stream.encoding}, but the first ${sample.length} bytes look like ${suspect}`],
  };
}

const headerFault = (file: string, why: string): HubError =>
  new HubError('HUB_FILE_HEADER', `The header of ${file} cannot be read: ${why}`, { file });

/** Lines in the sample, scaled to the file: right for the last digit only when the sample is the whole file. */
function estimateRows(sample: Buffer, bytes: number): number {
  if (sample.length === 0) return 0;
  let lines = sample.at(-1) === NEWLINE ? 0 : 1;
  for (let at = sample.indexOf(NEWLINE); at >= 0; at = sample.indexOf(NEWLINE, at + 1)) lines += 1;
  return Math.round((lines * bytes) / sample.length);
}
