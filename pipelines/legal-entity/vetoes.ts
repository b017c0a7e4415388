import type { Veto } from '../pipeline.ts';
import type { Attributes } from '../record.ts';
import { parseUscc } from '../standards/uscc.ts';
import { codeInTaxNumber, codeOf, isExchangeable } from './identifiers.ts';
import { compareEntityNames, entityNameForms, isSoleTrader, sameHeadAndSeat } from './likeness.ts';

function differentUsccs(a: Attributes, b: Attributes): boolean {
  const left = a.uscc;
  const right = b.uscc;
  if (typeof left !== 'string' || typeof right !== 'string' || left === right) return false;
  return parseUscc(left).ok && parseUscc(right).ok;
}

function differentCodes(a: Attributes, b: Attributes): boolean {
  const left = codeOf(a);
  const right = codeOf(b);
  if (left === null || right === null || left === right) return false;
  return isExchangeable(left) && isExchangeable(right);
}

/** Enough to agree, too little to disagree: one in eleven opaque numbers looks as if it held a code. */
const codeInTax = (attributes: Attributes): string | null =>
  typeof attributes.taxNumber === 'string' ? codeInTaxNumber(attributes.taxNumber) : null;

function sharesStrongKey(a: Attributes, b: Attributes): boolean {
  if (typeof a.uscc === 'string' && a.uscc === b.uscc) return true;
  const code = codeOf(a) ?? codeInTax(a);
  return code !== null && code === (codeOf(b) ?? codeInTax(b));
}

function namesContradict(a: Attributes, b: Attributes): boolean {
  if (typeof a.name !== 'string' || typeof b.name !== 'string' || a.name === b.name) return false;
  return compareEntityNames(entityNameForms(a), entityNameForms(b)) === 'different' && !sameHeadAndSeat(a, b);
}

function classesContradict(a: Attributes, b: Attributes): boolean {
  const [left, right] = [isSoleTrader(a), isSoleTrader(b)];
  return left !== null && right !== null && left !== right;
}

/** Cheap: asked for every candidate pair; identifiers are parsed only where they differ. */
export const legalEntityVetoes: readonly Veto[] = [
  {
    id: 'two-credit-codes',
    zh: '两个有效的统一社会信用代码不同',
    title: 'two different valid credit codes',
    applies: differentUsccs,
  },
  {
    id: 'two-organisation-codes',
    zh: '两个有效的组织机构代码不同',
    title: 'two different valid organisation codes',
    applies: differentCodes,
  },
  {
    id: 'weak-key-other-name',
    zh: '没有共同的统一社会信用代码或组织机构代码，而名称互不相关',
    title: 'no credit or organisation code in common, and names that are none of each other',
    ofPairs: true,
    applies: (a, b) => !sharesStrongKey(a, b) && namesContradict(a, b),
  },
  {
    id: 'sole-trader-and-company',
    zh: '没有共同的统一社会信用代码或组织机构代码，且一方为个体工商户、另一方不是',
    title: 'no credit or organisation code in common, and one is a sole trader and the other is none',
    applies: (a, b) => classesContradict(a, b) && !sharesStrongKey(a, b),
  },
];
