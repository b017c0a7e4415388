import type { MatchField, Matching } from '../matching.ts';
import type { Attributes } from '../record.ts';
import { addressKey } from '../standards/addresses.ts';
import { isFillerDay, isYearOnly } from '../standards/fillers.ts';
import {
  compareNameKeys,
  type NameForms,
  type NameLikeness,
  nameKey,
  syllableKey,
  unorderedKey,
} from '../standards/names.ts';
import { resolveRegion } from '../standards/regions.ts';
import { populationModel } from './link-model.ts';
import { isPlaceholderName } from './name-rules.ts';

export interface PersonFeatures {
  readonly name: string | null;
  readonly key: string;
  readonly syllables: string;
  readonly formerKey: string | null;
  /** `YYYY-MM-DD`. */
  readonly birth: string | null;
  readonly sex: string | null;
  readonly ethnicity: string | null;
  /** Counties of today in which the person is registered or lives; several where an old one was divided. */
  readonly counties: readonly string[];
  readonly addresses: readonly string[];
  readonly phone: string | null;
  /** 18 characters, sound or not. */
  readonly number: string | null;
}

const level = (zh: string, en: string): MatchField['levels'][number] => ({ zh, en });

const FIELDS: readonly MatchField[] = [
  {
    ...{ name: 'name', zh: '姓名', en: 'name' },
    levels: [
      level('相同', 'the same'),
      level('异体字或音节写法不同', 'variant characters or syllables'),
      level('读音相同', 'read alike'),
      level('姓名顺序不同', 'parts in another order'),
      level('缺字或有无法识别的字', 'a character missing or unreadable'),
      level('一字之差', 'one character apart'),
      level('两字姓名一字之差', 'one of two characters apart'),
      level('不同', 'different'),
    ],
  },
  {
    ...{ name: 'birth', zh: '出生日期', en: 'birth date' },
    levels: [
      level('相同', 'the same'),
      level('一个数字之差或月日颠倒', 'one digit, or day and month exchanged'),
      level('只知同年(1月1日)', 'the same year, of which a side knows no more (1 January)'),
      level('同年', 'the same year'),
      level('相差一年', 'a year apart'),
      level('不同', 'different'),
    ],
  },
  { ...{ name: 'sex', zh: '性别', en: 'sex' }, levels: [level('相同', 'the same'), level('不同', 'different')] },
  {
    ...{ name: 'ethnicity', zh: '民族', en: 'ethnicity' },
    levels: [level('相同', 'the same'), level('不同', 'different')],
  },
  {
    ...{ name: 'region', zh: '区划', en: 'region' },
    levels: [level('同县', 'the same county'), level('同州市', 'the same prefecture'), level('不同', 'different')],
  },
  {
    ...{ name: 'address', zh: '地址', en: 'address' },
    levels: [level('相同', 'the same'), level('不同', 'different')],
  },
  { ...{ name: 'phone', zh: '电话', en: 'phone' }, levels: [level('相同', 'the same'), level('不同', 'different')] },
  {
    ...{ name: 'number', zh: '证件号码', en: 'number' },
    levels: [level('至多两位不同', 'at most two characters differ'), level('不同', 'different')],
  },
];

/** Levels of the name, best first. */
const LIKENESS: readonly NameLikeness[] = [
  ...(['same', 'variant', 'sound', 'order', 'unreadable', 'one-off', 'one-of-two', 'different'] as const),
];
const ONE_OF_TWO = LIKENESS.indexOf('one-of-two');
const DIFFERENT = LIKENESS.indexOf('different');
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function countiesOf(...codes: readonly unknown[]): readonly string[] {
  const found = new Set<string>();
  for (const code of codes) {
    if (typeof code !== 'string') continue;
    for (const current of resolveRegion(code)?.current ?? []) found.add(current);
  }
  return [...found];
}

function features(attributes: Attributes): PersonFeatures {
  const name = text(attributes['name']);
  const usable = name !== null && namesSomebody(name) ? name : null;
  const key = usable === null ? '' : nameKey(usable);
  const birth = text(attributes['birthDate']);
  const formerName = text(attributes['formerName']);
  const former = formerName !== null && namesSomebody(formerName) ? formerName : null;
  const number = text(attributes['citizenNumber']);
  return {
    ...{ name: usable, key, syllables: syllableKey(key), formerKey: former === null ? null : nameKey(former) },
    birth: birth !== null && birth.length === 10 && !isFillerDay(birth) ? birth : null,
    ...{ sex: known(attributes['sex']), ethnicity: known(attributes['ethnicity']) },
    counties: countiesOf(attributes['householdRegion'], attributes['residenceRegion']),
    addresses: [text(attributes['householdAddress']), text(attributes['residenceAddress'])].flatMap((address) =>
      address === null ? [] : [addressKey(address)],
    ),
    ...{ phone: text(attributes['phone']), number: number !== null && number.length === 18 ? number : null },
  };
}

