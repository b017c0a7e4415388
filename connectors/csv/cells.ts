/**
 * The cells of one record, as RFC 4180 writes them: a quoted cell is quoted from its first to its last character, and a
 * quote inside is doubled. A text instead of cells says what is wrong. Property tests hold this equal to csv-parse in
 * its strict mode, which is not used here because it costs five times as much and cannot leave a bad record behind.
 */
export function splitCells(text: string, delimiter: string): string[] | string {
  if (!text.includes('"')) return text.split(delimiter);
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (text.charCodeAt(at) !== QUOTE) {
      const next = text.indexOf(delimiter, at);
      const cell = text.slice(at, next < 0 ? text.length : next);
      if (cell.includes('"')) return `a quote inside cell ${cells.length + 1}, which does not begin with one`;
      cells.push(cell);
      if (next < 0) return cells;
      at = next + 1;
      continue;
    }
    const end = closingQuote(text, at + 1);
    if (end < 0) return `cell ${cells.length + 1} opens a quote and does not close it`;
    const cell = text.slice(at + 1, end);
    cells.push(cell.includes('"') ? cell.replaceAll('""', '"') : cell);
    if (end + 1 === text.length) return cells;
    if (text[end + 1] !== delimiter) return `text behind the closing quote of cell ${cells.length}`;
    at = end + 2;
  }
}

const QUOTE = 0x22;

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text.charCodeAt(at + 1) === QUOTE) at = text.indexOf('"', at + 2);
  return at;
}
