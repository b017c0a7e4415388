/** One row of an invented department, and the truth about it. */
export interface LinkRow {
  readonly system: string;
  readonly key: string;
  /** Whom the row is about: rows of one subject belong together. */
  readonly subject: number;
  /** How it was written, or what is peculiar about its subject; a pair of rows is of the kinds of both. */
  readonly kinds: readonly string[];
  /** Nobody could tell from this row whom of several it is about. */
  readonly undecidable?: boolean;
  /** By attribute of the base. */
  readonly value: Readonly<Record<string, string | null>>;
}

/** Systems with the rows that have none of the other kinds. */
export const PLAIN = 'plain';

/** Rows of a million whose subject a kind fits, by system in the order of the systems. */
export type KindRates = Readonly<Record<string, readonly number[]>>;
