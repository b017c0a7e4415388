/** A record that shares a block with the one to be decided. */
export interface Candidate {
  readonly recordId: number;
  /** Does not depend on when the record came. */
  readonly order: string;
  readonly weight: number;
}

type ChoiceState = 'auto' | 'review';

export interface Choice {
  readonly otherId: number;
  readonly weight: number;
  readonly state: ChoiceState;
}

export interface Thresholds {
  readonly link: number;
  readonly review: number;
  readonly margin: number;
}

/** More are no help to the person who is asked. */
const SHOWN = 5;

/**
 * What a record without an identifier of its own chooses among its candidates. It takes the best, and with it all that
 * are the same subject as the best, when the best is sure enough and no rival comes within the margin; a rival is a
 * candidate that may be somebody else than the best. Otherwise a person is asked. The answer depends on the records
 * alone, not on the order in which they came.
 * @param isSame whether two candidates are one subject for sure.
 */
export function decide(
  candidates: readonly Candidate[],
  { link, review, margin }: Thresholds,
  isSame: (a: number, b: number) => boolean,
): readonly Choice[] {
  const near = candidates
    .filter(({ weight }) => weight >= review)
    .sort((a, b) => b.weight - a.weight || (a.order < b.order ? -1 : 1));
  const [best] = near;
  if (best === undefined) return [];
  const rivals = near.filter(
    (one) => one !== best && one.weight > best.weight - margin && !isSame(best.recordId, one.recordId),
  );
  const chosen = (one: Candidate, state: ChoiceState): Choice => ({
    ...{ otherId: one.recordId, weight: Math.round(one.weight * 100) / 100, state },
  });
  if (best.weight < link || rivals.length > 0)
    return [best, ...rivals].slice(0, SHOWN).map((one) => chosen(one, 'review'));
  return near
    .filter((one) => one === best || (one.weight >= link && isSame(best.recordId, one.recordId)))
    .map((one) => chosen(one, 'auto'));
}
