import type { Attributes, Issue, LinkKey } from '../record.ts';
import { isDistrusted } from '../rules.ts';
import { parseUscc } from '../standards/uscc.ts';
import { codeInTaxNumber, codeInUscc, isExchangeable } from './identifiers.ts';

function add(keys: LinkKey[], scheme: string, value: string): void {
  if (!keys.some((key) => key.scheme === scheme && key.value === value)) keys.push({ scheme, value });
}

function trusted(attributes: Attributes, issues: readonly Issue[], attribute: string): string | null {
  const value = attributes[attribute];
  return typeof value === 'string' && value !== '' && !isDistrusted(issues, attribute) ? value : null;
}

/**
 * Strongest first: uscc, org, reg, tax. The organisation code comes from its own column, from the credit code, and from
 * the tax number that embeds one. A tax number that is a credit code gives that code's keys and no tax key. A number that
 * may be a citizen's (L09) gives none: one person can stand behind many entities.
 */
export function legalEntityLinkKeys(attributes: Attributes, issues: readonly Issue[]): readonly LinkKey[] {
  const uscc = trusted(attributes, issues, 'uscc');
  const code = trusted(attributes, issues, 'organisationCode');
  const registration = trusted(attributes, issues, 'registrationNumber');
  const tax = trusted(attributes, issues, 'taxNumber');
  const taxIsUscc = tax !== null && tax.length === 18 && (tax === uscc || parseUscc(tax).ok);
  const keys: LinkKey[] = [];

  if (uscc !== null) add(keys, 'uscc', uscc);
  if (taxIsUscc) add(keys, 'uscc', tax);

  if (code !== null && isExchangeable(code)) add(keys, 'org', code);
  const inUscc = uscc === null ? null : codeInUscc(uscc);
  if (inUscc !== null && isExchangeable(inUscc)) add(keys, 'org', inUscc);
  const inTax = tax === null || tax === uscc ? null : codeInTaxNumber(tax);
  if (inTax !== null && isExchangeable(inTax)) add(keys, 'org', inTax);

  if (registration !== null && !issues.some((issue) => issue.rule === 'L09')) add(keys, 'reg', registration);
  if (tax !== null && !taxIsUscc) add(keys, 'tax', tax);
  return keys;
}
