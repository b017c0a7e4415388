import type { Bilingual } from './base.ts';

/* What links records to one subject, in the words that the bases and the catalog share. */

/** What holds two records of one entity together. */
export interface LinkEdge {
  /** `system/stream key`. */
  readonly rows: readonly [string, string];
  readonly records: readonly [number, number];
  /** A link scheme, `match` or `steward`. */
  readonly by: string;
  /** Bits; null for keys and for what people have confirmed. */
  readonly weight: number | null;
  /** The first to give way: of matches the lightest, then of keys the one of the weakest scheme. */
  readonly weakest: boolean;
  /** Without it the entity falls into two. */
  readonly bridge: boolean;
}

/** What a person has decided about two rows; one that waits for a second person counts for nothing yet. */
export interface LinkDecision {
  readonly id: number;
  readonly kind: 'confirmed' | 'forbidden';
  readonly by: string;
  readonly reason: string;
  readonly decidedAt: Date;
  readonly secondedBy: string | null;
  readonly waits: boolean;
}

/** Why two rows are, or are not, one entity. */
export interface LinkPair {
  readonly rows: readonly [string, string];
  readonly records: readonly [number, number];
  readonly entities: readonly [number, number];
  readonly together: boolean;
  /** Keys that both have, `scheme:value`, strongest first. */
  readonly keys: readonly string[];
  /** Why they may not be one entity by rule. */
  readonly vetoes: readonly (Bilingual & { readonly id: string })[];
  readonly decision: LinkDecision | null;
  /** What one of them has chosen, as it is stored; null when neither has chosen the other. */
  readonly choice: { readonly state: 'auto' | 'review'; readonly model: string } | null;
  /** null for a base whose records never match without keys. */
  readonly match: {
    readonly model: string;
    readonly weight: number;
    readonly link: number;
    readonly review: number;
    readonly margin: number;
    /** The fields add up to a link, and agree in too little to link unasked: `weight` was set just under `link`. */
    readonly asked: boolean;
    /** Ways to find each other that both are under; with none and no key in common they are never compared. */
    readonly sharedBlocks: number;
    readonly fields: readonly (Bilingual & {
      readonly field: string;
      /** -1: a side has no value. */
      readonly level: number;
      readonly zhLevel: string;
      readonly enLevel: string;
      readonly m: number;
      readonly u: number;
      readonly bits: number;
      /** Bits of this field and those before it. */
      readonly total: number;
    })[];
  } | null;
}

/**
 * Why somebody should look. pair: a record without a deciding identifier may be one of these. second: a decision waits for
 * a second person. bridge: a match that is hardly sure holds an entity together alone. large: an entity has more records
 * than one subject should. apart: two records have an identifier in common that decides, and a veto keeps them apart.
 */
export const REVIEW_KINDS = ['pair', 'apart', 'second', 'bridge', 'large'] as const;
export type ReviewKind = (typeof REVIEW_KINDS)[number];

export interface ReviewRow {
  /** `system/stream key`. */
  readonly row: string;
  readonly recordId: number;
  readonly entityId: number;
}

export interface ReviewItem extends ReviewRow {
  readonly kind: ReviewKind;
  /** Whom the row may be, or is taken for; none where the matter is the entity as a whole. */
  readonly candidates: readonly (ReviewRow & { readonly weight: number | null })[];
  /** Of a large entity: its records. */
  readonly records: number | null;
  /** Of two that are kept apart: by what. */
  readonly reasons: readonly Bilingual[];
  /** Of one that waits for a second person. */
  readonly decision: { readonly id: number; readonly by: string; readonly reason: string } | null;
}
