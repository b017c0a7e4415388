import type { AttributeSpec } from '../pipeline.ts';

const police = ['public-security', 'health', 'social-security', 'education', 'tax'];

/** Names follow DB37/T 4223.1-2020 in meaning; authority order by the lead department of each attribute. */
export const populationAttributes = {
  citizenNumber: { type: 'identifier', zh: '公民身份号码', en: 'citizen number', sensitivity: 3, authority: police },
  /** true when an 18-digit number was made from a 15-digit one: its check digit proves nothing. */
  citizenNumberUpgraded: {
    type: 'boolean',
    zh: '由15位升位',
    en: 'upgraded from 15 digits',
    sensitivity: 1,
    authority: police,
    follows: 'citizenNumber',
  },
  name: { type: 'text', zh: '姓名', en: 'name', sensitivity: 2, authority: police },
  formerName: { type: 'text', zh: '曾用名', en: 'former name', sensitivity: 2, authority: police },
  sex: { type: 'code', zh: '性别', en: 'sex', sensitivity: 1, authority: police },
  ethnicity: { type: 'code', zh: '民族', en: 'ethnicity', sensitivity: 2, authority: police },
  birthDate: { type: 'date', zh: '出生日期', en: 'birth date', sensitivity: 2, authority: police },
  deathDate: {
    type: 'date',
    zh: '死亡日期',
    en: 'death date',
    sensitivity: 2,
    authority: ['health', 'public-security', 'civil-affairs'],
  },
  maritalStatus: {
    type: 'code',
    zh: '婚姻状况',
    en: 'marital status',
    sensitivity: 2,
    authority: ['civil-affairs', 'public-security'],
  },
  householdRegion: { type: 'region', zh: '户籍地区划', en: 'household region', sensitivity: 1, authority: police },
  householdAddress: { type: 'text', zh: '户籍地址', en: 'household address', sensitivity: 2, authority: police },
  residenceRegion: {
    type: 'region',
    zh: '居住地区划',
    en: 'residence region',
    sensitivity: 1,
    authority: ['public-security', 'social-security'],
  },
  residenceAddress: {
    type: 'text',
    zh: '居住地址',
    en: 'residence address',
    sensitivity: 2,
    authority: ['public-security', 'social-security'],
  },
  phone: {
    type: 'text',
    zh: '联系电话',
    en: 'phone',
    sensitivity: 2,
    authority: ['social-security', 'public-security'],
  },
  socialSecurityNumber: {
    type: 'identifier',
    zh: '社会保障号',
    en: 'social security number',
    sensitivity: 3,
    authority: ['social-security'],
  },
  insuranceStatus: {
    type: 'code',
    zh: '参保状态',
    en: 'insurance status',
    sensitivity: 2,
    authority: ['social-security'],
  },
  insuredSince: { type: 'date', zh: '参保日期', en: 'insured since', sensitivity: 1, authority: ['social-security'] },
  contributionBase: {
    type: 'decimal',
    zh: '缴费基数(元)',
    en: 'contribution base, yuan',
    sensitivity: 3,
    authority: ['social-security'],
  },
  employerName: { type: 'text', zh: '工作单位', en: 'employer', sensitivity: 2, authority: ['social-security', 'tax'] },
} as const satisfies Record<string, AttributeSpec>;
