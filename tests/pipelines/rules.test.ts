import { describe, expect, test } from '@jest/globals';
import { BASES } from '../../pipelines/bases.ts';
import { CROSS_RULES } from '../../pipelines/cross/rules.ts';
import { legalEntityRules } from '../../pipelines/legal-entity/rules.ts';
import type { Rule } from '../../pipelines/pipeline.ts';
import { populationRules } from '../../pipelines/population/rules.ts';
import { elsewhere, evaluateRules, isDistrusted, recordRules } from '../../pipelines/rules.ts';
import { basisOf } from '../../schemas/base.ts';
import { conversionFixtures as legalEntityConversions } from './legal-entity/conversion-fixtures.ts';
import { recordFixtures as legalEntityRecords } from './legal-entity/record-fixtures.ts';
import { searchFixtures as legalEntitySearched } from './legal-entity/search-fixtures.ts';
import { conversionFixtures as populationConversions } from './population/conversion-fixtures.ts';
import { recordFixtures as populationRecords } from './population/record-fixtures.ts';
import { searchFixtures as populationSearched } from './population/search-fixtures.ts';
import { numberedIds } from './rule-fixtures.ts';

/** By base: what each harness is given. */
const fixtures = {
  P: [populationRecords, populationConversions, populationSearched],
  L: [legalEntityRecords, legalEntityConversions, legalEntitySearched],
};
const catalogues = { P: populationRules, L: legalEntityRules };
const ids = (letter: keyof typeof catalogues): string[] => numberedIds(letter, catalogues[letter].length);
const both = [...populationRules, ...legalEntityRules];

describe('the catalogue of rules', () => {
  test('has each rule exactly once, numbered in order', () => {
    expect(both.map((rule) => rule.id)).toEqual([...ids('P'), ...ids('L')]);
  });

  test('a rule has a check exactly when the record decides it', () => {
    for (const rule of both) {
      expect([rule.id, rule.check !== undefined]).toEqual([rule.id, (rule.decidedBy ?? 'record') === 'record']);
    }
  });

  test('each of them has three good and three bad cases, of every kind that decides it', () => {
    for (const letter of ['P', 'L'] as const) {
      const kinds = fixtures[letter];
      const covered = new Set(kinds.flatMap((of) => Object.keys(of)));
      expect([...covered].sort()).toEqual(ids(letter));
      for (const [id, { good, bad }] of kinds.flatMap((of) => Object.entries(of)))
        expect([id, good.length, bad.length]).toEqual([id, 3, 3]);
    }
  });

  test('every rule has a title in Chinese', () => {
    for (const rule of both)
      expect([rule.id, rule.zh]).toEqual([rule.id, expect.stringMatching(/^(?=.*\p{Script=Han}).{6,60}$/u)]);
  });

  test('every rule says in one line what holds', () => {
    for (const rule of both) {
      expect(rule.title).toMatch(/^.{10,130}$/);
      expect(rule.version).toBeGreaterThan(0);
    }
  });

  test('what any rule rests on is said in both languages, unless it is the number of a standard or a Chinese term', () => {
    const alike = /^((GB|GS|DB|OGC|ISO|IEEE|SDMX|CGCS)[\w/ .,-]*|\p{Script=Han}[\p{Script=Han}〔〕\d]*)$/u;
    for (const rule of [...BASES.flatMap(({ rules }) => rules), ...CROSS_RULES]) {
      const { zh, en } = basisOf(rule);
      expect([rule.id, en]).toEqual([rule.id, expect.stringMatching(/^.{2,80}$/)]);
      if (typeof rule.basis === 'string') expect([rule.id, en]).toEqual([rule.id, expect.stringMatching(alike)]);
      else expect([rule.id, zh]).toEqual([rule.id, expect.stringMatching(/\p{Script=Han}/u)]);
    }
  });
});

describe('evaluateRules', () => {
  const rule: Rule = {
    id: 'T01',
    version: 1,
    attribute: 'b',
    severity: 'E',
    title: 'b equals a',
    zh: 'b 与 a 一致',
    basis: 'test',
    needs: ['a'],
    check: (attributes) => (attributes.a === attributes.b ? null : 'b differs from a'),
  };
  const context = { today: '2026-06-01' };

  test('reports rule, severity, attribute and message', () => {
    expect(evaluateRules([rule], { a: 1, b: 2 }, context)).toEqual([
      { rule: 'T01', severity: 'E', attribute: 'b', message: 'b differs from a' },
    ]);
    expect(evaluateRules([rule], { a: 1, b: 1 }, context)).toEqual([]);
  });

  test('does not judge by an attribute that is itself in error', () => {
    const broken = { rule: 'T00', severity: 'E', attribute: 'a', message: '' } as const;
    expect(evaluateRules([rule], { a: 1, b: 2 }, context, [broken])).toEqual([]);
    expect(evaluateRules([rule], { a: 1, b: 2 }, context, [{ ...broken, severity: 'W' }])).toHaveLength(1);
  });

  test('an earlier rule of the same evaluation can distrust an attribute too', () => {
    const first: Rule = { ...rule, id: 'T00', attribute: 'a', needs: [], check: () => 'a is wrong' };
    expect(evaluateRules([first, rule], { a: 1, b: 2 }, context).map((issue) => issue.rule)).toEqual(['T00']);
  });

  test('does not repeat what a conversion has reported on the attribute', () => {
    const known = { rule: 'T01', severity: 'E', attribute: 'b', message: 'from the conversion' } as const;
    expect(evaluateRules([rule], { a: 1, b: 2 }, context, [known])).toEqual([]);
    expect(evaluateRules([rule], { a: 1, b: 2 }, context, [{ ...known, attribute: 'c' }])).toHaveLength(1);
  });

  test('a check may find several attributes wrong', () => {
    const several: Rule = {
      ...rule,
      attribute: null,
      check: () => [
        { attribute: 'a', message: 'x' },
        { attribute: 'b', message: 'y' },
      ],
    };
    expect(evaluateRules([several], {}, context).map((issue) => issue.attribute)).toEqual(['a', 'b']);
  });

  test('skips rules that somebody else decides', () => {
    const other = elsewhere('linkage', {
      ...{ id: 'T02', attribute: null, severity: 'W' },
      ...{ title: 'one line of statement', zh: '一行说明', basis: 'test' },
    });
    expect(evaluateRules([other], {}, context)).toEqual([]);
    expect(recordRules([other, rule])).toEqual([rule]);
  });

  test('W and I leave an attribute trusted', () => {
    const issue = { rule: 'T', attribute: 'a', message: '' };
    expect(
      isDistrusted(
        [
          { ...issue, severity: 'W' },
          { ...issue, severity: 'I' },
        ],
        'a',
      ),
    ).toBe(false);
    expect(isDistrusted([{ ...issue, severity: 'F' }], 'a')).toBe(true);
    expect(isDistrusted([{ ...issue, severity: 'E' }], 'b')).toBe(false);
  });
});
