import type { Pool } from 'pg';
import type { JsonValue, Logger } from '../schemas/kernel/context.ts';
import type { CatalogLinkage } from './entities/linkage.ts';

export interface CatalogAttribute {
  readonly type: string;
  readonly zh: string;
  readonly en: string;
  /** 3 = identity numbers and the like, 2 = personal. Both are masked until somebody is granted them. */
  readonly sensitivity: 1 | 2 | 3;
  /** What people call a value of it: 男 for 1. */
  readonly named?: ((value: string) => string | null) | undefined;
}

export interface CatalogRule {
  readonly id: string;
  readonly severity: string;
  readonly attribute: string | null;
  readonly title: string;
  /** The title in Chinese. */
  readonly zh: string;
  readonly basis: string;
}

/** A base database as the catalog shows it: its description is given, its rows are read through `<schema>.feed_*`. */
export interface CatalogBase {
  readonly name: string;
  readonly schema: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly entityPrefix: string;
  readonly attributes: Readonly<Record<string, CatalogAttribute>>;
  /** Strongest first. */
  readonly linkSchemes: readonly string[];
  readonly rules: readonly CatalogRule[];
  readonly pool: Pool;
  /** What the base would have answered then; null when it knew nothing of the entity. Without it the past cannot be asked for. */
  readonly past?: (entityId: number, moment: PastMoment) => Promise<PastValues | null>;
  /** What holds entities together. Without it nobody can ask. */
  readonly linkage?: CatalogLinkage;
}

/** Times of ISO 8601. */
export interface PastMoment {
  /** What the hub knew then. */
  readonly knownAt?: string | undefined;
  /** What held in the world then, as the sources told it. */
  readonly validAt?: string | undefined;
}

export interface PastValues {
  readonly attributes: Readonly<Record<string, JsonValue>>;
  readonly conflicts: readonly string[];
  readonly sources: number;
}

/** A code with its names. */
export interface FeedCode {
  readonly code: string;
  readonly zh: string;
  readonly en: string;
}

/** What the statistical feed says of its series: dimensions in the order of the key, and codes by dimension. */
export interface SeriesDescription {
  readonly dimensions: readonly FeedCode[];
  readonly codes: Readonly<Record<string, readonly FeedCode[]>>;
  readonly derived: DerivedDescription;
  readonly areas: AreaDescription;
}

/** A figure in the vintage that was asked for. */
export interface FeedFigure {
  readonly period: string;
  readonly value: string | null;
  readonly status: string;
  readonly released: string;
  readonly kind: string | null;
  readonly coverage: string | null;
  readonly system: string | null;
  /** What was said first of the period. */
  readonly first: string | null;
}

export interface DerivedFeedSeries {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly derivation: string;
  readonly figures: readonly {
    readonly period: string;
    readonly value: string | null;
    /** Why there is no value, or with what care it is to be read. */
    readonly reason: string | null;
    /** What was published of the same. */
    readonly published: string | null;
  }[];
}

/** What is computed of published series, and how. */
export interface DerivedDescription {
  readonly title: { readonly zh: string; readonly en: string };
  /** Dimensions that the series agree in that `derive` takes together. */
  readonly groupedBy: readonly string[];
  readonly derivations: readonly FeedCode[];
  readonly reasons: readonly FeedCode[];
  derive(
    group: readonly {
      readonly dimensions: Readonly<Record<string, string>>;
      readonly figures: readonly FeedFigure[];
    }[],
  ): readonly DerivedFeedSeries[];
  /** Made of no published series. */
  calendar(): readonly DerivedFeedSeries[];
}

/** Years are those in which something held when the year ended; `untilYear` is the first in which it no longer did. */
export interface AreaYears {
  readonly area: string;
  readonly firstYear: number;
  readonly untilYear: number | null;
}

/** Which counties make an area. */
export interface AreaDescription {
  readonly members: Readonly<
    Record<'published' | 'constant', readonly (AreaYears & { readonly county: string; readonly required: boolean })[]>
  >;
  /** Areas that were not what they are today. */
  readonly changed: readonly AreaYears[];
  /** Indicators whose levels add up over areas. */
  readonly summed: readonly string[];
}

export interface Feeds {
  /** Classes of the spatial base. */
  readonly featureClasses: readonly FeedCode[];
  readonly series: SeriesDescription;
}

export interface Readiness {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
}

export interface PushedDelivery {
  readonly system: string;
  readonly stream: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** Resolves when the delivery is durable. @throws HUB_PUSH_REFUSED, HUB_PUSH_MALFORMED, HUB_PUSH_CONFLICT, HUB_CATALOG_NOT_FOUND, HUB_STORE_UNAVAILABLE */
export type Receive = (delivery: PushedDelivery) => Promise<{ readonly isNew: boolean }>;

export interface CatalogOptions {
  /** Where `hub.feed_*` is read. The catalog never writes and never ends a pool. */
  readonly hub: Pool;
  readonly bases: readonly CatalogBase[];
  readonly log: Logger;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly ready: () => Promise<readonly Readiness[]>;
  /** Rules over several bases; what they find is read through `hub.feed_cross_finding`. */
  readonly crossRules?: readonly CatalogRule[] | undefined;
  /** Without it there is no `/feeds`. */
  readonly feeds?: Feeds | undefined;
  /** Takes what systems push. Without it there is no `/hooks`. */
  readonly receive?: Receive | undefined;
}
