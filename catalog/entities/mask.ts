import type { AttributeDescription } from '../../schemas/base.ts';
import type { JsonValue } from '../../schemas/kernel/context.ts';

export interface Shown {
  readonly value: JsonValue;
  readonly masked: boolean;
}

const HIDDEN = '****';
const NOTHING: ReadonlySet<string> = new Set();
const MONTH_AND_DAY = '(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])';
const DIGITS_18 = `[1-9]\\d{5}(?:18|19|20)\\d{2}${MONTH_AND_DAY}\\d{3}[\\dXx]`;
const DIGITS_15 = `[1-9]\\d{7}${MONTH_AND_DAY}\\d{3}`;
/** Also with the digits that make a tax number of 17 or 20 characters of it. */
const CITIZEN = new RegExp(`^(?:${DIGITS_18}(?:\\d{2})?|${DIGITS_15}(?:\\d{2}|\\d{5}))$`);
/** 18 characters with a birth date, or 15 with a short one, and tax numbers made of them, among whatever is no digit. */
const CITIZEN_NUMBER = new RegExp(`(?<!\\d)(?:${DIGITS_18}(?:\\d{2})?|${DIGITS_15}(?:\\d{2}|\\d{5})?)(?!\\d)`, 'g');

/**
 * A value as somebody without a grant may see it, so that it and the year of birth leave thousands whom it could be. Level 3:
 * identifiers keep the first six characters, which tell a county, short ones a quarter; anything else is hidden. Level 2: names keep the first character, addresses the first six, telephone numbers three and
 * four, dates the year, because a birth date would complete a masked citizen number. Codes of level 2 are shown.
 */
export function maskValue(name: string, { type, sensitivity }: AttributeDescription, value: JsonValue): Shown {
  if (value === null || value === '') return { value, masked: false };
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (sensitivity === 1) {
    // The tax number of a person in business is the citizen number.
    const isCitizen = type === 'identifier' && CITIZEN.test(text);
    return isCitizen ? { value: maskIdentifier(text), masked: true } : { value, masked: false };
  }
  if (sensitivity === 3) return { value: type === 'identifier' ? maskIdentifier(text) : HIDDEN, masked: true };
  if (type === 'date') return { value: `${text.slice(0, 4)}-**-**`, masked: true };
  if (type !== 'text') return { value, masked: false };
  return { value: maskText(name, text), masked: true };
}

/** A value that one of these rules is about stays in its base, whoever asks: too few have reported it. */
const UNPUBLISHED_RULES: ReadonlySet<string> = new Set(['M30']);
export const isUnpublished = (rule: string): boolean => UNPUBLISHED_RULES.has(rule);
export const UNPUBLISHED: Shown = { value: HIDDEN, masked: true };

/** What is hidden of an identifier, at least: a thousand of them look alike then. */
const LEAST_HIDDEN = 3;

function maskIdentifier(text: string): string {
  const characters = [...text];
  const head = characters.length >= 15 ? 6 : Math.floor(characters.length / 4);
  return keep(characters, Math.max(0, Math.min(head, characters.length - LEAST_HIDDEN)), 0);
}

function maskText(name: string, text: string): string {
  const characters = [...text];
  if (/name$/i.test(name)) return keep(characters, 1, 0);
  if (/phone$/i.test(name)) return keep(characters, characters.length >= 11 ? 3 : 0, characters.length >= 11 ? 4 : 2);
  return keep(characters, Math.min(6, Math.floor(characters.length / 2)), 0);
}

function keep(characters: readonly string[], head: number, tail: number): string {
  const hidden = Math.max(1, characters.length - head - tail);
  return characters.slice(0, head).join('') + '*'.repeat(hidden) + characters.slice(characters.length - tail).join('');
}

/**
 * Text that may quote an identity number: keys of source rows, places of rows, messages.
 * @param known numbers that are shown anyway: an old tax number looks like a citizen number of 15 digits.
 */
export const maskNumbersIn = (text: string, known: ReadonlySet<string> = NOTHING): string =>
  text.replace(CITIZEN_NUMBER, (found) => (known.has(found) ? found : maskIdentifier(found)));

/** Shorter values are in half of all texts. */
const SHORTEST_QUOTED = 2;

/** Values of a row as texts quote them, with what is shown instead: the longest first. */
export function quotedValues(
  attributes: Readonly<Record<string, AttributeDescription>>,
  values: Readonly<Record<string, JsonValue | undefined>>,
): readonly (readonly [value: string, shown: string])[] {
  return Object.entries(values)
    .flatMap(([name, value]) => {
      const spec = attributes[name];
      if (spec === undefined || typeof value !== 'string' || value.length < SHORTEST_QUOTED) return [];
      const { value: shown, masked } = maskValue(name, spec, value);
      return masked ? [[value, String(shown)] as const] : [];
    })
    .sort(([a], [b]) => b.length - a.length);
}

/** A text about a row without what is hidden of it: identity numbers, and the row's own values wherever they occur. */
export const maskQuoted = (
  text: string,
  quoted: readonly (readonly [string, string])[],
  known: ReadonlySet<string> = NOTHING,
): string => quoted.reduce((rest, [value, shown]) => rest.replaceAll(value, shown), maskNumbersIn(text, known));

/** Keys and places of rows of people: they may be numbers that only their source knows for what they are. */
export const HIDDEN_KEY = HIDDEN;

/** A finding on a personal attribute may quote the value it is about: quoted text and dates are left out too. */
export const maskFinding = (message: string): string =>
  maskNumbersIn(message)
    .replaceAll(/"[^"]*"/g, '"…"')
    .replaceAll(/\d{4}-\d{2}-\d{2}/g, '****-**-**');
