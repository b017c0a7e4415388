import { creditCode, organisationCode } from '../../../runner/demo/world/check-digits.ts';
import { formatEntityId } from '../../../schemas/entity-id.ts';
import type { Row } from '../engine/scene.ts';
import type { SearchFixtures, SearchRows } from '../search-fixtures.ts';

const L = (...ids: readonly number[]): string => ids.map((id) => formatEntityId('L', id)).join(' ');
const code = (i: number, entityClass = '91', region = '630102'): string =>
  creditCode(entityClass + region + organisationCode(String(10_000_000 + i)));
const NAMES = [
  '青海雪域牧歌乳业有限公司',
  '西宁河湟谷地建材有限公司',
  '青海昆仑玉石开发有限公司',
  '格尔木盐湖镁业有限公司',
  '海东金塔劳务有限公司',
];

let next = 0;
const row = (fields: object): Row => ({ key: String(++next), ...fields });
const entity = (i: number, fields: object = {}): Row =>
  row({ uscc: code(i), name: NAMES[i % 5], status: '1', ...fields });
const at = (date: string): number => Date.parse(`${date}T04:00:00Z`);
/** The same entity in two systems. */
const both = (registered: object, taxed: object, other = 'tax'): SearchRows => ({
  'market-regulation': [entity(0, registered)],
  [other]: [entity(0, taxed)],
});
const ended = { status: '4', deregisteredDate: '2019-05-06' };
const branch = (fields: object = {}): Row =>
  entity(1, { name: '青海雪域牧歌乳业有限公司城北分公司', parentUscc: code(0), ...fields });
const trader = (fields: object = {}): Row =>
  row({
    ...{
      uscc: code(7, '92'),
      entityClass: '92',
      name: '城东区河湟人家餐馆',
      legalRepresentativeNumber: '630102197508010013',
    },
    ...{ region: '630102', address: '西宁市城东区八一路3号', establishedDate: '2012-03-04', ...fields },
  });
const company = (fields: object = {}): Row =>
  row({
    ...{
      uscc: code(8),
      entityClass: '91',
      name: '西宁河湟人家餐饮管理有限公司',
      legalRepresentativeNumber: '630102197508010013',
    },
    ...{ region: '630102', address: '西宁市城东区八一路3号', establishedDate: '2020-03-04', ...fields },
  });
const office = (i: number, fields: object = {}): Row =>
  row({
    uscc: code(i, '11', '630000'),
    entityClass: '11',
    name: `青海省第${'一二三四五'[i]}办公室`,
    status: '1',
    ...fields,
  });

