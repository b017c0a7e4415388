import { foldWidth } from './text.ts';

const DIGITS: Readonly<Record<string, number>> = {};
const digits = DIGITS as Record<string, number>;
for (const row of [
  '〇一二三四五六七八九',
  '○壹贰叁肆伍陆柒捌玖',
  '零壱贰叁肆伍陸柒捌玖',
  '◯幺两參肆伍陆柒捌玖',
  '0123456789',
]) {
  [...row].forEach((sign, value) => {
    digits[sign] = value;
  });
}
digits.弍 = 2;
digits.貳 = 2;

const SMALL: Readonly<Record<string, number>> = { 十: 10, 拾: 10, 百: 100, 佰: 100, 千: 1000, 仟: 1000 };
const LARGE: Readonly<Record<string, number>> = { 万: 10_000, 萬: 10_000, 亿: 100_000_000, 億: 100_000_000 };
const TENS: Readonly<Record<string, number>> = { 廿: 20, 卄: 20, 卅: 30, 卌: 40 };

/** `二〇〇四`, `贰零零肆`, `2００4`: digit after digit. */
function byDigits(signs: readonly string[]): number | null {
  if (signs.length > 15) return null;
  let value = 0;
  for (const sign of signs) {
    const digit = DIGITS[sign];
    if (digit === undefined) return null;
    value = value * 10 + digit;
  }
  return value;
}

/** `三十五`, `廿三`, `一百零五`, `两千零四`, `壹拾贰万`: digits with their powers. */
function byPowers(signs: readonly string[]): number | null {
  let total = 0;
  let section = 0;
  let digit: number | null = null;
  let leastPower = Number.POSITIVE_INFINITY;
  for (const sign of signs) {
    const value = DIGITS[sign];
    if (value !== undefined) {
      // A zero only fills a gap; two other digits in a row are no number.
      if (digit !== null && digit !== 0) return null;
      digit = value;
      continue;
    }
    const tens = TENS[sign];
    const power = SMALL[sign] ?? (tens === undefined ? undefined : 10);
    if (power !== undefined) {
      if (power >= leastPower) return null;
      section += tens ?? (digit === null || digit === 0 ? 1 : digit) * power;
      leastPower = power;
      digit = null;
      continue;
    }
    const large = LARGE[sign];
    if (large === undefined) return null;
    const below = section + (digit ?? 0);
    if (below === 0 && total === 0) return null;
    total = large === 100_000_000 ? (total + below) * large : total + below * large;
    section = 0;
    digit = null;
    leastPower = Number.POSITIVE_INFINITY;
  }
  return total + section + (digit ?? 0);
}

/** A whole number of 0 or more in Chinese, financial or Arabic numerals, or a mixture. null when the text is none. */
export function parseNumeral(text: string): number | null {
  const signs = [...foldWidth(text)];
  if (signs.length === 0) return null;
  const value = byDigits(signs) ?? byPowers(signs);
  return value !== null && Number.isSafeInteger(value) ? value : null;
}
