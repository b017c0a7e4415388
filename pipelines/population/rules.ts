import { completedYears } from '../calendar.ts';
import type { Finding, Rule } from '../pipeline.ts';
import type { Attributes } from '../record.ts';
import { addressContradicts, regionProblem } from '../region-rules.ts';
import { elsewhere } from '../rules.ts';
import { birthOfNumber, identityRules, text } from './identity-rules.ts';
import { hasUnassigned, isPlaceholderName, nameProblem } from './name-rules.ts';

const SEX = new Set(['0', '1', '2', '9']);
const MARITAL = new Set(['10', '20', '21', '22', '23', '30', '40', '90']);
const ETHNICITY = /^(0[1-9]|[1-4]\d|5[0-6]|97|98)$/;
const MOBILE = /^1[3-9]\d{9}$/;
export const YOUNGEST_PARENT = 12;
export const OLDEST_MOTHER = 55;
const LEGAL_AGE = { '1': 22, '2': 20 } as const;

function maritalProblem(attributes: Attributes, today: string): string | null {
  const status = text(attributes, 'maritalStatus');
  if (status === null) return null;
  if (!MARITAL.has(status)) return `marital status ${status} is not in GB/T 2261.2`;
  const sex = text(attributes, 'sex');
  const birth = text(attributes, 'birthDate');
  if (status < '20' || status > '23' || birth === null || (sex !== '1' && sex !== '2')) return null;
  const age = completedYears(birth, today);
  return age < LEGAL_AGE[sex] ? `married at the age of ${age}, legal age is ${LEGAL_AGE[sex]}` : null;
}

function deathProblem(attributes: Attributes, today: string): string | null {
  const death = text(attributes, 'deathDate');
  if (death === null) return null;
  if (death > today) return `death date ${death} is in the future`;
  const birth = text(attributes, 'birthDate');
  return birth !== null && death < birth ? `death date ${death} is before the birth date` : null;
}

const PARENTS = [
  ['fatherNumber', 'father'],
  ['motherNumber', 'mother'],
] as const;

/** The number of a parent tells when he or she was born; parents that a household names are compared by the search. */
function parentFindings(attributes: Attributes): readonly Finding[] | null {
  let findings: Finding[] | null = null;
  for (const [attribute, parent] of PARENTS) {
    const number = text(attributes, attribute);
    if (number === null) continue;
    const born = birthOfNumber(number);
    const birth = text(attributes, 'birthDate');
    if (born === null || birth === null) continue;
    const years = completedYears(born, birth);
    if (years >= YOUNGEST_PARENT && (parent === 'father' || years <= OLDEST_MOTHER)) continue;
    findings ??= [];
    findings.push({ attribute, message: `the ${parent} was ${years} years old at the birth` });
  }
  return findings;
}

