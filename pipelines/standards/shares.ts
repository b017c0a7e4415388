import { cleanText, foldWidth } from './text.ts';
import { type Decimal, decimalText, parseDecimal } from './units.ts';

export interface Share {
  readonly holder: string;
  /** Exact decimal text, per cent. */
  readonly percent: string;
}

/** Of a name with its percent. What is longer is neither, and would cost its square to find that out. */
const LONGEST_PART = 500;
const PART = /^(.*?)[\s:=(]*(\d+(?:\.\d+)?)\s*%?\s*\)?$/su;

/** Names with percents, each after its name: `张三 60%；李四 40%`, `甲公司:51,乙公司:49`. null when a part is none of it. */
export function parseShares(text: string): readonly Share[] | null {
  const shares: Share[] = [];
  for (const part of foldWidth(cleanText(text)).split(/[;,、|\n]/)) {
    const trimmed = part.trim();
    if (trimmed === '') continue;
    const found = trimmed.length > LONGEST_PART ? null : PART.exec(trimmed);
    const percent = found === null ? null : parseDecimal(found[2] as string);
    const holder = found?.[1]?.trim() ?? '';
    if (percent === null || holder === '') return null;
    shares.push({ holder, percent: decimalText(percent) });
  }
  return shares.length === 0 ? null : shares;
}

/** In millionths of a per cent, so that thirds written out sum exactly. */
export function sumOfShares(shares: readonly Share[]): number {
  let sum = 0;
  for (const { percent } of shares) sum += millionths(parseDecimal(percent));
  return sum;
}

const millionths = (decimal: Decimal | null): number =>
  decimal === null ? 0 : Math.round((Number(decimal.digits) / 10 ** decimal.scale) * 1_000_000);
