import { HubError } from '../../schemas/kernel/errors.ts';
import type { RawValue } from '../../schemas/stream.ts';
import type { ReadRow } from '../files/rows.ts';
import { compilePattern } from '../pattern.ts';
import {
  type Cell,
  columnName,
  hasLostDigits,
  type Merge,
  parseReference,
  plainNumber,
  type SheetRow,
} from './cells.ts';
import type { SheetStream } from './config.ts';

const MOST_HEAD_ROW = 200;

export interface TableColumns {
  /** Columns of the sheet that stay columns, by position. */
  readonly plain: ReadonlyMap<number, string>;
  /** Columns of the sheet that become rows. */
  readonly pivoted: ReadonlyMap<number, string>;
  /** What only the title says. */
  readonly constants: Readonly<Record<string, string | null>>;
  /** All heads as they stand in the file, by position. */
  readonly heads: ReadonlyMap<number, string>;
  /** Number of the last head row. */
  readonly headEnd: number;
  /** All columns of the rows that come out, in order. */
  readonly names: readonly string[];
}

/** Collects the first rows of a sheet until its head is known. */
export class HeadFinder {
  readonly #file: string;
  readonly #stream: SheetStream;
  readonly #merges: readonly Merge[];
  readonly #rows = new Map<number, ReadonlyMap<number, Cell>>();
  #last = 0;

  constructor(file: string, stream: SheetStream, merges: readonly Merge[]) {
    this.#file = file;
    this.#stream = stream;
    this.#merges = merges;
  }

  /** @returns the columns when this row completes the head. @throws HUB_FILE_TABLE */
  add(row: SheetRow): TableColumns | null {
    const before = this.#last;
    this.#last = row.number;
    const { head } = this.#stream;
    if (!('contains' in head)) {
      const end = Math.max(...head.rows);
      if (row.number <= end) this.#rows.set(row.number, row.cells);
      return row.number >= end || before >= end ? this.#columns(head.rows) : null;
    }
    this.#rows.set(row.number, row.cells);
    const first = this.#firstHeadRow(head.contains);
    if (first !== null && row.number >= first + head.rows - 1)
      return this.#columns(Array.from({ length: head.rows }, (_, i) => first + i));
    if (row.number > MOST_HEAD_ROW) throw this.notFound();
    return null;
  }

  notFound(): HubError {
    const { head, sheet } = this.#stream;
    const wanted = 'contains' in head ? `a row with ${head.contains.join(', ')}` : `rows ${head.rows.join(', ')}`;
    return new HubError(
      'HUB_FILE_TABLE',
      `${this.#file}, sheet ${sheet}: no head (${wanted}) in the first ${MOST_HEAD_ROW} rows`,
      {
        file: this.#file,
        sheet,
        wanted,
        found: [...this.#rows].slice(0, 5).map(
          ([number, cells]) =>
            `${number}: ${[...cells.values()]
              .slice(0, 12)
              .map(({ text }) => text.slice(0, 20))
              .join(' | ')}`,
        ),
      },
    );
  }

