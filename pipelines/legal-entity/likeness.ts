import type { Attributes } from '../record.ts';
import { addressKey } from '../standards/addresses.ts';
import { isFillerDay } from '../standards/fillers.ts';
import { entityCoreName, entityNameKey, nameKey, namesCompatible } from '../standards/names.ts';
import { cleanText, foldWidth } from '../standards/text.ts';
import { withinOneEdit } from './within-one-edit.ts';

/** How two names of bodies compare, best first. */
export const ENTITY_LIKENESS = ['registered', 'same', 'former', 'core', 'slip', 'different'] as const;
type EntityLikeness = (typeof ENTITY_LIKENESS)[number];

export interface EntityNameForms {
  readonly text: string;
  readonly key: string;
  readonly core: string;
  /** Keys of the names that it had. */
  readonly formerKeys: readonly string[];
  /** The end of the name that says so: 分公司, 第二分店. */
  readonly branch: string | null;
  /** The legal form is part of the name: no other body of the place may bear it. */
  readonly isRegistered: boolean;
}

const REGISTERED = /(?:公司|合作社|合作社联合社|基金会)$/u;
const BRANCH =
  /(?:分公司|分店|分行|支行|分院|分校|分厂|分部|分社|办事处|代表处|营业部|营业厅|门市部|第?[\d一二三四五六七八九十]+店)$/u;
/** One of these in the place of another makes another body: the second school is not the first. */
const ORDINAL = /[\da-z一二三四五六七八九十甲乙丙丁东南西北上下]/iu;
const SHORTEST_CORE = 3;
const LONGEST_ENDING = 12;

const NAMELESS: EntityNameForms = {
  ...{ text: '', key: '', core: '', formerKeys: [], branch: null, isRegistered: false },
};

export function entityNameForms({ name, formerName }: Attributes): EntityNameForms {
  if (typeof name !== 'string' || name === '') return NAMELESS;
  return {
    ...{ text: foldWidth(cleanText(name)), key: entityNameKey(name), core: entityCoreName(name) },
    formerKeys: typeof formerName === 'string' ? formerName.split('、').map(entityNameKey) : [],
    ...{ branch: BRANCH.exec(name.slice(-LONGEST_ENDING))?.[0] ?? null, isRegistered: REGISTERED.test(name) },
  };
}

/** One edit, and not such as tells two bodies apart. */
function isSlip(a: string, b: string): boolean {
  if (!withinOneEdit(a, b)) return false;
  let from = 0;
  while (from < a.length && a[from] === b[from]) from += 1;
  let back = 0;
  while (back < Math.min(a.length, b.length) - from && a.at(-1 - back) === b.at(-1 - back)) back += 1;
  return !ORDINAL.test(a.slice(from, a.length - back) + b.slice(from, b.length - back));
}

/** null where a side has no name. */
export function compareEntityNames(a: EntityNameForms, b: EntityNameForms): EntityLikeness | null {
  if (a.key === '' || b.key === '') return null;
  if (a.key === b.key) return a.isRegistered ? 'registered' : 'same';
  if (a.formerKeys.includes(b.key) || b.formerKeys.includes(a.key)) return 'former';
  if ((a.branch === null) !== (b.branch === null)) return 'different';
  if (a.core.length >= SHORTEST_CORE && a.core === b.core) return 'core';
  // A slip within the province before the name is left in the key.
  return isSlip(a.key, b.key) || isSlip(a.text, b.text) ? 'slip' : 'different';
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export const foundedOf = ({ establishedDate }: Attributes): string | null => {
  const day = text(establishedDate);
  return day === null || isFillerDay(day) ? null : day;
};

/** Whether the heads are one by their names; null where a side has none. */
export function sameHead(a: string | null, b: string | null): boolean | null {
  if (a === null || b === null) return null;
  return a === b || nameKey(a) === nameKey(b) || namesCompatible(a, b);
}

/** The head is the same, and the address or the day of founding: another name is then a new or an old one. */
export function sameHeadAndSeat(a: Attributes, b: Attributes): boolean {
  if (sameHead(text(a.legalRepresentativeName), text(b.legalRepresentativeName)) !== true) return false;
  const [left, right] = [foundedOf(a), foundedOf(b)];
  if (left !== null && right !== null) return left === right;
  const [here, there] = [text(a.address), text(b.address)];
  return here !== null && there !== null && addressKey(here) === addressKey(there);
}

/** Whether it is a sole trader, as far as its class, its code, its name or its numbers tell. */
export function isSoleTrader(attributes: Attributes): boolean | null {
  const entityClass = text(attributes.entityClass);
  if (entityClass !== null) return entityClass === '92';
  const uscc = text(attributes.uscc);
  if (uscc?.length === 18) return uscc.startsWith('92');
  const name = text(attributes.name);
  if (name !== null && REGISTERED.test(name)) return false;
  // GS15-2006: the first digit of the sequence is 6 to 9 for sole traders.
  const registration = text(attributes.registrationNumber);
  if (registration?.length === 15) return (registration[6] as string) >= '6';
  const tax = text(attributes.taxNumber);
  if (tax?.length === 20) return true;
  // A credit code, or the number of the trader.
  return tax?.length === 18 ? tax.startsWith('92') || !tax.startsWith('9') : null;
}
