import { datedBy } from '../calendar.ts';
import type { Rule } from '../pipeline.ts';
import type { Attributes } from '../record.ts';
import { elsewhere } from '../rules.ts';

/** Numbers that pass every check and still name nobody: the samples that GB 11643 itself prints. */
const SAMPLE_NUMBERS = new Set(['11010519491231002X', '440524188001010014', '34052419800101001X']);
const CONSTANT = /^(.)\1+$/;

export const text = (attributes: Attributes, name: string): string | null => {
  const value = attributes[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** 18 characters, or null: shorter and longer values have no birth date and no parity. */
const fullNumber = (attributes: Attributes): string | null => {
  const number = text(attributes, 'citizenNumber');
  return number?.length === 18 ? number : null;
};

/** The day that a whole number tells, `YYYY-MM-DD`. */
export const birthOfNumber = (number: string): string | null =>
  number.length === 18 ? `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}` : null;

export const identityRules: readonly Rule[] = [
  elsewhere('conversion', {
    id: 'P01',
    attribute: 'citizenNumber',
    severity: 'E',
    title: 'the number has 18 characters (or 15), all digits but for a last X',
    zh: '号码为18位(或15位)数字，末位可为X',
    basis: 'GB 11643',
  }),
  elsewhere('conversion', {
    id: 'P02',
    attribute: 'citizenNumber',
    severity: 'E',
    title: 'the check character of the number holds',
    zh: '号码校验码正确',
    basis: 'GB 11643, ISO 7064',
  }),
  elsewhere('conversion', {
    id: 'P03',
    attribute: 'citizenNumber',
    severity: 'E',
    title: 'digits 7 to 14 of the number are a day of the calendar',
    zh: '号码第7至14位是真实日期',
    basis: 'GB/T 7408',
  }),
  elsewhere('conversion', {
    id: 'P04',
    attribute: 'citizenNumber',
    severity: 'E',
    title: 'the holder is born by the day of the record and at most 125 years old',
    zh: '出生不晚于记录日期，年龄不超过125岁',
    basis: { zh: '常理', en: 'plausibility' },
  }),
  elsewhere('conversion', {
    id: 'P05',
    attribute: 'citizenNumber',
    severity: 'E',
    title: 'the area code of the number was allocated at some time',
    zh: '号码前六位是历年行政区划代码',
    basis: 'GB/T 2260',
  }),
  elsewhere('conversion', {
    id: 'P06',
    attribute: 'citizenNumber',
    severity: 'W',
    title: 'the area code was in force when the number was issued, for births from 2000 on',
    zh: '2000年以后出生者的号码，前六位在编码当年有效',
    basis: 'GB/T 2260',
  }),
  elsewhere('conversion', {
    id: 'P07',
    attribute: 'citizenNumber',
    severity: 'I',
    title: 'numbers that begin with 9, 81, 82 or 83 belong to other documents',
    zh: '以9、81、82、83开头的号码属于其他证件',
    basis: {
      zh: '外国人永久居留身份证(2023)、港澳台居民居住证',
      en: 'permanent residence card 2023, residence permits',
    },
  }),
  elsewhere('conversion', {
    id: 'P08',
    attribute: 'citizenNumber',
    severity: 'W',
    title: '15 digits with sequence 996 to 999 leave the century open and go to review',
    zh: '15位号码顺序码为996至999的须人工核对世纪',
    basis: 'GB 11643-1989',
  }),
  elsewhere('conversion', {
    id: 'P09',
    attribute: 'citizenNumber',
    severity: 'F',
    title:
      'the number does not come from a numeric cell; at most 1 % of a stream have the sequence 000 of rounded numbers',
    zh: '号码不来自数值单元格；顺序码000(被取整)的不超过一个数据流的1%',
    basis: 'IEEE 754',
  }),
  {
    id: 'P10',
    version: 1,
    attribute: 'citizenNumber',
    severity: 'E',
    title: 'the number is no printed sample or filler and is not borne under more than two names',
    zh: '号码不是样例或填充值，且不在两个以上姓名下出现',
    basis: { zh: '重号', en: 'duplicate numbers (重号)' },
    check: (attributes) => {
      const number = text(attributes, 'citizenNumber');
      if (number === null) return null;
      return SAMPLE_NUMBERS.has(number) || CONSTANT.test(number)
        ? 'the number is a sample or a filler, not a person'
        : null;
    },
  },
  {
    id: 'P11',
    version: 1,
    attribute: 'birthDate',
    severity: 'E',
    title: 'the birth date equals digits 7 to 14 of the number',
    zh: '出生日期与号码第7至14位一致',
    basis: { zh: '字段间核对', en: 'cross-field' },
    needs: ['citizenNumber', 'birthDate'],
    check: (attributes) => {
      const number = fullNumber(attributes);
      const birth = text(attributes, 'birthDate');
      if (number === null || birth === null || datedBy(number, 6, birth)) return null;
      return `birth date ${birth} differs from the citizen number`;
    },
  },
  {
    id: 'P12',
    version: 1,
    attribute: 'sex',
    severity: 'E',
    title: 'the sex equals the parity of digit 17 of the number',
    zh: '性别与号码第17位奇偶一致',
    basis: 'GB 11643',
    needs: ['citizenNumber', 'sex'],
    check: (attributes) => {
      const number = fullNumber(attributes);
      const sex = attributes.sex;
      if (number === null || (sex !== '1' && sex !== '2')) return null;
      const odd = number.charCodeAt(16) % 2 === 1;
      return odd === (sex === '1') ? null : `sex ${sex} differs from the citizen number`;
    },
  },
];
