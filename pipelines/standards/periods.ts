import { isRealDate } from './gregorian.ts';
import { foldWidth } from './text.ts';

/** Year, half-year, quarter, month, week (ISO 8601), day: the codes of SDMX. */
export const FREQUENCIES = ['A', 'S', 'Q', 'M', 'W', 'D'] as const;
export type Frequency = (typeof FREQUENCIES)[number];
/** S single period, C year to date (本年累计). */
type Accumulation = 'S' | 'C';

export interface Period {
  /** `2024`, `2024-S1`, `2024-Q1`, `2024-03`, `2024-W05`, `2024-03-31`: as SDMX and GB/T 7408 write them. */
  readonly period: string;
  readonly frequency: Frequency;
  /** Told by the way of writing (`2024年1-3月`), otherwise null. */
  readonly accumulation: Accumulation | null;
  /** What the text may be as well: `2012.1` is January, and October where a sheet made a number of `2012.10`. */
  readonly mayBe?: string;
}

/** What a text says before anybody has said how often the figures come. */
interface Reading {
  readonly year: number;
  readonly unit: Frequency;
  /** Place in the year; of a day its month. */
  readonly at: number;
  readonly day: number;
  readonly accumulation: Accumulation | null;
}

const SMALL: Readonly<Record<string, number>> = { 一: 1, 二: 2, 三: 3, 四: 4, 上: 1, 下: 2 };
const MOST: Readonly<Record<Frequency, number>> = { A: 1, S: 2, Q: 4, M: 12, W: 53, D: 12 };
const YEAR = '((?:18|19|20)\\d{2})';
type Form = readonly [form: RegExp, unit: Frequency, toDate?: (at: number) => boolean];
const form = (rest: string, unit: Frequency, toDate?: (at: number) => boolean): Form =>
  toDate === undefined ? [new RegExp(`^${YEAR}${rest}$`), unit] : [new RegExp(`^${YEAR}${rest}$`), unit, toDate];
const always = (): boolean => true;

/** A number in a cell loses the zero at its end: January and October are written alike. */
const LOST_ZERO = new RegExp(`^${YEAR}\\.1$`);

const FORMS: readonly Form[] = [
  form('(?:年?度?|年?全年|-A1)', 'A'),
  form('(?:[-/.年]?|-M)(\\d{1,2})月?份?', 'M'),
  form(
    '[-/.年]?(\\d{1,2})[-/.月](\\d{1,2})日?(?:[T ]\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?(?:Z|[+-]\\d{2}:\\d{2})?)?',
    'D',
  ),
  form('(\\d{2})(\\d{2})', 'D'),
  form('年?0?1(?:月)?[-~至—–－]+(\\d{1,2})月(?:份|累计)?', 'M', (at) => at > 1),
  form('[-年]?第?[Qq]?([一二三四1-4])季度?', 'Q'),
  form('[-年]?[Qq]([1-4])', 'Q'),
  form('年?前([二三])季度', 'Q', always),
  form('年?(下)半年', 'S'),
  form('-?[SsHh]([12])', 'S'),
  form('-?[Ww](\\d{1,2})', 'W'),
  form('年?第?(\\d{1,2})周', 'W'),
];
/** The first half of a year is published as the year to date of the second quarter, unless half-years are asked for. */
const FIRST_HALF = new RegExp(`^${YEAR}年?上半年$`);

function read(text: string): Reading | null {
  const half = FIRST_HALF.exec(text);
  if (half !== null) return { year: Number(half[1]), unit: 'Q', at: 2, day: 0, accumulation: 'C' };
  for (const [pattern, unit, toDate] of FORMS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const [, year = '', first = '1', second = '0'] = found as unknown as [string, string, string?, string?];
    const at = SMALL[first] ?? Number(first);
    const day = Number(second);
    if (!(at >= 1 && at <= MOST[unit])) return null;
    if (unit === 'D' && !isRealDate(Number(year), at, day)) return null;
    if (unit === 'W' && at > weeksOf(Number(year))) return null;
    return { year: Number(year), unit, at, day, accumulation: toDate?.(at) === true ? 'C' : null };
  }
  return null;
}

