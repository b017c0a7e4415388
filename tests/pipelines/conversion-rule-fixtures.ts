import { expect, test } from '@jest/globals';
import { prepareConversion } from '../../pipelines/conversions.ts';
import type { Rule } from '../../pipelines/pipeline.ts';
import type { Issue } from '../../pipelines/record.ts';
import type { RawValue } from '../../schemas/stream.ts';
import { TODAY } from './rule-fixtures.ts';

/** A conversion as mappings name it, what the source has, and the day that `at` would give. */
export type RawCase = readonly [as: string, raw: RawValue, at?: string];

/** Three raw values that keep the rule, without any other error, and three in which the conversion reports it. */
export interface ConversionRuleFixtures {
  readonly good: readonly [RawCase, RawCase, RawCase];
  readonly bad: readonly [RawCase, RawCase, RawCase];
}

/** Registers one test for each rule that conversions report, and one that none of those they decide is without fixtures. */
export function describeConversionRules(
  rules: readonly Rule[],
  fixtures: Readonly<Record<string, ConversionRuleFixtures>>,
): void {
  test('every rule that a conversion decides has fixtures', () => {
    const decided = rules.filter(({ decidedBy }) => decidedBy === 'conversion').map(({ id }) => id);
    expect(Object.keys(fixtures)).toEqual(expect.arrayContaining(decided));
  });

  for (const [id, { good, bad }] of Object.entries(fixtures)) {
    const rule = rules.find((one) => one.id === id);
    test(`${id} ${rule?.title}`, () => {
      const attribute = rule?.attribute ?? 'any';
      const issues = ([as, raw, at]: RawCase): readonly Issue[] =>
        prepareConversion(as)([raw], { attribute, at: at ?? null, today: TODAY }).issues;
      for (const one of good) {
        const found = issues(one).filter(({ rule: of, severity }) => of === id || severity === 'E' || severity === 'F');
        expect([one, found]).toEqual([one, []]);
      }
      for (const one of bad) {
        const found = issues(one).map((issue) => [issue.rule, issue.attribute]);
        expect([one, found]).toEqual([one, [[id, attribute]]]);
      }
    });
  }
}
