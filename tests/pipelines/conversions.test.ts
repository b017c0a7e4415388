import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CONVERSIONS, type Converted, prepareConversion } from '../../pipelines/conversions.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import { projectPath } from '../../schemas/kernel/paths.ts';
import type { RawValue } from '../../schemas/stream.ts';
import { holds } from './standards/seed.ts';

const today = '2026-06-01';
const run = (as: string, value: RawValue | readonly RawValue[], attribute = 'x', at: string | null = null): Converted =>
  prepareConversion(as)(Array.isArray(value) ? (value as RawValue[]) : [value as RawValue], { attribute, at, today });
const brief = (converted: Converted): string =>
  [String(converted.value), ...converted.issues.map((issue) => `${issue.rule}${issue.severity}`)].join(' ');

describe('citizen numbers report the rules of the catalogue', () => {
  test.each([
    ['630102194906010015', '630102194906010015'],
    ['６３０１０２１９４９０６０１００１５', '630102194906010015'],
    ['632123700815020', '632123197008150208'],
    ['63010219800101001', '63010219800101001 P01E'],
    ['6301021980x1010019', '6301021980X1010019 P01E'],
    ['630102198001010010', '630102198001010010 P02E'],
    ['630102198902290011', '630102198902290011 P03E'],
    ['630102209901010015', '630102209901010015 P04E'],
    ['63999919800101001X', '63999919800101001X P05E'],
    ['630102198001010000', '630102198001010000 P09E'],
    ['111111111111111111', '111111111111111111 P10E'],
    ['632123050101996', '632123050101996 P08W'],
    ['810000199001010019', '810000199001010019 P07I'],
    ['91124719900101001X', '91124719900101001X P07I'],
    ['', 'null'],
    ["'", 'null'],
  ])('%s gives %s', (raw, expected) => expect(brief(run('citizen-number', raw))).toBe(expected));
  test('a number from a numeric cell is fatal, fifteen digits are still exact', () => {
    expect(brief(run('citizen-number', Number('630102198001010012')))).toMatch(/P09F$/);
    expect(brief(run('citizen-number', '6.30102E+17'))).toMatch(/P09F$/);
    expect(brief(run('citizen-number', 632123700815020))).toBe('632123197008150208');
  });
  test('the upgraded flag is an attribute named after the number', () => {
    expect(run('citizen-number', '632123700815020', 'citizenNumber').extra).toEqual({ citizenNumberUpgraded: true });
    expect(run('citizen-number', '630102194906010015', 'citizenNumber').extra).toEqual({
      citizenNumberUpgraded: false,
    });
  });
  test('an area that was gone when the child was born', () => {
    expect(brief(run('citizen-number', '632123201505010019'))).toMatch(/P0[26]/);
    expect(brief(run('citizen-number', '632802200002290067'))).toBe('632802200002290067');
  });
  test('the day of the record decides about age', () => {
    expect(brief(run('citizen-number', '440524188001010014', 'x', '1999-01-01'))).toBe('440524188001010014');
    expect(brief(run('citizen-number', '440524188001010014'))).toMatch(/P04E/);
  });
  test('no message has the whole number', () => {
    for (const raw of ['630102198001010010', '63999919800101001X', '630102198001010000']) {
      for (const issue of run('citizen-number', raw).issues) expect(issue.message).not.toContain(raw.slice(0, 14));
    }
  });
});

describe('identifiers of entities', () => {
  test.each([
    ['uscc', '91630000710425337h', '91630000710425337H'],
    ['uscc', '91630000710425337', '91630000710425337 L01E'],
    ['uscc', '9163O000710425337H', '9163O000710425337H L01E'],
    ['uscc', '91630000710425337J', '91630000710425337J L02E'],
    ['uscc', '91350211M0000XUF46', '91350211M0000XUF46 L02W'],
    ['uscc', '946300007104253378', '946300007104253378 L03E'],
    ['uscc', '91639999710425337W', '91639999710425337W L04E'],
    ['uscc', '91630000710425330U', '91630000710425330U L05E'],
    ['uscc', '000000000000000000', '000000000000000000 L12E'],
    ['uscc', '无', 'null'],
    ['organisation-code', '71042533-7', '710425337'],
    ['organisation-code', '71042533-9', '710425339 L07E'],
    ['registration-number', '630000100012341', '630000100012341'],
    ['registration-number', '630000100012342', '630000100012342 L08E'],
    ['registration-number', '6300001000123', '6300001000123 L08W'],
    ['tax-number', '630000710425337', '630000710425337'],
    ['tax-number', '6300007104', '6300007104 L11E'],
  ])('%s %s gives %s', (as, raw, expected) => expect(brief(run(as, raw))).toBe(expected));
  test('thirteen digits by the day of deregistration', () => {
    expect(brief(run('registration-number', '6300001000123', 'x', '2005-01-01'))).toBe('6300001000123');
    expect(brief(run('registration-number', '6300001000123', 'x', '2010-01-01'))).toMatch(/L08E$/);
  });
  test('a credit code tells the class and knows its region by day', () => {
    expect(run('uscc', '91630000710425337H').extra).toEqual({ entityClass: '91' });
    expect(brief(run('uscc', '12632321522630018W', 'uscc', '2022-01-01'))).toBe('12632321522630018W L04W');
    expect(brief(run('uscc', '12632321522630018W', 'uscc', '1999-01-01'))).toBe('12632321522630018W');
  });
});

