import { completedYears } from '../calendar.ts';
import type { Rule } from '../pipeline.ts';
import { addressContradicts } from '../region-rules.ts';
import { elsewhere } from '../rules.ts';
import { parseShares, sumOfShares } from '../standards/shares.ts';
import { identifierRules, text } from './identifier-rules.ts';
import { classOf, nameProblem } from './name-rules.ts';
import { dateFindings, isDeregistered, isRevoked } from './status-rules.ts';

const INDUSTRY = /^([A-T])?(\d{2,4})?$/;
/** Last division of each section of GB/T 4754-2017, A to T; section B begins after the last division of A. */
const LAST_DIVISION = [5, 12, 43, 46, 50, 52, 60, 62, 65, 69, 70, 72, 75, 79, 82, 83, 85, 90, 96, 97] as const;

function industryProblem(industry: string): string | null {
  const match = INDUSTRY.exec(industry);
  if (match === null || industry === '') return `industry ${industry} is not a code of GB/T 4754`;
  const [, section, digits] = match;
  if (digits === undefined) return null;
  const division = Number(digits.slice(0, 2));
  if (division < 1 || division > 97) return `industry ${industry}: no division ${digits.slice(0, 2)} in GB/T 4754`;
  if (section === undefined) return null;
  const index = section.charCodeAt(0) - 65;
  const first = (LAST_DIVISION[index - 1] ?? 0) + 1;
  return division >= first && division <= LAST_DIVISION[index]!
    ? null
    : `industry ${industry}: division ${digits.slice(0, 2)} is not in section ${section}`;
}

