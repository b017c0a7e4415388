const DAY_MS = 86_400_000;
const FIRST = Date.UTC(1930, 0, 1);

/** The last day the world knows of. Changes of `applyDelta` happen after it. */
export const WORLD_DAY = '20250630';

/** Every day from 1930-01-01 to the last day of the world as `YYYYMMDD`; a day is its position. */
export const DAYS: readonly string[] = (() => {
  const days: string[] = [];
  for (let at = FIRST; days.at(-1) !== WORLD_DAY; at += DAY_MS) {
    days.push(new Date(at).toISOString().slice(0, 10).replaceAll('-', ''));
  }
  return days;
})();

export const LAST_DAY: number = DAYS.length - 1;

/** @param date `YYYYMMDD`, of 1930 to 2025. */
export const dayOf = (date: string): number =>
  Math.round((Date.UTC(+date.slice(0, 4), +date.slice(4, 6) - 1, +date.slice(6, 8)) - FIRST) / DAY_MS);

export const yearOf = (day: number): number => Number(DAYS[day]!.slice(0, 4));

/** `YYYYMMDD` to `YYYY-MM-DD`. */
export const dashed = (date: string): string => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;

const DIGITS = '〇一二三四五六七八九';
const small = (value: number): string => {
  const tens = Math.floor(value / 10);
  return `${tens > 1 ? DIGITS[tens]! : ''}${tens > 0 ? '十' : ''}${value % 10 > 0 ? DIGITS[value % 10]! : ''}`;
};

/** `二〇〇四年一月三十一日`. */
export const inChinese = (date: string): string =>
  `${[...date.slice(0, 4)].map((digit) => DIGITS[Number(digit)]).join('')}年${small(+date.slice(4, 6))}月${small(+date.slice(6, 8))}日`;

/** `2004年1月31日`. */
export const inWords = (date: string): string => `${date.slice(0, 4)}年${+date.slice(4, 6)}月${+date.slice(6, 8)}日`;
