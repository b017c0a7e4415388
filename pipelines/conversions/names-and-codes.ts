import type { Severity } from '../../schemas/base.ts';
import {
  type CodeList,
  EDUCATION,
  ENTITY_CLASS,
  ENTITY_STATUS,
  ETHNICITY,
  HOUSEHOLD_RELATION,
  INDUSTRY_EDITIONS,
  INSURANCE_STATUS,
  MARITAL_STATUS,
  parseIndustry,
  SEX,
  TAX_STATUS,
} from '../standards/codes.ts';
import { bracketedName, isMaskedName, namesSeveral } from '../standards/name-cells.ts';
import { canonicalEntityName, cleanPersonName } from '../standards/names.ts';
import { parseShares } from '../standards/shares.ts';
import { foldCode, foldWidth } from '../standards/text.ts';
import { isEntityClass } from '../standards/uscc.ts';
import type { ConversionInput, ConversionSpec, Converted } from './contract.ts';
import { badArgument, flawed, NOTHING, ofText, ofValue, plainConversion, remembering, sound } from './reading.ts';

/** One cell may hold more or less than a name: it is kept, and said. A former name is told where the attribute is the name. */
function personName(text: string, input: ConversionInput): Converted {
  if (namesSeveral(text)) return flawed(text, input, 'C-name-several', 'W', 'the names of several persons in one cell');
  const bracketed = bracketedName(text);
  if (bracketed !== null) {
    const { name, former } = bracketed;
    if (former === null || input.attribute !== 'name')
      return flawed(
        text,
        input,
        'C-name-former',
        'W',
        'brackets behind the name: have a former name in its own column',
      );
    const message = 'a former name in brackets, taken as such: have it in its own column';
    return {
      ...flawed(cleanPersonName(name).name, input, 'C-name-former', 'W', message),
      extra: { formerName: former },
    };
  }
  if (isMaskedName(text)) {
    const message = 'characters of the name are kept back: it is no evidence of who it is';
    return flawed(cleanPersonName(text).name, input, 'C-name-masked', 'W', message);
  }
  const { name, changedSeparator } = cleanPersonName(text);
  if (name === '') return NOTHING;
  if (!changedSeparator) return sound(name);
  return flawed(name, input, 'P18', 'I', 'another separator than U+00B7');
}

function entityName(text: string, input: ConversionInput): Converted {
  const name = canonicalEntityName(text);
  return name === text ? sound(name) : flawed(name, input, 'L15', 'I', 'half-width brackets or blanks inside');
}

const PAIRS = 'source=code,source=code: what this source writes, before the usual readings';

/** Reads `1=男,0=女`. The right side must be in the list. */
function ownReadings(name: string, argument: string | null, list: CodeList): ReadonlyMap<string, string> {
  const readings = new Map<string, string>();
  if (argument === null) return readings;
  for (const pair of argument.split(/[,，;；]/)) {
    const at = pair.indexOf('=');
    const code = at < 1 ? null : list.find(pair.slice(at + 1).trim());
    if (code === null)
      throw badArgument(
        name,
        pair,
        list.entries.map((entry) => `…=${entry.code}`),
      );
    readings.set(pair.slice(0, at).trim(), code);
  }
  return readings;
}

/** An unknown text is kept, with an issue: it may be the only trace of what the source meant. */
const codeConversion = (
  name: string,
  summary: string,
  list: CodeList,
  rule: string,
  severity: Severity,
  also: (text: string) => boolean = () => false,
): ConversionSpec => ({
  name,
  summary: `${summary} (${list.standard})`,
  arguments: PAIRS,
  prepare: (argument) => {
    const own = ownReadings(name, argument, list);
    return ofValue(
      remembering((text, input) => {
        const folded = foldWidth(text).trim();
        const code = own.get(text) ?? own.get(folded) ?? list.find(text) ?? list.find(folded);
        if (code !== null && code !== undefined) return sound(code);
        if (also(folded)) return sound(folded);
        return flawed(text, input, rule, severity, `"${text.slice(0, 20)}" is not in ${list.title} (${list.standard})`);
      }),
    );
  },
});

