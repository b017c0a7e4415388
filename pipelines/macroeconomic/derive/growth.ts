import type { Figure } from '../../../schemas/series.ts';
import { add, HUNDRED, multiply, quotient, subtract, toNumber } from '../../standards/decimal.ts';
import { periodNumber, yearBefore, yearOfPeriod } from '../../standards/periods.ts';
import { festivalShare } from '../../standards/spring-festival.ts';
import { type Decimal, parseDecimal } from '../../standards/units.ts';
import type { Indicator } from '../indicators.ts';
import { apart, byPeriod, type DerivedFigure, derived, type Level, type Reason } from './figures.ts';

const DECIMALS = 2;
/** Growth is published with one decimal: a base made of it has no more than about four sound digits. */
const SOUND_DIGITS = 6;
const MOVED = 0.2;

const growth = (base: Decimal, value: Decimal): Decimal =>
  quotient(multiply(subtract(value, base), HUNDRED), base, DECIMALS);

type PublishedGrowth = ReadonlyMap<string, Figure>;
const publishedOf = (published: PublishedGrowth, period: string): string | null => published.get(period)?.value ?? null;

/** Whether the festival lay in another month than a year before, as far as the table of festivals goes. */
function festivalMoved(period: string): boolean {
  const year = yearOfPeriod(period);
  const [now, before] = [festivalShare(year, 2), festivalShare(year - 1, 2)];
  return now !== null && before !== null && Math.abs(now - before) > MOVED;
}

function between(
  indicator: Indicator,
  base: Level | undefined,
  level: Level,
): readonly [Decimal | null, Reason | null] {
  if (base === undefined) return [null, 'MISSING'];
  const reason = apart(indicator, base, level);
  if (reason !== null || base.value === null || level.value === null) return [null, reason ?? 'MISSING'];
  return base.value.digits <= 0n ? [null, 'BASE'] : [growth(base.value, level.value), null];
}

/** Growth on a year before, from the second year of a series on. */
export function yearOnYear(
  indicator: Indicator,
  levels: readonly Level[],
  published: PublishedGrowth,
  isMonth: boolean,
): readonly DerivedFigure[] {
  const known = byPeriod(levels);
  const [first] = levels;
  return levels.flatMap((level) => {
    const before = yearBefore(level.period);
    if (first === undefined || before < first.period) return [];
    const [value, reason] = between(indicator, known.get(before), level);
    const care = isMonth && periodNumber(level.period) <= 2 && festivalMoved(level.period) ? 'FESTIVAL' : null;
    return [derived(level.period, value, reason ?? care, publishedOf(published, level.period))];
  });
}

/** January and February of a year as one level: the year to date of February, or the two months. */
export function janFeb(indicator: Indicator, toDate: readonly Level[], single: readonly Level[]): readonly Level[] {
  const months = byPeriod(single);
  const known = byPeriod(toDate);
  const years = [...new Set([...toDate, ...single].map(({ period }) => yearOfPeriod(period)))].sort((a, b) => a - b);
  return years.flatMap((year): readonly Level[] => {
    const period = `${year}-02`;
    const told = known.get(period);
    if (told !== undefined) return [told];
    const [january, february] = [months.get(`${year}-01`), months.get(period)];
    if (january === undefined || february === undefined) return [];
    const reason = apart(indicator, january, february);
    if (reason !== null || january.value === null || february.value === null)
      return [{ ...february, value: null, reason: reason ?? 'MISSING' }];
    return [{ ...february, value: add(january.value, february.value) }];
  });
}

const decimalOf = (figure: Figure | undefined): Decimal | null =>
  figure === undefined || figure.value === null ? null : parseDecimal(figure.value);
const whole = (growthOf: Decimal): Decimal => add(HUNDRED, growthOf);

/** √((1+a)(1+b)) − 1 of published growth, where both years have one. */
export function twoYear(published: readonly Figure[]): readonly DerivedFigure[] {
  const known = byPeriod(published);
  return published.flatMap((figure) => {
    const [now, before] = [decimalOf(figure), decimalOf(known.get(yearBefore(figure.period)))];
    if (now === null || before === null) return [];
    const [a, b] = [toNumber(whole(now)) / 100, toNumber(whole(before)) / 100];
    if (a <= 0 || b <= 0) return [derived(figure.period, null, 'BASE')];
    const average = (Math.sqrt(a * b) - 1) * 100;
    return [derived(figure.period, parseDecimal(average.toFixed(DECIMALS)), null)];
  });
}

/** What a year before must have been for the published growth to be that of the level; beside it what was published. */
export function impliedBase(levels: readonly Level[], published: readonly Figure[]): readonly DerivedFigure[] {
  const known = byPeriod(levels);
  return published.flatMap((figure) => {
    const rate = decimalOf(figure);
    const level = known.get(figure.period);
    if (rate === null || level === undefined) return [];
    const period = yearBefore(figure.period);
    const before = known.get(period)?.value ?? null;
    const told = before === null ? null : derived(period, before, null).value;
    if (level.value === null) return [derived(period, null, level.reason, told)];
    if (whole(rate).digits <= 0n) return [derived(period, null, 'BASE', told)];
    const exact = quotient(multiply(level.value, HUNDRED), whole(rate), 4);
    return [derived(period, rounded(exact), null, told)];
  });
}

/** No more digits than the growth can tell. */
function rounded({ digits, scale }: Decimal): Decimal {
  const length = (digits < 0n ? -digits : digits).toString().length;
  if (length <= SOUND_DIGITS) return { digits, scale };
  const unit = 10n ** BigInt(length - SOUND_DIGITS);
  return { digits: ((digits + (digits < 0n ? -unit : unit) / 2n) / unit) * unit, scale };
}

/** Of an index on the year before. */
export const indexGrowth = (levels: readonly Level[], published: PublishedGrowth): readonly DerivedFigure[] =>
  levels.map(({ period, value, reason }) =>
    derived(period, value === null ? null : subtract(value, HUNDRED), reason, publishedOf(published, period)),
  );
