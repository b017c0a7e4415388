import { add, subtract } from '../../standards/decimal.ts';
import { periodBefore, periodNumber, yearOfPeriod } from '../../standards/periods.ts';
import type { Decimal } from '../../standards/units.ts';
import type { Indicator } from '../indicators.ts';
import { apart, byPeriod, type Level, notOfOneVintage, type Reason } from './figures.ts';

const without = (later: Level, period: string, reason: Reason): Level => ({ ...later, period, value: null, reason });
const as = (later: Level, period: string, value: Decimal): Level => ({ ...later, period, value, reason: null });

/**
 * Single periods of a year to date. The first period of a year is itself where it was published; where January comes with
 * February only, there is neither a January nor a single February.
 */
export function singles(indicator: Indicator, toDate: readonly Level[]): readonly Level[] {
  const known = byPeriod(toDate);
  return toDate.map((later) => {
    if (periodNumber(later.period) === 1) return later;
    const earlier = known.get(periodBefore(later.period));
    if (earlier === undefined)
      return without(later, later.period, later.period.endsWith('-02') ? 'JANUARY' : 'NO_PREVIOUS');
    return difference(indicator, earlier, later, later.period);
  });
}

function difference(indicator: Indicator, earlier: Level, later: Level, period: string): Level {
  const reason = notOfOneVintage(indicator, earlier, later);
  if (reason !== null || earlier.value === null || later.value === null)
    return without(later, period, reason ?? 'MISSING');
  return as(later, period, subtract(later.value, earlier.value));
}

/** The sum of consecutive periods, all of which must be there and of one coverage. */
function sum(indicator: Indicator, parts: readonly (Level | undefined)[], period: string): Level | null {
  const there = parts.filter((part) => part !== undefined);
  const [first] = there;
  const last = there.at(-1);
  if (first === undefined || last === undefined) return null;
  if (there.length < parts.length) return without(last, period, 'INCOMPLETE');
  let total: Decimal = { digits: 0n, scale: 0 };
  for (const part of there) {
    const reason = part.kind === last.kind ? apart(indicator, first, part) : 'VINTAGE';
    if (part.value === null || (reason !== null && part !== first)) return without(last, period, reason ?? 'MISSING');
    total = add(total, part.value);
  }
  return as(last, period, total);
}

/** Published levels of one thing by how they are told. */
export interface Told {
  readonly toDate: readonly Level[];
  readonly single: readonly Level[];
  readonly atEnd: readonly Level[];
}

const month = (year: number, at: number): string => `${year}-${String(at).padStart(2, '0')}`;

/** What the year to date, the single periods or the last stock say of the periods `from` to `to` of a year. */
function whole(
  indicator: Indicator,
  told: Told,
  [from, to]: readonly [string, string],
  parts: readonly string[],
  period: string,
): Level | null {
  const stock = byPeriod(told.atEnd).get(to);
  if (stock !== undefined) return { ...stock, period };
  const toDate = byPeriod(told.toDate);
  const end = toDate.get(to);
  if (end !== undefined) {
    if (periodNumber(from) === 1) return { ...end, period };
    const before = toDate.get(periodBefore(from));
    return before === undefined ? without(end, period, 'NO_PREVIOUS') : difference(indicator, before, end, period);
  }
  const single = byPeriod(told.single);
  const found = sum(
    indicator,
    parts.map((part) => single.get(part)),
    period,
  );
  const started = told.toDate.find((level) => parts.includes(level.period));
  const stocked = told.atEnd.find((level) => parts.includes(level.period));
  const some = started ?? stocked;
  return found ?? (some === undefined ? null : without(some, period, 'INCOMPLETE'));
}

const lastOf = ({ toDate, single, atEnd }: Told): string =>
  [...toDate, ...single, ...atEnd].reduce((last, { period }) => (period > last ? period : last), '');
const yearsOf = ({ toDate, single, atEnd }: Told): readonly number[] =>
  [...new Set([...toDate, ...single, ...atEnd].map(({ period }) => yearOfPeriod(period)))].sort((a, b) => a - b);

/** A period that has not ended yet is not incomplete. */
const ended = (level: Level | null, to: string, last: string): level is Level =>
  level !== null && (level.value !== null || last > to || level.reason !== 'INCOMPLETE');

export function quarters(indicator: Indicator, months: Told): readonly Level[] {
  const last = lastOf(months);
  return yearsOf(months).flatMap((year) =>
    [1, 2, 3, 4].flatMap((quarter) => {
      const parts = [2, 1, 0].map((back) => month(year, quarter * 3 - back));
      const [from = '', , to = ''] = parts;
      const level = whole(indicator, months, [from, to], parts, `${year}-Q${quarter}`);
      return ended(level, to, last) ? [level] : [];
    }),
  );
}

/** @param told months or quarters. */
export function years(indicator: Indicator, told: Told, frequency: 'M' | 'Q'): readonly Level[] {
  const last = lastOf(told);
  return yearsOf(told).flatMap((year) => {
    const parts =
      frequency === 'M'
        ? Array.from({ length: 12 }, (_, i) => month(year, i + 1))
        : [1, 2, 3, 4].map((quarter) => `${year}-Q${quarter}`);
    const to = parts.at(-1) ?? '';
    const level = whole(indicator, told, [parts[0] ?? '', to], parts, String(year));
    return ended(level, to, last) ? [level] : [];
  });
}
