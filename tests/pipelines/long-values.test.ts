import { describe, expect, test } from '@jest/globals';
import { CONVERSIONS } from '../../pipelines/conversions.ts';
import * as citizen from '../../pipelines/standards/citizen-number.ts';
import * as codes from '../../pipelines/standards/codes.ts';
import * as dates from '../../pipelines/standards/dates.ts';
import * as names from '../../pipelines/standards/names.ts';
import * as numerals from '../../pipelines/standards/numerals.ts';
import * as organisation from '../../pipelines/standards/organisation-code.ts';
import * as periods from '../../pipelines/standards/periods.ts';
import * as regions from '../../pipelines/standards/regions.ts';
import * as registration from '../../pipelines/standards/registration-number.ts';
import * as shares from '../../pipelines/standards/shares.ts';
import * as tax from '../../pipelines/standards/tax-number.ts';
import * as texts from '../../pipelines/standards/text.ts';
import * as units from '../../pipelines/standards/units.ts';
import * as uscc from '../../pipelines/standards/uscc.ts';

/* A value that is twice as long costs twice as much, not four times: no row can block the process. */

type Reads = (text: string) => unknown;

const PARSERS: Readonly<Record<string, Reads>> = {
  parseCitizenNumber: (text) => citizen.parseCitizenNumber(text),
  parseIndustry: (text) => codes.parseIndustry(text, codes.INDUSTRY_EDITIONS[0] as codes.IndustryEdition),
  parseDate: (text) => dates.parseDate(text),
  cleanPersonName: names.cleanPersonName,
  nameKey: names.nameKey,
  canonicalEntityName: names.canonicalEntityName,
  entityNameKey: names.entityNameKey,
  entityCoreName: names.entityCoreName,
  parseNumeral: numerals.parseNumeral,
  parseOrganisationCode: organisation.parseOrganisationCode,
  parsePeriod: periods.parsePeriod,
  resolveRegion: (text) => regions.resolveRegion(text),
  regionNamed: regions.regionNamed,
  parseRegistrationNumber: registration.parseRegistrationNumber,
  parseShares: shares.parseShares,
  parseTaxNumber: tax.parseTaxNumber,
  cleanText: texts.cleanText,
  foldWidth: texts.foldWidth,
  foldCode: texts.foldCode,
  parseDecimal: units.parseDecimal,
  parseAmount: (text) => units.parseAmount(text, '万元'),
  parseUscc: uscc.parseUscc,
};

const ARGUMENTS = [
  null,
  '万元',
  '1=男,2=女',
  '省,市,县',
  '2017',
  'EPSG:4490',
  '4490',
  'CNY',
  'x',
  'month',
  '亩',
  '10',
  '元',
];
const prepared = Object.values(CONVERSIONS).map(({ name, prepare }): readonly [string, Reads | null] => {
  for (const argument of ARGUMENTS)
    try {
      const convert = prepare(argument);
      return [name, (text) => convert([text], { attribute: 'a', today: '2026-11-27' })];
    } catch {
      // Another argument may be allowed.
    }
  return [name, null];
});

const UNITS = [
  ...[
    ' ',
    '\u3000',
    '\t',
    '\n',
    '0',
    '1',
    '9',
    'a',
    'X',
    '中',
    '一',
    '万',
    '十',
    '年',
    '月',
    '省',
    '市',
    '县',
    '号',
    '·',
    '.',
    ',',
    '，',
  ],
  ...[
    '-',
    '/',
    '(',
    '（',
    ')',
    '%',
    '=',
    ':',
    ';',
    '、',
    '"',
    '\\',
    '\u200b',
    '1年',
    '1-',
    'a ',
    '1,',
    '1/2',
    '年1月',
    '(a',
    '（一',
    '12.',
    '青海',
  ],
  ...['公司', '有限', '1;', 'POINT(1 1),', '一二', '0.0', '+1', '第一'],
];
const ENDS = ['', '!', ' x', '1'];
const SHORT = 12_500;

const textOf = (unit: string, end: string, length: number): string =>
  unit.repeat(Math.ceil(length / unit.length)).slice(0, length) + end;

/** Of the processor, least of three: another process does not count. */
function costOf(read: Reads, text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 3 && least > WORTH_A_LOOK_MS; i++) {
    const begun = process.cpuUsage().user;
    read(text);
    least = Math.min(least, (process.cpuUsage().user - begun) / 1_000);
  }
  return least;
}

/** A value of 12,500 characters that is read sooner than this is read in linear time, or does not hurt. */
const WORTH_A_LOOK_MS = 20;

function growsTooFast(read: Reads): readonly string[] {
  const slow: string[] = [];
  for (const unit of UNITS)
    for (const end of ENDS) {
      const half = costOf(read, textOf(unit, end, SHORT));
      if (half <= WORTH_A_LOOK_MS) continue;
      const whole = costOf(read, textOf(unit, end, 2 * SHORT));
      if (whole > 3 * half)
        slow.push(`${JSON.stringify(unit + end)}: ${half.toFixed(1)} ms, twice as long ${whole.toFixed(1)} ms`);
    }
  return slow;
}

describe('long values are read in a time that grows as they do', () => {
  test.each(Object.entries(PARSERS))('%s', (_, read) => {
    expect(growsTooFast(read)).toEqual([]);
  });

  test.each(prepared)('conversion %s', (name, read) => {
    expect([name, read === null]).toEqual([name, false]);
    expect(growsTooFast(read as Reads)).toEqual([]);
  });

  test('the measure finds what is quadratic', () => {
    expect(growsTooFast((text) => text.replace(/0+$/, ''))).not.toEqual([]);
  });
});
