import { DAYS, dayOf, LAST_DAY } from './calendar.ts';
import { currentCode, drawCounty, NEVER_ALLOCATED } from './counties.ts';
import { happens, hash32 } from './hash.ts';
import { addressIn, type Person, personAt, type WorldOptions } from './person.ts';
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
import { brokenIf, disfigured, impossibleDay, otherDay, writtenName } from './spelling.ts';

const ID = 1;

export const goldenShieldRates: Rates = [
  ['check-digit', 3_000],
  ['birth-mismatch', 3_000],
  ['sex-mismatch', 2_000],
  ['unknown-region', 2_000],
  ['impossible-date', 2_000],
  ['name-typo', 4_000],
  ['placeholder-name', 500],
  ['number-collision', 1_000],
];
const DUPLICATES = 5_000;
const HABITS = { separator: 120_000, syllable: 0 };
/** The night of the recode of Haidong: many rows share one time of change, which tries a cursor. */
const RECODE_TIME = '2013-02-08 00:00:00+08';

export const knownToPolice = ({ seed }: WorldOptions, index: number): boolean => happens(seed, index, 100, 970_000);

/** Somebody else whom the police know; his number, birth date and sex are on this row by mistake (重号). */
export function namesake(
  world: WorldOptions,
  index: number,
  salt: number,
  known: (world: WorldOptions, index: number) => boolean,
): number | null {
  for (let attempt = 0; attempt < 20; attempt++) {
    const other = hash32(world.seed, index, salt + attempt) % world.persons;
    if (other !== index && known(world, other)) return other;
  }
  return null;
}

function recordedAt(person: Person, draw: number, inRecode: boolean): string {
  const last = dayOf(person.death ?? person.birth) + 1;
  const from = Math.max(last, dayOf('20080101'));
  if (inRecode && from <= dayOf('20130208')) return RECODE_TIME;
  const day = Math.min(LAST_DAY - 1, from + (draw % Math.max(1, LAST_DAY - 1 - from)));
  const date = DAYS[day]!;
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)} ${clock(draw)}+08`;
}

function row(world: WorldOptions, index: number, copy: number, change: Change | null): SampleRow {
  const { seed } = world;
  const person = personAt(world, index);
  const d = dice(seed, index, copy, ID);
  let fault = change === null ? drawFault(goldenShieldRates, seed, index, ID * 10_000 + copy * 5_000 + 1) : null;
  const numberOf = fault === 'number-collision' ? namesake(world, index, 110, knownToPolice) : null;
  if (fault === 'number-collision' && numberOf === null) fault = null;
  const numbered = numberOf === null ? person : personAt(world, numberOf);
  const faults: FaultKind[] = fault === null ? [] : [fault];

  const { name, faults: spelling } = writtenName(person, fault, HABITS, d, seed);
  faults.push(...spelling);
  let number = brokenIf(numbered.citizenNumber, fault === 'check-digit');
  if (fault === null && d.happens(2, 5_000)) {
    number = disfigured(number, d.below(3, 1000));
    faults.push('number-format');
  }
  let birth = numbered.birth;
  if (fault === 'birth-mismatch') birth = otherDay(birth, d.below(4, 1000));
  if (fault === 'impossible-date') birth = impossibleDay(birth, d.below(4, 1000));
  const sex = fault === 'sex-mismatch' ? (numbered.sex === '1' ? '2' : '1') : numbered.sex;

  let region = person.regionCode;
  let { address, marital, death } = person;
  if (fault === 'unknown-region') region = NEVER_ALLOCATED[d.below(5, NEVER_ALLOCATED.length)]!;
  else if (change === null && person.county.codes.length > 1 && d.happens(6, 60_000)) {
    region = person.county.codes[d.below(7, person.county.codes.length - 1)]!.code;
    if (region !== '630111') faults.push('former-region');
    else region = person.regionCode;
  }
  if (change !== null) {
    const draw = hash32(change.round, index, 120);
    if (draw % 4 === 0) {
      const county = drawCounty(hash32(change.round, index, 121));
      region = currentCode(county);
      address = addressIn(county, change.round, index, 122);
    } else if (draw % 4 === 1 && marital === '20') marital = '40';
    else if (draw % 4 === 2 && death === null) death = change.at.slice(0, 10).replaceAll('-', '');
    else address = addressIn(person.county, change.round, index, 122);
  }
  const key = `63${String(index * 10 + copy).padStart(14, '0')}`;
  return {
    key,
    cells: [
      key,
      number,
      name,
      person.formerName,
      sex,
      person.ethnicity,
      birth,
      marital,
      region,
      address,
      death,
      change === null
        ? recordedAt(person, hash32(seed, index, 10_010 + copy), d.happens(8, 250_000))
        : `${change.at}+08`,
    ],
    index,
    copy,
    faults,
    numberOf,
  };
}

/** 金盾工程 常住人口: the population register of the public security department. */
export const goldenShield: SampleSystem = {
  name: 'golden-shield',
  base: 'population',
  columns: [
    { name: 'RYBH', type: 'char(16)', title: '人员编号' },
    { name: 'GMSFHM', type: 'varchar(40)', title: '公民身份号码' },
    { name: 'XM', type: 'varchar(100)', title: '姓名' },
    { name: 'CYM', type: 'varchar(100)', title: '曾用名' },
    { name: 'XB', type: 'char(1)', title: '性别' },
    { name: 'MZ', type: 'varchar(2)', title: '民族' },
    { name: 'CSRQ', type: 'char(8)', title: '出生日期' },
    { name: 'HYZK', type: 'varchar(2)', title: '婚姻状况' },
    { name: 'HKSZD', type: 'char(6)', title: '户口所在地' },
    { name: 'HKDZ', type: 'varchar(200)', title: '户口地址' },
    { name: 'SWRQ', type: 'char(8)', title: '死亡日期' },
    { name: 'GXSJ', type: 'timestamptz', title: '更新时间' },
  ],
  copies: (world, index) => (knownToPolice(world, index) ? (happens(world.seed, index, 101, DUPLICATES) ? 2 : 1) : 0),
  row,
};
