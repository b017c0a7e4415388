import { isOrganisationCodeAt } from './organisation-code.ts';
import { regionKnown } from './regions.ts';
import { foldCode, isConstant } from './text.ts';

/** GB 32100-2015: department (1), class (1), region of the registering authority (6), organisation code (9), check (1). */
export interface Uscc {
  readonly ok: true;
  readonly code: string;
  readonly department: string;
  /** Department and class, such as `91`. */
  readonly entityClass: string;
  readonly region: string;
  readonly organisationCode: string;
}

export interface NoUscc {
  readonly ok: false;
  readonly reason: 'length' | 'characters' | 'check' | 'department' | 'region' | 'organisation-code' | 'blocked';
  readonly normalised: string;
  /** With reason `check`: everything else holds, so a person may accept it; some genuine early codes are like that. */
  readonly overridable?: boolean;
}

/** Values by position: no I, O, S, V, Z. */
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const VALUES: readonly number[] = Array.from({ length: 91 }, (_, code) => ALPHABET.indexOf(String.fromCharCode(code)));
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28] as const;

const CLASSES: Readonly<Record<string, string>> = {
  '1': '1239',
  '2': '19',
  '3': '123459',
  '4': '19',
  // 4 and 5, committees of villages and of residents, are met in practice; the printed table has them not: ask the department.
  '5': '123459',
  '6': '129',
  '7': '129',
  '8': '19',
  '9': '123',
  A: '19',
  N: '1239',
  Y: '1',
};
/** The region of authorities of the country as a whole. */
const NATIONAL = '100000';

/** Genuine codes that were issued with another check character. */
const KNOWN_NONCONFORMING = new Set(['91350211M0000XUF46', '91350100M0001TGQXM']);
export const isKnownNonconforming = (code: string): boolean => KNOWN_NONCONFORMING.has(code);

/** Whether the pair of department and class exists: `91` a company, `92` a sole trader, `53` a foundation. */
export const isEntityClass = (pair: string): boolean =>
  pair.length === 2 && CLASSES[pair[0]!]?.includes(pair[1]!) === true;

/** Sole traders (92) have a credit code without being legal persons. */
export const isLegalPerson = (entityClass: string): boolean => entityClass !== '92';

const isWellPlaced = (code: string): boolean => {
  const region = code.slice(2, 8);
  return isEntityClass(code.slice(0, 2)) && (region === NATIONAL || regionKnown(region));
};

/** The first of: length, characters, blocked (constant), check, department, region (any period), organisation code. */
export function parseUscc(raw: string): Uscc | NoUscc {
  const code = foldCode(raw);
  if (code.length !== 18) return { ok: false, reason: 'length', normalised: code };
  let sum = 0;
  for (let i = 0; i < 18; i++) {
    const value = VALUES[code.charCodeAt(i)] ?? -1;
    if (value < 0) return { ok: false, reason: 'characters', normalised: code };
    if (i < 17) sum += value * WEIGHTS[i]!;
  }
  if (isConstant(code)) return { ok: false, reason: 'blocked', normalised: code };
  if (ALPHABET[(31 - (sum % 31)) % 31] !== code[17]) {
    return { ok: false, reason: 'check', normalised: code, overridable: isWellPlaced(code) };
  }
  const entityClass = code.slice(0, 2);
  if (!isEntityClass(entityClass)) return { ok: false, reason: 'department', normalised: code };
  const region = code.slice(2, 8);
  if (region !== NATIONAL && !regionKnown(region)) return { ok: false, reason: 'region', normalised: code };
  if (!isOrganisationCodeAt(code, 8)) return { ok: false, reason: 'organisation-code', normalised: code };
  return { ok: true, code, department: code[0]!, entityClass, region, organisationCode: code.slice(8, 17) };
}
