/**
 * Years of the lunar calendar (农历) from 1900 to 2050, ten a line. Bits from the left: length of the leap month, lengths of
 * the twelve months (1: 30 days, 0: 29), and in the last four which month is followed by its leap month (0: none).
 */
const FIRST_YEAR = 1900;
const YEARS: readonly (readonly LunarMonth[])[] = `
04bd8 04ae0 0a570 054d5 0d260 0d950 16554 056a0 09ad0 055d2
04ae0 0a5b6 0a4d0 0d250 1d255 0b540 0d6a0 0ada2 095b0 14977
04970 0a4b0 0b4b5 06a50 06d40 1ab54 02b60 09570 052f2 04970
06566 0d4a0 0ea50 16a95 05ad0 02b60 186e3 092e0 1c8d7 0c950
0d4a0 1d8a6 0b550 056a0 1a5b4 025d0 092d0 0d2b2 0a950 0b557
06ca0 0b550 15355 04da0 0a5b0 14573 052b0 0a9a8 0e950 06aa0
0aea6 0ab50 04b60 0aae4 0a570 05260 0f263 0d950 05b57 056a0
096d0 04dd5 04ad0 0a4d0 0d4d4 0d250 0d558 0b540 0b6a0 195a6
095b0 049b0 0a974 0a4b0 0b27a 06a50 06d40 0af46 0ab60 09570
04af5 04970 064b0 074a3 0ea50 06b58 05ac0 0ab60 096d5 092e0
0c960 0d954 0d4a0 0da50 07552 056a0 0abb7 025d0 092d0 0cab5
0a950 0b4a0 0baa4 0ad50 055d9 04ba0 0a5b0 15176 052b0 0a930
07954 06aa0 0ad50 05b52 04b60 0a6e6 0a4e0 0d260 0ea65 0d530
05aa0 076a3 096d0 04afb 04ad0 0a4d0 1d0b6 0d250 0d520 0dd45
0b5a0 056d0 055b2 049b0 0a577 0a4b0 0aa50 1b255 06d20 0ada0
14b63
`
  .trim()
  .split(/\s+/)
  .map((year) => monthsOf(Number.parseInt(year, 16)));

const DAY_MS = 86_400_000;
/** 春节 of 1900. */
const FIRST_DAY = Date.UTC(1900, 0, 31) / DAY_MS;

interface LunarMonth {
  readonly month: number;
  readonly days: number;
}

function monthsOf(year: number): readonly LunarMonth[] {
  const leap = year & 15;
  return Array.from({ length: 12 }, (_, i) => i + 1).flatMap((month) => {
    const own = { month, days: 29 + ((year >> (16 - month)) & 1) };
    return month === leap ? [own, { month, days: 29 + (year >> 16) }] : [own];
  });
}

/** First days of the years, counted from the first, and behind them the first day after the last. */
const starts = [0];
for (const [i, months] of YEARS.entries())
  starts.push((starts[i] as number) + months.reduce((sum, { days }) => sum + days, 0));

const two = (value: number): string => String(value).padStart(2, '0');

/**
 * The day of the lunar calendar, written as if it were one of the other, as registers have it where somebody named a
 * birthday by the lunar calendar. A leap month is written as the month that it repeats.
 * @param day `YYYY-MM-DD`. @returns null before 1900-01-31 and after the year 2050.
 */
export function lunarDay(day: string): string | null {
  let left = Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8))) / DAY_MS - FIRST_DAY;
  // The lunar year begins one to two months late: it is that of the day, or the one before.
  let year = Math.min(Number(day.slice(0, 4)) - FIRST_YEAR, YEARS.length - 1);
  if (!(left >= 0) || left >= (starts.at(-1) as number)) return null;
  if (left < (starts[year] as number)) year -= 1;
  left -= starts[year] as number;
  for (const { month, days } of YEARS[year] as readonly LunarMonth[]) {
    if (left < days) return `${FIRST_YEAR + year}-${two(month)}-${two(left + 1)}`;
    left -= days;
  }
  return null;
}
