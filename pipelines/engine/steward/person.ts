import { HubError } from '../../../schemas/kernel/errors.ts';
import { cleanText } from '../../standards/text.ts';

/**
 * Who says something, as it is kept: one width of letters (NFKC), single blanks. The hub takes the name at its word, for it
 * knows nobody yet.
 * @throws HUB_REQUEST_INVALID when nothing is left
 */
export function personNamed(by: string): string {
  const name = cleanText(by.normalize('NFKC')).replaceAll(/\s+/g, ' ').trim();
  if (name !== '') return name;
  throw new HubError('HUB_REQUEST_INVALID', 'a decision wants the name of whoever takes it', {
    field: 'by',
    allowed: 'the name of a person',
  });
}

const folded = (name: string): string =>
  cleanText(name.normalize('NFKC'))
    .replaceAll(/[\s\u00b7.,_-]+/gu, '')
    .toUpperCase()
    .toLowerCase();

/** Letter case, width, blanks and what stands between the parts of a name make nobody another person. */
export const isSamePerson = (one: string, other: string): boolean => folded(one) === folded(other);