  #firstHeadRow(wanted: readonly string[]): number | null {
    for (const [number, cells] of this.#rows) {
      const texts = new Set([...cells.values()].map(({ text }) => bare(text)));
      if (wanted.every((one) => texts.has(bare(one)))) return number;
    }
    return null;
  }

  #columns(rows: readonly number[]): TableColumns {
    const heads = this.#heads(rows);
    const pattern = this.#stream.unpivot === undefined ? null : compilePattern(this.#stream.unpivot.columns);
    const plain = new Map<number, string>();
    const pivoted = new Map<number, string>();
    this.#assertRenamed(heads);
    for (const [column, head] of heads) {
      const match = pattern?.find(asValue(head)) ?? null;
      if (match !== null) pivoted.set(column, match.first ?? asValue(head));
      else plain.set(column, Object.hasOwn(this.#stream.rename, head) ? (this.#stream.rename[head] as string) : head);
    }
    const constants = this.#constants();
    const { unpivot } = this.#stream;
    const names = [
      ...plain.values(),
      ...(unpivot === undefined ? [] : [unpivot.name, unpivot.value]),
      ...Object.keys(constants),
    ];
    return { plain, pivoted, constants, heads, headEnd: Math.max(...rows), names };
  }

  /** What `rename` names must be there, so that no column keeps its old name unseen. */
  #assertRenamed(heads: ReadonlyMap<number, string>): void {
    const names = [...heads.values()];
    const wrong = Object.keys(this.#stream.rename).filter((name) => !names.includes(name));
    const meant = wrong.flatMap((name) => {
      const near = names.find((head) => bare(head) === bare(name));
      return near === undefined ? [] : [`rename says "${name}": did you mean "${near}"?`];
    });
    if (meant.length === 0) return;
    throw new HubError('HUB_FILE_HEADER', `The heads of ${this.#file} are written otherwise; ${meant.join(' ')}`, {
      file: this.#file,
      found: names.slice(0, 300),
    });
  }

  /** Heads of several rows are joined where they differ; a merged head stands over all its columns. */
  #heads(rows: readonly number[]): ReadonlyMap<number, string> {
    const width =
      1 +
      Math.max(
        -1,
        ...rows.flatMap((number) => [...(this.#rows.get(number)?.keys() ?? [])]),
        ...this.#merges.filter(({ top }) => rows.includes(top)).map(({ right }) => right),
      );
    if (width > this.#stream.maxColumns)
      throw new HubError('HUB_FILE_TOO_LARGE', `${this.#file} has ${width} columns`, {
        file: this.#file,
        allowed: this.#stream.maxColumns,
      });
    const heads = new Map<number, string>();
    for (let column = 0; column < width; column++) {
      const parts: string[] = [];
      for (const number of rows) {
        const text = asHead(this.#textAt(number, column));
        if (text !== '' && parts.at(-1) !== text) parts.push(text);
      }
      if (parts.length > 0) heads.set(column, parts.join(this.#stream.headSeparator));
    }
    return heads;
  }

  #textAt(row: number, column: number): string {
    const merge = this.#merges.find(
      (one) => row >= one.top && row <= one.bottom && column >= one.left && column <= one.right,
    );
    const cell = this.#rows.get(merge?.top ?? row)?.get(merge?.left ?? column);
    return cell?.text ?? '';
  }

  #constants(): Readonly<Record<string, string | null>> {
    const { title } = this.#stream;
    if (title === undefined) return {};
    const place = parseReference(title.cell);
    const text = place === null ? '' : this.#textAt(place.row, place.column);
    const found = compilePattern(title.pattern).find(text);
    if (found !== null) return found.named;
    throw new HubError('HUB_FILE_TABLE', `${this.#file}: the title in ${title.cell} is not as agreed`, {
      file: this.#file,
      found: text.slice(0, 100),
      allowed: title.pattern,
    });
  }
}

/** A head as it stands in the file, on one line. */
const asHead = (text: string): string => text.trim().replace(/\s*[\r\n]\s*/gu, ' ');
/** A head that becomes a value is a month or a place: blanks stay only between words of latin letters. */
const asValue = (head: string): string => (/[a-z]\s+[a-z]/i.test(head) ? head : bare(head));
/** Heads are looked for without the blanks and line ends that typists put into them. */
const bare = (text: string): string => text.replace(/[\s\u3000]+/gu, '');

/** Text of the leftmost cell. */
function firstText({ cells }: SheetRow): string {
  let least = Number.POSITIVE_INFINITY;
  for (const column of cells.keys()) if (column < least) least = column;
  return cells.get(least)?.text.trim() ?? '';
}

/** Rows of the table below its head, until its end. */
export class TableReader {
  readonly #stream: SheetStream;
  readonly #columns: TableColumns;
  readonly #above = new Map<string, RawValue>();
  readonly #plain: readonly (readonly [column: number, name: string])[];
  readonly #identifiers: ReadonlySet<string>;
  /** Copied for each row: all rows then have one shape, laid out at once. */
  readonly #blank: Readonly<Record<string, RawValue>>;
  #ended = false;

  constructor(stream: SheetStream, columns: TableColumns) {
    this.#stream = stream;
    this.#columns = columns;
    this.#plain = [...columns.plain];
    this.#identifiers = new Set([...stream.key, ...(stream.textColumns ?? [])]);
    this.#blank = Object.fromEntries(this.#plain.map(([, name]) => [name, null]));
  }

  /** A note or a source below the table has come. */
  get ended(): boolean {
    return this.#ended;
  }

  rows(row: SheetRow): readonly ReadRow[] {
    if (this.#ended || row.number <= this.#columns.headEnd) return [];
    const first = firstText(row);
    if (first === '') return [];
    if (this.#stream.stopAt.some((stop) => first.startsWith(stop))) {
      this.#ended = true;
      return [];
    }
    if (this.#isHead(row)) return [this.#fault(row, 'the head of the table again, in the middle')];
    const { pivoted, constants } = this.#columns;
    const common: Record<string, RawValue> = { ...this.#blank };
    for (const [column, name] of this.#plain) {
      const read = this.#value(row, column, name);
      if (typeof read === 'object' && read !== null) return [this.#fault(row, read.fault)];
      common[name] = read;
    }
    this.#fillDown(common);
    if (this.#stream.unpivot === undefined) return [{ value: Object.assign(common, constants) }];
    const { name, value } = this.#stream.unpivot;
    return [...pivoted].map(([column, head]): ReadRow => {
      const read = this.#value(row, column, value);
      if (typeof read === 'object' && read !== null) return this.#fault(row, read.fault);
      return { value: { ...common, [name]: head, [value]: read, ...constants } };
    });
  }

  /** Every cell stands under the same text: pages that were put together. */
  #isHead({ cells }: SheetRow): boolean {
    const { heads } = this.#columns;
    if (cells.size < 2) return false;
    for (const [column, { text }] of cells) if (asHead(text) !== (heads.get(column) ?? '')) return false;
    return true;
  }

  #value(row: SheetRow, column: number, name: string): string | null | { readonly fault: string } {
    const cell = row.cells.get(column);
    if (cell === undefined) return null;
    const where = (): string => `cell ${columnName(column)}${row.number}`;
    if (cell.kind === 'error')
      return this.#stream.errorCells === 'null' ? null : { fault: `${where()} (${name}) is ${cell.text}` };
    if (cell.text.includes('\0')) return { fault: `NUL in ${where()} (${name})` };
    if (cell.kind !== 'number') {
      const text = cell.text.trim();
      return text === '' ? null : text;
    }
    if (this.#identifiers.has(name) && hasLostDigits(cell.text))
      return { fault: `${where()} (${name}) was typed as a number and has lost digits beyond the fifteenth` };
    return plainNumber(cell.text);
  }

  #fillDown(value: Record<string, RawValue>): void {
    for (const name of this.#stream.fillDown ?? []) {
      if (value[name] === null || value[name] === undefined) value[name] = this.#above.get(name) ?? null;
      else this.#above.set(name, value[name] as RawValue);
    }
  }

  #fault(row: SheetRow, fault: string): ReadRow {
    const cells = Object.fromEntries(
      [...row.cells].map(([column, { text }]) => [columnName(column) + row.number, text]),
    );
    return { fault, raw: Buffer.from(JSON.stringify(cells)) };
  }
}
