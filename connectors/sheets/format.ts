import { HubError } from '../../schemas/kernel/errors.ts';
import { assertGoodColumns } from '../files/agreement.ts';
import type { FileFormat, FileRows, FileShape, RowsRequest } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { countedRows, type ReadRow } from '../files/rows.ts';
import type { Merge, SheetRow } from './cells.ts';
import type { SheetStream } from './config.ts';
import { HeadFinder, type TableColumns, TableReader } from './table.ts';

/** A sheet that is being read: merged ranges of its first rows, then its rows in order. */
export interface OpenSheet extends AsyncDisposable {
  readonly merges: readonly Merge[];
  /** By the handful. */
  readonly rows: AsyncIterable<readonly SheetRow[]>;
}

/** Opens the sheet that the stream names. @throws HUB_FILE_TABLE, HUB_FILE_FORMAT, HUB_FILE_TRUNCATED, HUB_FILE_TOO_LARGE */
export type OpenSheetOf = (file: OpenFile, stream: SheetStream, signal: AbortSignal) => Promise<OpenSheet>;

/** What .xlsx and .xls have in common: a table with a head somewhere on a sheet. */
export function sheetFormat(type: string, openSheet: OpenSheetOf): FileFormat<SheetStream, FileShape> {
  // A file is asked for its head two or three times in a read; unpacking it anew each time would cost more than its rows.
  const known = new Map<string, FileShape>();
  return {
    type,
    async inspect(file, stream) {
      if (file.size > stream.maxFileBytes)
        throw new HubError('HUB_FILE_TOO_LARGE', `${file.name} has ${file.size} bytes`, {
          file: file.name,
          allowed: stream.maxFileBytes,
        });
      const print = JSON.stringify([file.path, file.size, file.mtimeMs, file.head, stream]);
      const shape = known.get(print) ?? (await inspectSheet(file, stream, openSheet));
      known.clear();
      known.set(print, shape);
      return shape;
    },
    rows: (file, request): AsyncIterable<FileRows> => countedRows(file, request, tableRows(file, request, openSheet)),
  };
}

async function inspectSheet(file: OpenFile, stream: SheetStream, openSheet: OpenSheetOf): Promise<FileShape> {
  const stop = new AbortController();
  await using sheet = await openSheet(file, stream, stop.signal);
  const { names } = await findHead(file, stream, sheet);
  assertGoodColumns(file.name, names, stream);
  const columns = names.map((name) => ({
    ...{ name, type: 'text' as const, sourceType: 'cell' },
    nullable: !stream.key.includes(name),
  }));
  return { columns, start: { records: 0, offset: 0 }, rowEstimate: null, notes: [] };
}

async function findHead(file: OpenFile, stream: SheetStream, sheet: OpenSheet): Promise<TableColumns> {
  const finder = new HeadFinder(file.name, stream, sheet.merges);
  for await (const rows of sheet.rows)
    for (const row of rows) {
      const columns = finder.add(row);
      if (columns !== null) return columns;
    }
  throw finder.notFound();
}

async function* tableRows(
  file: OpenFile,
  { stream, signal }: RowsRequest<SheetStream, FileShape>,
  openSheet: OpenSheetOf,
): AsyncIterable<readonly ReadRow[]> {
  await using sheet = await openSheet(file, stream, signal);
  const finder = new HeadFinder(file.name, stream, sheet.merges);
  let reader: TableReader | null = null;
  let count = 0;
  for await (const rows of sheet.rows) {
    const read: ReadRow[] = [];
    for (const row of rows) {
      count += 1;
      if (count > stream.maxRows) {
        yield read;
        throw new HubError('HUB_FILE_TOO_LARGE', `${file.name} has more than ${stream.maxRows} rows`, {
          file: file.name,
          allowed: stream.maxRows,
        });
      }
      if (reader === null) {
        const columns = finder.add(row);
        if (columns !== null) reader = new TableReader(stream, columns);
        if (columns === null || row.number <= columns.headEnd) continue;
      }
      for (const one of (reader as TableReader).rows(row)) read.push(one);
      if ((reader as TableReader).ended) break;
    }
    yield read;
    if (reader?.ended === true) return;
  }
}
