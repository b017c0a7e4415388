import { civilTime } from '../../schemas/civil-time.ts';
import { isFillerDay } from './fillers.ts';
import { dateOfDay, digitsIn, isoDate, isRealDate } from './gregorian.ts';
import { parseNumeral } from './numerals.ts';
import { cleanText, foldWidth } from './text.ts';

export interface ParsedDate {
  /** `YYYY-MM-DD`, `YYYY-MM`, `YYYY-Q1`, `YYYY-H1` or `YYYY` by precision; null for what is recognised and tells no day. */
  readonly value: string | null;
  readonly precision: 'day' | 'month' | 'quarter' | 'half' | 'year';
  /** Which way of writing it was: `YYYYMMDD`, `Y-M-D`, `Y年M月D日`, `open-ended`, `relative`, `lunar` … */
  readonly pattern: string;
  /** Something was supplied that the text does not say: the century, the calendar, the end of a range. */
  readonly assumed: boolean;
  /** A real day that systems fill in when they know none. */
  readonly placeholder: boolean;
  /** 长期: valid without end, written 9999-12-31. */
  readonly openEnded: boolean;
}

export interface DateOptions {
  /** Two-digit years above it belong to the last century; 30 when absent. Take it from the years the source covers. */
  readonly pivot?: number;
  /** Reads whole numbers of up to five digits as days of a spreadsheet. */
  readonly excel?: '1900' | '1904';
  /** Reads bare years below 1000 as years of 民国. `民国` in the text is understood without. */
  readonly minguo?: boolean;
}

const OPEN = new Set(['长期', '長期', '长期有效', '永久', '永久有效', '无限期', '无固定期限', '长久']);
const RELATIVE = ['本年', '今年', '去年', '上年', '本月', '上月', '本季', '同期', '累计'];
const END = '9999-12-31';

const found = (
  value: string | null,
  precision: ParsedDate['precision'],
  pattern: string,
  assumed = false,
  placeholder = false,
): ParsedDate => ({ value, precision, pattern, assumed, placeholder, openEnded: value === END });

function dayFound(year: number, month: number, day: number, pattern: string, assumed = false): ParsedDate | null {
  if (!isRealDate(year, month, day)) return null;
  const value = isoDate(year, month, day);
  return found(value, 'day', pattern, assumed, isFillerDay(value));
}

const monthFound = (year: number, month: number, pattern: string, assumed = false): ParsedDate | null =>
  year >= 1 && year <= 9999 && month >= 1 && month <= 12
    ? found(isoDate(year, month, 1).slice(0, 7), 'month', pattern, assumed)
    : null;

const yearText = (year: number): string => String(year).padStart(4, '0');

/** @returns the full year and whether the century was supplied; null for no year. */
function fullYear(
  year: number | null,
  length: number,
  options: DateOptions,
): { year: number; assumed: boolean } | null {
  if (year === null || year < 0) return null;
  if (length === 4) return year >= 1 ? { year, assumed: false } : null;
  if (options.minguo === true && length <= 3) return { year: year + 1911, assumed: true };
  return length === 2 ? { year: year > (options.pivot ?? 30) ? 1900 + year : 2000 + year, assumed: true } : null;
}

function byDigits(text: string, options: DateOptions): ParsedDate | null {
  const { length } = text;
  const number = digitsIn(text, 0, length);
  if (options.excel !== undefined && length <= 5) return bySerial(number, options.excel);
  if (number === 0) return found(null, 'day', 'zeros', false, true);
  if (length === 8 || length === 14) {
    const pattern = length === 8 ? 'YYYYMMDD' : 'YYYYMMDDhhmmss';
    return dayFound(digitsIn(text, 0, 4), digitsIn(text, 4, 6), digitsIn(text, 6, 8), pattern);
  }
  if (length === 6) {
    const year = digitsIn(text, 0, 4);
    const month = year >= 1800 && year <= 2199 ? monthFound(year, digitsIn(text, 4, 6), 'YYYYMM') : null;
    if (month !== null) return month;
    const short = fullYear(digitsIn(text, 0, 2), 2, options)!;
    return dayFound(short.year, digitsIn(text, 2, 4), digitsIn(text, 4, 6), 'YYMMDD', true);
  }
  if (length === 4 && number >= 1800 && number <= 2199) return found(text, 'year', 'YYYY');
  return null;
}

/** Day 60 of the 1900 system is 29 February 1900, which never was. */
function bySerial(serial: number, system: '1900' | '1904'): ParsedDate | null {
  if (system === '1904') return found(dateOfDay(serial - 24_107), 'day', 'excel-1904');
  if (serial < 1 || serial === 60) return null;
  const value = dateOfDay(serial - (serial < 60 ? 25_568 : 25_569));
  return found(value, 'day', 'excel-1900', false, isFillerDay(value));
}

const NUMERIC = /^(\d{1,4})([-/.])(\d{1,2})(?:\2(\d{1,2}))?$/;
const MOMENT =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
const SLASHED_MOMENT = /^(\d{4}[/.]\d{1,2}[/.]\d{1,2}) +\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?$/;

