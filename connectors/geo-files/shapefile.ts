import { toEwkb } from '../../schemas/geometry.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import { inspectDbf } from '../dbf-table/header.ts';
import { readDbf } from '../dbf-table/read.ts';
import { dbfStream } from '../dbf-table/stream.ts';
import type { Encoding } from '../files/encoding.ts';
import type { FileRows, FileShape, RowsRequest } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { countedRows, type ReadRow } from '../files/rows.ts';
import type { ShapefileStream } from './config.ts';
import { CRS, type Crs, prjDisagrees } from './crs.ts';
import { geometryFault } from './geometry-fault.ts';
import { readShapes, readShpHeader, SHAPE_NAMES, type Shape } from './shp.ts';

const SMALL = 64 * 1024;

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
    throw new HubError('HUB_FILE_HEADER', `${file.name}: the .prj is not ${stream.crs}: ${disagrees}`, {
      file: file.name,
      declared: stream.crs,
      found: (wkt as string).slice(0, 200),
    });
  await using table = await attributes(file);
  const settings = await dbfSettings(file, stream);
  const { columns, recordCount } = await inspectDbf(table, settings);
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
  const notes = wkt === null ? ['no .prj beside it: the declared coordinate system is believed'] : [];
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
  const settings = await dbfSettings(file, stream);
  const shape = await inspectDbf(table, settings);
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
      if (row === undefined || (typeof row !== 'string' && row.value === null)) continue;
      if (typeof row === 'string') read.push({ fault: row, raw: Buffer.from(row) });
      else read.push(withGeometry(row.value as Record<string, never>, shapeHere, stream, crs));
    }
    yield read;
  }
  if (taken < ready.length || (await shapes.next()).done !== true) throw unequal(`more than ${number} shapes`);
}

function withGeometry(
  value: Readonly<Record<string, never>>,
  shape: Shape,
  stream: ShapefileStream,
  crs: Crs,
): ReadRow {
  const fault =
    shape === null ? null : 'fault' in shape ? shape.fault : geometryFault(shape.geometry, crs, stream.maxPoints);
  if (fault !== null) return { fault, raw: Buffer.from(JSON.stringify(value)) };
  const geometry = shape === null || 'fault' in shape ? null : toEwkb(shape.geometry, crs.srid);
  return { value: Object.assign(value, { [stream.geometry]: geometry }) };
}

/** For a part in which rows are missing or were rejected. */
function rowsByNumber({ records, rejects }: FileRows): ReadonlyMap<number, RawRecord | string> {
  const rows = new Map<number, RawRecord | string>();
  for (const record of records) rows.set(numberOf(record.origin), record);
  for (const { origin, message } of rejects) rows.set(numberOf(origin), message);
  return rows;
}

const numberOf = (origin: string): number => Number(origin.slice(origin.lastIndexOf('#') + 1));

async function attributes(file: OpenFile): Promise<OpenFile> {
  const table = await file.sibling('.dbf');
  if (table !== null) return table;
  throw new HubError('HUB_FILE_HEADER', `there is no .dbf beside ${file.name}`, {
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

async function dbfSettings(file: OpenFile, stream: ShapefileStream) {
  const cpg = (await textBeside(file, '.cpg'))?.trim() ?? null;
  const said: Encoding | null =
    cpg === null
      ? null
      : /^(utf-?8|65001)$/i.test(cpg)
        ? 'utf-8'
        : /^(gb\w*|cp?936|936)$/i.test(cpg)
          ? 'gb18030'
          : null;
  if (cpg !== null && said === null && stream.encoding === undefined)
    throw new HubError('HUB_FILE_HEADER', `the .cpg of ${file.name} says ${cpg}`, {
      file: file.name,
      allowed: 'UTF-8, GBK, GB18030, 936; or declare encoding',
    });
  if (said !== null && stream.encoding !== undefined && said !== stream.encoding)
    throw new HubError(
      'HUB_FILE_HEADER',
      `the .cpg of ${file.name} says ${cpg}, the system file says ${stream.encoding}`,
      { file: file.name },
    );
  const { files, key, columns, maxFileBytes } = stream;
  const wanted = columns?.filter((name) => name !== stream.geometry);
  return dbfStream.parse({
    files,
    key,
    ...(wanted === undefined ? {} : { columns: wanted }),
    maxFileBytes,
    encoding: stream.encoding ?? said ?? 'gb18030',
  });
}
