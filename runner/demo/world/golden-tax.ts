import { DAYS, dashed, dayOf, LAST_DAY } from './calendar.ts';
import { breakCheck } from './check-digits.ts';
import { classAt, type Entity, entityAt } from './entity.ts';
import { renamed } from './entity-names.ts';
import { happens, hash32 } from './hash.ts';
import type { WorldOptions } from './person.ts';
import { hyphenated } from './quality-codes.ts';
import {
  type Change,
  clock,
  dice,
  drawFault,
  type FaultKind,
  type Rates,
  type SampleRow,
  type SampleSystem,
} from './sample-system.ts';
import { brokenIf, writtenName } from './spelling.ts';

const ID = 5;

export const goldenTaxRates: Rates = [
  ['organisation-check', 4_000],
  ['amount-unit', 5_000],
  ['representative-check', 5_000],
];
/** The year in which the register of taxpayers became one for the country. */
const SYSTEM_SINCE = dayOf('20010501');
const MISSING_CODE = 50_000;
const DUPLICATES = 12_000;
const HABITS = { separator: 400_000, syllable: 100_000 };

const taxed = (world: WorldOptions, index: number): boolean => {
  const entityClass = classAt(world, index);
  const share =
    entityClass === '91' || entityClass === '93'
      ? 940_000
      : entityClass === '92'
        ? 700_000
        : entityClass === '52'
          ? 500_000
          : 0;
  return happens(world.seed, index, 500, share);
};

/** Before the three certificates became one in October 2015, and for a while after, the old number went on. */
function numbersOf(entity: Entity, oldFirst: boolean): readonly string[] {
  if (entity.oldTaxNumber === null) return [entity.uscc];
  return oldFirst ? [entity.oldTaxNumber, entity.uscc] : [entity.uscc, entity.oldTaxNumber];
}

const STATES: Readonly<Record<Entity['status'], readonly string[]>> = {
  existing: ['正常', '正常', '正常', '正常', '正常', '停业', '非正常'],
  revoked: ['非正常', '非正常', '清算'],
  deregistered: ['注销'],
};

function row(world: WorldOptions, index: number, copy: number, change: Change | null): SampleRow {
  const { seed } = world;
  const entity = entityAt(world, index);
  const d = dice(seed, index, copy, ID);
  const fault = change === null ? drawFault(goldenTaxRates, seed, index, ID * 10_000 + copy * 5_000 + 1) : null;
  const faults: FaultKind[] = [];
  // Both rows of an entity ask with the same salt, so that they bear different numbers.
  const numbers = numbersOf(entity, happens(seed, index, 501, 420_000));
  const key = numbers[copy]!;
  const coded = entity.entityClass !== '92';
  let code = coded ? hyphenated(entity.organisationCode) : null;
  if (fault === 'organisation-check' && code !== null) {
    code = breakCheck(code);
    faults.push(fault);
  } else if (code !== null && d.happens(2, MISSING_CODE)) {
    code = null;
    faults.push('organisation-code-missing');
  }
  let yuan = `${entity.capitalYuan}.00`;
  if (fault === 'amount-unit' && entity.capitalYuan > 0) {
    yuan = `${entity.capitalYuan / 10_000}`;
    faults.push(fault);
  }
  if (fault === 'representative-check') faults.push(fault);
  const { name: head, faults: spelling } = writtenName(entity.representative, null, HABITS, d, seed);
  faults.push(...spelling);
  let { name } = entity;
  if (d.happens(3, 40_000)) {
    name = renamed(name);
    faults.push('name-variant');
  }
  const opened = dayOf(entity.established);
  const registeredDay = Math.min(LAST_DAY - 2, opened + d.below(4, 60));
  const recordedFrom = Math.max(registeredDay, SYSTEM_SINCE);
  const updated = recordedFrom + 1 + d.below(5, LAST_DAY - 1 - recordedFrom);
  const states = STATES[entity.status];
  const grown = change !== null;
  return {
    key,
    cells: [
      key,
      name,
      code,
      head,
      brokenIf(entity.representative.citizenNumber, fault === 'representative-check'),
      dashed(DAYS[registeredDay]!),
      states[d.below(6, states.length)]!,
      entity.industry,
      yuan,
      String(grown ? entity.headcount + 1 + (hash32(change.round, index, 520) % 9) : entity.headcount),
      entity.address,
      `国家税务总局${entity.county.name}税务局`,
      change === null ? `${dashed(DAYS[updated]!)} ${clock(d.below(7, 1_000_000))}+08` : `${change.at}+08`,
    ],
    index,
    copy,
    faults,
    numberOf: null,
  };
}

/** 金税工程 纳税人信息: the register of taxpayers. */
export const goldenTax: SampleSystem = {
  name: 'golden-tax',
  base: 'legal-entity',
  columns: [
    { name: 'NSRSBH', type: 'varchar(20)', title: '纳税人识别号' },
    { name: 'NSRMC', type: 'varchar(200)', title: '纳税人名称' },
    { name: 'ZZJGDM', type: 'varchar(10)', title: '组织机构代码' },
    { name: 'FDDBRXM', type: 'varchar(100)', title: '法定代表人姓名' },
    { name: 'FDDBRZJH', type: 'varchar(40)', title: '法定代表人证件号码' },
    { name: 'DJRQ', type: 'date', title: '税务登记日期' },
    { name: 'NSRZT', type: 'varchar(20)', title: '纳税人状态' },
    { name: 'HYDM', type: 'varchar(4)', title: '行业代码' },
    { name: 'ZCZB', type: 'numeric(18,2)', title: '注册资本(元)' },
    { name: 'CYRS', type: 'integer', title: '从业人数' },
    { name: 'SCJYDZ', type: 'varchar(200)', title: '生产经营地址' },
    { name: 'ZGSWJG', type: 'varchar(100)', title: '主管税务机关' },
    { name: 'GXSJ', type: 'timestamptz', title: '更新时间' },
  ],
  copies(world, index) {
    if (!taxed(world, index)) return 0;
    return happens(world.seed, index, 502, DUPLICATES) && entityAt(world, index).oldTaxNumber !== null ? 2 : 1;
  },
  row,
};
