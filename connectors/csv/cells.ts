import { parse } from 'csv-parse/sync';

const ROWS_AT_ONCE = 500;

/** The cells of a record without quotes, or null: such a record needs no parser. */
export const plainCells = (text: string, delimiter: string): string[] => text.split(delimiter);

/**
 * The cells of records that hold quotes, in order; a text instead of cells says what is wrong with that record.
 * Records are handed to csv-parse together, and one by one only where a group does not parse.
 */
export function quotedCells(texts: readonly string[], delimiter: string): (string[] | string)[] {
  const rows: (string[] | string)[] = [];
  for (let at = 0; at < texts.length; at += ROWS_AT_ONCE) {
    const group = texts.slice(at, at + ROWS_AT_ONCE);
    const parsed = parseStrictly(group.join('\n'), delimiter);
    if (typeof parsed !== 'string' && parsed.length === group.length) rows.push(...parsed);
    else for (const text of group) rows.push(oneRow(text, delimiter));
  }
  return rows;
}

function oneRow(text: string, delimiter: string): string[] | string {
  const parsed = parseStrictly(text, delimiter);
  if (typeof parsed === 'string') return parsed;
  return parsed.length === 1 && parsed[0] !== undefined ? parsed[0] : 'the quotes of the record do not fit';
}

function parseStrictly(text: string, delimiter: string): string[][] | string {
  try {
    return parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      relax_quotes: false,
      bom: false,
      cast: false,
      trim: false,
    });
  } catch (error) {
    // Messages of csv-parse may quote cells: only its code is passed on.
    const code = (error as { code?: string }).code ?? 'CSV_INVALID';
    return `the quotes of the record are wrong (${code})`;
  }
}
