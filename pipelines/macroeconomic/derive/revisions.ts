import type { Figure } from '../../../schemas/series.ts';
import { absolute, HUNDRED, multiply, quotient, subtract, toNumber } from '../../standards/decimal.ts';
import { parseDecimal } from '../../standards/units.ts';
import { type DerivedFigure, derived } from './figures.ts';

export const firstPublished = (figures: readonly Figure[]): readonly DerivedFigure[] =>
  figures.flatMap(({ period, first, value }) =>
    first === null ? [] : [derived(period, parseDecimal(first), null, value)],
  );

/**
 * Mean of how far periods were moved from what was first said of them, over the periods so far: in percent of it, or in the
 * unit of a rate. The last one is that of the whole series.
 */
export function meanRevision(figures: readonly Figure[], isRate: boolean): readonly DerivedFigure[] {
  let sum = 0;
  let count = 0;
  return figures.flatMap(({ period, first, value }) => {
    const [from, to] = [first === null ? null : parseDecimal(first), value === null ? null : parseDecimal(value)];
    if (from === null || to === null || (from.digits === 0n && !isRate)) return [];
    const moved = absolute(subtract(to, from));
    sum += toNumber(isRate ? moved : quotient(multiply(moved, HUNDRED), absolute(from), 6));
    count += 1;
    return [derived(period, parseDecimal((sum / count).toFixed(4)), null)];
  });
}
