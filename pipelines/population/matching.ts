import type { MatchField, Matching } from '../matching.ts';
import type { Attributes } from '../record.ts';
import { addressKey } from '../standards/addresses.ts';
import { isFillerDay, isYearOnly } from '../standards/fillers.ts';
import { lunarDay } from '../standards/lunar.ts';
import { isMaskedName } from '../standards/name-cells.ts';
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
  /** The same day by the lunar calendar, written as people name it. */
  readonly lunar: string | null;
  readonly sex: string | null;
  readonly ethnicity: string | null;
  /** Counties of today in which the person is registered or lives; several where an old one was divided. */
  readonly counties: readonly string[];
  readonly addresses: readonly string[];
  readonly phone: string | null;
  /** The 17 digits before the check character, sound or not; those of 15 digits with their century. */
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
      level('冠夫姓', "the husband's surname before it"),
      level('缺字或有无法识别的字', 'a character missing or unreadable'),
      level('一字之差', 'one character apart'),
      level('只有姓可比', 'only the surname can be compared'),
      level('两字姓名一字之差', 'one of two characters apart'),
      level('不同', 'different'),
    ],
  },
  {
    ...{ name: 'birth', zh: '出生日期', en: 'birth date' },
    levels: [
      level('相同', 'the same'),
      level('一个数字之差或月日颠倒', 'one digit, or day and month exchanged'),
      level('一方为另一方的农历日期', 'one is the lunar day of the other'),
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
    levels: [level('相同', 'the same'), level('至多两位不同', 'at most two digits differ'), level('不同', 'different')],
  },
];

/** Levels of the name, best first. */
const LIKENESS: readonly NameLikeness[] = [
  ...(['same', 'variant', 'sound', 'order', 'married', 'unreadable', 'one-off', 'surname'] as const),
  ...(['one-of-two', 'different'] as const),
];
const ONE_OFF = LIKENESS.indexOf('one-off');
const SURNAME = LIKENESS.indexOf('surname');
const ONE_OF_TWO = LIKENESS.indexOf('one-of-two');
const DIFFERENT = LIKENESS.indexOf('different');
const [LUNAR, YEAR_ONLY, SAME_YEAR, A_YEAR_APART, OTHER_BIRTH] = [2, 3, 4, 5, 6] as const;
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
  const birthDay = birth !== null && birth.length === 10 && !isFillerDay(birth) ? birth : null;
  return {
    ...{ name: usable, key, syllables: syllableKey(key), formerKey: former === null ? null : nameKey(former) },
    ...{ birth: birthDay, lunar: birthDay === null || isYearOnly(birthDay) ? null : lunarDay(birthDay) },
    ...{ sex: known(attributes['sex']), ethnicity: known(attributes['ethnicity']) },
    counties: countiesOf(attributes['householdRegion'], attributes['residenceRegion']),
    addresses: [text(attributes['householdAddress']), text(attributes['residenceAddress'])].flatMap((address) =>
      address === null ? [] : [addressKey(address)],
    ),
    ...{ phone: text(attributes['phone']), number: digitsOf(text(attributes['citizenNumber'])) },
  };
}

function digitsOf(number: string | null): string | null {
  if (number?.length === 18) return number.slice(0, 17);
  return number?.length === 15 ? `${number.slice(0, 6)}19${number.slice(6)}` : null;
}

/**
 * A name that failed its rule is one still, as long as two of its characters can be read, or the surname and how the other is
 * read or that there is one. A masked one is none: it was whole, and what is left agrees with thousands.
 */
const namesSomebody = (name: string): boolean =>
  !isPlaceholderName(name) &&
  !isMaskedName(name) &&
  (/\p{Script=Han}.*\p{Script=Han}|^\p{Script=Han}(?:[A-Za-z]+|[?？□])$/u.test(name) ||
    /^[^\p{Script=Han}\d?]+$/u.test(name));

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
  if (number !== null) found.push(`i${number.slice(6)}`);
  return found;
}

function nameLevel(a: PersonFeatures, b: PersonFeatures): number {
  if (a.name === null || b.name === null) return -1;
  if (a.name !== b.name && (a.formerKey === b.key || a.key === b.formerKey)) return 1;
  return LIKENESS.indexOf(compareNameKeys(a as NameForms, b as NameForms));
}

type Birth = Pick<PersonFeatures, 'birth' | 'lunar'>;

function compareBirths({ birth: a, lunar: left }: Birth, { birth: b, lunar: right }: Birth): number {
  if (a === null || b === null) return -1;
  const sameYear = a.slice(0, 4) === b.slice(0, 4);
  // Two that know the year alone agree on the year, not on a day.
  if (isYearOnly(a) || isYearOnly(b)) return sameYear ? YEAR_ONLY : yearsApart(a, b) === 1 ? A_YEAR_APART : OTHER_BIRTH;
  if (a === b) return 0;
  let differing = 0;
  for (let i = 0; i < 10; i++) if (a[i] !== b[i]) differing++;
  if (differing === 1) return 1;
  if (sameYear && a.slice(5, 7) === b.slice(8) && a.slice(8) === b.slice(5, 7)) return 1;
  if (a === right || b === left) return LUNAR;
  return sameYear ? SAME_YEAR : yearsApart(a, b) === 1 ? A_YEAR_APART : OTHER_BIRTH;
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
  for (let i = 0; i < 17; i++) if (a[i] !== b[i] && ++differing > 2) return 2;
  return differing === 0 ? 0 : 1;
}

export const populationMatching: Matching<PersonFeatures> = {
  model: populationModel,
  fields: FIELDS,
  anchors: ['citizen', 'residence-card', 'residence-permit'],
  features,
  blocks,
  compare: (a, b) => [
    nameLevel(a, b),
    compareBirths(a, b),
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
  excludes: (a, b) => nameLevel(a, b) === DIFFERENT || compareBirths(a, b) === OTHER_BIRTH,
  asks: ([name = -1, birth = -1, , , , address, phone, number = -1]) => {
    const atHome = address === 0 || phone === 0;
    const byNumber = number === 0 || number === 1;
    if (name === -1 || name === ONE_OF_TWO) return true;
    // Twins share all but a character of their names and a digit or two of their numbers; who only shares day and county with a name nearly alike may be anybody.
    if (name === ONE_OFF) return number !== 0 && (birth === 0 || !(atHome || byNumber));
    if (name === SURNAME) return !byNumber && !(birth === 0 && atHome);
    return !(isDay(birth) || atHome || byNumber);
  },
};

/** A level that agrees on a day: a year is shared by thousands. */
const isDay = (level: number): boolean => level >= 0 && level <= LUNAR;