const attributeRules: readonly Rule[] = [
  {
    id: 'L14',
    version: 1,
    attribute: 'name',
    severity: 'W',
    title: 'the name has at least 4 characters, begins with a region or trade name, and its form suits the class',
    zh: '名称至少4个字，以区划或字号开头，组织形式与类别相符',
    basis: { zh: '名称规则', en: 'naming rules' },
    check: (attributes) => {
      const name = text(attributes, 'name');
      return name === null ? null : nameProblem(name, classOf(attributes));
    },
  },
  elsewhere('conversion', {
    id: 'L15',
    attribute: 'name',
    severity: 'I',
    title: 'the name has full-width brackets and no blanks beside Chinese characters',
    zh: '名称使用全角括号，汉字旁无空格',
    basis: { zh: '名称规则', en: 'naming rules' },
  }),
  elsewhere('linkage', {
    id: 'L16',
    attribute: 'name',
    severity: 'E',
    title: 'sources agree on the core name of an entity, unless a former name explains the difference',
    zh: '各来源的核心名称一致，或有曾用名可以解释',
    basis: 'DB43/T 880',
  }),
  elsewhere('linkage', {
    id: 'L17',
    attribute: 'name',
    severity: 'W',
    title: 'no two live entities of a county have the same core name; such pairs go to review',
    zh: '同县存续主体的核心名称不重复，重复的须人工核对',
    basis: { zh: '归并', en: 'linkage' },
  }),
  {
    id: 'L18',
    version: 1,
    attribute: 'legalRepresentativeNumber',
    severity: 'W',
    title: 'the legal representative is at least 18 years old; the number itself is judged by P01 to P05',
    zh: '法定代表人年满18周岁；证件号码另按P01至P05判断',
    basis: { zh: '民法典第18条', en: 'Civil Code art. 18' },
    needs: ['legalRepresentativeNumber'],
    check: (attributes, { today }) => {
      const number = text(attributes, 'legalRepresentativeNumber');
      if (number?.length !== 18) return null;
      const birth = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
      const age = completedYears(birth, today);
      return age < 18 ? `the legal representative is ${age} years old` : null;
    },
  },
  elsewhere('linkage', {
    id: 'L19',
    attribute: 'legalRepresentativeName',
    severity: 'W',
    title: 'tax has the legal representative of the register 30 days after a change',
    zh: '变更30天后，税务与市场监管的法定代表人一致',
    basis: { zh: '及时性', en: 'timeliness' },
  }),
  {
    id: 'L20',
    version: 1,
    attribute: null,
    severity: 'E',
    title: 'established, approved and today follow each other; the term ends after it began or never',
    zh: '成立、核准、今日依次；营业期限止于成立之后或长期',
    basis: { zh: '字段间核对', en: 'cross-field' },
    check: (attributes, { today }) => dateFindings(attributes, today),
  },
  {
    id: 'L21',
    version: 1,
    attribute: 'deregisteredDate',
    severity: 'E',
    title: 'a deregistered entity has a date of it, and no tax filing or insurance follows',
    zh: '注销的有注销日期，其后无纳税申报和参保',
    basis: { zh: '税务、人社', en: '税务, 人社' },
    check: (attributes) =>
      isDeregistered(attributes.status) && attributes.deregisteredDate === null ? 'deregistered without a date' : null,
  },
  {
    id: 'L22',
    version: 1,
    attribute: 'status',
    severity: 'W',
    title: 'an entity whose licence was revoked is not shown as deregistered',
    zh: '吊销的不显示为注销',
    basis: { zh: '登记管理规定', en: 'registry law' },
    check: (attributes) =>
      isRevoked(attributes.status) && text(attributes, 'deregisteredDate') !== null
        ? 'revoked, yet with a date of deregistration'
        : null,
  },
  {
    id: 'L23',
    version: 1,
    attribute: 'registeredCapital',
    severity: 'E',
    title: 'capital is an amount of 0 or more, and sources do not differ by the factor 10000',
    zh: '注册资本为不小于0的金额，各来源不相差一万倍',
    basis: { zh: '计量单位(万元)', en: 'units (万元)' },
    check: (attributes) => {
      const capital = text(attributes, 'registeredCapital');
      return capital === null || /^\d+(\.\d+)?$/.test(capital)
        ? null
        : `capital ${capital} is not an amount of 0 or more`;
    },
  },
  {
    id: 'L24',
    version: 1,
    attribute: 'industry',
    severity: 'E',
    title: 'the industry is a division of the classification and its section letter covers it',
    zh: '行业代码有对应大类，门类字母与大类相符',
    basis: 'GB/T 4754-2017',
    check: (attributes) => {
      const industry = text(attributes, 'industry');
      return industry === null ? null : industryProblem(industry);
    },
  },
  elsewhere('linkage', {
    id: 'L25',
    attribute: 'industry',
    severity: 'W',
    title: 'market regulation and statistics agree on the section of the industry',
    zh: '市场监管与统计的行业门类一致',
    basis: { zh: '来源间核对', en: 'cross-source' },
  }),
  {
    id: 'L26',
    version: 1,
    attribute: 'address',
    severity: 'W',
    title: 'the region that the address names is the region of registration',
    zh: '住所中的区划与登记地区划一致',
    basis: 'GB/T 2260',
    needs: ['region'],
    check: (attributes) => {
      const region = text(attributes, 'region');
      const address = text(attributes, 'address');
      return region === null || address === null ? null : addressContradicts(region, address);
    },
  },
  elsewhere('linkage', {
    id: 'L27',
    attribute: null,
    severity: 'W',
    title: 'the parent of a branch is known and live; a branch is no legal person',
    zh: '分支机构的上级存在且存续；分支机构不是法人',
    basis: { zh: '记录间核对', en: 'cross-record' },
  }),
  elsewhere('linkage', {
    id: 'L28',
    attribute: 'headcount',
    severity: 'W',
    title: 'insured persons are at most 1.5 times the reported staff, and not 0 for 24 months beside revenue',
    zh: '参保人数不超过申报从业人数的1.5倍；有营业收入的不连续24个月为0',
    basis: { zh: '人社、统计', en: '人社, 统计' },
  }),
  elsewhere('linkage', {
    id: 'L29',
    attribute: null,
    severity: 'I',
    title: 'a sole trader and the company it became are two entities that are related',
    zh: '个转企前后的个体工商户与企业相关联，不合并',
    basis: '个转企',
  }),
  elsewhere('linkage', {
    id: 'L30',
    attribute: null,
    severity: 'E',
    title: 'the credit code of a licence holder is known',
    zh: '许可证持有人的信用代码可以查到',
    basis: { zh: '引用核对', en: 'referential' },
  }),
  elsewhere('linkage', {
    id: 'L31',
    attribute: null,
    severity: 'W',
    title: "public bodies (11, 12) are in the staffing office's list",
    zh: '机关、事业单位(11、12)在编办名单内',
    basis: { zh: '引用核对', en: 'referential' },
  }),
  {
    id: 'L32',
    version: 1,
    attribute: 'shareholders',
    severity: 'W',
    title: 'the shares of an entity sum to 100, give or take 0.01',
    zh: '股东出资比例合计为100(±0.01)',
    basis: { zh: '算术', en: 'arithmetic' },
    needs: ['shareholders'],
    check: (attributes) => {
      const written = text(attributes, 'shareholders');
      const shares = written === null ? null : parseShares(written);
      if (shares === null) return null;
      const sum = sumOfShares(shares);
      return Math.abs(sum - 100_000_000) <= 10_000 ? null : `the shares sum to ${sum / 1_000_000}`;
    },
  },
];

/** The rules of the catalogue for legal entities. */
export const legalEntityRules: readonly Rule[] = [...identifierRules, ...attributeRules];
