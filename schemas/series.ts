import type { Bilingual } from './base.ts';

/* What a statistical series and a figure are, in the words that the macroeconomic base and its feed share. */

/** A code with its names. */
export interface NamedCode extends Bilingual {
  readonly code: string;
}

/** A published figure in the vintage that was asked for. */
export interface Figure {
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

export interface PublishedSeries<Dimension extends string = string> {
  readonly dimensions: Readonly<Record<Dimension, string>>;
  /** In the order of time. */
  readonly figures: readonly Figure[];
}

export interface DerivedFigure<Reason extends string = string> {
  readonly period: string;
  readonly value: string | null;
  /** Why there is no value, or with what care it is to be read. */
  readonly reason: Reason | null;
  /** What was published of the same. */
  readonly published: string | null;
}

export interface DerivedSeries<
  Dimension extends string = string,
  Derivation extends string = string,
  Reason extends string = string,
> {
  readonly dimensions: Readonly<Record<Dimension, string>>;
  /** The way it was made. */
  readonly derivation: Derivation;
  readonly figures: readonly DerivedFigure<Reason>[];
}

/** What is computed of published series, and how. */
export interface DerivedDescription {
  readonly title: Bilingual;
  /** Dimensions that the series agree in that `derive` takes together. */
  readonly groupedBy: readonly string[];
  readonly derivations: readonly NamedCode[];
  readonly reasons: readonly NamedCode[];
  derive(group: readonly PublishedSeries[]): readonly DerivedSeries[];
  /** Made of no published series. */
  calendar(): readonly DerivedSeries[];
}

/** `published`: the boundaries of each period. `constant`: those of today in every period. */
export type Boundaries = 'published' | 'constant';

/** Years are those in which something held when the year ended; `untilYear` is the first in which it no longer did. */
export interface AreaYears {
  readonly area: string;
  readonly firstYear: number;
  readonly untilYear: number | null;
}

/** A county that belongs to an area for some years. */
export interface AreaMember extends AreaYears {
  /** Code of today; a divided county keeps its own. */
  readonly county: string;
  /** A sum without it is no sum. Areas of the statistics bureau alone are added where they have a figure. */
  readonly required: boolean;
}

/** Which counties make an area. */
export interface AreaDescription {
  readonly members: Readonly<Record<Boundaries, readonly AreaMember[]>>;
  /** Areas that were not what they are today. */
  readonly changed: readonly AreaYears[];
  /** Indicators whose levels add up over areas. */
  readonly summed: readonly string[];
}

/** What the statistical feed says of its series: dimensions in the order of the key, and codes by dimension. */
export interface SeriesDescription {
  readonly dimensions: readonly NamedCode[];
  readonly codes: Readonly<Record<string, readonly NamedCode[]>>;
  readonly derived: DerivedDescription;
  readonly areas: AreaDescription;
}
