import { expect, test } from '@jest/globals';
import { basisText } from '../../../catalog/quality/basis.ts';
import { BASES } from '../../../pipelines/bases.ts';
import { CROSS_RULES } from '../../../pipelines/cross/rules.ts';

/** Alike in both languages. */
const NUMBERED = /^((GB|GS|DB|OGC|ISO|IEEE|SDMX|CGCS)[\w/ .,-]*|\p{Script=Han}[\p{Script=Han}〔〕\d]*)$/u;

test('what a rule rests on is said in Chinese, unless it is the number of a standard', () => {
  const bases = [...BASES.flatMap(({ rules }) => rules), ...CROSS_RULES].map(({ basis }) => basis);
  const untold = bases.filter((basis) => !NUMBERED.test(basis) && basisText(basis).zh === basis);
  expect([...new Set(untold)]).toEqual([]);
});
