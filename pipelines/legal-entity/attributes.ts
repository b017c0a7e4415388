import type { AttributeSpec } from '../pipeline.ts';

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
  taxNumber: { type: 'identifier', zh: '纳税人识别号', en: 'tax number', sensitivity: 1, authority: ['tax'] },
  name: { type: 'text', zh: '名称', en: 'name', sensitivity: 1, authority: registrar },
  entityClass: { type: 'code', zh: '机构类型', en: 'entity class', sensitivity: 1, authority: registrar },
  status: { type: 'code', zh: '登记状态', en: 'status', sensitivity: 1, authority: registrar },
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
  taxStatus: { type: 'code', zh: '纳税状态', en: 'tax status', sensitivity: 1, authority: ['tax'] },
  taxRegisteredDate: {
    type: 'date',
    zh: '税务登记日期',
    en: 'tax registration date',
    sensitivity: 1,
    authority: ['tax'],
  },
} as const satisfies Record<string, AttributeSpec>;
