import type { Language } from '../texts.ts';

/**
 * Which of our languages a header Accept-Language (RFC 9110, 12.5.4) prefers. English without one, or when it prefers
 * neither: clients are programs, and English is what their makers search for.
 */
export function preferredLanguage(header: string | undefined): Language {
  let best = { lang: 'en' as Language, weight: 0 };
  for (const part of (header ?? '').split(',')) {
    const [range = '', ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
    const [, lang] = /^(zh|en)(?:-|$)/.exec(range) ?? [];
    if (lang === undefined) continue;
    const q = parameters.find((one) => one.startsWith('q='))?.slice(2) ?? '1';
    const weight = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0;
    if (weight > best.weight) best = { lang: lang as Language, weight };
  }
  return best.lang;
}
