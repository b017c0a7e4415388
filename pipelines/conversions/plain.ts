import type { RawValue } from '../../schemas/stream.ts';
import { cleanText, foldWidth, isBlank } from '../standards/text.ts';
import { decimalText, parseAmount, parseDecimal, type Quantity, UNITS, unitsOf } from '../standards/units.ts';
import type { ConversionInput, ConversionSpec, Converted } from './contract.ts';
import {
  asWritten,
  badArgument,
  beyondSheet,
  flawed,
  NOTHING,
  ofText,
  ofValue,
  plainConversion,
  remembering,
  sound,
} from './reading.ts';

const measure = (name: string, quantity: Quantity, summary: string): ConversionSpec => ({
  name,
  summary,
  arguments: unitsOf(quantity).join(' or '),
  prepare: (argument) => {
    if (argument === null || UNITS[argument]?.quantity !== quantity)
      throw badArgument(name, argument, unitsOf(quantity));
    return ofValue((text, input) => {
      const amount = parseAmount(text, argument);
      if (amount === null)
        return flawed(null, input, `C-${name}`, 'E', `"${text.slice(0, 30)}" is no ${name} in ${argument}`);
      const long = text.length > 15 ? parseDecimal(foldWidth(text)) : null;
      if (long !== null) return { value: amount.value, issues: beyondSheet(long, input) };
      if (amount.ownUnit === null || amount.ownUnit === argument) return sound(amount.value);
      return flawed(amount.value, input, 'C-unit', 'I', `the cell says ${amount.ownUnit}, the column ${argument}`);
    });
  },
});

function integer(text: string, input: ConversionInput): Converted {
  const decimal = parseDecimal(text);
  const written = decimal === null ? null : decimalText(decimal);
  const value = written === null || written.includes('.') ? Number.NaN : Number(written);
  return Number.isSafeInteger(value)
    ? sound(value)
    : flawed(null, input, 'C-integer', 'E', `"${text.slice(0, 30)}" is no whole number`);
}

function decimal(text: string, input: ConversionInput): Converted {
  const parsed = parseDecimal(text);
  return parsed === null
    ? flawed(null, input, 'C-decimal', 'E', `"${text.slice(0, 30)}" is no number`)
    : { value: decimalText(parsed), issues: beyondSheet(parsed, input) };
}

const TRUE = new Set(['1', 'Y', 'YES', 'T', 'TRUE', '是', '有', '真', '√']);
const FALSE = new Set(['0', 'N', 'NO', 'F', 'FALSE', '否', '无', '假', '×']);

const boolean = remembering((text, input) => {
  const sign = foldWidth(text).toUpperCase();
  if (TRUE.has(sign)) return sound(true);
  if (FALSE.has(sign)) return sound(false);
  return flawed(null, input, 'C-boolean', 'E', `"${text.slice(0, 20)}" is neither yes nor no`);
});

/** Joins columns; one that already begins with what was before it (省, then 省市县) replaces it. */
function address(values: readonly RawValue[], input: ConversionInput): Converted {
  let joined = '';
  for (let i = 0; i < values.length; i++) {
    const written = asWritten(values[i] ?? null);
    if (written === null) {
      if (values[i] instanceof Uint8Array)
        return flawed(null, input, 'C-encoding', 'E', 'bytes that are valid neither in UTF-8 nor in GB18030');
      continue;
    }
    const part = cleanText(written);
    if (isBlank(part)) continue;
    joined = joined === '' || part.startsWith(joined) ? part : joined.endsWith(part) ? joined : joined + part;
  }
  return joined === '' ? NOTHING : sound(joined);
}

export const plainConversions: readonly ConversionSpec[] = [
  plainConversion('text', 'text without invisible characters and outer blanks', () => ofText(sound)),
  {
    name: 'constant',
    summary: 'the same value for every row; a mapping may also say `{ is: VALUE }`',
    arguments: 'any text without brackets',
    prepare(argument) {
      if (argument === null) throw badArgument('constant', argument, ['any text without brackets']);
      const always = sound(argument);
      return () => always;
    },
  },
  plainConversion('decimal', 'a number, exact decimal text', () => ofValue(decimal)),
  plainConversion('integer', 'a whole number, exact up to 15 digits', () => ofValue(integer)),
  plainConversion('boolean', 'yes or no: 是/否, Y/N, 1/0', () => ofText(boolean)),
  plainConversion('address', '地址: joins several columns without repeating what they share', () => address),
  measure('amount', 'money', '金额 in yuan, exact decimal text, from the unit in brackets'),
  measure(
    'area',
    'area',
    '面积 in square metres, decimal text, from the unit in brackets; 亩 is rounded to six decimals',
  ),
];
