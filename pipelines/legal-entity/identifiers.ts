import type { Attributes } from '../record.ts';
import { parseOrganisationCode } from '../standards/organisation-code.ts';
import { parseUscc } from '../standards/uscc.ts';

/** PDY codes are for use inside one system and identify nothing outside it. */
const isInternal = (code: string): boolean => code.startsWith('PDY');

export const isExchangeable = (code: string): boolean => !isInternal(code) && parseOrganisationCode(code).ok;

/** Characters 9 to 17 of a credit code. */
export const codeInUscc = (uscc: string): string => uscc.slice(8, 17);

/**
 * The organisation code inside a tax number: all of a credit code (18), or 6 characters of region before the code (15).
 * null for the forms of sole traders and for opaque numbers.
 */
export function codeInTaxNumber(number: string): string | null {
  if (number.length === 18) return parseUscc(number).ok ? codeInUscc(number) : null;
  const code = number.slice(6);
  return number.length === 15 && isExchangeable(code) ? code : null;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** The organisation code of a record, declared or inside its credit code; not checked. */
export function codeOf(attributes: Attributes): string | null {
  const uscc = text(attributes.uscc);
  return text(attributes.organisationCode) ?? (uscc?.length === 18 ? codeInUscc(uscc) : null);
}
