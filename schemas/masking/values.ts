import type { AttributeDescription } from '../base.ts';
import type { JsonValue } from '../kernel/context.ts';
import {
  isCitizenNumber,
  keep,
  maskFinding,
  maskIdentifier,
  maskNumbersIn,
  maskPhone,
  maskWords,
  type Quoted,
} from './texts.ts';

export interface Shown {
  readonly value: JsonValue;
  readonly masked: boolean;
}

type Attributes = Readonly<Record<string, AttributeDescription>>;
interface PersonalBase {
  readonly attributes: Attributes;
  readonly people?: true | undefined;
}
type Values = Readonly<Record<string, JsonValue | undefined>>;

export const HIDDEN = '****';

/**
 * A value as somebody without a grant may see it, so that it and the year of birth leave thousands whom it could be.
 * Level 3: identifiers keep the first six characters, which tell a county, short ones a quarter; anything else is hidden.
 * Level 2: names and other texts keep the first character, addresses the first six, telephone numbers three and four, dates
 * the year, because a birth date would complete a masked citizen number; identifiers as in level 3. Codes of level 2 are shown.
 */
export function maskValue(
  name: string,
  { type, sensitivity, isPersonal }: AttributeDescription,
  value: JsonValue,
): Shown {
  if (value === null || value === '') return { value, masked: false };
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (sensitivity === 1) {
    // The tax number of a person in business is the citizen number.
    const isHidden = type === 'identifier' && (isCitizenNumber(text) || isPersonal?.(text) === true);
    return isHidden ? { value: maskIdentifier(text), masked: true } : { value, masked: false };
  }
  if (type === 'identifier') return { value: maskIdentifier(text), masked: true };
  if (sensitivity === 3) return { value: HIDDEN, masked: true };
  if (type === 'date') return { value: `${text.slice(0, 4)}-**-**`, masked: true };
  if (type !== 'text') return { value, masked: false };
  return { value: maskText(name, text), masked: true };
}

/** A value that one of these rules is about stays in its base, whoever asks: too few have reported it. */
const UNPUBLISHED_RULES: ReadonlySet<string> = new Set(['M30']);
export const isUnpublished = (rule: string): boolean => UNPUBLISHED_RULES.has(rule);
export const UNPUBLISHED: Shown = { value: HIDDEN, masked: true };

const SHOWN_OF_ADDRESS = 6;

function maskText(name: string, text: string): string {
  const characters = [...text];
  if (/phone$/i.test(name)) return maskPhone(text);
  if (/address$/i.test(name)) return keep(characters, Math.min(SHOWN_OF_ADDRESS, Math.floor(characters.length / 2)), 0);
  return keep(characters, 1, 0);
}

/** Whether anything of the base is hidden from somebody without a grant. */
export const hidesAnything = (attributes: Attributes): boolean =>
  Object.values(attributes).some(({ sensitivity }) => sensitivity > 1);

/** What a rule has found, as somebody without a grant may read it. One about the whole record may quote anything. */
export function shownFinding({ attributes, people }: PersonalBase, attribute: string | null, message: string): string {
  if (attribute === null)
    return people === true
      ? maskWords(maskFinding(message))
      : hidesAnything(attributes)
        ? maskFinding(message)
        : maskNumbersIn(message);
  const isHidden = (attributes[attribute]?.sensitivity ?? 3) > 1;
  return isHidden ? maskWords(maskFinding(message)) : maskNumbersIn(message);
}

/** Shorter values are in half of all texts. */
const SHORTEST_QUOTED = 2;

export const quotedValues = (attributes: Attributes, values: Values): Quoted =>
  Object.entries(values)
    .flatMap(([name, value]) => {
      const spec = attributes[name];
      if (spec === undefined || typeof value !== 'string' || value.length < SHORTEST_QUOTED) return [];
      const { value: shown, masked } = maskValue(name, spec, value);
      return masked ? [[value, String(shown)] as const] : [];
    })
    .sort(([a], [b]) => b.length - a.length);

/** Values of a row that everybody may see. */
export const shownValues = (attributes: Attributes, values: Values): ReadonlySet<string> =>
  new Set(
    Object.entries(values).flatMap(([name, value]) => {
      const spec = attributes[name];
      if (spec === undefined || typeof value !== 'string' || value === '') return [];
      return maskValue(name, spec, value).masked ? [] : [value];
    }),
  );
