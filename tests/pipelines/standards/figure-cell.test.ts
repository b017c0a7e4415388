import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Brackets, parseFigureCell } from '../../../pipelines/standards/figure-cell.ts';
import { decimalText, parseDecimal } from '../../../pipelines/standards/units.ts';

/** `value status mark`, or the problem. */
const read = (text: string, column = '万元', brackets: Brackets | null = null): string => {
  const cell = parseFigureCell(text, column, brackets);
  if ('problem' in cell) return `! ${cell.problem}`;
  const value = cell.number === null ? '-' : decimalText(cell.number);
  return [value, cell.status, cell.mark].filter((part) => part !== null).join(' ');
};

describe('marks stand beside the value and do not take it away', () => {
  test.each([
    ['5000*', '5000 A *'],
    ['5000**', '5000 A **'],
    ['6000(p)', '6000 P (p)'],
    ['6000（P）', '6000 P (P)'],
    ['6000 p', '6000 P p'],
    ['6000(初步)', '6000 P (初步)'],
    ['7000①', '7000 A ①'],
    ['7000①(p)', '7000 P ①(p)'],
    ['7000(1)', '7000 A (1)'],
    ['7000[2]', '7000 A [2]'],
    ['7000注1', '7000 A 注1'],
    ['7000²', '7000 A ²'],
    ['r7', '7 R r'],
    ['p 7.50', '7.5 P p'],
    ['7(r)', '7 R (r)'],
    ['7(预计)', '7 F (预计)'],
    ['12e', '12 E e'],
    ['-3.2*', '-3.2 A *'],
    ['5000万元*', '5000 A *'],
  ])('%s', (text, is) => expect(read(text)).toBe(is));
});

describe('numbers as they are printed', () => {
  test.each([
    ['−7', '-7 A'],
    ['－7', '-7 A'],
    ['–7.5', '-7.5 A'],
    ['﹣7', '-7 A'],
    ['1 234', '1234 A'],
    ['1\u00a0234.5', '1234.5 A'],
    ['1\u2009234\u2009567', '1234567 A'],
    ['1\u202f234', '1234 A'],
    ['１２３４．５', '1234.5 A'],
    ['１，２３４', '1234 A'],
    ['1,234,567.8', '1234567.8 A'],
    ['1.5e3', '1500 A'],
    ['+7', '7 A'],
    ['¥5,000', '5000 A'],
  ])('%s', (text, is) => expect(read(text)).toBe(is));
  test.each(['1 23', '12 34', '1,23', '1 2345', '1,234 567', '1.234,5', '--7', '7-', '第三', '5 6 7'])(
    '%s is none',
    (text) => expect(read(text)).toBe('! is no number in 万元'),
  );
  test('groups of three by any one blank are the number without them (property)', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1_000n, max: 10n ** 18n }),
        fc.constantFrom(',', ' ', '\u00a0', '\u2009', '\u202f', '\u3000'),
        (number, blank) => {
          const grouped = String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, blank);
          expect(parseDecimal(grouped)).toEqual({ digits: number, scale: 0 });
        },
      ),
    );
  });
});

describe('brackets are a minus or a mark, and only the mapping can say which', () => {
  test('without it, no value', () => expect(read('(12.5)')).toMatch(/^! may be a negative number or a marked one/));
  test.each<[string, Brackets, string]>([
    ['(12.5)', 'negative', '-12.5 A'],
    ['（1,200）', 'negative', '-1200 A'],
    ['(12.5)', 'mark', '12.5 A ()'],
    ['(12.5)*', 'negative', '-12.5 A *'],
  ])('%s by brackets=%s', (text, brackets, is) => expect(read(text, '万元', brackets)).toBe(is));
});

describe('a unit in the cell', () => {
  test.each([
    ['5%', '%', '5 A'],
    ['5.3 %', '%', '5.3 A'],
    ['5万元', '万元', '5 A'],
    ['5万', '万元', '5 A'],
    ['5个百分点', '百分点', '5 A'],
    ['5%', '万元', '! says %, the column 万元'],
    ['5‰', '%', '! says ‰, the column %'],
    ['5亿元', '万元', '! says 亿元, the column 万元'],
    ['5亿', '万元', '! says 亿, the column 万元'],
    ['5元', '万元', '! says 元, the column 万元'],
    ['5吨', '万元', '! says 吨, the column 万元'],
    ['5百分点', '%', '! says 百分点, the column %'],
    ['$5', '万元', '! says $, the column 万元'],
    ['$5', '万美元', '5 A'],
    ['3倍', '%', '! says 倍, the column %'],
  ])('%s in a column of %s', (text, column, is) => expect(read(text, column)).toBe(is));
});

test.each([
  ['…', 'N'],
  ['……', 'N'],
  ['...', 'N'],
  ['-', 'M'],
  ['–', 'M'],
  ['——', 'M'],
  ['－', 'M'],
  ['..', 'O'],
  ['空', 'O'],
  ['N/A', 'O'],
  [':', 'O'],
  ['x', 'Q'],
  ['X', 'Q'],
  ['×', 'Q'],
  ['***', 'Q'],
])('%s is what the publisher says in place of a value: %s', (text, status) => {
  const cell = parseFigureCell(text, '万元');
  expect(cell).toMatchObject({ number: null, status });
});

test('no text of a cell makes it throw (property)', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => void parseFigureCell(text, '万元', 'negative')));
});
