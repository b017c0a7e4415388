import type { Severity } from '../schemas/base.ts';
import type { RawRecord } from '../schemas/stream.ts';

/* A record on its way from a source into a base. */

/** What a conversion or rule found. `attribute` is null when the finding is about the whole record. */
export interface Issue {
  /** Rule id of the catalogue (`P02`, `L05`) or a conversion's own code (`C-unknown-code`). */
  readonly rule: string;
  readonly severity: Severity;
  readonly attribute: string | null;
  /** English, one line, without the whole identity number. */
  readonly message: string;
}

export type AttributeValue = string | number | boolean | null;
/** Normalised attributes by camelCase name. Dates are `YYYY-MM-DD`, decimals exact text, codes as the standard writes them. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A raw record after mapping, before linking. */
export interface NormalRecord {
  readonly attributes: Attributes;
  readonly issues: readonly Issue[];
}

/** Compiled once for each stream and reused for every record: pure and synchronous. */
export type Normalize = (record: RawRecord) => NormalRecord;

/** One fact of a row that holds several, such as the month and the year to date: a source record under `key#name`. */
export interface Part {
  readonly name: string;
  readonly normalize: Normalize;
}

/** What becomes of a row: one record, or one a part. */
export type Normalizer = Normalize | readonly Part[];

export const partsOf = (normalizer: Normalizer): readonly Part[] =>
  typeof normalizer === 'function' ? [{ name: '', normalize: normalizer }] : normalizer;

/** The key of a part's record. */
export const partKey = (key: string, part: string): string => (part === '' ? key : `${key}#${part}`);

/** A value that makes two records the same entity when it is equal, strongest scheme first. */
export interface LinkKey {
  readonly scheme: string;
  readonly value: string;
}

/** A source record as a batch leaves it. */
export interface StoredRecord {
  readonly recordId: number;
  readonly deleted: boolean;
  /** Empty when deleted. */
  readonly attributes: Attributes;
  readonly issues: readonly Issue[];
  /** Milliseconds since 1970. */
  readonly observedAt: number;
}
