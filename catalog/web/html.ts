const MADE = Symbol('html');

/** Markup that only `html` makes, so that no text of a source can pass for it. */
export interface Html {
  readonly [MADE]: string;
}

export type Part = Html | string | number | null | undefined | false | readonly Part[];

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ESCAPED[sign] ?? sign);

/** Every value is escaped unless `html` made it; null, undefined and false leave nothing. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = literals[0] ?? '';
  for (let i = 0; i < parts.length; i++) text += render(parts[i]) + (literals[i + 1] ?? '');
  return { [MADE]: text };
}

export const textOfHtml = (markup: Html): string => markup[MADE];

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  if (isList(part)) return part.map(render).join('');
  return part[MADE];
}

const isList = (part: Html | readonly Part[]): part is readonly Part[] => Array.isArray(part);
