import { foldWidth } from './text.ts';

export type Frequency = 'A' | 'Q' | 'M';
/** S single period, C year to date (本年累计). */
type Accumulation = 'S' | 'C';

export interface Period {
  /** `2024`, `2024-Q1`, `2024-03`: as SDMX and GB/T 7408 write them. */
  readonly period: string;
  readonly frequency: Frequency;
  /** Told by the way of writing (`2024年1-3月`), otherwise null. */
  readonly accumulation: Accumulation | null;
}

const QUARTERS: Readonly<Record<string, number>> = { 一: 1, 二: 2, 三: 3, 四: 4, '1': 1, '2': 2, '3': 3, '4': 4 };
const YEAR = '((?:19|20)\\d{2})';
const FORMS: readonly (readonly [RegExp, (year: string, one: string, two: string) => Period | null])[] = [
  [new RegExp(`^${YEAR}年?度?$`), (year) => ({ period: year, frequency: 'A', accumulation: null })],
  [new RegExp(`^${YEAR}[-/.年]?(\\d{1,2})月?份?$`), (year, month) => monthly(year, month, null)],
  // A day stands for its month: balances are dated by the last one.
  [
    new RegExp(`^${YEAR}[-/.年]?(\\d{1,2})[-/.月](\\d{1,2})日?$`),
    (year, month, day) => (Number(day) > 31 ? null : monthly(year, month, null)),
  ],
  [
    new RegExp(`^${YEAR}(\\d{2})(\\d{2})$`),
    (year, month, day) => (Number(day) > 31 ? null : monthly(year, month, null)),
  ],
  [
    new RegExp(`^${YEAR}年?0?1(?:月)?[-~至—–－]+(\\d{1,2})月(?:份|累计)?$`),
    (year, month) => monthly(year, month, Number(month) > 1 ? 'C' : null),
  ],
  [new RegExp(`^${YEAR}[-年]?(?:第)?[Qq]?([一二三四1-4])季度?$`), (year, quarter) => quarterly(year, quarter, null)],
  [new RegExp(`^${YEAR}[-年]?[Qq]([1-4])$`), (year, quarter) => quarterly(year, quarter, null)],
  [new RegExp(`^${YEAR}年?(?:前)([二三])季度$`), (year, quarter) => quarterly(year, quarter, 'C')],
  [new RegExp(`^${YEAR}年?上半年$`), (year) => quarterly(year, '2', 'C')],
  [new RegExp(`^${YEAR}年?全年$`), (year) => ({ period: year, frequency: 'A', accumulation: null })],
];

function monthly(year: string, text: string, accumulation: Accumulation | null): Period | null {
  const month = Number(text);
  if (!(month >= 1 && month <= 12)) return null;
  return { period: `${year}-${String(month).padStart(2, '0')}`, frequency: 'M', accumulation };
}

const quarterly = (year: string, text: string, accumulation: Accumulation | null): Period => ({
  period: `${year}-Q${QUARTERS[text]}`,
  frequency: 'Q',
  accumulation,
});

/** A period as tables write it: `202403`, `2024年1-3月`, `2024Q1`, `2024年上半年`, `2024年`. null when it is none. */
export function parsePeriod(raw: string): Period | null {
  const text = foldWidth(raw).replace(/\s+/g, '');
  for (const [form, make] of FORMS) {
    const found = form.exec(text);
    if (found !== null) return make(found[1] ?? '', found[2] ?? '', found[3] ?? '');
  }
  return null;
}

const PERIOD = /^(\d{4})(?:-(?:Q([1-4])|(\d{2})))?$/;

/** Last day of a period in stored form, `YYYY-MM-DD`. null when it is not in that form. */
export function periodEnd(period: string): string | null {
  const found = PERIOD.exec(period);
  if (found === null) return null;
  const month = found[2] !== undefined ? Number(found[2]) * 3 : Number(found[3] ?? 12);
  const last = new Date(Date.UTC(Number(found[1]), month, 0)).getUTCDate();
  return `${found[1]}-${String(month).padStart(2, '0')}-${last}`;
}

/** Places of a period in its year: 1 for a year, 1 to 4, 1 to 12. */
export const periodNumber = (period: string): number => {
  const found = PERIOD.exec(period);
  return Number(found?.[2] ?? found?.[3] ?? 1);
};

export const yearOfPeriod = (period: string): number => Number(period.slice(0, 4));

/** The period before in the same frequency; null for a year's first of `A` is the year before. */
export function periodBefore(period: string): string {
  const year = yearOfPeriod(period);
  const number = periodNumber(period);
  if (period.length === 4) return String(year - 1);
  if (period.includes('Q')) return number === 1 ? `${year - 1}-Q4` : `${year}-Q${number - 1}`;
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, '0')}`;
}

export const yearBefore = (period: string): string => `${yearOfPeriod(period) - 1}${period.slice(4)}`;

/** First month of a period in stored form, `YYYY-MM`. */
export function firstMonth(period: string): string {
  if (period.length === 4) return `${period}-01`;
  return period.includes('Q')
    ? `${period.slice(0, 5)}${String(periodNumber(period) * 3 - 2).padStart(2, '0')}`
    : period;
}
