/*
 * A process of its own for one workbook: the reader of .xls holds it whole and may be led astray by a hostile one. Its
 * parent gives it little memory and time, and takes rows in portions, asking for each.
 */
import { readFileSync } from 'node:fs';
import { read, SSF, utils, type WorkSheet } from '@e965/xlsx';
import { BUILT_IN } from '../sheets/number-format.ts';

/** One cell: column, kind, text; of a number the code of its format. */
export type PackedCell = readonly [
  column: number,
  kind: 'text' | 'number' | 'boolean' | 'error',
  text: string,
  format?: string,
];
export type ToParent =
  | {
      readonly kind: 'opened';
      readonly merges: readonly { top: number; left: number; bottom: number; right: number }[];
      readonly is1904: boolean;
    }
  | {
      readonly kind: 'rows';
      readonly rows: readonly { readonly number: number; readonly cells: readonly PackedCell[] }[];
      readonly last: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly reason: 'sheet' | 'broken' | 'password';
      readonly message: string;
      readonly sheets: readonly string[];
    };

const PORTION = 500;
const HEAD_ROWS = 200;

const [, , path = '', wanted = '1'] = process.argv;
const send = (message: ToParent): void => void process.send?.(message);

/** Formats that a workbook names by number alone: the reader does not know those of Chinese Excel. */
for (const [id, code] of Object.entries(BUILT_IN)) SSF.load(code, Number(id));

function open(): { sheet: WorkSheet; is1904: boolean } | null {
  try {
    const book = read(readFileSync(path), { cellNF: true, cellDates: false, cellText: false, dense: false });
    const number = /^#(\d+)$/.exec(wanted)?.[1];
    const name = number === undefined ? wanted : book.SheetNames[Number(number) - 1];
    const sheet = name === undefined ? undefined : book.Sheets[name];
    if (sheet !== undefined) return { sheet, is1904: book.Workbook?.WBProps?.date1904 === true };
    send({ kind: 'refused', reason: 'sheet', message: 'no such sheet', sheets: book.SheetNames });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    send({
      kind: 'refused',
      reason: /password|encrypt/i.test(message) ? 'password' : 'broken',
      message: String(message).slice(0, 300),
      sheets: [],
    });
  }
  return null;
}

function* rowsOf(sheet: WorkSheet): Generator<{ number: number; cells: PackedCell[] }> {
  const range = utils.decode_range(sheet['!ref'] ?? 'A1:A1');
  for (let row = range.s.r; row <= range.e.r; row++) {
    const cells: PackedCell[] = [];
    for (let column = range.s.c; column <= range.e.c; column++) {
      const cell = sheet[utils.encode_cell({ r: row, c: column })] as
        | { t: string; v?: unknown; w?: string; z?: string | number }
        | undefined;
      if (cell === undefined || cell.v === undefined || cell.v === '') continue;
      if (cell.t === 'n')
        cells.push(
          cell.z === undefined
            ? [column, 'number', String(cell.v)]
            : [column, 'number', String(cell.v), String(cell.z)],
        );
      else if (cell.t === 'b') cells.push([column, 'boolean', cell.v === true ? 'true' : 'false']);
      else if (cell.t === 'e') cells.push([column, 'error', ERRORS[Number(cell.v)] ?? '#ERROR']);
      else cells.push([column, 'text', String(cell.v)]);
    }
    if (cells.length > 0) yield { number: row + 1, cells };
  }
}

/** [MS-XLS] 2.5.10 */
const ERRORS: Readonly<Record<number, string>> = {
  0: '#NULL!',
  7: '#DIV/0!',
  15: '#VALUE!',
  23: '#REF!',
  29: '#NAME?',
  36: '#NUM!',
  42: '#N/A',
  43: '#GETTING_DATA',
};

const opened = open();
if (opened === null) process.disconnect?.();
else {
  const merges = (opened.sheet['!merges'] ?? [])
    .filter(({ s }) => s.r < HEAD_ROWS)
    .map(({ s, e }) => ({ top: s.r + 1, left: s.c, bottom: e.r + 1, right: e.c }));
  const rows = rowsOf(opened.sheet);
  send({ kind: 'opened', merges, is1904: opened.is1904 });
  process.on('message', () => {
    const portion: { number: number; cells: PackedCell[] }[] = [];
    while (portion.length < PORTION) {
      const next = rows.next();
      if (next.done === true) break;
      portion.push(next.value);
    }
    const last = portion.length < PORTION;
    process.send?.({ kind: 'rows', rows: portion, last } satisfies ToParent, () => {
      if (last) process.disconnect?.();
    });
  });
}
