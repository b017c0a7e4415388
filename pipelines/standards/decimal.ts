import type { Decimal } from './units.ts';

const atScale = ({ digits, scale }: Decimal, wanted: number): bigint => digits * 10n ** BigInt(wanted - scale);

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: atScale(a, scale) + atScale(b, scale), scale };
}

const negated = ({ digits, scale }: Decimal): Decimal => ({ digits: -digits, scale });
export const subtract = (a: Decimal, b: Decimal): Decimal => add(a, negated(b));

/** a / b with so many decimals, half away from zero. b is not zero. */
export function quotient(a: Decimal, b: Decimal, decimals: number): Decimal {
  const numerator = a.digits * 10n ** BigInt(Math.max(0, b.scale - a.scale) + decimals + 1);
  const divisor = b.digits * 10n ** BigInt(Math.max(0, a.scale - b.scale));
  const raised = numerator / divisor;
  return { digits: (raised + (raised < 0n ? -5n : 5n)) / 10n, scale: decimals };
}

export const multiply = (a: Decimal, b: Decimal): Decimal => ({
  digits: a.digits * b.digits,
  scale: a.scale + b.scale,
});

export const HUNDRED: Decimal = { digits: 100n, scale: 0 };
export const absolute = ({ digits, scale }: Decimal): Decimal => ({ digits: digits < 0n ? -digits : digits, scale });
/** For what is a root or a mean; amounts stay decimals. */
export const toNumber = ({ digits, scale }: Decimal): number => Number(digits) / 10 ** scale;
