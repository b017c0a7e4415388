import type { Attributes, Issue, Veto } from '../../pipeline.ts';

/**
 * How one field of two records is compared. Levels are listed best first; the last is `else`. null: one side has nothing,
 * which speaks neither for nor against.
 */
export interface FieldComparison {
  readonly name: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly levels: readonly string[];
  compare(a: Attributes, b: Attributes): number | null;
  /** The value whose rarity makes an agreement at the best level weigh more or less; null: as on average. */
  readonly term?: (a: Attributes) => string | null;
}

/** Probabilities of a level among pairs of the same entity (m) and of two different ones (u). */
export interface LevelWeight {
  readonly m: number;
  readonly u: number;
}

/**
 * Frozen weights. The stream only ever reads them, so the partition does not depend on when a record came; they are
 * estimated offline (`hub link estimate`) and exchanged as a whole, by version. Fellegi and Sunter, 1969.
 */
export interface MatchModel {
  readonly version: string;
  readonly fields: Readonly<Record<string, readonly LevelWeight[]>>;
  /** Share of the values of a field's term that have the value; those not listed are rarer than any listed one. */
  readonly terms: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Bits: at and above it a pair is linked, at and above `review` a person is asked. */
  readonly link: number;
  readonly review: number;
  /** Bits by which the best of two candidates that cannot both be right must lead. */
  readonly margin: number;
}

/** What a base brings to be linked by weight. All pure. */
export interface Linkage {
  /** Keys under which a record finds its candidates; those of a placeholder are left out. */
  readonly blocks: (attributes: Attributes, issues: readonly Issue[]) => readonly string[];
  /** A record with such a key is linked by it alone and never weighed against another one of its kind. */
  readonly isDecisive: (keys: readonly string[]) => boolean;
  readonly fields: readonly FieldComparison[];
  /** Pairs that no weight joins. Stricter than those for records that share a number. */
  readonly vetoes: readonly Veto[];
  readonly model: MatchModel;
}

/** Levels of a pair in the order of the fields; -1 where nothing could be compared. */
export type Levels = readonly number[];

export interface Score {
  /** Bits: the sum of log2(m/u) over the fields. */
  readonly weight: number;
  readonly levels: Levels;
}

const LEAST_TERM = 1e-5;
/** A common value may cost, a rare one may earn so many bits, not more: frequencies of rare values are guesses. */
const MOST_TERM_BITS = 6;

export function compareFields(linkage: Linkage, a: Attributes, b: Attributes): Levels {
  return linkage.fields.map((field) => field.compare(a, b) ?? -1);
}

/** Weight of each field, in the order of the fields. 0 where nothing could be compared. */
export function fieldWeights({ fields, model }: Linkage, a: Attributes, levels: Levels): readonly number[] {
  return fields.map((field, i) => {
    const level = levels[i] as number;
    const weight = model.fields[field.name]?.[level];
    if (level < 0 || weight === undefined) return 0;
    const bits = Math.log2(weight.m / weight.u);
    return level === 0 ? bits + termBits(field, model, weight.u, a) : bits;
  });
}

/** log2(u / frequency): agreement on a rare value proves more than agreement on 王伟. */
function termBits({ name, term }: FieldComparison, { terms }: MatchModel, u: number, a: Attributes): number {
  const known = terms[name];
  const value = term?.(a) ?? null;
  if (known === undefined || value === null) return 0;
  const frequency = Object.hasOwn(known, value) ? (known[value] as number) : LEAST_TERM;
  return Math.max(-MOST_TERM_BITS, Math.min(MOST_TERM_BITS, Math.log2(u / Math.max(frequency, LEAST_TERM))));
}

export function scorePair(linkage: Linkage, a: Attributes, b: Attributes): Score {
  const levels = compareFields(linkage, a, b);
  let weight = 0;
  for (const bits of fieldWeights(linkage, a, levels)) weight += bits;
  return { weight: Math.round(weight * 1000) / 1000, levels };
}