describe('other conversions', () => {
  test.each<[string, RawValue, string]>([
    ['person-name', '阿不都•热合曼', '阿不都·热合曼 P18I'],
    ['person-name', '才让多杰', '才让多杰'],
    ['person-name', '张三、李四', '张三、李四 C-name-severalW'],
    ['person-name', '张三/李四', '张三/李四 C-name-severalW'],
    ['person-name', 'Smith, John', 'Smith, John'],
    ['person-name', '*三', '*三 C-name-maskedW'],
    ['person-name', '张*', '张* C-name-maskedW'],
    ['person-name', '张○', '张○ C-name-maskedW'],
    ['person-name', '张三（大）', '张三（大） C-name-formerW'],
    ['person-name', '张三（曾用名：张四）', '张三（曾用名：张四） C-name-formerW'],
    ['entity-name', '青海(集团)有限公司', '青海（集团）有限公司 L15I'],
    ['household-relation', '长子', '22'],
    ['household-relation', '2', '20'],
    ['household-relation', '邻居', '邻居 P27W'],
    ['shares', '张三 60%；李四 40%', '张三 60; 李四 40'],
    ['shares', '甲(有限合伙):51.5,乙公司：48.5', '甲(有限合伙) 51.5; 乙公司 48.5'],
    ['shares', '张三（60％）、李四（40％）', '张三 60; 李四 40'],
    ['shares', '张三', '张三 C-sharesE'],
    ['sex', '男', '1'],
    ['sex', 2, '2'],
    ['sex', 'x', 'x P13E'],
    ['sex(1=男,0=女)', '0', '2'],
    ['ethnicity', '藏', '04'],
    ['ethnicity', '火星族', '火星族 P14E'],
    ['marital-status', '已婚', '20'],
    ['marital-status', '？', '？ P15W'],
    ['insurance-status', '参保缴费', '1'],
    ['entity-status', '吊销，未注销', '2'],
    ['entity-status', '有效', '1'],
    ['entity-class', '个体工商户', '92'],
    ['entity-class', '53', '53'],
    ['entity-class', '农村集体经济组织', '农村集体经济组织 C-unknown-codeE'],
    ['tax-status', '非正常户', '非正常'],
    ['industry', 'C1310', '1310'],
    ['industry', 'A1310', 'A1310 L24E'],
    ['phone', '+86 139-0971-0000', '13909710000'],
    ['phone', '0971-8230000', '09718230000'],
    ['phone', '13909710000/13809710000', '13909710000 C-phoneI'],
    ['chinese-date', '二〇〇四年一月三十一日', '2004-01-31'],
    ['chinese-date', '2004-02-30', 'null C-dateE'],
    ['chinese-date', '2004年', 'null C-date-impreciseW'],
    ['chinese-date', '长期', 'null C-dateW'],
    ['chinese-date', '04.1.31', '2004-01-31 C-date-assumedW'],
    ['chinese-date', '1900-01-01', '1900-01-01 C-date-placeholderI'],
    ['chinese-date', '00000000', 'null'],
    ['chinese-date(excel-1900)', 38017, '2004-01-31'],
    ['chinese-date-end', '长期', '9999-12-31'],
    ['amount(万元)', '12.345600', '123456'],
    ['amount(元)', 'abc', 'null C-amountE'],
    ['amount(元)', '123456789012345678', '123456789012345678 C-digitsW'],
    ['decimal', '1234567890123456', '1234567890123456 C-digitsW'],
    ['decimal', '123456789012345.678', '123456789012345.678'],
    ['value(元)', '123456789012345000', '123456789012345000 C-digitsW'],
    ['value(元)', '123456789012345', '123456789012345'],
    ['period(M)', '2012.1', '2012-01 C-periodW'],
    ['period(A)', '2012.1', 'null M03E'],
    ['amount(元)', '5万元', '50000 C-unitI'],
    ['area(亩)', '15', '10000'],
    ['integer', '1,234', '1234'],
    ['integer', '12.5', 'null C-integerE'],
    ['boolean', '是', 'true'],
    ['boolean', '无', 'false'],
    ['text', ' x\u0000 ', 'x'],
    ['text', new TextEncoder().encode('才让'), '才让'],
    ['text', Uint8Array.of(0xff, 0xff), 'null C-encodingE'],
    ['text', null, 'null'],
  ])('%s of %j is %s', (as, raw, expected) => expect(brief(run(as, raw))).toBe(expected));
  test('address joins columns without repeating', () => {
    expect(run('address', ['青海省', '青海省西宁市', '五四大街12号', null]).value).toBe('青海省西宁市五四大街12号');
  });
  test('several columns are alternatives elsewhere', () => expect(run('text', [null, '', 'b', 'c']).value).toBe('b'));
});

