/** 春节, the first day of the lunar year, as month and day, from 1981; ten years a line. */
const FIRST_YEAR = 1981;
const DAYS = `
0205 0125 0213 0202 0220 0209 0129 0217 0206 0127
0215 0204 0123 0210 0131 0219 0207 0128 0216 0205
0124 0212 0201 0122 0209 0129 0218 0207 0126 0214
0203 0123 0210 0131 0219 0208 0128 0216 0205 0125
0212 0201 0122 0210 0129 0217 0206 0126 0213 0203
0123 0211 0131 0219 0208 0128 0215 0204 0124 0212
`
  .trim()
  .split(/\s+/);

/** `YYYY-MM-DD`; null outside 1981 to 2040. */
export function springFestival(year: number): string | null {
  const day = DAYS[year - FIRST_YEAR];
  return day === undefined ? null : `${year}-${day.slice(0, 2)}-${day.slice(2)}`;
}

export const FESTIVAL_YEARS = { first: FIRST_YEAR, last: FIRST_YEAR + DAYS.length - 1 } as const;

const DAY_MS = 86_400_000;
/** Days before and after the festival in which figures are other than usual. */
const FESTIVAL_WINDOW = { before: 5, after: 20 } as const;

/** Part of the window that falls into a month, 0 to 1. null where the day of the festival is not in the table. */
export function festivalShare(year: number, month: number): number | null {
  const day = springFestival(year);
  if (day === null) return null;
  const at = Date.parse(day);
  const from = at - FESTIVAL_WINDOW.before * DAY_MS;
  const to = at + FESTIVAL_WINDOW.after * DAY_MS;
  const first = Math.max(from, Date.UTC(year, month - 1, 1));
  const last = Math.min(to, Date.UTC(year, month, 0));
  const days = Math.max(0, (last - first) / DAY_MS + 1);
  return days / (FESTIVAL_WINDOW.before + FESTIVAL_WINDOW.after + 1);
}

export const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