const two = (value: number): string => String(value).padStart(2, '0');
const DAY_MS = 86_400_000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
/** Monday of a week of ISO 8601. */
function mondayOf(year: number, week: number): number {
  const fourth = Date.UTC(year, 0, 4);
  return fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS + (week - 1) * 7 * DAY_MS;
}
const weeksOf = (year: number): number => Math.round((mondayOf(year + 1, 1) - mondayOf(year, 1)) / (7 * DAY_MS));
function weekOf(time: number): string {
  const thursday = time + (3 - ((new Date(time).getUTCDay() + 6) % 7)) * DAY_MS;
  const year = new Date(thursday).getUTCFullYear();
  return `${year}-W${two(1 + Math.floor((thursday - mondayOf(year, 1)) / (7 * DAY_MS)))}`;
}

const MARKS = { S: 'S', Q: 'Q', W: 'W' } as const;
function written(year: number, unit: Frequency, at: number, day: number): string {
  if (unit === 'A') return String(year);
  if (unit === 'M') return `${year}-${two(at)}`;
  if (unit === 'D') return `${year}-${two(at)}-${two(day)}`;
  return unit === 'W' ? `${year}-W${two(at)}` : `${year}-${MARKS[unit]}${at}`;
}

/** Months of one period of a frequency; null for those that months do not make. */
const MONTHS: Readonly<Partial<Record<Frequency, number>>> = { A: 12, S: 6, Q: 3, M: 1 };

/**
 * A shorter period that stands for a longer one: its first or its last, as tables date a year by 1 January, a quarter by
 * its last month. null when it is neither, so that a month in a column of quarters is not taken for one.
 */
function standsFor({ year, unit, at, day }: Reading, wanted: Frequency): string | null {
  const months = MONTHS[wanted];
  if (wanted === 'W') return unit === 'D' ? weekOf(Date.UTC(year, at - 1, day)) : null;
  if (months === undefined || (unit !== 'M' && unit !== 'D')) return null;
  const place = Math.ceil(at / months);
  const isFirst = at === (place - 1) * months + 1 && (unit === 'M' || day === 1);
  const isLast = at === place * months && (unit === 'M' || day === new Date(Date.UTC(year, at, 0)).getUTCDate());
  // A balance is dated by any day of its month.
  return wanted === 'M' || isFirst || isLast ? written(year, wanted, place, 0) : null;
}

/** Why a text with a year in it is no period by itself: what it may be. */
export interface AmbiguousPeriod {
  readonly may: readonly Frequency[];
}

/**
 * A period as tables write it: `202403`, `2024年1-3月`, `2024Q1`, `2024年上半年`, `2024年`, `2024-S1`, `2024-W05`.
 * @param wanted how often the figures come, where that is known: only periods of that frequency are read then, and a day or
 *   month stands for the period that it begins or ends.
 * @param part the second column, where the year stands alone: `3月`, `Q1`, or a bare number, which only `wanted` explains.
 *   `2012.1` stands for no year, quarter or half-year: it may be January or October.
 * @returns null when it is none; what it may be when it does not say so itself: a day may date a month, a quarter or a year.
 */
