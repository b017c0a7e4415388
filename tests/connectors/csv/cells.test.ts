import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { splitCells } from '../../../connectors/csv/cells.ts';
import { propertySeed } from '../../contracts/source.contract.ts';

/** csv-parse in strict mode; null where it refuses or sees other than one record. */
function judged(text: string, delimiter: string): string[] | null {
  try {
    const rows: string[][] = parse(text, {
      delimiter,
      record_delimiter: '\u0000',
      relax_column_count: true,
      relax_quotes: false,
    });
    return rows.length === 1 && rows[0] !== undefined ? rows[0] : null;
  } catch {
    return null;
  }
}

test('cells are those of csv-parse, and so are refusals', () => {
  const record = fc
    .array(fc.constantFrom('"', '""', ',', ';', 'a', '青', ' ', '\n', '\r'), { minLength: 1, maxLength: 14 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(record, fc.constantFrom(',', ';'), (text, delimiter) => {
      const cells = splitCells(text, delimiter);
      expect(typeof cells === 'string' ? null : cells).toEqual(judged(text, delimiter));
    }),
    { seed: propertySeed('csv cells'), numRuns: 2000 },
  );
});

test('any cells survive writing and reading', () => {
  const cells = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(cells, (row) => {
      const text = row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
      expect(splitCells(text, ',')).toEqual(row);
    }),
    { seed: propertySeed('csv round trip'), numRuns: 500 },
  );
});
