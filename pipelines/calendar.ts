/** Day arithmetic on `YYYY-MM-DD` texts, which hot paths compare without making Date objects. */

const digits = (text: string, from: number, to: number): number => {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
};

const ordinal = (date: string): number => digits(date, 0, 4) * 372 + digits(date, 5, 7) * 31 + digits(date, 8, 10);

/** Completed years between two dates; negative when `on` is earlier. A 29 February completes on 1 March. */
export function completedYears(since: string, on: string): number {
  return Math.floor((ordinal(on) - ordinal(since)) / 372);
}

/** Whether two dates lie more than so many calendar years apart, in either order. */
export function moreYearsApart(a: string, b: string, years: number): boolean {
  return Math.abs(ordinal(a) - ordinal(b)) > years * 372;
}

/** Whether `YYYY-MM-DD` is the date that the digits `YYYYMMDD` at `from` in `text` write. */
export function datedBy(text: string, from: number, date: string): boolean {
  for (let i = 0, j = 0; i < 10; i++) {
    if (i === 4 || i === 7) continue;
    if (date.charCodeAt(i) !== text.charCodeAt(from + j++)) return false;
  }
  return true;
}

const CHINA_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;
let lastDay = Number.NaN;
let lastText = '';

/** The day in the province, `YYYY-MM-DD`; no summer time since 1991. Asked for every record, answered anew once a day. */
export function localDay(at: Date): string {
  const day = Math.floor((at.getTime() + CHINA_MS) / DAY_MS);
  if (day !== lastDay) {
    lastDay = day;
    lastText = new Date(day * DAY_MS).toISOString().slice(0, 10);
  }
  return lastText;
}

export const localToday = (): string => localDay(new Date());

/** The day so many days before, `YYYY-MM-DD`. */
export const daysBefore = (date: string, days: number): string =>
  new Date(Date.parse(date) - days * DAY_MS).toISOString().slice(0, 10);
