/**
 * Where a text stands among the texts of a cursor, as a number. What it cannot tell apart has one place; for an order that
 * it does not know (a collation) it may be wrong, which costs a row that is appended once more.
 */
export function placeOfText(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  let place = 0;
  for (let i = 0; i < PREFIX; i++) place = place * 128 + (i < text.length ? Math.min(text.charCodeAt(i), 127) : 0);
  return place;
}

/** Characters that a double keeps apart: those of ASCII, which counting texts are made of. */
const PREFIX = 7;
