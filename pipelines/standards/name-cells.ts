/* What the cell of a name holds besides one name. */

/** `*三`, `张*`, `张○`, `张*三`: signs in the place of characters that are kept back. What is left may be anybody's. */
const MASK = /[*＊○◯✱]/u;
export const isMaskedName = (name: string): boolean => MASK.test(name);

const SEVERAL = /\p{Script=Han}\s*[、，,;；/／|]\s*\p{Script=Han}/u;
/** `张三、李四`, `张三/李四`; a comma in Latin letters is that of one name. */
export const namesSeveral = (text: string): boolean => SEVERAL.test(text);

const IN_BRACKETS = /^([^（(【［[]+)[（(【［[]\s*([^）)】］\]]*?)\s*[）)】］\]]$/u;
const FORMER = /^(?:曾用名|原名|曾名|旧名)\s*[:：]?\s*(\p{Script=Han}[\p{Script=Han}\u00b7]+)$/u;

export interface BracketedName {
  readonly name: string;
  /** null where the brackets do not say that they hold one. */
  readonly former: string | null;
}

/** `张三（曾用名：张四）`; null without brackets at the end. */
export function bracketedName(text: string): BracketedName | null {
  const [, name = '', inside = ''] = IN_BRACKETS.exec(text) ?? [];
  return name.trim() === '' ? null : { name: name.trim(), former: FORMER.exec(inside)?.[1] ?? null };
}
