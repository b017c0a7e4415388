/** JSON as it was written: a number is its text, because 18 digits or `0.10` do not survive as a double. */
export type ExactJson = string | boolean | null | readonly ExactJson[] | { readonly [name: string]: ExactJson };

/**
 * Follows a path of member names and array positions such as `data.items` or `place.0`; `` is the value itself.
 * undefined when there is no such member.
 */
export function at(value: ExactJson, path: string): ExactJson | undefined {
  return path === '' ? value : follow(value, path.split('.'));
}

/** `at` with the path taken apart, for those who ask it of many values. */
export function follow(value: ExactJson, names: readonly string[]): ExactJson | undefined {
  let here: ExactJson | undefined = value;
  for (const name of names) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined;
    here = (here as Readonly<Record<string, ExactJson>>)[name];
  }
  return here;
}

/** Of objects and lists inside of a record: the text that they were read from, and where they stand in it. */
const sources = new WeakMap<object, { readonly text: string; readonly from: number; readonly to: number }>();

export function keepSource(value: object, text: string, from: number, to: number): void {
  sources.set(value, { text, from, to });
}

const TEXT_OR_BLANKS = /"[^"\\]*(?:\\.[^"\\]*)*"|[ \t\n\r]+/g;

/** As JSON without blanks, with every digit that was written; of what was not read from JSON, numbers are texts. */
export function jsonOf(value: ExactJson): string {
  const source = typeof value === 'object' && value !== null ? sources.get(value) : undefined;
  if (source === undefined) return JSON.stringify(value);
  return source.text
    .slice(source.from, source.to)
    .replace(TEXT_OR_BLANKS, (piece) =>
      piece.charCodeAt(0) !== QUOTE ? '' : piece.includes('\\') ? JSON.stringify(JSON.parse(piece)) : piece,
    );
}
const QUOTE = 0x22;