const industry: ConversionSpec = {
  name: 'industry',
  summary: '行业代码 of GB/T 4754: digits without the letter of the section where it adds nothing',
  arguments: INDUSTRY_EDITIONS.map(({ edition }) => edition).join(' or '),
  prepare: (argument) => {
    const wanted = argument ?? '2017';
    const edition = INDUSTRY_EDITIONS.find((known) => known.edition === wanted);
    if (edition === undefined)
      throw badArgument(
        'industry',
        argument,
        INDUSTRY_EDITIONS.map((known) => known.edition),
      );
    return ofValue(
      remembering((text, input) => {
        const folded = foldCode(text);
        const parsed = parseIndustry(folded, edition);
        if (parsed === null) return flawed(folded, input, 'L24', 'E', `no code of GB/T 4754-${edition.edition}`);
        if (parsed.consistent) return sound(parsed.code);
        return flawed(parsed.code, input, 'L24', 'E', `the division belongs to section ${parsed.section}`);
      }),
    );
  },
};

function phone(text: string, input: ConversionInput): Converted {
  const parts = foldWidth(text).split(/[,，、;；/|]/);
  let first = '';
  let several = false;
  for (const part of parts) {
    let digits = part.replace(/\.0$/, '').replace(/\D/g, '');
    if (digits.startsWith('0086')) digits = digits.slice(4);
    else if (digits.length === 13 && digits.startsWith('86')) digits = digits.slice(2);
    if (digits === '') continue;
    if (first === '') first = digits;
    else several = true;
  }
  if (first === '') return flawed(null, input, 'C-phone', 'W', 'no digits in it');
  return several ? flawed(first, input, 'C-phone', 'I', 'several numbers, of which the first is taken') : sound(first);
}

/** What cannot be read is kept as it is written, so that rule L32 does not judge half of it. */
function shares(text: string, input: ConversionInput): Converted {
  const parts = parseShares(text);
  if (parts === null)
    return flawed(text, input, 'C-shares', 'E', `"${text.slice(0, 30)}" is no list of names and percents`);
  return sound(parts.map(({ holder, percent }) => `${holder} ${percent}`).join('; '));
}

export const nameAndCodeConversions: readonly ConversionSpec[] = [
  plainConversion('person-name', '姓名: separators become U+00B7, padding goes, characters stay', () =>
    ofText(personName),
  ),
  plainConversion('entity-name', '名称: full-width brackets, no blanks', () => ofText(entityName)),
  codeConversion('sex', '性别', SEX, 'P13', 'E'),
  codeConversion('ethnicity', '民族', ETHNICITY, 'P14', 'E'),
  codeConversion('education', '学历', EDUCATION, 'C-unknown-code', 'E'),
  codeConversion('marital-status', '婚姻状况', MARITAL_STATUS, 'P15', 'W'),
  codeConversion('household-relation', '与户主关系', HOUSEHOLD_RELATION, 'P27', 'W'),
  codeConversion('insurance-status', '参保状态', INSURANCE_STATUS, 'C-unknown-code', 'E'),
  codeConversion('entity-status', '登记状态', ENTITY_STATUS, 'C-unknown-code', 'E'),
  codeConversion('entity-class', '机构类型', ENTITY_CLASS, 'C-unknown-code', 'E', isEntityClass),
  codeConversion('tax-status', '纳税状态', TAX_STATUS, 'C-unknown-code', 'E'),
  plainConversion('shares', '股东及出资比例: names and percents, such as `张三 60%；李四 40%`', () => ofValue(shares)),
  industry,
  plainConversion('phone', '电话: digits of the first number, without the country', () => ofValue(phone)),
];
