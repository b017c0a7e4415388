import { MEASURES } from './measures.ts';
import { foldWidth } from './text.ts';
import { type Decimal, parseDecimal } from './units.ts';

/** How brackets around a number are meant: as accountants write a negative one, or as a mark to be kept. */
export type Brackets = 'negative' | 'mark';

/** One cell of a statistical table: a number, a sign for a missing one, and the marks beside it. */
export interface FigureCell {
  readonly number: Decimal | null;
  /** Code of SDMX CL_OBS_STATUS; `R` (revised) is ours. */
  readonly status: string;
  /** Marks as they are printed, for the footnote that they point to; null when there is none. */
  readonly mark: string | null;
}

/** Why a cell is no figure, to be followed by what it is in. */
export interface NoFigure {
  readonly problem: string;
}

const signs = (status: string, ...texts: readonly string[]): readonly (readonly [string, string])[] =>
  texts.map((text) => [text, status] as const);
/**
 * What tables print where there is no number; none of them is zero. Yearbooks explain their signs in their own notes: these
 * are the usual ones. N: less than the smallest unit shown; M: there is no such thing; O: not available; Q: withheld.
 */
const MISSING: ReadonlyMap<string, string> = new Map([
  ...signs('N', '…', '……', '...', '......'),
  ...signs('M', '-', '--', '‐', '–', '––', '—', '——', '―', '−', '无'),
  ...signs('O', '..', '空', 'N/A', 'n/a', 'NA', 'n.a.', '#N/A', 'NULL', ':', '#', '不详', '缺', '暂缺'),
  ...signs('Q', 'x', 'X', '×', 'c', 'C', '**', '***', '(D)', '保密'),
]);

const STATUS_MARKS: Readonly<Record<string, string>> = {
  ...{ p: 'P', r: 'R', e: 'E', f: 'F', b: 'B', u: 'U' },
  ...{ 初步: 'P', 初步数: 'P', 初步核算: 'P', 快报: 'P', 修订: 'R', 修订数: 'R', 调整: 'R', 估计: 'E', 估计数: 'E' },
  ...{ 预计: 'F', 预测: 'F' },
};
const FOOTNOTE =
  '(?:[*†‡§#△▲]|[\\u2460-\\u2473\\u2474-\\u2487\\u00b9\\u00b2\\u00b3\\u2070-\\u2079]|\\[\\w{1,3}\\]|\\((?:注?\\d{1,2}|注)\\)|注\\d{0,2})';
const AFTER = new RegExp(
  `^(.*\\S)\\s*(?:(${FOOTNOTE})|\\((\\p{Script=Han}{2,4}|[a-z])\\)|(?<!\\p{L})([prefbu]))$`,
  'iu',
);
const BEFORE = /^(?:\(([a-z])\)|([prefbu]))\s*(?=[+\-\u2212\u2013]?[\d.])/iu;
const IN_BRACKETS = /^\(([\d.,\s\u00a0\u2009\u202f]+)\)(.*)$/u;
const NUMBER_AND_UNIT = /^([¥￥$]|US\$)?\s*([^\p{L}%‰$]*\d\.?)\s*([\p{L}%‰]*)$/u;
const CURRENCIES: Readonly<Record<string, string>> = { '¥': 'CNY', '￥': 'CNY', $: 'USD', US$: 'USD' };

/** Whether a unit beside the number is that of the column: `万` in a column of 万元 is, `%` and `亿元` are not. */
function isOwnUnit(said: string, column: string): boolean {
  const plain = said.replace(/^个(?=百分点$)/, '');
  if (plain === column) return true;
  const scale = /^[百千万亿]+/.exec(column)?.[0];
  if (scale !== undefined && plain === scale) return true;
  const [own, wanted] = [MEASURES[plain], MEASURES[column]];
  return (
    own !== undefined &&
    wanted !== undefined &&
    own.unit === wanted.unit &&
    own.times * wanted.per === wanted.times * own.per
  );
}

/**
 * Reads a cell of a column whose unit is `column`. Marks do not take the value away: `5000*`, `6000(p)`, `7000①`, `r7`.
 * Minus signs and blanks between groups of three are read in every form in which they are printed.
 * @param brackets what `(12.5)` means; without it nobody can say, and it is no figure.
 */
export function parseFigureCell(raw: string, column: string, brackets: Brackets | null = null): FigureCell | NoFigure {
  let text = foldWidth(raw).trim();
  const sign = MISSING.get(text) ?? MISSING.get(raw);
  if (sign !== undefined) return { number: null, status: sign, mark: text };
  const plain = parseDecimal(text);
  if (plain !== null) return { number: plain, status: 'A', mark: null };

  let status = 'A';
  const marks: string[] = [];
  const before = BEFORE.exec(text);
  if (before !== null) {
    status = STATUS_MARKS[(before[1] ?? before[2] ?? '').toLowerCase()] ?? status;
    marks.push(before[0].trim());
    text = text.slice(before[0].length);
  }
  for (let found = AFTER.exec(text); found !== null; found = AFTER.exec(text)) {
    const [, rest = '', footnote, inside, letter] = found as unknown as (string | undefined)[];
    const known = STATUS_MARKS[(inside ?? letter ?? '').toLowerCase()];
    if (footnote === undefined && known === undefined) break;
    status = known ?? status;
    marks.unshift(text.slice(rest.length).trim());
    text = rest;
  }
  const bracketed = IN_BRACKETS.exec(text);
  if (bracketed !== null) {
    if (brackets === null)
      return {
        problem: `may be a negative number or a marked one: write value(${column},brackets=negative) or value(${column},brackets=mark)`,
      };
    if (brackets === 'mark') marks.unshift('()');
    text = `${brackets === 'negative' ? '-' : ''}${bracketed[1]}${bracketed[2]}`;
  }
  const [, currency, digits, said = ''] = (NUMBER_AND_UNIT.exec(text) ?? []) as (string | undefined)[];
  const number = digits === undefined ? null : parseDecimal(digits);
  if (number === null) return { problem: `is no number in ${column}` };
  const money = currency === undefined ? null : CURRENCIES[currency];
  if ((money !== null && MEASURES[column]?.unit !== money) || (said !== '' && !isOwnUnit(said, column)))
    return { problem: `says ${said === '' ? currency : said}, the column ${column}` };
  return { number, status, mark: marks.length === 0 ? null : marks.join('') };
}
