const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Whether the day is in the Gregorian calendar, years 1 to 9999. */
export function isRealDate(year: number, month: number, day: number): boolean {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return false;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= DAYS[month - 1]! + (leap ? 1 : 0);
}

const pad = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** `YYYY-MM-DD`; the caller has checked that the date is real. */
export const isoDate = (year: number, month: number, day: number): string =>
  `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}`;

/** Value of the digits in [from, to), or -1 when one of them is no digit. */
export function digitsIn(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

const DAY_MS = 86_400_000;
const SHANGHAI_MS = 28_800_000;

/** Days since 1970-01-01 to `YYYY-MM-DD`. */
export const dateOfDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

let lastDay = Number.NaN;
let lastDate = '';

/** Today in the province, whatever zone the machine is in. */
export function todayInShanghai(): string {
  const day = Math.floor((Date.now() + SHANGHAI_MS) / DAY_MS);
  if (day !== lastDay) {
    lastDay = day;
    lastDate = dateOfDay(day);
  }
  return lastDate;
}
