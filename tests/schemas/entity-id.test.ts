import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatEntityId, parseEntityId } from '../../schemas/entity-id.ts';

test('an id has its prefix, nine digits or more and a check digit', () => {
  expect(formatEntityId('P', 421)).toBe('P0000004218');
  expect(formatEntityId('L', 1)).toMatch(/^L000000001\d$/);
});

test('what is written is read again, at any size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (id) => {
      expect(parseEntityId('L', formatEntityId('L', id))).toBe(id);
    }),
  );
});

test('one wrong digit is found', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 999_999_999 }),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 9 }),
      (id, at, by) => {
        const text = formatEntityId('P', id);
        const wrong = text.slice(0, at) + ((Number(text[at]) + by) % 10) + text.slice(at + 1);
        expect(parseEntityId('P', wrong)).toBeNull();
      },
    ),
  );
});

test.each([
  '',
  'P',
  'L0000004218',
  'p0000004218',
  'P000004218',
  'P00000004218',
  'P0000004218 ',
  'P-000000421',
  `P${'9'.repeat(17)}`,
  'P0000000001',
  '630102199003070011',
])('%j is no id of the population', (text) => {
  expect(parseEntityId('P', text)).toBeNull();
});
