/*
 * Makes numbers; it shares no code with the pipelines that judge them, so that a mistake on one side shows.
 * Sources: GB 11643-1999, GB 11714-1997, GB 32100-2015, GS15-2006.
 */

const CITIZEN_CHECKS = '10X98765432';

/** @param body 17 digits. @returns 18 characters. */
export function citizenNumber(body: string): string {
  let p = 0;
  for (let i = 0; i < 17; i++) p = ((p + body.charCodeAt(i) - 48) * 2) % 11;
  return body + CITIZEN_CHECKS[p]!;
}

const ORGANISATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];
const value36 = (code: number): number => (code < 58 ? code - 48 : code - 55);

/** @param body 8 characters of 0-9, A-Z. @returns 9 characters without the hyphen. */
export function organisationCode(body: string): string {
  let sum = 0;
  for (let i = 0; i < 8; i++) sum += value36(body.charCodeAt(i)) * ORGANISATION_WEIGHTS[i]!;
  const check = 11 - (sum % 11);
  return body + (check === 10 ? 'X' : check === 11 ? '0' : String(check));
}

/** Values by position; no I, O, Z, S, V. */
export const ALPHABET_31 = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const VALUES_31 = new Map([...ALPHABET_31].map((letter, value) => [letter, value]));

/** @param body 17 characters: class (2), region (6), organisation code (9). @returns 18 characters. */
export function creditCode(body: string): string {
  let sum = 0;
  let weight = 1;
  for (let i = 0; i < 17; i++) {
    sum += VALUES_31.get(body[i]!)! * weight;
    weight = (weight * 3) % 31;
  }
  return body + ALPHABET_31[(31 - (sum % 31)) % 31]!;
}

/** @param body 14 digits: registrar (6), sequence (8). @returns 15 digits. */
export function registrationNumber(body: string): string {
  let p = 10;
  for (let i = 0; i < 14; i++) {
    const s = (p + body.charCodeAt(i) - 48) % 10;
    p = ((s === 0 ? 10 : s) * 2) % 11;
  }
  return body + String((11 - p) % 10);
}

/** The same number with a check character that does not hold. */
export function breakCheck(number: string): string {
  const last = number.at(-1)!;
  const wrong = last >= '0' && last <= '8' ? String(Number(last) + 1) : last === '9' ? '0' : '1';
  return number.slice(0, -1) + wrong;
}
