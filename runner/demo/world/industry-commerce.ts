import { dashed } from './calendar.ts';
import { breakCheck, registrationNumber } from './check-digits.ts';
import { currentCode, NEVER_ALLOCATED } from './counties.ts';
import { classAt, countyAt, type Entity, entityAt } from './entity.ts';
import { renamed } from './entity-names.ts';
import { happens, hash32 } from './hash.ts';
import { addressIn, fifteenDigits, type WorldOptions } from './person.ts';
import {
  type Change,
  dice,
  drawFault,
  type FaultKind,
  type Rates,
  type SampleRow,
  type SampleSystem,
} from './sample-system.ts';
import { brokenIf, impossibleDay, writtenName } from './spelling.ts';

const ID = 3;

export const industryCommerceRates: Rates = [
  ['uscc-check', 5_000],
  ['registration-check', 4_000],
  ['unknown-region', 3_000],
  ['impossible-date', 3_000],
  ['amount-unit', 4_000],
  ['representative-check', 4_000],
];
const DUPLICATES = 8_000;
const HABITS = { separator: 300_000, syllable: 0 };

const TYPES: Readonly<Record<string, string>> = { '91': '企业', '92': '个体工商户', '93': '农民专业合作社' };
const STATES = { existing: ['存续', '在业', '存续'], revoked: ['吊销', '吊销未注销'], deregistered: ['注销'] } as const;

const registered = (world: WorldOptions, index: number): boolean => {
  const entityClass = classAt(world, index);
  return (
    (entityClass === '91' || entityClass === '92' || entityClass === '93') && happens(world.seed, index, 300, 985_000)
  );
};

/** Exact units of 10,000 yuan with six decimals, as `N(18,6)` holds them. */
const tenThousands = (yuan: number): string => {
  const digits = String(yuan).padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}00`;
};

/** A second entry under another number of the same registrar: the registry was merged from two offices. */
function otherNumber(entity: Entity): string {
  const body = entity.registrationNumber!.slice(0, 14);
  const sequence = String((Number(body.slice(7)) + 5_000_000) % 10_000_000).padStart(7, '0');
  return registrationNumber(`${body.slice(0, 6) === '630000' ? '630100' : '630000'}${body[6]!}${sequence}`);
}

function row(world: WorldOptions, index: number, copy: number, change: Change | null): SampleRow {
  const { seed } = world;
  const entity = entityAt(world, index);
  const d = dice(seed, index, copy, ID);
  const drawn = drawFault(industryCommerceRates, seed, index, ID * 10_000 + copy * 5_000 + 1);
  // A fault of the key stays for ever: a row with another key would be another row.
  const fault = change === null || drawn === 'registration-check' ? drawn : null;
  const faults: FaultKind[] = [];

  const number = copy === 0 ? entity.registrationNumber! : otherNumber(entity);
  // Old entries got their credit code when they came for another reason; many never came.
  const converted = copy > 0 || change !== null || entity.established >= '20151001' || d.happens(2, 620_000);
  let uscc: string | null = converted ? entity.uscc : null;
  if (uscc === null) faults.push('uscc-missing');
  const has = (kind: FaultKind, possible = true): boolean => {
    if (fault !== kind || !possible) return false;
    faults.push(kind);
    return true;
  };
  if (has('uscc-check', uscc !== null)) uscc = breakCheck(uscc!);
  const key = has('registration-check') ? breakCheck(number) : number;
  const region = has('unknown-region') ? NEVER_ALLOCATED[d.below(3, NEVER_ALLOCATED.length)]! : entity.regionCode;
  const established = has('impossible-date') ? impossibleDay(entity.established, d.below(4, 1000)) : entity.established;
  const capital = has('amount-unit', entity.capitalYuan > 0)
    ? `${entity.capitalYuan}.000000`
    : tenThousands(entity.capitalYuan);
  const wrongHead = has('representative-check');
  const head = entity.representative;
  let headNumber = brokenIf(head.citizenNumber, wrongHead);
  if (!wrongHead && entity.established < '20000101' && d.happens(5, 350_000)) {
    headNumber = fifteenDigits(headNumber) ?? headNumber;
    if (headNumber.length === 15) faults.push('fifteen-digit');
  }
  const { name: headName, faults: spelling } = writtenName(head, null, HABITS, d, seed);
  faults.push(...spelling);
  let { name } = entity;
  if (copy > 0 || d.happens(6, 20_000)) {
    name = renamed(name);
    faults.push('name-variant');
  }
  const states = STATES[entity.status];
  const moved = change !== null && hash32(change.round, index, 320) % 2 === 0;
  const raised = change !== null && !moved && entity.capitalYuan > 0;
  return {
    key,
    cells: [
      key,
      uscc,
      name,
      TYPES[entity.entityClass]!,
      headName,
      headNumber,
      raised ? tenThousands(entity.capitalYuan * 2) : capital,
      established,
      change === null ? entity.approved : change.at.slice(0, 10).replaceAll('-', ''),
      entity.expires === null ? '长期' : dashed(entity.expires),
      states[d.below(7, states.length)]!,
      entity.deregistered,
      entity.industry,
      region,
      moved ? addressIn(entity.county, change.round, index, 321) : entity.address,
      entity.scope,
    ],
    index,
    copy,
    faults,
    numberOf: null,
  };
}

/** 工商 企业登记: the register of enterprises, sole traders and cooperatives, in DBF files of two offices. */
export const industryCommerce: SampleSystem = {
  name: 'industry-commerce',
  base: 'legal-entity',
  columns: [
    { name: 'ZCH', type: 'C(15)', title: '注册号' },
    { name: 'TYDM', type: 'C(18)', title: '统一社会信用代码' },
    { name: 'QYMC', type: 'C(120)', title: '企业名称' },
    { name: 'QYLX', type: 'C(20)', title: '市场主体类型' },
    { name: 'FDDBR', type: 'C(50)', title: '法定代表人' },
    { name: 'FRZJH', type: 'C(20)', title: '法定代表人证件号码' },
    { name: 'ZCZB', type: 'N(19,6)', title: '注册资本(万元)' },
    { name: 'CLRQ', type: 'D', title: '成立日期' },
    { name: 'HZRQ', type: 'D', title: '核准日期' },
    { name: 'YYQX', type: 'C(10)', title: '营业期限至' },
    { name: 'DJZT', type: 'C(20)', title: '登记状态' },
    { name: 'ZXRQ', type: 'D', title: '注销日期' },
    { name: 'HYDM', type: 'C(5)', title: '行业代码' },
    { name: 'DJJG', type: 'C(6)', title: '登记机关' },
    { name: 'ZS', type: 'C(150)', title: '住所' },
    { name: 'JYFW', type: 'C(254)', title: '经营范围' },
  ],
  copies: (world, index) => (registered(world, index) ? (happens(world.seed, index, 301, DUPLICATES) ? 2 : 1) : 0),
  row,
};

/** Rows of Xining and Haidong are in the first file, those of the prefectures in the second. */
export const officeOf = (world: WorldOptions, index: number): 1 | 2 =>
  currentCode(countyAt(world, index)) < '632200' ? 1 : 2;
