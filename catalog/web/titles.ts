import { CHINESE } from '../../schemas/kernel/chinese-errors.ts';
import { ERRORS } from '../../schemas/kernel/error-table.ts';
import type { ErrorCode } from '../../schemas/kernel/errors.ts';
import type { Resource } from '../directory/directory.ts';
import type { DirectoryEntry } from '../directory/entry.ts';
import type { CatalogBase } from '../options.ts';
import type { Text } from '../texts.ts';
import type { View } from './view.ts';

/** Titles of systems by name. */
export type SystemTitles = ReadonlyMap<string, Text>;

export const systemTitles = (entries: readonly Pick<DirectoryEntry, 'system'>[]): SystemTitles =>
  new Map(entries.flatMap(({ system }) => (system === null ? [] : [[system.name, system.title] as const])));

export const systemTitle = (view: View, systems: SystemTitles, name: string | null): string => {
  if (name === null) return '—';
  const title = systems.get(name);
  return title === undefined ? name : view.pick(title);
};

export const resourceTitle = (view: View, { title, titleEn }: Pick<Resource, 'title' | 'titleEn'>): string =>
  view.lang === 'en' ? (titleEn ?? title) : title;

/** In the language of the page where somebody has written it. */
export const ruleTitle = (
  { lang }: View,
  { title, zh }: { readonly title: string | null; readonly zh: string | null },
): string => (lang === 'zh' ? (zh ?? title) : title) ?? '';

/** What an error is called; nothing for a code of another version of the program. */
export function errorTitle({ lang }: View, code: string): string {
  if (!Object.hasOwn(ERRORS, code)) return '';
  return (lang === 'zh' ? CHINESE : ERRORS)[code as ErrorCode].title;
}

export function attributeTitle(view: View, base: CatalogBase, attribute: string | null): string {
  if (attribute === null) return '—';
  const spec = base.attributes[attribute];
  return spec === undefined ? attribute : view.pick(spec);
}
