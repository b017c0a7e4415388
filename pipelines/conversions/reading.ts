import type { Severity } from '../../schemas/base.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { RawValue } from '../../schemas/stream.ts';
import type { AttributeValue, Issue } from '../record.ts';
import { cleanText, decodeText, isBlank } from '../standards/text.ts';
import type { Decimal } from '../standards/units.ts';
import type { ConversionInput, ConversionSpec, Convert, Converted } from './contract.ts';

const NO_ISSUES: readonly Issue[] = Object.freeze([]);
export const NOTHING: Converted = Object.freeze({ value: null, issues: NO_ISSUES });

export const sound = (value: AttributeValue): Converted => ({ value, issues: NO_ISSUES });

export const flawed = (
  value: AttributeValue,
  input: ConversionInput,
  rule: string,
  severity: Severity,
  message: string,
): Converted => ({ value, issues: [{ rule, severity, attribute: input.attribute, message }] });

/** The first value that is there: several columns are alternatives for every conversion that does not join them. */
export function firstOf(values: readonly RawValue[]): RawValue {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== null && value !== undefined && value !== '') return value;
  }
  return null;
}

/** Text of a raw value as the source has it. Bytes are strict UTF-8 or else GB18030; `null` when they are neither. */
export function asWritten(value: RawValue): string | null {
  if (typeof value === 'string') return value;
  if (value === null) return null;
  if (typeof value !== 'object') return String(value);
  try {
    return decodeText(value);
  } catch {
    return null;
  }
}

export const undecodable = (input: ConversionInput): Converted =>
  flawed(null, input, 'C-encoding', 'E', 'bytes that are valid neither in UTF-8 nor in GB18030');

/** A conversion of one clean text; empty values are null without an issue. */
export const ofText =
  (convert: (text: string, input: ConversionInput) => Converted): Convert =>
  (values, input) => {
    const raw = firstOf(values);
    if (raw === null) return NOTHING;
    const written = asWritten(raw);
    if (written === null) return undecodable(input);
    const text = cleanText(written);
    return text === '' ? NOTHING : convert(text, input);
  };

/** Like `ofText`, and what clerks write for nothing (`-`, `无`, `NULL`) is nothing. */
export const ofValue = (convert: (text: string, input: ConversionInput) => Converted): Convert =>
  ofText((text, input) => (isBlank(text) ? NOTHING : convert(text, input)));

/** Significant digits of a number in a sheet; what a longer one had after them is zeros by then. */
const SHEET_DIGITS = 15;

/** What is said of a number with more digits than a sheet keeps. From a text or a database it may well be right. */
export function beyondSheet(number: Decimal, input: ConversionInput): readonly Issue[] {
  const digits = String(number.digits < 0n ? -number.digits : number.digits);
  const whole = digits.length - number.scale;
  if (whole <= SHEET_DIGITS) return NO_ISSUES;
  const message = `a number of ${whole} digits: of one in a sheet the digits after the ${SHEET_DIGITS}th are lost; have it given as text`;
  return [{ rule: 'C-digits', severity: 'W', attribute: input.attribute, message }];
}

const REMEMBERED = 50_000;
const LONGEST = 40;

/**
 * Remembers answers of a conversion that depends on the text alone: dates, codes and names of places repeat. Forgets all
 * when full, and when asked for another attribute, whose name is in the issues.
 */
export function remembering(convert: (text: string, input: ConversionInput) => Converted): typeof convert {
  const known = new Map<string, Converted>();
  let attribute = '';
  return (text, input) => {
    if (attribute !== input.attribute || known.size > REMEMBERED) {
      known.clear();
      attribute = input.attribute;
    }
    const found = known.get(text);
    if (found !== undefined) return found;
    const answer = convert(text, input);
    if (text.length <= LONGEST) known.set(text, answer);
    return answer;
  };
}

export const badArgument = (name: string, argument: string | null, allowed: readonly string[]): HubError =>
  new HubError(
    'HUB_MAPPING_INVALID',
    argument === null
      ? `conversion "${name}" needs an argument in brackets. Allowed: ${allowed.join(', ')}`
      : `conversion "${name}" does not take "${argument}". Allowed: ${allowed.join(', ') || 'no argument'}`,
    { conversion: name, argument, allowed },
  );

/** A conversion without arguments. */
export const plainConversion = (name: string, summary: string, convert: () => Convert): ConversionSpec => ({
  name,
  summary,
  arguments: '',
  prepare: (argument) => {
    if (argument !== null) throw badArgument(name, argument, []);
    return convert();
  },
});
