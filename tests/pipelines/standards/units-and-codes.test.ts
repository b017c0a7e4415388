import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  EDUCATION,
  ETHNICITY,
  INDUSTRY_EDITIONS,
  industrySection,
  MARITAL_STATUS,
  parseIndustry,
  SEX,
} from '../../../pipelines/standards/codes.ts';
import { type Decimal, decimalText, inUnit, parseAmount, parseDecimal } from '../../../pipelines/standards/units.ts';
import { holds } from './seed.ts';

describe('amounts', () => {
  test.each([
    ['100', '元', '100'],
    ['100.00', '元', '100'],
    ['0.10', '元', '0.1'],
    ['12.3456', '万元', '123456'],
    ['0.000001', '万元', '0.01'],
    ['294.24', '亿元', '29424000000'],
    ['9007199254740993', '元', '9007199254740993'],
    ['90071992547409.93', '万元', '900719925474099300'],
    ['1,234,567.8', '元', '1234567.8'],
    ['１２．５', '万元', '125000'],
    ['1.5E+2', '万元', '1500000'],
    ['-3.5', '万元', '-35000'],
    ['0.00', '万元', '0'],
    ['-0', '元', '0'],
    ['500万', '元', '5000000'],
    ['500万元人民币', '元', '5000000'],
    ['￥3,000元', '万元', '3000'],
    ['壹佰万元整', '元', '1000000'],
  ])('%s in %s is %s yuan', (text, unit, value) => expect(parseAmount(text, unit)?.value).toBe(value));
  test.each(['', 'x', '1,23', '1.2.3', '12亩', '--1', '1e999', '.'])('"%s" is none', (text) =>
    expect(parseAmount(text, '元')).toBeNull(),
  );
  test('the unit of the cell goes before that of the column', () => {
    expect(parseAmount('500万元', '元')).toEqual({ value: '5000000', ownUnit: '万元' });
  });
  test.each([
    ['15', '亩', '10000'],
    ['1', '亩', '666.666667'],
    ['3.5', '公顷', '35000'],
    ['2', '平方公里', '2000000'],
  ])('%s %s is %s square metres', (text, unit, value) => expect(parseAmount(text, unit)?.value).toBe(value));
  test('units of ten thousand move the point and lose nothing', () => {
    holds(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 12 }), (digits, scale) => {
        const yuan = parseDecimal(parseAmount(decimalText({ digits, scale }), '万元')!.value)!;
        expect(yuan.digits * 10n ** BigInt(scale)).toBe(digits * 10_000n * 10n ** BigInt(yuan.scale));
      }),
    );
  });
});

describe('code lists', () => {
  test('sex', () => {
    expect(['男', '女', 'M', 'F', '1', '2', '0', '9', '未知', '3'].map(SEX.find)).toEqual([
      '1',
      '2',
      '1',
      '2',
      '1',
      '2',
      '0',
      '9',
      '0',
      null,
    ]);
  });
  test('marital status, first digit alone', () => {
    expect(['10', '1', '已', '未婚', '丧偶', '离异', '23', '9', '50'].map(MARITAL_STATUS.find)).toEqual([
      '10',
      '10',
      '20',
      '10',
      '30',
      '40',
      '23',
      '90',
      null,
    ]);
  });
  test.each([
    ['汉族', '01'],
    ['藏', '04'],
    ['蒙古', '02'],
    ['土族', '30'],
    ['土', '30'],
    ['土家族', '15'],
    ['土家', '15'],
    ['撒拉', '35'],
    ['崩龙族', '46'],
    ['毛难', '36'],
    ['达翰尔族', '31'],
    ['达斡尔', '31'],
    ['4', '04'],
    ['其他', '97'],
    ['基诺族', '56'],
    ['57', null],
    ['蒙', null],
  ])('ethnicity %s is %s', (text, code) => expect(ETHNICITY.find(text)).toBe(code));
  test('56 peoples and two more', () => expect(ETHNICITY.entries).toHaveLength(58));
});

describe('industries', () => {
  const [e2011, e2017] = INDUSTRY_EDITIONS as [(typeof INDUSTRY_EDITIONS)[0], (typeof INDUSTRY_EDITIONS)[0]];
  test('20 sections, 96 and 97 divisions', () => {
    expect([e2011.lastDivisions.length, e2011.lastDivisions.at(-1)]).toEqual([20, 96]);
    expect([e2017.lastDivisions.length, e2017.lastDivisions.at(-1)]).toEqual([20, 97]);
    expect(industrySection(1, e2017)).toBe('A');
    expect(industrySection(97, e2017)).toBe('T');
    expect(industrySection(98, e2017)).toBeNull();
    expect([industrySection(79, e2011), industrySection(79, e2017)]).toEqual(['O', 'N']);
  });
  test.each([
    ['C1310', { code: '1310', section: 'C', level: 'class', consistent: true }],
    ['1310', { code: '1310', section: 'C', level: 'class', consistent: true }],
    ['5', { code: '05', section: 'A', level: 'division', consistent: true }],
    ['S', { code: 'S', section: 'S', level: 'section', consistent: true }],
    ['A1310', { code: 'A1310', section: 'C', level: 'class', consistent: false }],
  ])('%s', (text, parsed) => expect(parseIndustry(text, e2017)).toEqual(parsed));
  test.each(['', 'Z01', '98', '13100', '00', 'AA'])('"%s" is none', (text) =>
    expect(parseIndustry(text, e2017)).toBeNull(),
  );
});

test('education by code, by the first digit alone and by what people call it', () => {
  expect(['21', '2', '本科', '硕士', '初中', '技校', '文盲'].map(EDUCATION.find)).toEqual([
    '21',
    '20',
    '20',
    '14',
    '70',
    '47',
    '90',
  ]);
  expect(['5', '99', '大'].map(EDUCATION.find)).toEqual([null, null, null]);
});

test('亩 in hectares: six digits in all, so that a sum shows no more; exact where it can be', () => {
  const hectares = (text: string): string => decimalText(inUnit(parseDecimal(text) as Decimal, 1n, 15n));
  expect(['2176811.0', '1.5', '0.1', '-1', '1.00001', '15.03', '3'].map(hectares)).toEqual([
    '145120.733333',
    '0.1',
    '0.006667',
    '-0.066667',
    '0.066667',
    '1.002',
    '0.2',
  ]);
  const kilograms = (text: string): string => decimalText(inUnit(parseDecimal(text) as Decimal, 1n, 1_000n));
  expect(['1.2345', '0.000001'].map(kilograms)).toEqual(['0.0012345', '0.000000001']);
});
