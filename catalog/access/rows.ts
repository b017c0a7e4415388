import type { JsonValue } from '../../schemas/kernel/context.ts';

/* Which rows: conditions as data, never as SQL text, so that they can be checked, compared and explained. */

type Scalar = string | number | boolean;

export type Condition =
  | { readonly kind: 'equals'; readonly item: string; readonly value: Scalar }
  | { readonly kind: 'one-of'; readonly item: string; readonly values: readonly Scalar[] }
  /** Both ends belong to it. Days (`YYYY-MM-DD`) with days, numbers with numbers, also where they are text. */
  | { readonly kind: 'between'; readonly item: string; readonly from: string | number; readonly to: string | number }
  /** A region code of 6, 9 or 12 digits, and what lies in it. */
  | { readonly kind: 'region-within'; readonly item: string; readonly region: string };

export type RowPredicate =
  | Condition
  | { readonly kind: 'every' | 'some'; readonly of: readonly RowPredicate[] }
  | { readonly kind: 'not'; readonly of: RowPredicate };

export type Row = Readonly<Record<string, JsonValue | undefined>>;

export const EVERY_ROW: RowPredicate = { kind: 'every', of: [] };

/**
 * Whether a row is meant, with the three answers of SQL. null: it cannot be said, because the value is missing or of another
 * kind than the condition. Who gives out rows gives those with `true` alone; what is forbidden unless known stays so.
 */
export function isMeant(predicate: RowPredicate, row: Row): boolean | null {
  switch (predicate.kind) {
    case 'every':
      return first(predicate.of, row, false);
    case 'some':
      return first(predicate.of, row, true);
    case 'not': {
      const inner = isMeant(predicate.of, row);
      return inner === null ? null : !inner;
    }
    default:
      return isMet(predicate, Object.hasOwn(row, predicate.item) ? row[predicate.item] : undefined);
  }
}

/** The answer that settles it, if any part gives it; unknown, if any part is. */
function first(parts: readonly RowPredicate[], row: Row, settles: boolean): boolean | null {
  let answer: boolean | null = !settles;
  for (const part of parts) {
    const one = isMeant(part, row);
    if (one === settles) return settles;
    if (one === null) answer = null;
  }
  return answer;
}

function isMet(condition: Condition, value: JsonValue | undefined): boolean | null {
  if (value === undefined || value === null || typeof value === 'object') return null;
  switch (condition.kind) {
    case 'equals':
      return isSame(condition.value, value);
    case 'one-of': {
      const answers = condition.values.map((one) => isSame(one, value));
      return answers.includes(true) ? true : answers.includes(null) ? null : false;
    }
    case 'between': {
      const [low, high] = [order(condition.from, value), order(value, condition.to)];
      return low === null || high === null ? null : low <= 0 && high <= 0;
    }
    case 'region-within':
      return liesIn(value, condition.region);
  }
}

/** null: they are of different kinds. */
export const isSame = (left: JsonValue, right: JsonValue): boolean | null =>
  left === null || typeof left === 'object' || typeof left !== typeof right ? null : left === right;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** More digits than any figure has are no number. */
const DECIMAL = /^(-?)(\d{1,40})(?:\.(\d{0,40}))?$/;

/** Less than 0: the first is smaller. Exact, however many digits; null: they have no order. */
function order(left: Scalar, right: Scalar): number | null {
  const [a, b] = [String(left), String(right)];
  if (DAY.test(a) && DAY.test(b)) return compare(a, b);
  if (typeof left === 'number' && typeof right === 'number' && !Number.isNaN(left - right)) return left - right;
  const [x, y] = [DECIMAL.exec(a), DECIMAL.exec(b)];
  if (x === null || y === null) return null;
  const [sizeX, sizeY] = [sizeOf(x), sizeOf(y)];
  const [signX, signY] = [signOf(x), signOf(y)];
  if (signX !== signY) return signX - signY;
  return (
    signX * (sizeX.whole.length - sizeY.whole.length || compare(sizeX.whole + sizeX.part, sizeY.whole + sizeY.part))
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const sizeOf = ([, , whole = '', part = '']: RegExpExecArray): { readonly whole: string; readonly part: string } => ({
  whole: whole.replace(/^0+/, ''),
  part: part.replace(/0+$/, ''),
});
const signOf = ([, minus, whole = '', part = '']: RegExpExecArray): number =>
  /^0*$/.test(whole + part) ? 0 : minus === '-' ? -1 : 1;

const REGION = /^\d{6}(?:\d{3}(?:\d{3})?)?$/;
/** Of 630100 the first four digits, of 630102001000 the first nine. */
const EMPTY_LEVELS = /^(\d{2}(?=0000(?:000)*$)|\d{4}(?=00(?:000)*$)|\d{6}(?=(?:000)*$)|\d{9}(?=(?:000)*$)|\d{12}$)/;

function liesIn(value: Scalar, region: string): boolean | null {
  if (typeof value !== 'string' || !REGION.test(value) || !REGION.test(region)) return null;
  return value.startsWith(EMPTY_LEVELS.exec(region)?.[0] ?? region);
}
