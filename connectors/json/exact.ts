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