/** An instant with a zone is the day that it was in the province (+08:00); one without is taken as it stands. */
function byMoment(text: string): ParsedDate | null {
  const parts = MOMENT.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, , zone] = parts;
  if (!isRealDate(Number(year), Number(month), Number(day)) || Number(hour) > 23 || Number(minute) > 59) return null;
  if (zone === undefined) return dayFound(Number(year), Number(month), Number(day), 'moment');
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const offset = (zone[0] === '-' ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
  const minutes = zone.toUpperCase() === 'Z' ? 0 : offset;
  const instant =
    Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)) - minutes * 60_000;
  const value = civilTime(instant).toISOString().slice(0, 10);
  return found(value, 'day', 'moment', false, isFillerDay(value));
}

function byNumbers(text: string, options: DateOptions): ParsedDate | null {
  const parts = NUMERIC.exec(text);
  if (parts === null) return null;
  const [, first, sign, second, third] = parts as unknown as [string, string, string, string, string | undefined];
  const year = fullYear(Number(first), first.length, options);
  if (year === null) return null;
  if (third === undefined) return first.length === 4 ? monthFound(year.year, Number(second), `Y${sign}M`) : null;
  return dayFound(year.year, Number(second), Number(third), `Y${sign}M${sign}D`, year.assumed);
}

const WRITTEN = /^(民国)?([^年月日]{1,5})年(?:度)?(.*)$/u;
const QUARTER = /^(?:第)?([一二三四1-4])季度(?:末)?$/u;
const HALF = /^(上|下)半年$/u;
const MONTH = /^([^月日号]{1,3})月(?:份)?(?:([^月日号]{1,3})[日号]?)?$/u;
const MONTHS = /^(\d{1,2}|[一二三四五六七八九十]{1,2})(?:月)?[-—~至到](\d{1,2}|[一二三四五六七八九十]{1,2})月(?:份)?$/u;

const quarterOf = (sign: string): number => '一二三四'.indexOf(sign) + 1 || Number(sign);

function byWords(text: string, options: DateOptions): ParsedDate | null {
  if (QUARTER.test(text)) return found(null, 'quarter', 'quarter-without-year');
  if (HALF.test(text)) return found(null, 'half', 'half-without-year');
  const parts = WRITTEN.exec(text);
  if (parts === null) return null;
  const [, minguo, written, rest] = parts as unknown as [string, string | undefined, string, string];
  const number = written === '元' ? 1 : parseNumeral(written);
  const digits = /^\d+$/.test(written) ? written.length : [...written].length;
  const year =
    minguo !== undefined
      ? number === null || number < 1
        ? null
        : { year: number + 1911, assumed: true }
      : fullYear(number, digits, options);
  if (year === null) return null;
  const era = minguo === undefined ? '' : '民国';
  if (rest === '' || rest === '全年' || rest === '末')
    return found(yearText(year.year), 'year', `${era}Y年`, year.assumed);
  const quarter = QUARTER.exec(rest);
  if (quarter !== null)
    return found(`${yearText(year.year)}-Q${quarterOf(quarter[1]!)}`, 'quarter', `${era}Y年Q季度`, year.assumed);
  const half = HALF.exec(rest);
  if (half !== null)
    return found(`${yearText(year.year)}-H${half[1] === '上' ? 1 : 2}`, 'half', `${era}Y年半年`, year.assumed);
  const months = MONTHS.exec(rest);
  if (months !== null) {
    const from = parseNumeral(months[1]!);
    const to = parseNumeral(months[2]!);
    return from === null || to === null || from >= to ? null : monthFound(year.year, to, `${era}Y年M-M月`, true);
  }
  const month = MONTH.exec(rest);
  if (month === null) return null;
  const monthNumber = parseNumeral(month[1]!);
  if (monthNumber === null) return null;
  if (month[2] === undefined) return monthFound(year.year, monthNumber, `${era}Y年M月`, year.assumed);
  const day = parseNumeral(month[2]);
  return day === null ? null : dayFound(year.year, monthNumber, day, `${era}Y年M月D日`, year.assumed);
}

const isDigits = (text: string): boolean => digitsIn(text, 0, text.length) >= 0;

/**
 * Every way of writing a day or period that Chinese registers use. Ranges of months give their last month and say `assumed`.
 * @returns null when the text is empty, no date, or a day that is not in the calendar.
 */
export function parseDate(raw: string, options: DateOptions = {}): ParsedDate | null {
  if (raw.length === 10 && raw.charCodeAt(4) === 45 && raw.charCodeAt(7) === 45) {
    const year = digitsIn(raw, 0, 4);
    const month = digitsIn(raw, 5, 7);
    const day = digitsIn(raw, 8, 10);
    if (year === 0 && month === 0 && day === 0) return found(null, 'day', 'zeros', false, true);
    return dayFound(year, month, day, 'Y-M-D');
  }
  const text = foldWidth(cleanText(raw)).trim();
  if (text === '' || text.length > 40) return null;
  if (isDigits(text)) return byDigits(text, options);
  if (OPEN.has(text)) return found(END, 'day', 'open-ended');
  if (text.startsWith('农历') || text.startsWith('阴历')) return found(null, 'day', 'lunar');
  if (RELATIVE.some((word) => text.startsWith(word))) return found(null, 'year', 'relative');
  const slashed = SLASHED_MOMENT.exec(text);
  if (slashed !== null) return byNumbers(slashed[1]!, options);
  const compact = text.replace(/\s+/g, '');
  const read = byMoment(text) ?? byNumbers(compact, options) ?? byWords(compact, options);
  if (read !== null) return read;
  const bare = parseNumeral(compact);
  return bare !== null && [...compact].length === 4 && bare >= 1000 ? found(yearText(bare), 'year', 'Y') : null;
}
