import { DAYS, dayOf, LAST_DAY, yearOf } from './calendar.ts';
import { citizenNumber } from './check-digits.ts';
import { type County, codeIn, currentCode, drawCounty } from './counties.ts';
import { below, happens, hash32, pick } from './hash.ts';
import { drawEthnicity, personName } from './names.ts';

/** What decides everything: two worlds with equal options are equal. */
export interface WorldOptions {
  readonly persons: number;
  readonly entities: number;
  readonly seed: number;
}

export interface Person {
  readonly index: number;
  /** 18 characters, unique in the world. The area code is the one in force when the number was given. */
  readonly citizenNumber: string;
  readonly name: string;
  readonly formerName: string | null;
  readonly sex: '1' | '2';
  /** GB/T 3304. */
  readonly ethnicity: string;
  /** `YYYYMMDD`. */
  readonly birth: string;
  readonly death: string | null;
  /** GB/T 2261.2, two digits. */
  readonly marital: string;
  readonly county: County;
  readonly regionCode: string;
  readonly address: string;
}

const SLOTS = 450;
const LAST_BIRTH = dayOf('20201231');
const BIRTH_DAYS = LAST_BIRTH + 1;
/** Beyond it, numbers would repeat. */
export const MOST_PERSONS = SLOTS * BIRTH_DAYS;

/**
 * Persons with the same three-digit sequence (every 450th) are all born on different days, so no two share a number:
 * day = block * prime + offset of the sequence, modulo the number of days.
 */
const slotOf = (index: number): number => ((index % SLOTS) * 193 + 77) % SLOTS;
export const birthDay = ({ seed }: WorldOptions, index: number): number =>
  (Math.floor(index / SLOTS) * 20_011 + below(seed, slotOf(index), 1, BIRTH_DAYS)) % BIRTH_DAYS;

/** Position of the day of death in DAYS, or null for the living. The risk doubles about every nine years. */
export function deathDay({ seed }: WorldOptions, index: number, born: number): number | null {
  const u = (hash32(seed, index, 2) + 1) / 0x1_0000_0001;
  const years = 84 + 13 * Math.log(-Math.log(u));
  const day = born + Math.max(1, Math.floor(years * 365.25));
  return day <= LAST_DAY ? day : null;
}

const VILLAGES = [
  '上庄',
  '下庄',
  '新庄',
  '前沟',
  '后沟',
  '东坡',
  '西坡',
  '河滩',
  '大寨',
  '牙合',
  '尕庄',
  '塔沟',
  '滩北',
  '泉湾',
];
const STREETS = [
  '八一路',
  '五四大街',
  '七一路',
  '建国大街',
  '长江路',
  '黄河路',
  '人民路',
  '团结路',
  '解放路',
  '新宁路',
  '文化路',
  '滨河路',
  '建设路',
];

/** 青海省 to the door. `salt` makes another address in the same county. */
export function addressIn(county: County, seed: number, index: number, salt: number): string {
  const door = hash32(seed, index, salt + 2);
  const place = `青海省${county.prefecture}${county.name}`;
  if (county.urban && door % 5 !== 0) {
    const street = pick(STREETS, seed, index, salt);
    return `${place}${street}${(door % 198) + 1}号${((door >>> 8) % 24) + 1}号楼${((door >>> 14) % 6) + 1}单元${((door >>> 18) % 28) + 1}0${((door >>> 23) % 4) + 1}室`;
  }
  const town = pick(county.towns, seed, index, salt + 1);
  return `${place}${town}${pick(VILLAGES, seed, index, salt)}村${(door % 320) + 1}号`;
}

function maritalStatus(seed: number, index: number, age: number, sex: '1' | '2'): string {
  const draw = below(seed, index, 8, 100);
  if (age < (sex === '1' ? 22 : 20)) return '10';
  if (age < 28) return draw < 62 ? '10' : '20';
  if (age < 60)
    return draw < 9 ? '10' : draw < 74 ? '20' : draw < 84 ? '21' : draw < 89 ? '22' : draw < 97 ? '40' : '30';
  return draw < 3 ? '10' : draw < 68 ? '20' : draw < 71 ? '22' : draw < 75 ? '40' : '30';
}

const CHILD_NAMES = ['尕娃', '尕女', '石头', '狗蛋', '尕妹', '福来', '存女', '根生'];

/** Person `index` of the world, 0 to MOST_PERSONS-1. Pure: the same options and index give the same person. */
export function personAt(world: WorldOptions, index: number): Person {
  const { seed } = world;
  const born = birthDay(world, index);
  const birth = DAYS[born]!;
  const birthYear = yearOf(born);
  const died = deathDay(world, index, born);
  const sex = happens(seed, index, 3, 512_000) ? '1' : '2';
  const origin = drawCounty(hash32(seed, index, 4));
  const county = happens(seed, index, 5, 180_000) ? drawCounty(hash32(seed, index, 6)) : origin;
  const ethnicity = drawEthnicity(origin.mix, seed, index);
  const name = personName(ethnicity, sex, seed, index);
  // Numbers were given from 1984 on; those born later got theirs with the registration of birth.
  const issued = Math.max(birthYear, 1984 + below(seed, index, 7, 5));
  const sequence = slotOf(index) * 2 + (sex === '1' ? 1 : 2);
  const until = died ?? LAST_DAY;
  return {
    index,
    citizenNumber: citizenNumber(codeIn(origin, issued) + birth + String(sequence).padStart(3, '0')),
    name,
    formerName: happens(seed, index, 9, 15_000)
      ? happens(seed, index, 10, 500_000)
        ? pick(CHILD_NAMES, seed, index, 11)
        : personName('01', sex, seed ^ 0x5bd1e995, index)
      : null,
    sex,
    ethnicity,
    birth,
    death: died === null ? null : DAYS[died]!,
    marital: maritalStatus(seed, index, Math.floor((until - born) / 365.25), sex),
    county,
    regionCode: currentCode(county),
    address: addressIn(county, seed, index, 12),
  };
}

/** The number as it was before 1999-10-01: no century, no check. null for those born from 2000 on. */
export const fifteenDigits = (number: string): string | null =>
  number.slice(6, 8) === '19' ? number.slice(0, 6) + number.slice(8, 17) : null;
