import type { Attributes, Issue, LinkKey } from '../record.ts';
import { isDistrusted } from '../rules.ts';

const NO_KEYS: readonly LinkKey[] = Object.freeze([]);

/** Foreigners' permanent residence cards and the permits of Hong Kong, Macao and Taiwan number in the same 18 digits. */
function schemeOf(number: string): string {
  if (number.startsWith('9')) return 'residence-card';
  return number.startsWith('8') ? 'residence-permit' : 'citizen';
}

/**
 * The only deterministic key of a person is a number that passed all its rules. A number upgraded from 15 digits gives
 * the same key; its weaker proof is the veto's business.
 */
export function populationLinkKeys(attributes: Attributes, issues: readonly Issue[]): readonly LinkKey[] {
  const number = attributes.citizenNumber;
  if (typeof number !== 'string' || number.length !== 18 || isDistrusted(issues, 'citizenNumber')) return NO_KEYS;
  return [{ scheme: schemeOf(number), value: number }];
}
