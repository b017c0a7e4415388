/**
 * Why a record won an attribute. only: no other record has a trusted value. agreed: all say the same. Otherwise the first
 * criterion that told the winner from the next best: authority of its system, no finding on the value, more recent
 * observation, more complete text; tie: nothing did, the first by system and key. with: taken from the winner of the
 * attribute that it follows. steward: a person says so, for a time, in the place of the sources.
 */
export type WinRule =
  | ('only' | 'agreed' | 'authority' | 'verified' | 'recent' | 'complete' | 'tie' | 'with')
  | 'steward';

export interface Golden {
  /** JSON object of the surviving values, in COPY's text format. */
  readonly attributes: string;
  /** JSON object: attribute -> [record_id, rule], of a steward [record_id, rule, override_id]; nothing in it needs an escape. */
  readonly winners: string;
  /** Attributes on which trusted values differ. */
  readonly conflicts: readonly string[];
  /** Systems that hold a record of the entity, counted by source. */
  readonly sources: number;
}
