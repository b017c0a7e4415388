import { dashed, inChinese, inWords } from './calendar.ts';
import { breakCheck } from './check-digits.ts';
import { NEVER_ALLOCATED } from './counties.ts';
import { classAt, entityAt } from './entity.ts';
import { renamed } from './entity-names.ts';
import { happens, hash32 } from './hash.ts';
import { addressIn, type WorldOptions } from './person.ts';
import {
  type Change,
  dice,
  drawFault,
  type FaultKind,
  type Rates,
  type SampleRow,
  type SampleSystem,
} from './sample-system.ts';
import { impossibleDay, writtenName } from './spelling.ts';

const ID = 4;

export const qualityCodesRates: Rates = [
  ['organisation-check', 5_000],
  ['unknown-region', 4_000],
  ['impossible-date', 4_000],
];
const DUPLICATES = 10_000;
const HABITS = { separator: 500_000, syllable: 0 };

const TYPES: Readonly<Record<string, string>> = {
  '91': '企业法人',
  '93': '农民专业合作社',
  '11': '机关法人',
  '12': '事业法人',
  '51': '社团法人',
  '52': '民办非企业单位',
  '53': '基金会',
  N2: '农村集体经济组织',
};

const coded = (world: WorldOptions, index: number): boolean =>
  classAt(world, index) !== '92' && happens(world.seed, index, 400, 930_000);

export const hyphenated = (code: string): string => `${code.slice(0, 8)}-${code.slice(8)}`;

/** The four ways in which clerks of thirty years wrote a day. */
function written(date: string, draw: number): string {
  switch (draw % 8) {
    case 0:
      return inChinese(date);
    case 1:
      return inWords(date);
    case 2:
      return `${date.slice(0, 4)}.${Number(date.slice(4, 6))}.${Number(date.slice(6))}`;
    case 3:
      return date;
    default:
      return dashed(date);
  }
}

function row(world: WorldOptions, index: number, copy: number, change: Change | null): SampleRow {
  const { seed } = world;
  const entity = entityAt(world, index);
  const d = dice(seed, index, copy, ID);
  const drawn = drawFault(qualityCodesRates, seed, index, ID * 10_000 + copy * 5_000 + 1);
  // A fault of the key stays for ever: a row with another key would be another row.
  const fault = change === null || drawn === 'organisation-check' ? drawn : null;
  const faults: FaultKind[] = fault === null ? [] : [fault];

  const code = fault === 'organisation-check' ? breakCheck(entity.organisationCode) : entity.organisationCode;
  // The second entry of an entity has its code as machines write it, so the keys differ.
  const key = copy === 0 ? hyphenated(code) : code;
  let { name, regionCode: region } = entity;
  if (fault === 'unknown-region') region = NEVER_ALLOCATED[d.below(2, NEVER_ALLOCATED.length)]!;
  else if (region !== '630000' && entity.county.codes.length > 1 && d.happens(3, 150_000)) {
    const former = entity.county.codes[entity.county.codes.length - 2]!.code;
    if (former !== '630111') {
      region = former;
      faults.push('former-region');
    }
  }
  if (copy > 0 || d.happens(4, 30_000)) {
    name = renamed(name);
    faults.push('name-variant');
  }
  const established =
    fault === 'impossible-date'
      ? dashed(impossibleDay(entity.established, d.below(5, 1000)))
      : written(entity.established, d.below(5, 1000));
  const { name: head, faults: spelling } = writtenName(entity.representative, null, HABITS, d, seed);
  faults.push(...spelling);
  const moved = change !== null && hash32(change.round, index, 420) % 2 === 0;
  return {
    key,
    cells: [
      key,
      name,
      TYPES[entity.entityClass] ?? '其他机构',
      head,
      region,
      moved ? addressIn(entity.county, change.round, index, 421) : entity.address,
      established,
      change === null ? dashed(entity.approved) : change.at.slice(0, 10),
      entity.status === 'deregistered' ? '注销' : '有效',
    ],
    index,
    copy,
    faults,
    numberOf: null,
  };
}

/** 质监 组织机构代码: the organisation codes of the quality supervision department, in a CSV file. */
export const qualityCodes: SampleSystem = {
  name: 'quality-codes',
  base: 'legal-entity',
  columns: ['机构代码', '机构名称', '机构类型', '法定代表人', '行政区划', '地址', '成立日期', '办证日期', '状态'].map(
    (name) => ({
      name,
      type: '',
      title: name,
    }),
  ),
  copies: (world, index) => (coded(world, index) ? (happens(world.seed, index, 401, DUPLICATES) ? 2 : 1) : 0),
  row,
};
