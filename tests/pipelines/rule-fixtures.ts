import { expect, test } from '@jest/globals';
import type { Rule } from '../../pipelines/pipeline.ts';
import type { Attributes } from '../../pipelines/record.ts';
import { evaluateRules } from '../../pipelines/rules.ts';

export const TODAY = '2026-06-01';
export const OWNER = '11630000015000126U';

/** Three records that keep the rule and three that break it, as attributes. */
export interface RuleFixtures {
  readonly good: readonly [Attributes, Attributes, Attributes];
  readonly bad: readonly [Attributes, Attributes, Attributes];
}

/** M01, M02, …: rules are numbered without a gap. */
export const numberedIds = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${letter}${String(i + 1).padStart(2, '0')}`);

/** Registers one test for each rule that the record decides, and one that no such rule is without fixtures. */
export function describeRules(rules: readonly Rule[], fixtures: Readonly<Record<string, RuleFixtures>>): void {
  const decided = rules.filter((rule) => (rule.decidedBy ?? 'record') === 'record');

  test('every rule that the record decides has fixtures', () => {
    expect(Object.keys(fixtures).sort()).toEqual(decided.map((rule) => rule.id).sort());
  });

  for (const rule of decided) {
    const cases = fixtures[rule.id];
    if (cases === undefined) continue;
    const found = (attributes: Attributes): readonly string[] =>
      evaluateRules([rule], attributes, { today: TODAY, ownerCode: OWNER }).map((issue) => issue.rule);
    test(`${rule.id} ${rule.title}`, () => {
      for (const good of cases.good) expect([good, found(good)]).toEqual([good, []]);
      for (const bad of cases.bad) expect([bad, [...new Set(found(bad))]]).toEqual([bad, [rule.id]]);
    });
  }
}
