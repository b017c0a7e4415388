import type { RawValue } from '../../schemas/stream.ts';
import { findIndicator, INDICATORS } from '../macroeconomic/indicators.ts';
import { INDUSTRY_EDITIONS, parseIndustry } from '../standards/codes.ts';
import { parseFigureCell } from '../standards/figure-cell.ts';
import { MEASURES } from '../standards/measures.ts';
import { FREQUENCIES, type Frequency, parsePeriod } from '../standards/periods.ts';
import { cleanText, foldCode } from '../standards/text.ts';
import { decimalText, inUnit } from '../standards/units.ts';
import type { ConversionInput, ConversionSpec, Converted } from './contract.ts';
import { asWritten, badArgument, beyondSheet, flawed, NOTHING, ofText, remembering, sound } from './reading.ts';

/* Conversions of the macroeconomic base: periods, values with their units, indicators by name. */

const BRACKETS = ['negative', 'mark'] as const;

function value(argument: string): (text: string, input: ConversionInput) => Converted {
  const [column = '', option = '', ...more] = argument.split(/[,，;；]/).map((part) => part.trim());
  const measure = MEASURES[column];
  const brackets = BRACKETS.find((one) => option === `brackets=${one}`) ?? null;
  if (measure === undefined || more.length > 0 || (option !== '' && brackets === null))
    throw badArgument('value', argument, [...Object.keys(MEASURES), '万元,brackets=negative', '万元,brackets=mark']);
  const { unit, times, per } = measure;
  return (text, input) => {
    const cell = parseFigureCell(text, column, brackets);
    // The value is there, and the hub has it not: that is another thing than one that the publisher has not.
    if ('problem' in cell)
      return {
        ...flawed(null, input, 'M04', 'E', `"${text.slice(0, 30)}" ${cell.problem}`),
        extra: { unit, status: 'L' },
      };
    const { number, status, mark } = cell;
    const extra = {
      unit,
      status,
      ...(mark === null ? {} : { mark }),
      ...(number === null ? {} : { decimals: number.scale }),
    };
    if (number === null) return { value: null, issues: [], extra };
    return { value: decimalText(inUnit(number, times, per)), issues: beyondSheet(number, input), extra };
  };
}

const EDITIONS = ['1994', '2002', '2011', '2017'];

/** The editions of 1994 and 2002 are known by the shape of their codes alone; `5` and `05` are one division. */
function industryItem(text: string, edition: string, input: ConversionInput): Converted {
  const code = foldCode(text);
  const parts = /^([A-T]?)(\d{0,4})$/.exec(code);
  const list = INDUSTRY_EDITIONS.find((one) => one.edition === edition);
  const digits = parts?.[2] ? parts[2].padStart(2, '0') : '';
  if (parts === null || code === '' || (list !== undefined && parseIndustry(code, list) === null))
    return flawed(null, input, 'M22', 'E', `"${text.slice(0, 20)}" is no code of GB/T 4754-${edition}`);
  return sound(`4754-${edition}:${parts[1]}${digits}`);
}

const CALLED: Readonly<Record<Frequency, string>> = {
  ...{ A: 'a year', S: 'a half-year', Q: 'a quarter', M: 'a month', W: 'a week', D: 'a day' },
};

/** One column, or year and month (quarter, half-year, week) in two. */
const period =
  (wanted: Frequency | null) =>
  (values: readonly RawValue[], input: ConversionInput): Converted => {
    const texts: string[] = [];
    for (const raw of values) {
      const written = raw === null || raw === undefined ? null : asWritten(raw);
      const text = written === null ? '' : cleanText(written);
      if (text !== '') texts.push(text);
    }
    const [first, second] = texts;
    if (first === undefined) return NOTHING;
    const found = parsePeriod(first, wanted, second);
    const shown = texts.join(' ').slice(0, 30);
    if (found === null)
      return flawed(
        null,
        input,
        'M03',
        'E',
        wanted === null ? `"${shown}" is no year, quarter or month` : `"${shown}" is not ${CALLED[wanted]}`,
      );
    if ('may' in found) {
      const ways = found.may.map((one) => `${CALLED[one]} (${one})`).join(', ');
      return flawed(null, input, 'M03', 'E', `"${shown}" may be ${ways}: write period(M) or as it is in the mapping`);
    }
    const { frequency, accumulation, mayBe } = found;
    const extra = accumulation === null ? { frequency } : { frequency, accumulation };
    if (mayBe === undefined) return { value: found.period, issues: [], extra };
    const doubt = `"${shown}" is read as ${found.period}; where a sheet made a number of the month, it may be ${mayBe}: write the month as text`;
    return { ...flawed(found.period, input, 'C-period', 'W', doubt), extra };
  };

export const seriesConversions: readonly ConversionSpec[] = [
  {
    name: 'value',
    summary:
      '统计数值 in the base unit, exact decimal text; `…`, `-`, `x` are signs of a missing one, never 0; marks such as `5000*`, `6000(p)` are kept beside it; another unit in the cell is an error; tells unit, status, mark and decimals',
    arguments: `${Object.keys(MEASURES).join(', ')}; after a comma brackets=negative or brackets=mark, where (12.5) occurs`,
    prepare(argument) {
      if (argument === null) throw badArgument('value', argument, Object.keys(MEASURES));
      return ofText(value(argument));
    },
  },
  {
    name: 'period',
    summary:
      '时期: `2024`, `2024-S1`, `2024-Q1`, `2024-03`, `2024-W05`, `2024-03-31`, from any way of writing; tells frequency, and 累计 where it is written. The frequency in brackets is needed where the text does not say it: days, and a year beside a bare number',
    arguments: 'A (year), S (half-year), Q (quarter), M (month), W (week) or D (day)',
    prepare(argument) {
      const wanted = FREQUENCIES.find((one) => one === argument) ?? null;
      if (argument !== null && wanted === null) throw badArgument('period', argument, FREQUENCIES);
      return period(wanted);
    },
  },
  {
    name: 'indicator',
    summary: '指标: the code of an indicator, from its code, name or another name that the table of indicators knows',
    arguments: '',
    prepare(argument) {
      if (argument !== null) throw badArgument('indicator', argument, []);
      return ofText(
        remembering((text, input) => {
          const found = findIndicator(text);
          if (found !== null) return sound(found.code);
          return flawed(
            null,
            input,
            'M02',
            'E',
            `"${text.slice(0, 40)}" is none of the ${INDICATORS.length} indicators`,
          );
        }),
      );
    },
  },
  {
    name: 'industry-item',
    summary: '行业 of GB/T 4754 with its edition, as the item of a series: `4754-2017:C13`',
    arguments: EDITIONS.join(' or '),
    prepare(argument) {
      if (argument === null || !EDITIONS.includes(argument)) throw badArgument('industry-item', argument, EDITIONS);
      return ofText(remembering((text, input) => industryItem(text, argument, input)));
    },
  },
];
