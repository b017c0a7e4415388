/** A cell as a reader of spreadsheets gives it: text exact as stored, its kind, and for a number whether it is a date. */
export type Cell =
  | { readonly kind: 'text'; readonly text: string }
  /** `text`: as stored in the file, a double with up to 17 digits. */
  | { readonly kind: 'number'; readonly text: string }
  /** `YYYY-MM-DD`, with ` HH:MM:SS` when the time is not midnight; `HH:MM:SS` for a time of day or one that has passed. */
  | { readonly kind: 'date'; readonly text: string }
  | { readonly kind: 'boolean'; readonly text: string }
  /** `#N/A` and the like, or a formula whose value the workbook does not have. */
  | { readonly kind: 'error'; readonly text: string };

/** What stands for the value of a formula that was written by a program and never calculated. */
export const UNCALCULATED = 'a formula without a stored value: have the workbook opened and saved in Excel';

/** Cells of one row by column from 0; rows come in order, empty ones may be left out. */
export interface SheetRow {
  /** From 1. */
  readonly number: number;
  readonly cells: ReadonlyMap<number, Cell>;
}

/** A range of merged cells, inclusive, rows from 1 and columns from 0. */
export interface Merge {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/** `BC12` as column 54, row 12. null when it is no reference. */
export function parseReference(text: string): { readonly column: number; readonly row: number } | null {
  const parts = /^\$?([A-Z]{1,3})\$?(\d{1,7})$/.exec(text);
  if (parts === null) return null;
  let column = 0;
  for (const letter of parts[1] as string) column = column * 26 + letter.charCodeAt(0) - 64;
  return { column: column - 1, row: Number(parts[2]) };
}

export const columnName = (column: number): string => {
  let name = '';
  for (let left = column + 1; left > 0; left = Math.floor((left - 1) / 26))
    name = String.fromCharCode(65 + ((left - 1) % 26)) + name;
  return name;
};

/** Digits that a double keeps for sure. */
const SAFE_DIGITS = 15;

/** A number as people mean it: no exponent, and no digits that only the double added (`0.1` stored as `0.10000000000000001`). */
export function plainNumber(stored: string): string {
  const number = Number(stored);
  if (!Number.isFinite(number)) return stored;
  const short =
    Number.isInteger(number) && Math.abs(number) < 10 ** SAFE_DIGITS
      ? String(number)
      : String(Number(number.toPrecision(SAFE_DIGITS)));
  return short.includes('e') ? expand(short) : short === '-0' ? '0' : short;
}

function expand(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?e([+-]?\d+)$/.exec(text) ?? [];
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + '0'.repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Whether an integer has more digits than a double keeps: an identity number typed as a number. */
export const hasLostDigits = (stored: string): boolean => {
  const number = Number(stored);
  return Number.isInteger(number) && Math.abs(number) >= 10 ** SAFE_DIGITS;
};

const DAY_MS = 86_400_000;
/** Excel believes in 29 February 1900: day 60 is no day, and those before it are one too high. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);

/** A serial day of Excel. null for what is no day of the years 1900 to 9999. */
export function serialDate(serial: number, is1904: boolean): string | null {
  const days = is1904 || serial >= 61 ? serial : serial + 1;
  if (!(serial >= 0 && serial < 2_958_466) || (!is1904 && Math.floor(serial) === 60)) return null;
  const ms = Math.round(days * 86_400) * 1_000 + (is1904 ? EPOCH_1904 : EPOCH_1900);
  const iso = new Date(ms).toISOString();
  return ms % DAY_MS === 0 ? iso.slice(0, 10) : iso.slice(0, 19).replace('T', ' ');
}