describe('regions', () => {
  test.each([
    ['630102', '630102'],
    ['632123', '630202 C-region-recodedI'],
    ['632124103', '630106 C-region-recodedI'],
    ['630111', '630111'],
    ['639999', '639999 C-regionE'],
    ['6301', '630100'],
    ['西宁市城东区', '630102'],
    ['110105', '110105'],
    ['某地', '某地 C-regionE'],
  ])('%s is %s', (raw, expected) => expect(brief(run('region', raw))).toBe(expected));
  test('household regions report P22', () =>
    expect(brief(run('region', '639999', 'householdRegion'))).toBe('639999 P22E'));
  test('the day of the record decides', () => {
    expect(brief(run('region@date', '632803', 'x', '2000-01-01'))).toBe('632803 C-region-earlyW');
    expect(brief(run('region@date', '632123', 'x', '1990-01-01'))).toBe('630202 C-region-recodedI');
    expect(['632123', '乐都县', '630202', '西海固'].map((value) => run('region-name', value).value)).toEqual([
      ...['乐都区', '乐都区', '乐都区'],
      '西海固',
    ]);
    expect(brief(run('region', '630102', 'x', '1949-06-01'))).toBe('630102');
  });
});

describe('naming a conversion', () => {
  const failure = (as: string): { message: string; allowed: unknown } => {
    try {
      prepareConversion(as);
    } catch (error) {
      if (isHubError(error) && error.code === 'HUB_MAPPING_INVALID')
        return { message: error.message, allowed: error.details.allowed };
      throw error;
    }
    throw new TypeError(`${as} was accepted`);
  };
  test('unknown names list the allowed', () => {
    expect(failure('citizen-numbre').message).toMatch(/did you mean "citizen-number"/);
    expect(failure('constructor').allowed).toEqual(Object.keys(CONVERSIONS));
  });
  test('arguments', () => {
    expect(failure('amount').message).toMatch(/needs an argument.*万元/);
    expect(failure('amount(亩)').allowed).toEqual(expect.arrayContaining(['元', '万元', '亿元']));
    expect(failure('uscc(x)').message).toMatch(/does not take "x"/);
    expect(failure('sex(1=z)').message).toMatch(/does not take "1=z"/);
    expect(failure('industry(1994)').allowed).toEqual(['2011', '2017']);
    expect(failure('chinese-date(x)').allowed).toEqual(expect.arrayContaining(['pivot-NN']));
    expect(prepareConversion('amount（万元）')).toBeInstanceOf(Function);
  });
});

test('a prepared conversion names the attribute it is asked about, though it remembers', () => {
  const convert = prepareConversion('chinese-date');
  for (const attribute of ['a', 'b', 'a']) {
    expect(convert(['2004-02-30'], { attribute, today }).issues[0]?.attribute).toBe(attribute);
  }
});

test('no value makes a conversion throw, and issues carry a rule and one line', () => {
  const all = Object.values(CONVERSIONS).map((spec) =>
    spec.prepare(
      { amount: '元', area: '亩', constant: 'x', value: '万元', 'industry-item': '2017' }[spec.name] ?? null,
    ),
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.double(),
    fc.boolean(),
    fc.uint8Array({ maxLength: 20 }),
    fc.constant(null),
  );
  holds(
    fc.property(fc.array(value, { maxLength: 3 }), fc.constantFrom(null, '1999-05-06', '2024-02-29'), (values, at) => {
      for (const convert of all) {
        const converted = convert(values, { attribute: 'x', at, today });
        for (const issue of converted.issues) {
          if (!/^([PLMS]\d\d|C-[a-z-]+)$/.test(issue.rule) || issue.message === '') throw new TypeError(issue.rule);
        }
      }
    }),
    500,
  );
});

test('the README lists every conversion', () => {
  const text = readFileSync(projectPath('pipelines/conversions/README.md'), 'utf8');
  const listed = [...text.matchAll(/^\| `([^`(]+)/gm)].map((row) => row[1]);
  expect(listed.sort()).toEqual(Object.keys(CONVERSIONS).sort());
});
