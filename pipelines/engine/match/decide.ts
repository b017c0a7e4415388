/** A scored pair as one of its records sees it. */
export interface Candidate {
  readonly other: number;
  readonly weight: number;
}

export type Decision = 'link' | 'review' | null;

export interface Thresholds {
  readonly link: number;
  readonly review: number;
  readonly margin: number;
}

/**
 * What one record makes of all its candidates. Two candidates that exclude each other cannot both be right: the better one
 * must lead by the margin, otherwise a person decides on both. It depends on the set of candidates only, not on the order
 * in which they came.
 * @param excludes whether two candidates are known to be different entities.
 */
export function decide(
  candidates: readonly Candidate[],
  { link, review, margin }: Thresholds,
  excludes: (a: number, b: number) => boolean,
): ReadonlyMap<number, Decision> {
  const decisions = new Map<number, Decision>();
  for (const { other, weight } of candidates) {
    if (weight < review) decisions.set(other, null);
    else if (weight < link) decisions.set(other, 'review');
    else {
      const rivals = candidates.filter((one) => one.other !== other && excludes(one.other, other));
      const best = Math.max(Number.NEGATIVE_INFINITY, ...rivals.map((one) => one.weight));
      if (weight >= best + margin) decisions.set(other, 'link');
      else decisions.set(other, weight > best - margin ? 'review' : null);
    }
  }
  return decisions;
}

/** A pair is linked when neither of its records objects, and asked about when one of them wants it asked. */
export function together(a: Decision, b: Decision): Decision {
  if (a === null || b === null) return null;
  return a === 'link' && b === 'link' ? 'link' : 'review';
}
