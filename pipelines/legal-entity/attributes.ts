import type { AttributeSpec } from '../pipeline.ts';
import { ENTITY_CLASS, ENTITY_STATUS } from '../standards/codes.ts';
import { mayBePersonal } from '../standards/tax-number.ts';

const registrar = ['market-regulation', 'staffing-office', 'civil-affairs', 'quality-supervision', 'tax'];

/** Names follow DB37/T 4223.2-2020 in meaning. Identity fields belong to the registering authority. */
export const legalEntityAttributes = {
  uscc: {
    type: 'identifier',
    zh: '统一社会信用代码',
    en: 'unified social credit code',
    sensitivity: 1,
    authority: registrar,
  },
  organisationCode: {
    type: 'identifier',
    zh: '组织机构代码',
    en: 'organisation code',
    sensitivity: 1,
    authority: ['quality-supervision', ...registrar],
  },
  registrationNumber: {
    type: 'identifier',
    zh: '注册号',
    en: 'business registration number',
    sensitivity: 1,
    authority: registrar,
  },
  taxNumber: {
    type: 'identifier',
    isPersonal: mayBePersonal,
    zh: '纳税人识别号',
    en: 'tax number',
    sensitivity: 1,
    authority: ['tax'],
  },
  name: { type: 'text', zh: '名称', en: 'name', sensitivity: 1, authority: registrar },
  entityClass: {
    type: 'code',
    named: ENTITY_CLASS.name,
    reads: 'entity-class',
    zh: '机构类型',
    en: 'entity class',
    sensitivity: 1,
    authority: registrar,
  },
  status: {
    type: 'code',
    named: ENTITY_STATUS.name,
    reads: 'entity-status',
    zh: '登记状态',
    en: 'status',
    sensitivity: 1,
    authority: registrar,
  },
  legalRepresentativeName: {
    type: 'text',
    zh: '法定代表人',
    en: 'legal representative',
    sensitivity: 2,
    authority: registrar,
  },
  legalRepresentativeNumber: {
    type: 'identifier',
    zh: '法定代表人证件号',
    en: 'number of the legal representative',
    sensitivity: 3,
    authority: registrar,
  },
  region: { type: 'region', zh: '登记地区划', en: 'region of registration', sensitivity: 1, authority: registrar },
  address: { type: 'text', zh: '住所', en: 'address', sensitivity: 1, authority: registrar },
  establishedDate: { type: 'date', zh: '成立日期', en: 'established', sensitivity: 1, authority: registrar },
  approvedDate: { type: 'date', zh: '核准日期', en: 'approved', sensitivity: 1, authority: registrar },
  /** `9999-12-31` means 长期, without end. */
  expiryDate: { type: 'date', zh: '营业期限至', en: 'term ends', sensitivity: 1, authority: registrar },
  deregisteredDate: { type: 'date', zh: '注销日期', en: 'deregistered', sensitivity: 1, authority: registrar },
  registeredCapital: {
    type: 'decimal',
    zh: '注册资本(元)',
    en: 'registered capital, yuan',
    sensitivity: 1,
    authority: registrar,
  },
  industry: {
    type: 'code',
    zh: '行业代码',
    en: 'industry (GB/T 4754)',
    sensitivity: 1,
    authority: ['statistics', ...registrar],
  },
  scope: { type: 'text', zh: '经营范围', en: 'business scope', sensitivity: 1, authority: registrar },
  headcount: {
    type: 'integer',
    zh: '从业人数',
    en: 'headcount',
    sensitivity: 1,
    authority: ['social-security', 'statistics', 'tax', ...registrar],
  },
  taxStatus: {
    type: 'code',
    reads: 'tax-status',
    zh: '纳税状态',
    en: 'tax status',
    sensitivity: 1,
    authority: ['tax'],
  },
  taxRegisteredDate: {
    type: 'date',
    zh: '税务登记日期',
    en: 'tax registration date',
    sensitivity: 1,
    authority: ['tax'],
  },
  lastTaxFiling: { type: 'date', zh: '最近申报日期', en: 'last tax filing', sensitivity: 1, authority: ['tax'] },
  annualRevenue: {
    type: 'decimal',
    zh: '年营业收入(元)',
    en: 'revenue of the year, yuan',
    sensitivity: 2,
    authority: ['tax', 'statistics'],
  },
  insuredPersons: {
    type: 'integer',
    zh: '参保人数',
    en: 'insured persons',
    sensitivity: 1,
    authority: ['social-security'],
  },
  /** One, or several with 、 between them. */
  formerName: { type: 'text', zh: '曾用名称', en: 'former names', sensitivity: 1, authority: registrar },
  /** false for branches and others that act in the name of somebody else. */
  legalPerson: { type: 'boolean', zh: '是否法人', en: 'is a legal person', sensitivity: 1, authority: registrar },
  parentUscc: {
    type: 'identifier',
    zh: '隶属单位统一社会信用代码',
    en: 'credit code of the parent of a branch',
    sensitivity: 1,
    authority: registrar,
  },
  /** `name percent`, with `; ` between them. */
  shareholders: {
    type: 'text',
    zh: '股东及出资比例',
    en: 'shareholders and their shares',
    sensitivity: 2,
    authority: registrar,
  },
  /** Of a licence or permit that the record is about. */
  licenceHolder: {
    type: 'identifier',
    zh: '许可证持有人信用代码',
    en: 'credit code of the licence holder',
    sensitivity: 1,
    authority: ['quality-supervision', 'customs', ...registrar],
  },
} as const satisfies Record<string, AttributeSpec>;