export function parsePeriod(raw: string, wanted: Frequency | null = null, part = ''): Period | AmbiguousPeriod | null {
  const folded = foldWidth(raw);
  let text = folded.replace(/\s+/g, '');
  const second = foldWidth(part).replace(/\s+/g, '');
  let found: Reading | null;
  if (second === '') found = read(text) ?? read(folded.trim());
  else {
    text = text.replace(/年?度?$/, '');
    if (/^\d{1,2}$/.test(second)) {
      if (!/^\d{4}$/.test(text)) return null;
      if (wanted === null)
        return { may: FREQUENCIES.filter((one) => one !== 'A' && one !== 'D' && Number(second) <= MOST[one]) };
      found =
        wanted === 'A' || wanted === 'D'
          ? null
          : read(`${text}-${wanted}${wanted === 'M' ? two(Number(second)) : Number(second)}`);
    } else found = read(`${text}年${second}`) ?? read(`${text}-${second}`);
  }
  if (found === null) return null;
  const { year, unit, at, day, accumulation } = found;
  if (second === '' && LOST_ZERO.test(text))
    return wanted === null || wanted === 'M'
      ? { period: written(year, 'M', 1, 0), frequency: 'M', accumulation, mayBe: written(year, 'M', 10, 0) }
      : null;
  if (wanted === null && unit === 'D') return { may: ['D', 'W', 'M', 'Q', 'S', 'A'] };
  if (wanted === null || wanted === unit)
    return { period: written(year, unit, at, day), frequency: unit, accumulation };
  if (wanted === 'S' && unit === 'Q' && FIRST_HALF.test(text))
    return { period: `${year}-S1`, frequency: 'S', accumulation: null };
  const stands = standsFor(found, wanted);
  return stands === null ? null : { period: stands, frequency: wanted, accumulation };
}

const PERIOD = /^(\d{4})(?:-(?:([QSW])(\d{1,2})|(\d{2})(?:-(\d{2}))?))?$/;

/** How often figures of a period in stored form come. null when it is not in that form. */
export function frequencyOf(period: string): Frequency | null {
  const found = PERIOD.exec(period);
  if (found === null) return null;
  const [, , mark, number, month, day] = found as unknown as (string | undefined)[];
  const unit = (mark as 'Q' | 'S' | 'W' | undefined) ?? (month === undefined ? 'A' : day === undefined ? 'M' : 'D');
  const at = Number(number ?? month ?? 1);
  return at >= 1 && at <= MOST[unit] ? unit : null;
}

const lastOfMonth = (year: number, month: number): string => dayOf(Date.UTC(year, month, 0));

/** Last day of a period in stored form, `YYYY-MM-DD`. null when it is not in that form. */
export function periodEnd(period: string): string | null {
  const frequency = frequencyOf(period);
  const [year, at] = [yearOfPeriod(period), periodNumber(period)];
  if (frequency === null) return null;
  if (frequency === 'D') return period;
  if (frequency === 'W') return dayOf(mondayOf(year, at) + 6 * DAY_MS);
  return lastOfMonth(year, at * (MONTHS[frequency] as number));
}

/** Place of a period in its year: 1 for a year, 1 to 4, 1 to 12; of a day that of its month. */
export const periodNumber = (period: string): number => {
  const found = PERIOD.exec(period);
  return Number(found?.[3] ?? found?.[4] ?? 1);
};

export const yearOfPeriod = (period: string): number => Number(period.slice(0, 4));

/** The period before in the same frequency. */
export function periodBefore(period: string): string {
  const frequency = frequencyOf(period) ?? 'A';
  const [year, at] = [yearOfPeriod(period), periodNumber(period)];
  if (frequency === 'D') return dayOf(Date.parse(period) - DAY_MS);
  if (frequency === 'W') return weekOf(mondayOf(year, at) - 7 * DAY_MS);
  if (at > 1) return written(year, frequency, at - 1, 0);
  return written(year - 1, frequency, MOST[frequency], 0);
}

/** The same place of the year before. */
export const yearBefore = (period: string): string => `${yearOfPeriod(period) - 1}${period.slice(4)}`;

/** First month of a period in stored form, `YYYY-MM`. */
export function firstMonth(period: string): string {
  const frequency = frequencyOf(period) ?? 'A';
  const [year, at] = [yearOfPeriod(period), periodNumber(period)];
  if (frequency === 'W') return dayOf(mondayOf(year, at)).slice(0, 7);
  const months = MONTHS[frequency] ?? 1;
  return `${year}-${two((at - 1) * months + 1)}`;
}
