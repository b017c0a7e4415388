import type { Finding, Rule } from '../pipeline.ts';
import type { Attributes } from '../record.ts';
import { elsewhere } from '../rules.ts';
import { parseRegistrationNumber } from '../standards/registration-number.ts';
import { parseTaxNumber } from '../standards/tax-number.ts';
import { classOf } from './name-rules.ts';

const IDENTIFIERS = ['uscc', 'organisationCode', 'registrationNumber', 'taxNumber'] as const;

const CONSTANT = /^(.)\1+$/;

export const text = (attributes: Attributes, name: string): string | null => {
  const value = attributes[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

function fillerFindings(attributes: Attributes, ownerCode: string | undefined): readonly Finding[] {
  const findings: Finding[] = [];
  for (const attribute of IDENTIFIERS) {
    const value = text(attributes, attribute);
    if (value === null) continue;
    const filler = CONSTANT.test(value) ? 'a filler' : value === ownerCode ? "the department's own code" : null;
    if (filler !== null) findings.push({ attribute, message: `${attribute} is ${filler}` });
  }
  return findings;
}

function citizenInDisguise(number: string): boolean {
  if (number.length !== 15) return false;
  const month = Number(number.slice(8, 10));
  const day = Number(number.slice(10, 12));
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return false;
  return !parseRegistrationNumber(number).ok;
}

function sequenceProblem(number: string, entityClass: string | null): string | null {
  if (number.length !== 15 || entityClass === null) return null;
  const sole = number.charCodeAt(6) >= 54;
  if (entityClass === '92' && !sole) return 'a sole trader has a registration number of an enterprise';
  return entityClass === '91' && sole ? 'an enterprise has a registration number of a sole trader' : null;
}

export const identifierRules: readonly Rule[] = [
  elsewhere('conversion', {
    id: 'L01',
    attribute: 'uscc',
    severity: 'E',
    title: 'the credit code has 18 characters of the alphabet of 31',
    zh: '信用代码为18位，字符属于31个字符的代码字符集',
    basis: 'GB 32100',
  }),
  elsewhere('conversion', {
    id: 'L02',
    attribute: 'uscc',
    severity: 'E',
    title: 'the check character of the credit code holds; known older codes may be confirmed',
    zh: '信用代码校验码正确；已知的早期代码可人工确认',
    basis: 'GB 32100',
  }),
  elsewhere('conversion', {
    id: 'L03',
    attribute: 'uscc',
    severity: 'E',
    title: 'the pair of department and class in the credit code exists',
    zh: '信用代码的登记管理部门与机构类别组合存在',
    basis: { zh: 'GB 32100 代码表', en: 'GB 32100 table' },
  }),
  elsewhere('conversion', {
    id: 'L04',
    attribute: 'uscc',
    severity: 'E',
    title: 'the region in the credit code was allocated, and in force at the establishment',
    zh: '信用代码中的区划代码曾经设立，且在成立时有效',
    basis: 'GB/T 2260',
  }),
  elsewhere('conversion', {
    id: 'L05',
    attribute: 'uscc',
    severity: 'E',
    title: 'characters 9 to 17 of the credit code are a valid organisation code',
    zh: '信用代码第9至17位是有效的组织机构代码',
    basis: 'GB 11714',
  }),
  {
    id: 'L06',
    version: 1,
    attribute: 'organisationCode',
    severity: 'E',
    title: 'the organisation code equals characters 9 to 17 of the credit code',
    zh: '组织机构代码与信用代码第9至17位一致',
    basis: { zh: '字段间核对', en: 'cross-field' },
    needs: ['uscc', 'organisationCode'],
    check: (attributes) => {
      const uscc = text(attributes, 'uscc');
      const code = text(attributes, 'organisationCode');
      if (uscc === null || code === null || uscc.length !== 18 || uscc.endsWith(code, 17)) return null;
      return `organisation code ${code} differs from the credit code ${uscc}`;
    },
  },
  elsewhere('conversion', {
    id: 'L07',
    attribute: 'organisationCode',
    severity: 'E',
    title: 'the check character of the organisation code holds; PDY codes are internal and no key',
    zh: '组织机构代码校验码正确；PDY码仅限内部使用',
    basis: 'GB 11714',
  }),
  elsewhere('conversion', {
    id: 'L08',
    attribute: 'registrationNumber',
    severity: 'E',
    title: 'the registration number has 15 digits with a sound check digit; 13 only if closed before July 2007',
    zh: '注册号为15位且校验位正确；仅2007年7月前注销的可为13位',
    basis: 'GS15-2006',
  }),
  {
    id: 'L09',
    version: 1,
    attribute: 'registrationNumber',
    severity: 'W',
    title: 'the registration number is not a 15-digit citizen number in the wrong column',
    zh: '注册号不是误填的15位身份证号',
    basis: { zh: '号码种类间核对', en: 'cross-scheme' },
    check: (attributes) => {
      const number = text(attributes, 'registrationNumber');
      return number !== null && citizenInDisguise(number)
        ? 'the registration number looks like a citizen number'
        : null;
    },
  },
  {
    id: 'L10',
    version: 1,
    attribute: 'registrationNumber',
    severity: 'W',
    title: 'the sequence in the registration number fits the type: 0 to 5 enterprise, 6 to 9 sole trader',
    zh: '注册号顺序码与类型相符：0至5企业，6至9个体工商户',
    basis: 'GS15-2006',
    needs: ['registrationNumber'],
    check: (attributes) => {
      const number = text(attributes, 'registrationNumber');
      return number === null ? null : sequenceProblem(number, classOf(attributes));
    },
  },
  {
    id: 'L11',
    version: 1,
    attribute: 'taxNumber',
    severity: 'E',
    title: 'the tax number has 15, 17, 18 or 20 characters; an organisation code inside is that of the record',
    zh: '纳税人识别号为15、17、18或20位；其中的组织机构代码与本记录一致',
    basis: { zh: '税务登记规则', en: 'tax rules' },
    needs: ['organisationCode', 'taxNumber'],
    check: (attributes) => {
      const number = text(attributes, 'taxNumber');
      const code = text(attributes, 'organisationCode') ?? text(attributes, 'uscc')?.slice(8, 17) ?? null;
      if (number === null || code === null || number.includes(code)) return null;
      const parsed = parseTaxNumber(number);
      const embedded = parsed.ok ? parsed.organisationCode : null;
      return embedded === null || embedded === code
        ? null
        : `organisation code ${embedded} in the tax number is not ${code}`;
    },
  },
  {
    id: 'L12',
    version: 1,
    attribute: null,
    severity: 'E',
    title: "no identifier is a filler or the reporting department's own code",
    zh: '各类代码不是填充值，也不是报送部门自己的代码',
    basis: { zh: '通用或无效号码', en: 'generic identifiers' },
    check: (attributes, { ownerCode }) => fillerFindings(attributes, ownerCode),
  },
  elsewhere('linkage', {
    id: 'L13',
    attribute: 'uscc',
    severity: 'E',
    title: 'a register has one live entry under each credit code',
    zh: '一个登记机关内，一个信用代码只有一个存续主体',
    basis: { zh: '唯一性', en: 'uniqueness' },
  }),
];