const attributeRules: readonly Rule[] = [
  {
    id: 'P13',
    version: 1,
    attribute: 'sex',
    severity: 'E',
    title: 'the sex is one of 0, 1, 2, 9',
    zh: '性别代码为0、1、2、9之一',
    basis: 'GB/T 2261.1',
    check: (attributes) => {
      const sex = text(attributes, 'sex');
      return sex === null || SEX.has(sex) ? null : `sex ${sex} is not in GB/T 2261.1`;
    },
  },
  {
    id: 'P14',
    version: 1,
    attribute: 'ethnicity',
    severity: 'E',
    title: 'the ethnicity is one of 01 to 56, 97, 98',
    zh: '民族代码为01至56、97、98之一',
    basis: 'GB/T 3304',
    check: (attributes) => {
      const ethnicity = text(attributes, 'ethnicity');
      return ethnicity === null || ETHNICITY.test(ethnicity) ? null : `ethnicity ${ethnicity} is not in GB/T 3304`;
    },
  },
  {
    id: 'P15',
    version: 1,
    attribute: 'maritalStatus',
    severity: 'W',
    title: 'the marital status is a known code; the married have the legal age of 22 (men) or 20 (women)',
    zh: '婚姻状况为标准代码；已婚者达到法定婚龄(男22、女20周岁)',
    basis: { zh: 'GB/T 2261.2、民法典第1047条', en: 'GB/T 2261.2, Civil Code art. 1047' },
    needs: ['sex', 'birthDate'],
    check: (attributes, { today }) => maritalProblem(attributes, today),
  },
  elsewhere('linkage', {
    id: 'P16',
    attribute: 'maritalStatus',
    severity: 'W',
    title: 'the spouse names this person as spouse, and nobody alive is married to the dead',
    zh: '配偶双方互为配偶，在世者不登记为与已故者在婚',
    basis: { zh: '记录间核对', en: 'cross-record' },
  }),
  {
    id: 'P17',
    version: 1,
    attribute: 'name',
    severity: 'E',
    title: 'the name has 2 to 50 characters without digits or control characters; Latin letters only for foreigners',
    zh: '姓名为2至50个字符，无数字和控制字符，仅外国人可用拉丁字母',
    basis: '民委发〔2016〕33号',
    check: (attributes) => {
      const name = text(attributes, 'name');
      return name === null ? null : nameProblem(name, attributes.citizenNumber);
    },
  },
  elsewhere('conversion', {
    id: 'P18',
    attribute: 'name',
    severity: 'I',
    title: 'the parts of a name are separated by U+00B7; other signs are replaced and reported',
    zh: '姓名分隔符为U+00B7，其他写法规范后报告',
    basis: '民委发〔2016〕33号',
  }),
  {
    id: 'P19',
    version: 1,
    attribute: 'name',
    severity: 'W',
    title: 'the name has no private-use or unassigned character',
    zh: '姓名不含自造字和未编码字符',
    basis: 'GB 18030',
    check: (attributes) => {
      const name = text(attributes, 'name');
      return name !== null && hasUnassigned(name) ? 'name has a private-use or unassigned character' : null;
    },
  },
  {
    id: 'P20',
    version: 1,
    attribute: 'name',
    severity: 'W',
    title: 'the name is not a placeholder, nor one of those of examples (张三) in bulk',
    zh: '姓名不是占位值，张三等示例姓名不成批出现',
    basis: { zh: '数据分布', en: 'profiling' },
    check: (attributes) => {
      const name = text(attributes, 'name');
      return name !== null && isPlaceholderName(name) ? `name ${name} is a placeholder` : null;
    },
  },
  elsewhere('linkage', {
    id: 'P21',
    attribute: 'name',
    severity: 'E',
    title: "records with the same number have names that may be one person's",
    zh: '同一号码的记录，姓名可为同一人',
    basis: { zh: '来源间核对', en: 'cross-source' },
  }),
  {
    id: 'P22',
    version: 1,
    attribute: 'householdRegion',
    severity: 'E',
    title: 'the household region was allocated; a code that was divided needs an address',
    zh: '户籍地区划代码曾经设立；已拆分的代码须有地址',
    basis: 'GB/T 2260',
    check: (attributes) => {
      const region = text(attributes, 'householdRegion');
      return region === null ? null : regionProblem(region, text(attributes, 'householdAddress') !== null);
    },
  },
  {
    id: 'P23',
    version: 1,
    attribute: 'householdAddress',
    severity: 'W',
    title: 'the region that the address names is the household region',
    zh: '地址中的区划与户籍地区划一致',
    basis: { zh: '地名核对', en: 'gazetteer' },
    needs: ['householdRegion'],
    check: (attributes) => {
      const region = text(attributes, 'householdRegion');
      const address = text(attributes, 'householdAddress');
      return region === null || address === null ? null : addressContradicts(region, address);
    },
  },
  {
    id: 'P24',
    version: 1,
    attribute: 'deathDate',
    severity: 'E',
    title: 'the death is not before the birth and not in the future',
    zh: '死亡日期不早于出生、不晚于今日',
    basis: { zh: '常理', en: 'plausibility' },
    check: (attributes, { today }) => deathProblem(attributes, today),
  },
  elsewhere('linkage', {
    id: 'P25',
    attribute: 'deathDate',
    severity: 'E',
    title: 'nobody is insured, paid benefits or married after death',
    zh: '死亡以后无参保、待遇发放和结婚登记',
    basis: { zh: '人社、民政', en: '人社, 民政' },
  }),
  {
    id: 'P26',
    version: 1,
    attribute: null,
    severity: 'W',
    title: 'a parent is at least 12 years older than the child, a mother at most 55',
    zh: '父母比子女至少年长12岁，母亲至多年长55岁',
    basis: { zh: '常理', en: 'plausibility' },
    needs: ['birthDate', 'fatherNumber', 'motherNumber'],
    check: (attributes) => parentFindings(attributes),
  },
  elsewhere('linkage', {
    id: 'P27',
    attribute: null,
    severity: 'W',
    title: 'a household has exactly one living head; relations to the head are known codes',
    zh: '一户有且只有一名在世户主；与户主关系为标准代码',
    basis: 'GB/T 4761',
  }),
  {
    id: 'P28',
    version: 1,
    attribute: 'phone',
    severity: 'I',
    title: 'the phone is a mobile number of 11 digits and is not given by more than 10 persons',
    zh: '联系电话为11位手机号码，且使用人不超过10人',
    basis: { zh: '号码规则', en: 'numbering plan' },
    check: (attributes) => {
      const phone = text(attributes, 'phone');
      return phone === null || MOBILE.test(phone) ? null : 'phone is not an 11-digit mobile number';
    },
  },
  elsewhere('search', {
    id: 'P29',
    attribute: 'birthDate',
    severity: 'I',
    title: 'births on 1 January are at most three times as many as expected in a stream',
    zh: '一个数据流中1月1日出生者不超过预期的三倍',
    basis: { zh: '数据分布', en: 'profiling' },
  }),
  elsewhere('linkage', {
    id: 'P30',
    attribute: null,
    severity: 'W',
    title: 'no two sound numbers stand under one name, birth date and county; such pairs go to review',
    zh: '同名、同日出生、同县者不应有两个有效号码，须人工核对',
    basis: { zh: '归并', en: 'linkage' },
  }),
  elsewhere('linkage', {
    id: 'P31',
    attribute: 'residenceRegion',
    severity: 'W',
    title: 'nobody lives in two provinces on the same day',
    zh: '同一人同一天不在两个省居住',
    basis: { zh: '记录间核对', en: 'cross-record' },
  }),
  elsewhere('search', {
    id: 'P32',
    attribute: null,
    severity: 'W',
    title: 'a source brings something new within its promised update cycle',
    zh: '数据源在承诺的更新周期内有更新',
    basis: { zh: '资源目录承诺', en: 'directory' },
  }),
];

/** The rules of the catalogue for persons. */
export const populationRules: readonly Rule[] = [...identityRules, ...attributeRules];
