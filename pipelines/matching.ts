import type { Attributes } from './record.ts';

/** How the values of one field of two records compare, best first; each level has a name that explanations show. */
export interface MatchField {
  readonly name: string;
  readonly zh: string;
  readonly en: string;
  readonly levels: readonly { readonly zh: string; readonly en: string }[];
}

/**
 * Fellegi-Sunter weights, frozen: a changed model is another version, and records are matched anew under it. The weight
 * of a level is log2(m / u), m being its share among pairs of the same subject and u among pairs of different ones
 * (Fellegi and Sunter, A Theory for Record Linkage, JASA 1969). A value that is missing on either side weighs nothing.
 */
export interface LinkModel {
  readonly version: string;
  /** By field: shares of the levels, in the order of the field. */
  readonly fields: Readonly<Record<string, { readonly m: readonly number[]; readonly u: readonly number[] }>>;
  /** Bits from which two records are taken for one subject, if no other candidate comes within `margin` bits. */
  readonly link: number;
  /** Bits from which a person is asked. */
  readonly review: number;
  readonly margin: number;
  /** Share of the records that bear a common value of the field with `commonness`; others are as rare as `rare`. */
  readonly common: Readonly<Record<string, number>>;
  readonly rare: number;
}

/** What makes records of a base comparable when they share no identifier. Everything here is pure. */
export interface Matching<Features = unknown> {
  readonly model: LinkModel;
  readonly fields: readonly MatchField[];
  /** Link schemes that decide alone: two records that both have such a key are never compared. */
  readonly anchors: readonly string[];
  /** @param attributes without those that carry an error. */
  features(attributes: Attributes): Features;
  /** Records are compared when they share one of these. */
  blocks(features: Features): readonly string[];
  /** Level of each field, in the order of `fields`; -1 where a side has no value. */
  compare(a: Features, b: Features): readonly number[];
  /** Exact agreement (level 0) of this field counts for more when the value is rare. */
  readonly commonness: { readonly field: string; of(features: Features): string };
  /** Attributes that still say something where they carry an error; identifiers always do. */
  readonly evidence?: readonly string[];
  /** Two records that cannot be one subject whatever their weight. */
  excludes(a: Features, b: Features): boolean;
  /** By the levels of `compare`: a person must decide, however much it weighs, since what would tell two apart is missing. */
  asks?(levels: readonly number[]): boolean;
}

export interface FieldWeight {
  readonly field: string;
  /** -1: a side has no value. */
  readonly level: number;
  readonly m: number;
  readonly u: number;
  readonly bits: number;
}

/** Under the threshold of linking by this, a weight says that a person is to be asked. */
const JUST_UNDER = 0.01;

/** Bits of each level, worked out once a model. */
export function weigher<F>(matching: Matching<F>): {
  /** Less than `model.link` where a person must be asked. */
  weight(a: F, b: F): number;
  explain(a: F, b: F): readonly FieldWeight[];
} {
  const { model, fields, commonness } = matching;
  const shares = fields.map(({ name }) => model.fields[name] ?? { m: [], u: [] });
  const bits = shares.map(({ m, u }) => m.map((share, level) => Math.log2(share / (u[level] ?? share))));
  const rarity = fields.findIndex(({ name }) => name === commonness.field);
  const exactShare = shares[rarity]?.u[0] ?? 1;
  const rarityBits = (a: F): number => {
    const value = commonness.of(a);
    return Math.log2(exactShare / (model.common[value] ?? model.rare));
  };
  return {
    weight(a, b) {
      const levels = matching.compare(a, b);
      let sum = 0;
      for (let i = 0; i < levels.length; i++) {
        const level = levels[i] as number;
        if (level >= 0) sum += (bits[i] as readonly number[])[level] as number;
      }
      if (levels[rarity] === 0) sum += rarityBits(a);
      return sum >= model.link && matching.asks?.(levels) === true ? model.link - JUST_UNDER : sum;
    },
    explain(a, b) {
      return matching.compare(a, b).map((level, i) => {
        const { m, u } = shares[i] as { m: readonly number[]; u: readonly number[] };
        const own = level < 0 ? 0 : ((bits[i] as readonly number[])[level] as number);
        return {
          ...{ field: (fields[i] as MatchField).name, level, m: m[level] ?? 1, u: u[level] ?? 1 },
          bits: own + (i === rarity && level === 0 ? rarityBits(a) : 0),
        };
      });
    },
  };
}
