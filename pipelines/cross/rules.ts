import { conflictsEnd } from './conflicts.ts';
import type { CrossRule } from './contract.ts';
import { enterprisesAgree, residentsAgree } from './counts.ts';
import { noNumbersInText } from './free-text.ts';
import { holderResolves, representativeResolves } from './holders.ts';
import { booksBalance } from './reconcile.ts';
import { regionsResolve } from './regions.ts';

/** The rules that need several bases, in the order in which they are asked. */
export const CROSS_RULES: readonly CrossRule[] = [
  representativeResolves,
  holderResolves,
  residentsAgree,
  enterprisesAgree,
  regionsResolve,
  noNumbersInText,
  conflictsEnd,
  booksBalance,
];
