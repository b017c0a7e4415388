import { parseCitizenNumber } from './citizen-number.ts';
import { isOrganisationCodeAt } from './organisation-code.ts';
import { foldCode, isConstant } from './text.ts';
import { parseUscc } from './uscc.ts';

/** `opaque` numbers have an allowed length and no check that anybody could make. */
export interface TaxNumber {
  readonly ok: true;
  readonly number: string;
  readonly form: 'uscc' | 'citizen' | 'citizen-15' | 'organisation' | 'opaque';
  /** Nine characters; compare these and not the region before them, which may have been recoded. */
  readonly organisationCode: string | null;
}

export interface NoTaxNumber {
  readonly ok: false;
  readonly reason: 'length' | 'characters' | 'check' | 'blocked';
  readonly normalised: string;
}

const taken = (number: string, form: TaxNumber['form'], organisationCode: string | null = null): TaxNumber => ({
  ok: true,
  number,
  form,
  organisationCode,
});

const isAlphanumeric = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (!((code >= 48 && code <= 57) || (code >= 65 && code <= 90))) return false;
  }
  return true;
};

/** Whether a document number is a citizen's; 15 digits have no check, so the date and the area must speak for them. */
const isCitizen = (number: string): boolean => {
  const parsed = parseCitizenNumber(number);
  return parsed.ok || parsed.reason === 'century-review';
};

/**
 * Tax registration number. 18: credit code, else citizen number. 20: citizen number (18) and two digits, or 15 digits and
 * five zeros. 17: 15 digits and two. 15: region (6) and organisation code (9), else opaque.
 */
export function parseTaxNumber(raw: string): TaxNumber | NoTaxNumber {
  const number = foldCode(raw).replace(/-/g, '');
  const { length } = number;
  if (length !== 15 && length !== 17 && length !== 18 && length !== 20) {
    return { ok: false, reason: 'length', normalised: number };
  }
  if (!isAlphanumeric(number)) return { ok: false, reason: 'characters', normalised: number };
  if (isConstant(number)) return { ok: false, reason: 'blocked', normalised: number };
  if (length === 18) {
    const uscc = parseUscc(number);
    if (uscc.ok) return taken(number, 'uscc', uscc.organisationCode);
    return isCitizen(number) ? taken(number, 'citizen') : { ok: false, reason: 'check', normalised: number };
  }
  if (length === 20) {
    if (number.endsWith('00000') && isCitizen(number.slice(0, 15))) return taken(number, 'citizen-15');
    return isCitizen(number.slice(0, 18))
      ? taken(number, 'citizen')
      : { ok: false, reason: 'check', normalised: number };
  }
  if (length === 17) return taken(number, isCitizen(number.slice(0, 15)) ? 'citizen-15' : 'opaque');
  return isOrganisationCodeAt(number, 6) ? taken(number, 'organisation', number.slice(6)) : taken(number, 'opaque');
}

/** Whether it may be the number of a person. Of 15 digits that fit an area and a day nothing tells that they are an enterprise's. */
export function mayBePersonal(taxNumber: string): boolean {
  const parsed = parseTaxNumber(taxNumber);
  return parsed.ok && (parsed.form.startsWith('citizen') || (parsed.number.length === 15 && isCitizen(parsed.number)));
}
