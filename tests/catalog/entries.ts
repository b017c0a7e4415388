import type { Pool } from 'pg';
import type { FeedSystem } from '../../catalog/directory/hub-views.ts';
import type { CatalogBase } from '../../catalog/options.ts';
import { systemFile } from '../../schemas/system.ts';

const owner = { name: '青海省公安厅', uscc: '116300000150010146' };
const resource = {
  abstract: '全省常住人口的姓名和性别,由户籍管理业务产生。',
  sharing: 'conditional',
  updateCycle: 'daily',
  keywords: ['户籍', '身份'],
};

export const policeSpec = systemFile.parse({
  system: 'golden-shield',
  title: { zh: '金盾工程', en: 'Golden Shield' },
  owner,
  authority: 'public-security',
  connector: 'sql-table',
  connection: { url: '${GOLDEN_SHIELD_URL}' },
  streams: {
    residents: {
      title: '常住人口信息',
      source: { table: 'czrk' },
      base: 'population',
      resource: {
        ...resource,
        code: '307001/1',
        title: '常住人口基本信息',
        items: { XM: '姓名', GMSFHM: '公民身份号码' },
      },
    },
    vehicles: { title: '机动车登记', source: { table: 'jdc' } },
  },
});

export const commerceSpec = systemFile.parse({
  ...policeSpec,
  system: 'industry-commerce',
  title: { zh: '工商登记', en: 'Register of enterprises' },
  owner: { name: '青海省市场监督管理局', uscc: '11630000015003036W' },
  authority: 'market-regulation',
  streams: {
    enterprises: {
      title: '企业登记信息',
      source: {},
      base: 'population',
      resource: {
        ...resource,
        code: '307003/1',
        title: '企业登记基本信息',
        abstract: '市场主体的名称与常住地址。',
        sharing: 'unconditional',
        keywords: ['银行', '法人'],
        items: { QYMC: '企业名称', FRXM: '法定代表人姓名' },
      },
    },
  },
});

export const feedSystem = (spec: typeof policeSpec): FeedSystem => ({
  system: spec.system,
  spec,
  enabled: true,
  appliedAt: new Date('2024-05-01T00:00:00Z'),
});

/** The attributes that the tests of masking and `why` need. */
export const personBase = (pool: Pool): CatalogBase => ({
  name: 'population',
  schema: 'population',
  title: { zh: '人口基础信息库', en: 'population base' },
  entityPrefix: 'P',
  attributes: {
    citizenNumber: { type: 'identifier', zh: '公民身份号码', en: 'citizen number', sensitivity: 3 },
    name: { type: 'text', zh: '姓名', en: 'name', sensitivity: 2 },
    sex: { type: 'code', zh: '性别', en: 'sex', sensitivity: 1, named: (code) => (code === '2' ? '女' : null) },
    birthDate: { type: 'date', zh: '出生日期', en: 'birth date', sensitivity: 2 },
    phone: { type: 'text', zh: '联系电话', en: 'phone', sensitivity: 2 },
  },
  linkSchemes: ['citizen', 'residence-card'],
  rules: [
    {
      id: 'P03',
      severity: 'E',
      attribute: 'birthDate',
      title: 'birth date agrees with the number',
      zh: '出生日期与号码一致',
      basis: 'GB 11643',
    },
  ],
  pool,
  openLookup: true,
});
