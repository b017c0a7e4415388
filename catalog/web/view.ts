import type { Permission } from '../access/permissions.ts';
import { may, type Principal, type SignedIn } from '../access/principal.ts';
import { fill, type Language, TEXTS, type Text, type TextKey, type Texts } from '../texts.ts';

/** What every page needs to speak one language and to link to others in the same. `Own`: the keys of its own texts. */
export interface View<Own extends string = never> {
  readonly lang: Language;
  /** Path and query of this page without `lang`: where the other language is. */
  readonly here: string;
  /** The person who looks; null: nobody has signed in. */
  readonly who: SignedIn | null;
  may(permission: Permission): boolean;
  t(key: TextKey | Own, values?: Readonly<Record<string, string | number>>): string;
  pick(text: Text): string;
  /** A link of this site, `lang` kept. Values are encoded; undefined and empty ones left out. */
  link(path: string, query?: Readonly<Record<string, string | number | undefined>>): string;
  number(value: number | null): string;
  /** Time of the province, to the minute. */
  time(iso: string | null): string;
}

const TIME = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' });
const NUMBER = new Intl.NumberFormat('en-US');

export function createView<Own extends string = never>(
  lang: Language,
  here: string,
  principal: Principal,
  own?: Readonly<Record<Own, Text>>,
): View<Own> {
  const texts: Texts = { ...TEXTS, ...own };
  const t = (key: TextKey | Own, values: Readonly<Record<string, string | number>> = {}): string =>
    fill(texts[key]?.[lang] ?? key, values);
  return {
    lang,
    here,
    who: principal.person,
    may: (permission) => may(principal, permission),
    t,
    pick: (text) => text[lang],
    link: (path, query = {}) => withQuery(path, { ...query, lang: lang === 'zh' ? undefined : lang }),
    number: (value) => (value === null ? '—' : NUMBER.format(value)),
    time: (iso) => (iso === null ? t('never') : TIME.format(new Date(iso))),
  };
}

export function withQuery(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)])).toString();
  if (text === '') return path;
  return path.includes('?') ? `${path}&${text}` : `${path}?${text}`;
}