export const searchFixtures: Readonly<Record<string, SearchFixtures>> = {
  L13: {
    good: [
      { 'market-regulation': [entity(0), entity(1)], 'civil-affairs': [entity(0)] },
      { 'market-regulation': [entity(0), entity(0, { name: NAMES[1], status: '4' })] },
      { tax: [entity(0), entity(0, { name: NAMES[1] })] },
    ],
    bad: [
      [{ 'market-regulation': [entity(0), entity(0, { name: NAMES[1] })] }, [`${L(1)} market-regulation`]],
      [
        {
          'market-regulation': ['630000100012341', '630100100012344'].map((registrationNumber) =>
            entity(0, { registrationNumber }),
          ),
        },
        [`${L(1)} market-regulation`],
      ],
      [
        {
          'civil-affairs': [
            entity(0),
            entity(1),
            entity(1, { name: NAMES[3] }),
            entity(0, { name: NAMES[2], status: null }),
          ],
        },
        [`${L(1)} civil-affairs`, `${L(2)} civil-affairs`],
      ],
    ],
  },
  L16: {
    good: [
      both({}, { name: '青海省雪域牧歌乳业有限责任公司' }),
      both({ formerName: NAMES[1] }, { name: NAMES[1] }),
      both({}, { name: NAMES[0] }),
    ],
    bad: [
      [both({}, { name: NAMES[1] }), [`${L(1)} tax`]],
      [both({ formerName: NAMES[2] }, { name: NAMES[1] }), [`${L(1)} tax`]],
      [
        { ...both({}, { name: NAMES[1] }), statistics: [entity(0, { name: NAMES[3] })] },
        [`${L(1)} statistics`, `${L(1)} tax`],
      ],
    ],
  },
  L17: {
    good: [
      { 'market-regulation': [entity(0, { region: '630102' }), entity(1, { region: '630102' })] },
      { 'market-regulation': [entity(0, { region: '630102' }), entity(5, { region: '630103' })] },
      { 'market-regulation': [entity(0, { region: '630102' }), entity(5, { region: '630102', status: '4' })] },
    ],
    bad: [
      [{ 'market-regulation': [entity(0, { region: '630102' }), entity(5, { region: '630102' })] }, [L(2, 1)]],
      [
        {
          'market-regulation': [entity(0, { region: '630102' })],
          'civil-affairs': [entity(1, { region: '630102', name: '雪域牧歌乳业股份有限公司' })],
        },
        [L(2, 1)],
      ],
      [{ 'market-regulation': [0, 5, 10].map((i) => entity(i, { region: '632801' })) }, [L(2, 1), L(3, 1)]],
    ],
  },
  L19: {
    good: [
      both({ legalRepresentativeName: '马海', approvedDate: '2026-05-20' }, { legalRepresentativeName: '李建国' }),
      both(
        { legalRepresentativeName: '才让多杰', approvedDate: '2024-05-20' },
        { legalRepresentativeName: '才仁多杰' },
      ),
      both({ legalRepresentativeName: '马海' }, { legalRepresentativeName: '李建国' }, 'statistics'),
    ],
    bad: [
      [
        both({ legalRepresentativeName: '马海', approvedDate: '2026-04-20' }, { legalRepresentativeName: '李建国' }),
        [`${L(1)} tax`],
      ],
      [
        both({ legalRepresentativeName: '马海', at: at('2026-01-20') }, { legalRepresentativeName: '李建国' }),
        [`${L(1)} tax`],
      ],
      [
        both(
          {
            legalRepresentativeName: '马海',
            legalRepresentativeNumber: '630102197508010013',
            approvedDate: '2020-04-20',
          },
          { legalRepresentativeName: '韩英', legalRepresentativeNumber: '632123197008150208' },
        ),
        [`${L(1)} tax`],
      ],
    ],
  },
  L21: {
    good: [
      both(ended, { taxStatus: '注销', lastTaxFiling: '2019-04-15' }),
      both({ status: '1' }, { taxStatus: '正常', lastTaxFiling: '2026-04-15', insuredPersons: 12 }),
      both({ status: '4', deregisteredDate: '2026-05-20' }, { taxStatus: '正常' }),
    ],
    bad: [
      [both(ended, { taxStatus: '注销', lastTaxFiling: '2019-07-15' }), [`${L(1)} tax`]],
      [both(ended, { taxStatus: '正常' }), [`${L(1)} tax`]],
      [both(ended, { insuredPersons: 3 }, 'social-security'), [`${L(1)} social-security`]],
    ],
  },
  L23: {
    good: [
      both({ registeredCapital: '5000000' }, { registeredCapital: '5000000.00' }),
      both({ registeredCapital: '5000000' }, { registeredCapital: '8000000' }),
      both({ registeredCapital: '0' }, { registeredCapital: '5000000' }),
    ],
    bad: [
      [both({ registeredCapital: '5000000' }, { registeredCapital: '500' }), [L(1)]],
      [both({ registeredCapital: '100' }, { registeredCapital: '1000000.00' }), [L(1)]],
      [
        {
          ...both({ registeredCapital: '5000000' }, { registeredCapital: '4999999' }),
          statistics: [entity(0, { registeredCapital: '500' })],
        },
        [L(1)],
      ],
    ],
  },
  L25: {
    good: [
      both({ industry: '1440' }, { industry: '13' }, 'statistics'),
      both({ industry: '1440' }, { industry: '5112' }),
      both({ industry: 'C' }, { industry: '1440' }, 'statistics'),
    ],
    bad: [
      [both({ industry: '1440' }, { industry: '5112' }, 'statistics'), [L(1)]],
      [both({ industry: 'A' }, { industry: '1440' }, 'statistics'), [L(1)]],
      [both({ industry: '05' }, { industry: '06' }, 'statistics'), [L(1)]],
    ],
  },
  L27: {
    good: [
      { 'market-regulation': [entity(0), branch()] },
      { 'market-regulation': [branch({ parentUscc: code(2, '91', '110101'), legalPerson: false })] },
      { 'market-regulation': [entity(0, ended), branch({ status: '4' })] },
    ],
    bad: [
      [{ 'market-regulation': [branch()] }, [L(1)]],
      [{ 'market-regulation': [entity(0, ended), branch()] }, [L(2, 1)]],
      [{ 'market-regulation': [entity(0), branch({ legalPerson: true })] }, [L(2, 1)]],
    ],
  },
  L28: {
    good: [
      both({ headcount: 10 }, { insuredPersons: 15 }, 'social-security'),
      both({}, { insuredPersons: 400 }, 'social-security'),
      both({ annualRevenue: '900000' }, { insuredPersons: 0, at: at('2025-05-01') }, 'social-security'),
    ],
    bad: [
      [both({ headcount: 10 }, { insuredPersons: 16 }, 'social-security'), [`${L(1)} social-security`]],
      [
        {
          tax: [entity(0, { headcount: 2 })],
          statistics: [entity(0, { headcount: 3 })],
          'social-security': [entity(0, { insuredPersons: 30 })],
        },
        [`${L(1)} social-security`],
      ],
      [
        both({ annualRevenue: '900000' }, { insuredPersons: 0, at: at('2024-05-01') }, 'social-security'),
        [`${L(1)} social-security`],
      ],
    ],
  },
  L29: {
    good: [
      { 'market-regulation': [trader(), company({ legalRepresentativeNumber: '632123197008150208' })] },
      { 'market-regulation': [trader(), company({ address: '西宁市城东区七一路9号', name: '青海三江水电有限公司' })] },
      { 'market-regulation': [trader(), company({ establishedDate: '2010-01-01' })] },
    ],
    bad: [
      [{ 'market-regulation': [trader({ ...ended }), company()] }, [L(2, 1)]],
      [
        {
          'market-regulation': [
            trader({ name: '河湟人家餐饮店' }),
            company({ address: '西宁市城东区七一路9号', name: '河湟人家餐饮店有限公司' }),
          ],
        },
        [L(2, 1)],
      ],
      [{ 'market-regulation': [trader()], tax: [trader({ entityClass: '91' })] }, [L(1)]],
    ],
  },
  L30: {
    good: [
      { 'quality-supervision': [entity(1, { licenceHolder: code(0) })], 'market-regulation': [entity(0)] },
      { 'quality-supervision': [entity(1, { licenceHolder: code(1) })] },
      { 'quality-supervision': [entity(1, { licenceHolder: code(0, '91', '310101') })] },
    ],
    bad: [
      [{ 'quality-supervision': [entity(1, { licenceHolder: code(0) })] }, [`${L(1)} ${code(0)}`]],
      [
        {
          'quality-supervision': [2, 3].map((i) => entity(i, { licenceHolder: code(0) })),
          'market-regulation': [entity(4)],
        },
        [`${L(1)} ${code(0)}`, `${L(2)} ${code(0)}`],
      ],
      [
        { 'quality-supervision': [entity(0, { licenceHolder: code(6) }), entity(0, { licenceHolder: code(9) })] },
        [`${L(1)} ${code(6)}`, `${L(1)} ${code(9)}`],
      ],
    ],
  },
  L31: {
    good: [
      { 'staffing-office': [office(0)], 'quality-supervision': [office(0)] },
      { 'quality-supervision': [office(0)] },
      { 'staffing-office': [office(0)], 'quality-supervision': [office(1, { status: '4' }), entity(2)] },
    ],
    bad: [
      [{ 'staffing-office': [office(0)], 'quality-supervision': [office(1)] }, [L(2)]],
      [
        { 'staffing-office': [office(0)], tax: [office(1), office(2, { entityClass: '12', status: null })] },
        [L(2), L(3)],
      ],
      [{ 'staffing-office': [entity(0)], 'quality-supervision': [office(3)] }, [L(2)]],
    ],
  },
};
