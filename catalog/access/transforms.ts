import type { JsonValue } from '../../schemas/kernel/context.ts';
import type { Pseudonyms } from '../../schemas/masking/pseudonyms.ts';
import { maskValue } from '../../schemas/masking/values.ts';
import type { Allowed, Disclosure } from './decide.ts';
import type { Item, Resource } from './grants.ts';
import { isMeant, isSame, type Row } from './rows.ts';

/** What the forms need besides the value. */
export interface Showing {
  /** Of the caller: keyed hashes of two organisations cannot be put together. */
  readonly organisation: string;
  readonly pseudonyms: Pseudonyms;
  /** Values that the caller names, for `yes-no`. */
  readonly named: Row;
}

type Transform = (item: Item, value: JsonValue, showing: Showing, name: string) => JsonValue;

const TRANSFORMS: Readonly<Record<Disclosure['form'], Transform>> = {
  clear: (_item, value) => value,
  mask: (item, value) => maskValue(item.attribute, item, value).value,
  hash: ({ attribute }, value, { organisation, pseudonyms }) =>
    value === null ? null : pseudonyms.of(JSON.stringify(['item', organisation, attribute, value])),
  'yes-no': (_item, value, { named }, name) => isSame(value, (Object.hasOwn(named, name) ? named[name] : null) ?? null),
};

/** The form in which a row shows an item; null: it is absent there. */
export const formOf = ({ items }: Allowed, name: string, row: Row): Disclosure | null =>
  items.get(name)?.find(({ rows }) => isMeant(rows, row) === true) ?? null;

/**
 * A row as it may leave: items that are absent there are left out; null when all of them are.
 * @param row values by item, as they are stored, with the items that predicates ask for
 */
export function shownRow(allowed: Allowed, resource: Resource, row: Row, showing: Showing): Row | null {
  const shown: [string, JsonValue][] = [];
  for (const name of allowed.items.keys()) {
    const form = formOf(allowed, name, row)?.form;
    const item = resource.items[name];
    if (form === undefined || item === undefined) continue;
    const value = (Object.hasOwn(row, name) ? row[name] : null) ?? null;
    shown.push([name, TRANSFORMS[form](item, value, showing, name)]);
  }
  return shown.length === 0 ? null : Object.fromEntries(shown);
}
