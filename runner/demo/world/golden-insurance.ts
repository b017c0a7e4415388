import { DAYS, dashed, dayOf, LAST_DAY } from './calendar.ts';
import { entityNameAt } from './entity.ts';
import { knownToPolice, namesake } from './golden-shield.ts';
import { below, happens, hash32 } from './hash.ts';
import { ETHNICITY_NAMES } from './names.ts';
import { addressIn, birthDay, deathDay, fifteenDigits, personAt, type WorldOptions } from './person.ts';
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
import { brokenIf, disfigured, otherDay, writtenName } from './spelling.ts';

const ID = 2;

export const goldenInsuranceRates: Rates = [
  ['check-digit', 5_000],
  ['birth-mismatch', 5_000],
  ['sex-mismatch', 3_000],
  ['placeholder-date', 4_000],
  ['name-typo', 8_000],
  ['placeholder-name', 1_000],
  ['number-collision', 1_000],
];
const DUPLICATES = 15_000;
const FIFTEEN = 100_000;
const HABITS = { separator: 600_000, syllable: 150_000 };
const SYSTEM_SINCE = dayOf('20040101');
const BORN_BEFORE = dayOf('20070101');
const UPGRADED_BEFORE = dayOf('19850101');

function insured(world: WorldOptions, index: number): boolean {
  const born = birthDay(world, index);
  if (born >= BORN_BEFORE) return false;
  const died = deathDay(world, index, born);
  if (died !== null && died < SYSTEM_SINCE) return false;
  return happens(world.seed, index, 200, 720_000);
}

const SUFFIXES = ['族', ''];
const PREFIXES = ['130', '138', '139', '150', '151', '158', '159', '177', '186', '189', '199'];
const phone = (draw: number): string =>
  `${PREFIXES[draw % PREFIXES.length]!}${String(draw % 100_000_000).padStart(8, '0')}`;

function row(world: WorldOptions, index: number, copy: number, change: Change | null): SampleRow {
  const { seed } = world;
  const person = personAt(world, index);
  const d = dice(seed, index, copy, ID);
  let fault = change === null ? drawFault(goldenInsuranceRates, seed, index, ID * 10_000 + copy * 5_000 + 1) : null;
  const numberOf = fault === 'number-collision' ? namesake(world, index, 210, knownToPolice) : null;
  if (fault === 'number-collision' && numberOf === null) fault = null;
  const numbered = numberOf === null ? person : personAt(world, numberOf);
  const faults: FaultKind[] = fault === null ? [] : [fault];

  const { name, faults: spelling } = writtenName(person, fault, HABITS, d, seed);
  faults.push(...spelling);
  let number = brokenIf(numbered.citizenNumber, fault === 'check-digit');
  if (fault === null && change === null) {
    const short = dayOf(person.birth) < UPGRADED_BEFORE && d.happens(2, FIFTEEN) ? fifteenDigits(number) : null;
    if (short !== null) {
      number = short;
      faults.push('fifteen-digit');
    } else if (d.happens(3, 8_000)) {
      number = disfigured(number, d.below(4, 1000));
      faults.push('number-format');
    }
  }
  let birth = dashed(numbered.birth);
  if (fault === 'birth-mismatch') birth = dashed(otherDay(numbered.birth, d.below(5, 1000)));
  if (fault === 'placeholder-date') birth = '1900-01-01';
  const sex = (fault === 'sex-mismatch') === (numbered.sex === '1') ? '女' : '男';

  const sinceFrom = Math.max(dayOf(person.birth) + 365 * 16, SYSTEM_SINCE - 3650);
  const since = sinceFrom + below(seed, index, 220, Math.max(1, LAST_DAY - 200 - sinceFrom));
  const sinceDay = Math.min(since, (person.death === null ? LAST_DAY : dayOf(person.death)) - 1);
  const working = happens(seed, index, 221, 450_000);
  const moved = change === null ? 0 : 1 + (hash32(change.round, index, 222) % 3);
  const status = person.death !== null ? '3' : d.below(6, 100) < 88 ? '1' : '2';
  const yuan = 3200 + below(seed, index, 223, 14_000) + (moved === 2 ? 650 : 0);
  const updated =
    DAYS[Math.min(LAST_DAY - 1, Math.max(sinceDay + 1, SYSTEM_SINCE + d.below(7, LAST_DAY - SYSTEM_SINCE)))]!;
  const key = String(6_300_000_000_000 + index * 10 + copy);
  return {
    key,
    cells: [
      key,
      number,
      name,
      sex,
      ETHNICITY_NAMES[person.ethnicity]! + SUFFIXES[d.below(8, 2)]!,
      birth,
      happens(seed, index, 224, 60_000) ? null : phone(hash32(moved === 1 ? change!.round : seed, index, 225)),
      happens(seed, index, 226, 250_000) || moved === 3
        ? addressIn(person.county, moved === 3 ? change!.round : seed, index, 227)
        : person.address,
      person.regionCode,
      working && world.entities > 0 ? entityNameAt(world, below(seed, index, 230, world.entities)) : null,
      dashed(DAYS[Math.max(0, sinceDay)]!),
      status,
      working ? `${yuan}.${String(below(seed, index, 231, 100)).padStart(2, '0')}` : null,
      change === null ? `${dashed(updated)} ${clock(d.below(9, 1_000_000))}` : change.at,
    ],
    index,
    copy,
    faults,
    numberOf,
  };
}

/** 金保工程 参保人员: the register of the insured of the social security department. */
export const goldenInsurance: SampleSystem = {
  name: 'golden-insurance',
  base: 'population',
  columns: [
    { name: 'AAC001', type: 'varchar(20)', title: '个人编号' },
    { name: 'AAC002', type: 'varchar(40)', title: '社会保障号码' },
    { name: 'AAC003', type: 'varchar(100)', title: '姓名' },
    { name: 'AAC004', type: 'varchar(3)', title: '性别' },
    { name: 'AAC005', type: 'varchar(20)', title: '民族' },
    { name: 'AAC006', type: 'date', title: '出生日期' },
    { name: 'AAE005', type: 'varchar(20)', title: '联系电话' },
    { name: 'AAE006', type: 'varchar(200)', title: '地址' },
    { name: 'AAB301', type: 'char(6)', title: '行政区划代码' },
    { name: 'AAB004', type: 'varchar(200)', title: '单位名称' },
    { name: 'AAC030', type: 'date', title: '参保日期' },
    { name: 'AAC031', type: 'varchar(3)', title: '个人缴费状态' },
    { name: 'AAC040', type: 'numeric(12,2)', title: '缴费基数' },
    { name: 'AAE036', type: 'timestamp', title: '经办时间' },
  ],
  copies: (world, index) => (insured(world, index) ? (happens(world.seed, index, 201, DUPLICATES) ? 2 : 1) : 0),
  row,
};
