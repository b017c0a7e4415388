const MONTH_AND_DAY = '(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])';
const DIGITS_18 = `[1-9]\\d{5}(?:18|19|20)\\d{2}${MONTH_AND_DAY}\\d{3}[\\dXx]`;
const DIGITS_15 = `[1-9]\\d{7}${MONTH_AND_DAY}\\d{3}`;
/** 18 characters with a birth date, or 15 with a short one, and tax numbers made of them, among whatever is no digit. */
const CITIZEN_NUMBER = new RegExp(`(?<!\\d)(?:${DIGITS_18}(?:\\d{2})?|${DIGITS_15}(?:\\d{2}|\\d{5})?)(?!\\d)`, 'g');
/** 15 digits alone may as well be the registration or the tax number of an enterprise. */
const CITIZEN = new RegExp(`^(?:${DIGITS_18}(?:\\d{2})?|${DIGITS_15}(?:\\d{2}|\\d{5}))$`);
/** Card numbers that banks give: 16 to 19 digits with a check digit (Luhn). */
const CARD_NUMBER = /(?<![\dA-Za-z])[3-6]\d{15,18}(?![\dA-Za-z])/g;
const MOBILE_NUMBER = /(?<![\dA-Za-z.])1[3-9]\d{9}(?![\dA-Za-z])/g;
const FEWEST_DIGITS = /\d{11}/;

/** What is hidden of an identifier, at least: a thousand of them look alike then. */
const LEAST_HIDDEN = 3;
const SHOWN_HEAD = 6;
const NOTHING: ReadonlySet<string> = new Set();

/** The characters at its beginning and its end, and a star for each one between them: at least one. */
export function keep(characters: readonly string[], head: number, tail: number): string {
  const hidden = Math.max(1, characters.length - head - tail);
  return characters.slice(0, head).join('') + '*'.repeat(hidden) + characters.slice(characters.length - tail).join('');
}

/** The first six characters, which tell a county; of a short one a quarter. */
export function maskIdentifier(text: string): string {
  const characters = [...text];
  const head = characters.length >= 15 ? SHOWN_HEAD : Math.floor(characters.length / 4);
  return keep(characters, Math.max(0, Math.min(head, characters.length - LEAST_HIDDEN)), 0);
}

/** A citizen number of 18 characters, or a tax number that was made of one of 15 or 18. */
export const isCitizenNumber = (text: string): boolean => CITIZEN.test(text);

export const maskPhone = (text: string): string => {
  const characters = [...text];
  return characters.length >= 11 ? keep(characters, 3, 4) : keep(characters, 0, 2);
};

function isCardNumber(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, double = false; at >= 0; at--, double = !double) {
    const digit = Number(digits[at]);
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

/**
 * Any text without the numbers of people in it: citizen numbers and what is made of them, cards of banks, mobile phones.
 * @param known numbers that are shown anyway: an old tax number looks like a citizen number of 15 digits.
 */
export function maskNumbersIn(text: string, known: ReadonlySet<string> = NOTHING): string {
  if (!FEWEST_DIGITS.test(text)) return text;
  const unless = (found: string, masked: (number: string) => string): string =>
    known.has(found) ? found : masked(found);
  return text
    .replace(CITIZEN_NUMBER, (found) => unless(found, maskIdentifier))
    .replace(CARD_NUMBER, (found) => (isCardNumber(found) ? unless(found, maskIdentifier) : found))
    .replace(MOBILE_NUMBER, (found) => unless(found, maskPhone));
}

/** Values of a row as texts quote them, with what is shown instead: the longest first. */
export type Quoted = readonly (readonly [value: string, shown: string])[];

/** A text about a row without what is hidden of it: numbers of people, and the row's own values wherever they occur. */
export const maskQuoted = (text: string, quoted: Quoted, known: ReadonlySet<string> = NOTHING): string =>
  quoted.reduce((rest, [value, shown]) => rest.replaceAll(value, shown), maskNumbersIn(text, known));

const QUOTED = /"[^"]*"/g;
const DAY = /\d{4}-\d{2}-\d{2}/g;
const HAN = /\p{Script=Han}[\p{Script=Han}\u00b7]+/gu;

/** A finding that may quote the value it is about, which is hidden: quoted text and dates are left out too. */
export const maskFinding = (message: string): string =>
  maskNumbersIn(message).replaceAll(QUOTED, '"…"').replaceAll(DAY, '****-**-**');

/** Of Chinese words, which may be names, the first characters are left. */
export const maskWords = (text: string): string => text.replaceAll(HAN, (word) => keep([...word], 1, 0));
