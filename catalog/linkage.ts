import type { Text } from './texts.ts';

/* What a base knows of its linkage, as the catalog is told it: functions over record and entity numbers. */

export interface LinkEdge {
  /** `system/stream key`. */
  readonly rows: readonly [string, string];
  readonly records: readonly [number, number];
  /** A link scheme, `match` or `steward`. */
  readonly by: string;
  readonly weight: number | null;
  readonly weakest: boolean;
  readonly bridge: boolean;
}

export interface LinkPair {
  readonly rows: readonly [string, string];
  readonly records: readonly [number, number];
  readonly entities: readonly [number, number];
  readonly together: boolean;
  /** `scheme:value` */
  readonly keys: readonly string[];
  readonly vetoes: readonly (Text & { readonly id: string })[];
  readonly decision: {
    readonly id: number;
    readonly kind: 'confirmed' | 'forbidden';
    readonly by: string;
    readonly reason: string;
    readonly decidedAt: Date;
    readonly secondedBy: string | null;
    readonly waits: boolean;
  } | null;
  readonly choice: { readonly state: 'auto' | 'review'; readonly model: string } | null;
  readonly match: {
    readonly model: string;
    readonly weight: number;
    readonly link: number;
    readonly review: number;
    readonly margin: number;
    readonly sharedBlocks: number;
    readonly fields: readonly (Text & {
      readonly field: string;
      /** -1: a side has no value. */
      readonly level: number;
      readonly zhLevel: string;
      readonly enLevel: string;
      readonly m: number;
      readonly u: number;
      readonly bits: number;
      readonly total: number;
    })[];
  } | null;
}

export const REVIEW_KINDS = ['pair', 'second', 'bridge', 'large'] as const;
export type ReviewKind = (typeof REVIEW_KINDS)[number];

export interface ReviewRow {
  readonly row: string;
  readonly recordId: number;
  readonly entityId: number;
}

export interface ReviewEntry extends ReviewRow {
  readonly kind: ReviewKind;
  readonly candidates: readonly (ReviewRow & { readonly weight: number | null })[];
  readonly records: number | null;
  readonly decision: { readonly id: number; readonly by: string; readonly reason: string } | null;
}

export interface ReviewQueue {
  /** An entity with more records than this is worth a look. */
  readonly large: number;
  /** What waits for a person, at most so many of each kind. */
  list(kind: ReviewKind | undefined, limit: number): Promise<readonly ReviewEntry[]>;
}

export interface CatalogLinkage {
  /** What holds an entity together, the weakest first. */
  edges(entityId: number): Promise<readonly LinkEdge[]>;
  /** Why two rows are, or are not, one entity; each `system/stream key` or the number of a record. @throws HUB_CATALOG_NOT_FOUND */
  explain(left: string, right: string): Promise<LinkPair>;
  /** Absent where records without a common key never match. */
  readonly review?: ReviewQueue | undefined;
}
