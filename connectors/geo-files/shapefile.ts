import { toEwkb } from '../../schemas/geometry.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord, RawValue } from '../../schemas/stream.ts';
import type { RejectedRow } from '../connector.ts';
import { inspectDbf } from '../dbf-table/header.ts';
import { readDbf } from '../dbf-table/read.ts';
import type { DbfStream } from '../dbf-table/stream.ts';
import type { FileRows, FileShape, RowsRequest } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { countedRows, type ReadRow } from '../files/rows.ts';
import type { ShapefileStream } from './config.ts';
import { CRS, type Crs, prjDisagrees } from './crs.ts';
import { geometryFault } from './geometry-fault.ts';
import { readShapes, readShpHeader, SHAPE_NAMES, type Shape } from './shp.ts';

const SMALL = 64 * 1024;
const ASTERISKS = /^\*+$/;

/** The .shp with what lies beside it. @throws HUB_FILE_HEADER when a part is missing or disagrees */
export async function inspectShapefile(file: OpenFile, stream: ShapefileStream): Promise<FileShape> {
  if (file.size > stream.maxFileBytes)
    throw new HubError('HUB_FILE_TOO_LARGE', `${file.name} has ${file.size} bytes`, {
      file: file.name,
      allowed: stream.maxFileBytes,
    });
  const { kind } = await readShpHeader(file);
  const crs = CRS[stream.crs] as Crs;
  const wkt = await textBeside(file, '.prj');
  const disagrees = wkt === null ? null : prjDisagrees(wkt, crs);
  if (disagrees !== null)
    throw new HubError('HUB_FILE_CONTRADICTION', `${file.name}: the .prj is not ${stream.crs}: ${disagrees}`, {
      file: file.name,
      declared: stream.crs,
      found: (wkt as string).slice(0, 200),
    });
  await using table = await attributes(file);
  const settings = tableSettings(stream);
  const { columns, recordCount, notes: tableNotes } = await inspectDbf(table, settings);
  if (columns.some(({ name }) => name === stream.geometry))
    throw new HubError('HUB_FILE_HEADER', `${table.name} has a column ${stream.geometry} of its own`, {
      file: table.name,
      allowed: 'another name in geometry',
    });
  const geometry = {
    name: stream.geometry,
    type: 'bytes' as const,
    sourceType: `geometry(${SHAPE_NAMES[kind]},${crs.srid})`,
    nullable: true,
  };
  const notes = [
    ...tableNotes,
    ...(wkt === null ? ['no .prj beside it: the declared coordinate system is believed'] : []),
  ];
  return { columns: [...columns, geometry], start: { records: 0, offset: 0 }, rowEstimate: recordCount, notes };
}

export function readShapefile(
  file: OpenFile,
  request: RowsRequest<ShapefileStream, FileShape>,
): AsyncIterable<FileRows> {
  return countedRows(file, request, rows(file, request));
}

/** Rows of the table and shapes in step. They are as many, or the files do not belong together. */
async function* rows(
  file: OpenFile,
  request: RowsRequest<ShapefileStream, FileShape>,
): AsyncIterable<readonly ReadRow[]> {
  const { stream } = request;
  const crs = CRS[stream.crs] as Crs;
  await using table = await attributes(file);
  const settings = tableSettings(stream);
  const shape = await inspectDbf(table, settings);
  const numbers = shape.columns.filter(({ type }) => type === 'bigint' || type === 'decimal').map(({ name }) => name);
  const shapes = readShapes(file, 64 + 32 * stream.maxPoints)[Symbol.asyncIterator]();
  let ready: readonly Shape[] = [];
  let taken = 0;
  let number = 0;
  const unequal = (found: string): HubError =>
    new HubError('HUB_FILE_TRUNCATED', `${file.name} has ${found}, ${table.name} has ${shape.recordCount} rows`, {
      file: file.name,
    });
  for await (const part of readDbf(table, { ...request, stream: settings, shape, from: shape.start })) {
    const first = number;
    const byNumber = part.records.length === part.next.records - first ? null : rowsByNumber(part);
    const read: ReadRow[] = [];
    for (; number < part.next.records; number++) {
      if (taken === ready.length) {
        const next = await shapes.next();
        [ready, taken] = [next.done === true ? [] : next.value, 0];
      }
      const shapeHere = ready[taken++];
      if (shapeHere === undefined) {
        yield read;
        throw unequal(`${number} shapes`);
      }
      const row = byNumber === null ? part.records[number - first] : byNumber.get(number + 1);
      if (row === undefined || ('value' in row && row.value === null)) continue;
      if ('raw' in row) read.push({ fault: bareFault(row.message), code: row.code, raw: row.raw });
      else read.push(withGeometry(row.value as Record<string, RawValue>, numbers, shapeHere, stream, crs));
    }
    yield read;
  }
  if (taken < ready.length || (await shapes.next()).done !== true) throw unequal(`more than ${number} shapes`);
}

function withGeometry(
  value: Record<string, RawValue>,
  numbers: readonly string[],
  shape: Shape,
  stream: ShapefileStream,
  crs: Crs,
): ReadRow {
  const fault =
    shape === null ? null : 'fault' in shape ? shape.fault : geometryFault(shape.geometry, crs, stream.maxPoints);
  if (fault !== null) return { fault, raw: Buffer.from(JSON.stringify(value)) };
  // How GDAL and ESRI write that a number is none.
  for (const name of numbers) if (ASTERISKS.test(String(value[name]))) value[name] = null;
  const geometry = shape === null || 'fault' in shape ? null : toEwkb(shape.geometry, crs.srid);
  return { value: Object.assign(value, { [stream.geometry]: geometry }) };
}

/** For a part in which rows are missing or were rejected. */
function rowsByNumber({ records, rejects }: FileRows): ReadonlyMap<number, RawRecord | RejectedRow> {
  const rows = new Map<number, RawRecord | RejectedRow>();
  for (const row of [...records, ...rejects]) rows.set(numberOf(row.origin ?? ''), row);
  return rows;
}

/** The place is said again for the whole. */
const bareFault = (message: string): string => message.replace(/ \(record \d+, from byte \d+\)$/, '');

const numberOf = (origin: string): number => Number(origin.slice(origin.lastIndexOf('#') + 1));

async function attributes(file: OpenFile): Promise<OpenFile> {
  const table = await file.sibling('.dbf');
  if (table !== null) return table;
  throw new HubError('HUB_FILE_FORMAT', `there is no .dbf beside ${file.name}`, {
    file: file.name,
    allowed: 'the .shp with its .dbf, and .prj and .cpg if there are any',
  });
}

async function textBeside(file: OpenFile, ending: string): Promise<string | null> {
  const beside = await file.sibling(ending);
  if (beside === null) return null;
  await using opened = beside;
  const bytes = Buffer.alloc(Math.min(SMALL, opened.size));
  return bytes.toString('utf8', 0, await opened.read(bytes, 0));
}

function tableSettings(stream: ShapefileStream): DbfStream {
  const { files, key, columns, maxFileBytes, encoding, codePageByte } = stream;
  const wanted = columns?.filter((name) => name !== stream.geometry);
  return {
    ...{ files, key, maxFileBytes, encoding, codePageByte, deletedRows: 'delete' },
    ...(wanted === undefined ? {} : { columns: wanted }),
  };
}
