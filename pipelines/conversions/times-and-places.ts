import { type DateOptions, parseDate } from '../standards/dates.ts';
import { regionNamed, resolveRegion } from '../standards/regions.ts';
import { foldCode } from '../standards/text.ts';
import type { ConversionInput, ConversionSpec, Convert, Converted } from './contract.ts';
import { badArgument, flawed, NOTHING, ofValue, plainConversion, remembering, sound } from './reading.ts';

const DATE_ARGUMENTS = ['excel-1900', 'excel-1904', 'minguo', 'pivot-NN'];

function dateOptions(name: string, argument: string | null): DateOptions {
  if (argument === null) return {};
  if (argument === 'excel-1900') return { excel: '1900' };
  if (argument === 'excel-1904') return { excel: '1904' };
  if (argument === 'minguo') return { minguo: true };
  const pivot = /^pivot-(\d{2})$/.exec(argument);
  if (pivot !== null) return { pivot: Number(pivot[1]) };
  throw badArgument(name, argument, DATE_ARGUMENTS);
}

const convertDate =
  (options: DateOptions, mayBeOpen: boolean) =>
  (text: string, input: ConversionInput): Converted => {
    const parsed = parseDate(text, options);
    const shown = text.slice(0, 20);
    if (parsed === null) return flawed(null, input, 'C-date', 'E', `"${shown}" is no day of the calendar`);
    if (parsed.value === null) {
      return parsed.placeholder ? NOTHING : flawed(null, input, 'C-date', 'W', `"${shown}" tells no day`);
    }
    if (parsed.precision !== 'day') {
      return flawed(null, input, 'C-date-imprecise', 'W', `"${shown}" tells only the ${parsed.precision}`);
    }
    if (parsed.openEnded && !mayBeOpen) return flawed(null, input, 'C-date', 'W', 'without end, where a day is due');
    if (parsed.assumed)
      return flawed(parsed.value, input, 'C-date-assumed', 'W', `"${shown}" leaves the century or calendar open`);
    if (!parsed.placeholder) return sound(parsed.value);
    return flawed(
      parsed.value,
      input,
      'C-date-placeholder',
      'I',
      `${parsed.value} is what systems fill in for unknown days`,
    );
  };

const dateConversion = (name: string, summary: string, mayBeOpen: boolean): ConversionSpec => ({
  name,
  summary,
  arguments: DATE_ARGUMENTS.join(' or '),
  prepare: (argument) => ofValue(remembering(convertDate(dateOptions(name, argument), mayBeOpen))),
});

/** Codes of towns (9 digits) and villages (12) say the county in the first six; two and four digits leave out zeros. */
function regionCode(text: string): string | null {
  const code = foldCode(text);
  if (!/^\d+$/.test(code)) return regionNamed(text.replace(/[\s\u3000]/gu, ''));
  if (code.length === 6) return code;
  if (code.length === 9 || code.length === 12) return code.slice(0, 6);
  return code.length === 2 || code.length === 4 ? code.padEnd(6, '0') : null;
}

const convertRegion = (text: string, input: ConversionInput): Converted => {
  const code = regionCode(text);
  const at = input.at ?? undefined;
  const region = code === null ? null : resolveRegion(code, at);
  if (code === null || region === null) {
    const rule = input.attribute === 'householdRegion' ? 'P22' : 'C-region';
    return flawed(code ?? text, input, rule, 'E', `region ${(code ?? text).slice(0, 20)} was never allocated`);
  }
  // A split leaves the old code: only an address can tell which part it means today.
  if (region.current.length !== 1) return sound(code);
  const current = region.current[0]!;
  // Regions are listed from 1981 on; before that nothing contradicts.
  if (at !== undefined && at >= '1981' && region.inForce.length === 0) {
    return flawed(current, input, 'C-region-early', 'W', `region ${code} was not yet founded on ${at}`);
  }
  if (current === code) return sound(code);
  return flawed(current, input, 'C-region-recoded', 'I', `region ${code} is ${current} today`);
};

/** Repeats are remembered as long as no date decides. */
const region = (): Convert => {
  const remembered = remembering(convertRegion);
  return ofValue((text, input) =>
    input.at === null || input.at === undefined ? remembered(text, input) : convertRegion(text, input),
  );
};

/** What the place is called today; a name that the history does not know stays as it is written. */
const convertRegionName = (text: string): Converted => {
  const code = regionCode(text);
  const current = code === null ? [] : (resolveRegion(code)?.current ?? []);
  const name = current.length === 1 ? resolveRegion(current[0] as string)?.name : undefined;
  return sound(name ?? text);
};

const REGION = '行政区划: the code of today, from codes of any time or names; `at` names the day the record speaks of';

export const timeAndPlaceConversions: readonly ConversionSpec[] = [
  dateConversion('chinese-date', '日期 as YYYY-MM-DD, from any way of writing it', false),
  dateConversion('chinese-date-end', '截止日期 as YYYY-MM-DD; 长期 becomes 9999-12-31', true),
  plainConversion('region', REGION, region),
  plainConversion('region@date', REGION, region),
  plainConversion('region-name', '行政区划名称: the name of today, from codes of any time or former names', () =>
    ofValue(convertRegionName),
  ),
];
