import type { ColumnSpec, RawRecord, RawValue } from '../../schemas/stream.ts';
import { asWritten } from '../conversions/reading.ts';
import { cleanText } from '../standards/text.ts';
import { KINDS, type Kind } from './kinds.ts';

/** What a bounded sample of a column shows. Numbers, names and addresses of persons are never in it. */
export interface ColumnProfile {
  readonly column: ColumnSpec;
  readonly rows: number;
  readonly nulls: number;
  /** Different values, counted up to `DISTINCT_CAP`. */
  readonly distinct: number;
  /** Least and greatest as text, or as numbers when all are numbers; null when there is no value. */
  readonly min: string | null;
  readonly max: string | null;
  readonly longest: number;
  /** Shapes with their shares, most frequent first: `9{18}`, `A9{4}`, `汉{3}`. */
  readonly shapes: readonly { readonly shape: string; readonly share: number }[];
  /** Share of the values that a kind of column reads without fault. */
  readonly clean: Readonly<Record<string, number>>;
  /** The values that come most often, where they are few; empty for identifying columns. */
  readonly values: readonly { readonly value: string; readonly share: number }[];
}

export const DISTINCT_CAP = 2_000;
const SHAPES_SHOWN = 3;
const VALUES_SHOWN = 8;
/** Columns with more different values than this are no lists of codes. */
const FEW = 40;
/** Kinds are tried on the first so many values: enough for a share, cheap enough for wide tables. */
const TRIED = 500;
/** Kinds whose values tell of persons once there are many of them. */
const OF_PERSONS = ['person-name', 'address'];
const rounded = (share: number): number => Math.round(share * 1000) / 1000;

/** `11630000MB1` becomes `9{8}A{2}9`; runs of Chinese characters become `汉{n}`. */
export function shapeOf(text: string): string {
  let shape = '';
  let last = '';
  let run = 0;
  const flush = (): void => {
    if (run > 0) shape += run === 1 ? last : `${last}{${run}}`;
  };
  for (const character of text) {
    const kind = classOf(character);
    if (kind === last) run++;
    else {
      flush();
      last = kind;
      run = 1;
    }
    if (shape.length > 40) return `${shape}…`;
  }
  flush();
  return shape;
}

function classOf(character: string): string {
  if (character >= '0' && character <= '9') return '9';
  if (/[a-z]/i.test(character)) return 'A';
  return /\p{Script=Han}/u.test(character) ? '汉' : character;
}

class ColumnTally {
  readonly column: ColumnSpec;
  #rows = 0;
  #nulls = 0;
  #longest = 0;
  #tried = 0;
  #number = true;
  #min: string | null = null;
  #max: string | null = null;
  readonly #distinct = new Map<string, number>();
  readonly #shapes = new Map<string, number>();
  readonly #clean = new Map<string, number>();
  readonly #kinds: readonly (readonly [Kind, (raw: RawValue, text: string) => boolean])[];

  constructor(column: ColumnSpec) {
    this.column = column;
    this.#kinds = KINDS.map((kind) => [kind, kind.prepare()] as const);
  }

  add(raw: RawValue): void {
    this.#rows++;
    const written = raw === null ? null : asWritten(raw);
    const text = written === null ? '' : cleanText(written);
    if (raw === null || (typeof raw === 'string' && text === '')) {
      this.#nulls++;
      return;
    }
    if (this.#distinct.has(text) || this.#distinct.size < DISTINCT_CAP)
      this.#distinct.set(text, (this.#distinct.get(text) ?? 0) + 1);
    this.#longest = Math.max(this.#longest, text.length);
    this.#bound(text);
    if (this.#tried >= TRIED) return;
    this.#tried++;
    const shape = shapeOf(text);
    this.#shapes.set(shape, (this.#shapes.get(shape) ?? 0) + 1);
    for (const [{ name }, reads] of this.#kinds)
      if (reads(raw, text)) this.#clean.set(name, (this.#clean.get(name) ?? 0) + 1);
  }

  #bound(text: string): void {
    if (this.#number && !/^-?\d+(\.\d+)?$/.test(text)) this.#number = false;
    const less = (a: string, b: string): boolean => (this.#number ? Number(a) < Number(b) : a < b);
    if (this.#min === null || less(text, this.#min)) this.#min = text;
    if (this.#max === null || less(this.#max, text)) this.#max = text;
  }

  end(): ColumnProfile {
    const values = this.#rows - this.#nulls;
    const clean = Object.fromEntries([...this.#clean].map(([name, count]) => [name, rounded(count / this.#tried)]));
    const many = this.#distinct.size > FEW;
    const identifying =
      KINDS.some(({ name, identifying: is }) => is && (clean[name] ?? 0) > 0.1) ||
      (many && OF_PERSONS.some((name) => (clean[name] ?? 0) > 0.5));
    const most = (counts: ReadonlyMap<string, number>, total: number, shown: number) =>
      [...counts]
        .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
        .slice(0, shown)
        .map(([text, count]) => ({ text, share: rounded(count / total) }));
    return {
      ...{ column: this.column, rows: this.#rows, nulls: this.#nulls, distinct: this.#distinct.size },
      ...{ min: identifying ? null : this.#min, max: identifying ? null : this.#max, longest: this.#longest, clean },
      shapes: most(this.#shapes, this.#tried, SHAPES_SHOWN).map(({ text, share }) => ({ shape: text, share })),
      values:
        identifying || many
          ? []
          : most(this.#distinct, values, VALUES_SHOWN).map(({ text, share }) => ({ value: text, share })),
    };
  }
}

export interface Profiler {
  add(record: RawRecord): void;
  end(): readonly ColumnProfile[];
}

/** Memory is bounded by the number of columns, not by the rows that are added. */
export function createProfiler(columns: readonly ColumnSpec[]): Profiler {
  const tallies = columns.map((column) => new ColumnTally(column));
  return {
    add({ value }) {
      if (value === null) return;
      for (const tally of tallies) tally.add(value[tally.column.name] ?? null);
    },
    end: () => tallies.map((tally) => tally.end()),
  };
}
