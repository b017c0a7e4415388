import { expect, test } from '@jest/globals';
import { SeenPages } from '../../../connectors/paged/seen.ts';

const page = (keys: readonly string[]) => keys.map((key) => ({ key, state: key }));
const keysFrom = (from: number, count: number, form: (number: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, index) => form(from + index));

test.each([
  ['numbers', (number: number) => String(number)],
  ['padded numbers', (number: number) => `oai:archive:${String(number).padStart(9, '0')}`],
  ['texts of other letters', (number: number) => `青海${number.toString(36)}`],
])('of 200,000 different keys none is taken for another: %s', (_, form) => {
  const pages = new SeenPages();
  for (let from = 0; from < 200_000; from += 1_000)
    expect(pages.see(`page ${from}`, page(keysFrom(from, 1_000, form)))).toEqual({ again: 0, round: null });
  expect(pages.see('again', page(keysFrom(1_500, 1_000, form)))).toEqual({ again: 1_000, round: 'page 1000' });
});

test('what is kept has a bound, and a list that goes round to its start is noticed beyond it', () => {
  const pages = new SeenPages();
  const form = (number: number): string => String(number);
  for (let from = 0; from < 1_100_000; from += 10_000) pages.see(`page ${from}`, page(keysFrom(from, 10_000, form)));
  expect(pages.see('beyond', page(keysFrom(1_050_000, 10_000, form)))).toEqual({ again: 0, round: null });
  expect(pages.see('start', page(keysFrom(0, 10_000, form)))).toEqual({ again: 10_000, round: 'page 0' });
});
