import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { toHubError } from '../../../schemas/kernel/errors.ts';
import { onConnection, PATIENCE } from '../../../schemas/store/pool.ts';
import { transactionOn } from '../../../schemas/store/transaction.ts';
import type { Seen } from './file-systems.ts';
import type { WorldOptions } from './person.ts';
import { rowsOf, type SampleColumn, type SampleRow } from './sample-system.ts';
import { SAMPLE_SYSTEMS } from './systems.ts';
import { columnList, createTable, finishTable, qualified, TABLES, type TableSystem } from './tables.ts';

const CHUNK = 64 * 1024;
const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

const escaped = (cell: string): string =>
  SPECIAL.test(cell) ? cell.replace(/[\\\t\n\r]/g, (letter) => ESCAPES[letter]!) : cell;

type Cells = Pick<SampleRow, 'cells'>;

/** Rows as the text format of COPY, in strings of about 64 KB. */
function* copyText<Row extends Cells>(rows: Iterable<Row>, seen: (row: Row) => void): Generator<string> {
  let chunk = '';
  for (const row of rows) {
    for (let i = 0; i < row.cells.length; i++) {
      const cell = row.cells[i]!;
      chunk += (i === 0 ? '' : '\t') + (cell === null ? '\\N' : escaped(cell));
    }
    chunk += '\n';
    seen(row);
    if (chunk.length >= CHUNK) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

/** Sends rows to a table by COPY, one chunk in memory at a time. */
export async function copyRows<Row extends Cells>(
  client: pg.Client,
  table: string,
  columns: readonly SampleColumn[],
  rows: Iterable<Row>,
  seen: (row: Row) => void,
  signal: AbortSignal,
): Promise<void> {
  const target = client.query(copyFrom(`COPY ${table} (${columnList(columns)}) FROM STDIN`));
  await pipeline(Readable.from(copyText(rows, seen), { objectMode: true, highWaterMark: 2 }), target, { signal });
}

/** Runs `work` on a connection of its own, in one transaction. Times of change are the province's. */
export async function inDatabase<T>(
  url: string,
  system: string,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  try {
    return await onConnection({ url, name: 'sanjiang demo', patience: PATIENCE.work }, (client) =>
      transactionOn(client, work, { settings: { timezone: 'Asia/Shanghai' } }),
    );
  } catch (error) {
    // A stream that was destroyed by the abort fails in words of its own.
    signal.throwIfAborted();
    throw toHubError(error, 'HUB_STORE_UNAVAILABLE', `The sample system ${system} cannot be filled`, { system });
  }
}

/** Drops and makes the table of a system, and fills it. */
export async function loadTable(
  name: TableSystem,
  world: WorldOptions,
  url: string,
  seen: Seen,
  signal: AbortSignal,
): Promise<void> {
  const system = SAMPLE_SYSTEMS[name];
  const table = TABLES[name];
  await inDatabase(url, name, signal, async (client) => {
    for (const statement of createTable(table, system.columns)) await client.query(statement);
    await copyRows(client, qualified(table), system.columns, rowsOf(system, world), seen, signal);
    for (const statement of finishTable(table)) {
      signal.throwIfAborted();
      await client.query(statement);
    }
  });
}
