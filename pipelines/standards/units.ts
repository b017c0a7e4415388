import { parseNumeral } from './numerals.ts';
import { foldWidth } from './text.ts';

export type Quantity = 'money' | 'area';

interface Unit {
  readonly quantity: Quantity;
  /** One of the unit is `times / per` of the base unit: yuan, square metres. */
  readonly times: bigint;
  readonly per: bigint;
}

const unit = (quantity: Quantity, times: number, per = 1): Unit => ({
  quantity,
  times: BigInt(times),
  per: BigInt(per),
});

/** 亩 is a fifteenth of a hectare, so it has no finite decimal in square metres. */
export const UNITS: Readonly<Record<string, Unit>> = {
  分: unit('money', 1, 100),
  角: unit('money', 1, 10),
  元: unit('money', 1),
  百元: unit('money', 100),
  千元: unit('money', 1_000),
  万元: unit('money', 10_000),
  十万元: unit('money', 100_000),
  百万元: unit('money', 1_000_000),
  千万元: unit('money', 10_000_000),
  亿元: unit('money', 100_000_000),
  平方米: unit('area', 1),
  亩: unit('area', 10_000, 15),
  公顷: unit('area', 10_000),
  万亩: unit('area', 100_000_000, 15),
  万公顷: unit('area', 100_000_000),
  平方公里: unit('area', 1_000_000),
};

/** Names of a quantity's units. */
export const unitsOf = (quantity: Quantity): readonly string[] =>
  Object.keys(UNITS).filter((name) => UNITS[name]!.quantity === quantity);

/** value = digits / 10^scale, exactly. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** Signs of Unicode that are printed for a minus: U+2212, and dashes, which nothing else can be before a digit. */
const MINUS = /^[\u2212\u2010-\u2014\u207b\ufe58\ufe63](?=\s*[\d.])/u;
const GROUPED = /^[+-]?\d{1,3}(?:([, \u00a0\u2000-\u200a\u202f\u205f])\d{3})(?:\1\d{3})*(?:\.\d+)?$/u;

/**
 * Exact reading of decimal text: signs, full-width digits, exponents, groups of three apart by commas or by blanks of one
 * kind. null when it is no number: a decimal comma is refused instead of misread.
 */
export function parseDecimal(raw: string): Decimal | null {
  let text = foldWidth(raw).trim().replace(MINUS, '-');
  const group = GROUPED.exec(text)?.[1];
  if (group !== undefined) text = text.replaceAll(group, '');
  const parts = DECIMAL.exec(text);
  if (parts === null) return null;
  const [, sign, whole, fraction = '', exponent] = parts as unknown as [string, string, string, string?, string?];
  if (whole === '' && fraction === '') return null;
  let digits = BigInt(`${whole}${fraction}`);
  let scale = fraction.length - Number(exponent ?? 0);
  if (scale < 0) {
    digits *= 10n ** BigInt(-scale);
    scale = 0;
  }
  return { digits: sign === '-' ? -digits : digits, scale };
}

/** Canonical text: no exponent, no plus, no needless zeros, `0` for any zero. Equal values have equal text. */
export function decimalText({ digits, scale }: Decimal): string {
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = scale === 0 ? text : text.slice(0, -scale);
  let end = text.length;
  while (end > whole.length && text.charCodeAt(end - 1) === 48) end--;
  const fraction = text.slice(whole.length, end);
  const magnitude = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && digits !== 0n ? `-${magnitude}` : magnitude;
}

/** Digits after the point where a unit leaves no finite decimal. */
const KEPT = 6;

/**
 * A value in another unit, of which one is `times / per`. Exact where up to six digits more can say it; otherwise (亩, 万亩) six
 * digits after the point in all, half away from zero, so that sums show no more.
 */
export function inUnit({ digits, scale }: Decimal, times: bigint, per: bigint): Decimal {
  const raised = digits * times;
  if (per === 1n) return { digits: raised, scale };
  const exact = raised * 10n ** BigInt(KEPT);
  if (exact % per === 0n) return { digits: exact / per, scale: scale + KEPT };
  const doubled = (2n * exact) / (per * 10n ** BigInt(scale));
  return { digits: (doubled + (doubled < 0n ? -1n : 1n)) / 2n, scale: KEPT };
}

const inBaseUnit = (value: Decimal, { times, per }: Unit): Decimal => inUnit(value, times, per);

const PLAIN = /^\d{1,15}(?:\.\d{1,15})?$/;
const WITH_UNIT = /^(?:人民币|RMB|CNY|[¥￥])?\s*([+-]?[\d.,]+)\s*([^\d\s]{1,6}?)(?:人民币|整|正)*$/u;
const IN_WORDS = /^(?:人民币)?([^\d元圆]+)(?:元|圆)(?:整|正)?$/u;

export interface Amount {
  /** Canonical decimal text in the base unit. */
  readonly value: string;
  /** The unit that the text itself named, when it did. */
  readonly ownUnit: string | null;
}

/**
 * An amount in a column whose unit is `unitName`. A unit written in the cell goes before that of the column.
 * null when the text is no amount of the quantity.
 */
export function parseAmount(raw: string, unitName: string): Amount | null {
  const column = UNITS[unitName]!;
  if (PLAIN.test(raw)) {
    const decimal = {
      digits: BigInt(raw.replace('.', '')),
      scale: raw.includes('.') ? raw.length - raw.indexOf('.') - 1 : 0,
    };
    return { value: decimalText(inBaseUnit(decimal, column)), ownUnit: null };
  }
  const text = foldWidth(raw).trim();
  const plain = parseDecimal(text);
  if (plain !== null) return { value: decimalText(inBaseUnit(plain, column)), ownUnit: null };
  const words = IN_WORDS.exec(text);
  const spoken = words === null ? null : parseNumeral(words[1]!);
  if (spoken !== null && column.quantity === 'money') return { value: String(spoken), ownUnit: '元' };
  const parts = WITH_UNIT.exec(text);
  if (parts === null) return null;
  const value = parseDecimal(parts[1]!);
  const own = UNITS[parts[2]!] ?? UNITS[`${parts[2]!}元`];
  if (value === null || own === undefined || own.quantity !== column.quantity) return null;
  return { value: decimalText(inBaseUnit(value, own)), ownUnit: parts[2]! };
}