/** A name that failed its rule is one still, as long as two of its characters can be read. */
const namesSomebody = (name: string): boolean =>
  !isPlaceholderName(name) && (/\p{Script=Han}.*\p{Script=Han}/u.test(name) || /^[^\p{Script=Han}\d?]+$/u.test(name));

/** Codes for "unknown" and "not stated" are no values. */
const known = (code: unknown): string | null =>
  typeof code === 'string' && code !== '' && code !== '0' && code !== '9' && code !== '97' ? code : null;

/**
 * Enough ways that one wrong field does not hide a pair, each narrow enough to stay short in a province. Names count
 * whatever the order of their parts; a number that failed its check still says when its bearer was born, and after whom.
 */
function blocks({ syllables, birth, counties, phone, number }: PersonFeatures): readonly string[] {
  const found: string[] = [];
  const name = unorderedKey(syllables);
  if (name !== '' && birth !== null) {
    found.push(`n${name}${birth.slice(0, 4)}`);
    if (!isYearOnly(birth)) found.push(`m${name}${birth.slice(5)}`);
  }
  if (name !== '') for (const county of counties) found.push(`c${name}${county}`);
  if (birth !== null && !isYearOnly(birth)) for (const county of counties) found.push(`b${birth}${county}`);
  if (phone !== null) found.push(`p${phone}`);
  if (number !== null) found.push(`i${number.slice(6, 17)}`);
  return found;
}

function nameLevel(a: PersonFeatures, b: PersonFeatures): number {
  if (a.name === null || b.name === null) return -1;
  if (a.name !== b.name && (a.formerKey === b.key || a.key === b.formerKey)) return 1;
  return LIKENESS.indexOf(compareNameKeys(a as NameForms, b as NameForms));
}

function compareBirths(a: string | null, b: string | null): number {
  if (a === null || b === null) return -1;
  const sameYear = a.slice(0, 4) === b.slice(0, 4);
  // Two that know the year alone agree on the year, not on a day.
  if (isYearOnly(a) || isYearOnly(b)) return sameYear ? 2 : yearsApart(a, b) === 1 ? 4 : 5;
  if (a === b) return 0;
  let differing = 0;
  for (let i = 0; i < 10; i++) if (a[i] !== b[i]) differing++;
  if (differing === 1) return 1;
  if (sameYear && a.slice(5, 7) === b.slice(8) && a.slice(8) === b.slice(5, 7)) return 1;
  return sameYear ? 3 : yearsApart(a, b) === 1 ? 4 : 5;
}

const yearsApart = (a: string, b: string): number => Math.abs(Number(a.slice(0, 4)) - Number(b.slice(0, 4)));

const same = (a: string | null, b: string | null): number => (a === null || b === null ? -1 : a === b ? 0 : 1);

function compareRegions(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return -1;
  if (a.some((code) => b.includes(code))) return 0;
  return a.some((code) => b.some((other) => code.slice(0, 4) === other.slice(0, 4))) ? 1 : 2;
}

const compareAddresses = (a: readonly string[], b: readonly string[]): number =>
  a.length === 0 || b.length === 0 ? -1 : a.some((address) => b.includes(address)) ? 0 : 1;

function compareNumbers(a: string | null, b: string | null): number {
  if (a === null || b === null) return -1;
  let differing = 0;
  for (let i = 0; i < 18; i++) if (a[i] !== b[i] && ++differing > 2) return 1;
  return 0;
}

export const populationMatching: Matching<PersonFeatures> = {
  model: populationModel,
  fields: FIELDS,
  anchors: ['citizen', 'residence-card', 'residence-permit'],
  features,
  blocks,
  compare: (a, b) => [
    nameLevel(a, b),
    compareBirths(a.birth, b.birth),
    same(a.sex, b.sex),
    same(a.ethnicity, b.ethnicity),
    compareRegions(a.counties, b.counties),
    compareAddresses(a.addresses, b.addresses),
    same(a.phone, b.phone),
    compareNumbers(a.number, b.number),
  ],
  commonness: { field: 'name', of: ({ syllables }) => syllables },
  // The name alone must not be against it: a family shares address, region, phone and half of its dates.
  evidence: ['name', 'formerName'],
  excludes: (a, b) => nameLevel(a, b) === DIFFERENT || compareBirths(a.birth, b.birth) === 5,
  asks: ([name = -1, birth = -1, , , , address, phone, number]) =>
    name === -1 || name === ONE_OF_TWO || !(isDay(birth) || address === 0 || phone === 0 || number === 0),
};

/** A level that agrees on a day: a year is shared by thousands. */
const isDay = (level: number): boolean => level === 0 || level === 1;
