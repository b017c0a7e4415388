import type { LinkRow } from './link-row.ts';

/** Of the pairs of rows of one kind; a pair is of the kinds of both its rows. */
export interface KindScore {
  readonly kind: string;
  readonly rows: number;
  /** That belong together. */
  readonly pairs: number;
  readonly found: number;
  /** Not found, but a person is asked. */
  readonly asked: number;
  /** Of these such as nobody could decide: they are no misses. */
  readonly undecidable: number;
  /** Together, and not of one subject. */
  readonly wrong: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export type TruthRow = Pick<LinkRow, 'subject' | 'kinds' | 'undecidable'> & { readonly row: string };

const ALL = 'all';

/** Entity and row of whatever a person is asked about. */
export interface Partition {
  /** By row. */
  readonly entities: ReadonlyMap<string, string>;
  isAsked(entity: string, other: string): boolean;
}

interface Counts {
  rows: number;
  pairs: number;
  found: number;
  asked: number;
  undecidable: number;
  wrong: number;
}

/** Pairwise precision and recall by kind, the first line being all of them. */
export function scored(truth: readonly TruthRow[], { entities, isAsked }: Partition): readonly KindScore[] {
  const counts = new Map<string, Counts>();
  const at = (kind: string): Counts => {
    const known = counts.get(kind);
    if (known !== undefined) return known;
    const own: Counts = { rows: 0, pairs: 0, found: 0, asked: 0, undecidable: 0, wrong: 0 };
    counts.set(kind, own);
    return own;
  };
  const add = (kinds: Iterable<string>, what: keyof Counts): void => {
    for (const kind of kinds) at(kind)[what] += 1;
  };
  at(ALL);
  for (const { kinds } of truth) add([ALL, ...kinds], 'rows');
  for (const [a, b] of pairsIn(truth, ({ subject }) => String(subject))) {
    const kinds = kindsOf(a, b);
    add(kinds, 'pairs');
    const [left, right] = [entities.get(a.row), entities.get(b.row)];
    if (left === undefined || right === undefined) continue;
    if (left === right) add(kinds, 'found');
    else if (isAsked(left, right)) {
      add(kinds, 'asked');
      if (a.undecidable === true || b.undecidable === true) add(kinds, 'undecidable');
    }
  }
  for (const [a, b] of pairsIn(truth, ({ row }) => entities.get(row)))
    if (a.subject !== b.subject) add(kindsOf(a, b), 'wrong');
  return [...counts].sort(([a], [b]) => order(a, b)).map(([kind, own]) => ({ kind, ...own, ...sharesOf(own) }));
}

const order = (a: string, b: string): number => Number(b === ALL) - Number(a === ALL) || (a < b ? -1 : 1);
const kindsOf = (a: TruthRow, b: TruthRow): ReadonlySet<string> => new Set([ALL, ...a.kinds, ...b.kinds]);
const share = (part: number, whole: number): number => (whole === 0 ? 1 : Number((part / whole).toFixed(5)));

function sharesOf({ pairs, found, undecidable, wrong }: Counts): Pick<KindScore, 'precision' | 'recall' | 'f1'> {
  const due = pairs - undecidable;
  return {
    precision: share(found, found + wrong),
    recall: share(found, due),
    f1: share(2 * found, found + wrong + due),
  };
}

function* pairsIn(
  rows: readonly TruthRow[],
  keyOf: (row: TruthRow) => string | undefined,
): Generator<readonly [TruthRow, TruthRow]> {
  const groups = new Map<string, TruthRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined) continue;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [row]);
    else known.push(row);
  }
  for (const group of groups.values())
    for (const [i, a] of group.entries()) for (const b of group.slice(i + 1)) yield [a, b];
}
