import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Condition, EVERY_ROW, isMeant, type RowPredicate } from '../../../catalog/access/rows.ts';
import { holds } from '../../pipelines/standards/seed.ts';

const between = (from: string | number, to: string | number): Condition => ({ kind: 'between', item: 'x', from, to });
const within = (region: string, x: unknown): boolean | null =>
  isMeant({ kind: 'region-within', item: 'x', region }, { x: x as string });

test('a region holds its own code and those below it, whatever their length', () => {
  for (const inside of ['630000', '630100', '630102', '630102001', '630102001003'])
    expect(within('630000', inside)).toBe(true);
  for (const outside of ['630000', '630200', '620102']) expect(within('630100', outside)).toBe(false);
  expect([within('630102001000', '630102001003'), within('630102001000', '630102001')]).toEqual([true, true]);
  expect([within('630102000000', '630102001003'), within('630000000000', '632800')]).toEqual([true, true]);
  expect([within('630102001003', '630102001'), within('630102000', '630103001')]).toEqual([false, false]);
  expect(within('469000', '469001')).toBe(true);
});

test('what is no region is in none, and cannot be said to be outside', () => {
  for (const value of ['63', '青海', '', null, undefined, 630102, '6301020010035'])
    expect(within('630000', value)).toBeNull();
  expect(within('63', '630102')).toBeNull();
});

test('between counts days as days and numbers as numbers, both ends included', () => {
  const is = (condition: Condition, x: string | number): boolean | null => isMeant(condition, { x });
  expect(
    ['1999-12-31', '2000-01-01', '2000-12-31', '2001-01-01'].map((x) => is(between('2000-01-01', '2000-12-31'), x)),
  ).toEqual([...[false, true, true, false]]);
  expect([9, '9', '10.0', '010', '10.01', '-10'].map((x) => is(between(9, 10), x))).toEqual([
    ...[true, true, true, true, false, false],
  ]);
  expect(is(between('-2.5', '0'), '-2.50')).toBe(true);
  expect([is(between('-0', 0), '0.00'), is(between('0.1', '0.15'), '0.12')]).toEqual([true, true]);
  expect(is(between('12345678901234567890', '12345678901234567892'), '12345678901234567893')).toBe(false);
  expect([
    is(between(1, 9), '2000-01-01'),
    is(between('2000-01-01', '2001-01-01'), '2000-05'),
    is(between(1, 9), 'x'),
  ]).toEqual([...[null, null, null]]);
});

test('text is compared with text, numbers with numbers; another kind is unknown', () => {
  expect(isMeant({ kind: 'equals', item: 'x', value: '1' }, { x: 1 })).toBeNull();
  expect(isMeant({ kind: 'equals', item: 'x', value: true }, { x: false })).toBe(false);
  expect(isMeant({ kind: 'one-of', item: 'x', values: ['1', 2] }, { x: 2 })).toBe(true);
  expect(isMeant({ kind: 'one-of', item: 'x', values: ['1', 2] }, { x: 3 })).toBeNull();
  expect(isMeant({ kind: 'one-of', item: 'x', values: [] }, { x: 3 })).toBe(false);
  expect(isMeant({ kind: 'equals', item: 'constructor', value: 'x' }, {})).toBeNull();
});

const leaf: fc.Arbitrary<RowPredicate> = fc.constantFrom(
  ...['a', 'b', 'c'].map((item): RowPredicate => ({ kind: 'equals', item, value: true })),
);
const tree = fc.letrec<{ node: RowPredicate }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.record({
      kind: fc.constantFrom('every' as const, 'some' as const),
      of: fc.array(tie('node'), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not' as const), of: tie('node') }),
  ),
})).node;

test('an answer that is known stays the same whatever the missing values turn out to be', () => {
  const value = fc.boolean();
  holds(
    fc.property(
      tree,
      fc.record({ a: value, b: value, c: value }),
      fc.subarray(['a', 'b', 'c']),
      (predicate, row, known) => {
        const part = Object.fromEntries(Object.entries(row).filter(([name]) => known.includes(name)));
        const whole = isMeant(predicate, row);
        expect(whole).not.toBeNull();
        expect([null, whole]).toContain(isMeant(predicate, part));
      },
    ),
    2_000,
  );
  expect(isMeant(EVERY_ROW, {})).toBe(true);
});
