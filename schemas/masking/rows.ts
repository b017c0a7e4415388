import type { AttributeDescription } from '../base.ts';
import type { JsonValue } from '../kernel/context.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { maskNumbersIn, maskQuoted } from './texts.ts';
import { HIDDEN, hidesAnything, quotedValues, shownValues } from './values.ts';

export interface MaskedBase {
  readonly attributes: Readonly<Record<string, AttributeDescription>>;
  /** Its rows are people: files may be called after them. */
  readonly people?: true | undefined;
  /** Without them a hidden key is `****`. */
  readonly pseudonyms?: Pseudonyms | undefined;
}

export interface KeyedRow {
  readonly system: string;
  readonly stream: string;
  /** As it is stored: parts with U+001F between them. */
  readonly sourceKey: string;
  /** Of the row; a row of which nothing is known tells nothing. */
  readonly attributes: Readonly<Record<string, JsonValue | undefined>>;
}

const SEPARATOR = '\u001f';
/** Names of tables and files as programs make them, with a day at most. */
const PLAIN_PLACE = /^[A-Za-z](?:[A-Za-z_.-]|(?<!\d)\d{1,8}(?!\d))*$/;
const LINE = /^\d{1,9}$/;

/**
 * The key of a row as somebody without a grant may see it. In a base that hides anything it is shown when it says only what
 * the row shows anyway, such as a credit code; otherwise a pseudonym stands for it, because it may be a number that only its
 * source knows for what it is.
 */
export function shownKey(base: MaskedBase, row: KeyedRow): string {
  const parts = row.sourceKey.split(SEPARATOR);
  const shown = shownValues(base.attributes, row.attributes);
  if (!hidesAnything(base.attributes)) return maskNumbersIn(parts.join(' / '), shown);
  if (parts.every((part) => shown.has(part))) return parts.join(' / ');
  return base.pseudonyms?.of(`${row.system}/${row.stream} ${row.sourceKey}`) ?? HIDDEN;
}

/**
 * Where a row stands at its source (`table#key`, `file#line`), likewise: with the key as it is shown, without values that are
 * hidden of the row, and without the name of a file that may be called after a person.
 */
export function shownOrigin(base: MaskedBase, row: KeyedRow, origin: string): string {
  const known = shownValues(base.attributes, row.attributes);
  if (!hidesAnything(base.attributes)) return maskNumbersIn(origin, known);
  const at = origin.indexOf('#');
  const [place, rest] = at < 0 ? [origin, ''] : [origin.slice(0, at), origin.slice(at + 1)];
  const masked = maskQuoted(place, quotedValues(base.attributes, row.attributes), known);
  const isTold = masked === place && (base.people !== true || PLAIN_PLACE.test(place));
  const where = isTold ? place : hiddenName(place);
  return at < 0 ? where : `${where}#${within(base, row, rest)}`;
}

function within(base: MaskedBase, row: KeyedRow, rest: string): string {
  // Of several records that a row becomes each has the key of the row with a name of its own behind it.
  if (rest === row.sourceKey || row.sourceKey.startsWith(`${rest}#`)) return shownKey(base, row);
  return LINE.test(rest) ? rest : HIDDEN;
}

/** Its ending tells what kind of file it is. */
const hiddenName = (name: string): string => `${HIDDEN}${/\.[A-Za-z]{1,8}$/.exec(name)?.[0] ?? ''}`;
