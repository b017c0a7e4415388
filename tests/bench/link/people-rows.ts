import { DAYS, dayOf, WORLD_DAY } from '../../../runner/demo/world/calendar.ts';
import { happens } from '../../../runner/demo/world/hash.ts';
import { mistyped, respelled, SEPARATOR, SEPARATOR_VARIANTS } from '../../../runner/demo/world/names.ts';
import { addressIn, fifteenDigits, type WorldOptions } from '../../../runner/demo/world/person.ts';
import { type Dice, dice } from '../../../runner/demo/world/sample-system.ts';
import { type KindRates, type LinkRow, PLAIN } from './link-row.ts';
import { lunarDay } from './lunar-day.ts';
import { type BenchPerson, benchPersonAt } from './people.ts';

export const PEOPLE_SYSTEMS = [
  { system: 'police', authority: 'public-security' },
  { system: 'insurance', authority: 'social-security' },
  { system: 'clinic', authority: 'health' },
] as const;

/** How the three write, in rows of a million whose person the kind fits; a row has at most one of them. */
const KINDS: KindRates = {
  //                    police insurance clinic
  'name-reversed': [500, 4_000, 12_000], // given name before surname
  'name-reordered': [2_000, 12_000, 30_000], // names of parts: the second part first
  'name-pinyin': [20_000, 300_000, 300_000], // a rare character by its reading
  'name-unreadable': [10_000, 200_000, 150_000], // a rare character as `?`
  'name-typo': [4_000, 10_000, 25_000], // one character that sounds or looks alike
  'name-spelling': [0, 150_000, 60_000], // another spelling of a syllable of a minority name
  'married-name': [0, 10_000, 30_000], // women born before 1980: the husband's surname before the own one, or both with 氏
  'birth-filler': [1_000, 8_000, 25_000], // the day that the system fills in
  'birth-year': [1_000, 6_000, 20_000], // 1 January
  'birth-digits': [3_000, 8_000, 20_000], // a wrong digit, or day and month exchanged
  'birth-lunar': [3_000, 15_000, 50_000], // born before 1980: the day of the lunar calendar
  'number-15': [0, 100_000, 60_000], // born before 1985: the number of before 1999
  'number-wrong': [3_000, 8_000, 15_000], // one digit is another
  'sex-wrong': [2_000, 3_000, 5_000],
};
/** The number is not there. */
const WITHOUT_NUMBER = [2_000, 30_000, 500_000] as const;
const KNOWN = [970_000, 580_000, 800_000] as const;
const DUPLICATES = [5_000, 15_000, 5_000] as const;
const ELSEWHERE = [0, 250_000, 250_000] as const;
const WITHOUT = {
  birth: [500, 2_000, 10_000],
  sex: [0, 0, 10_000],
  region: [0, 5_000, 20_000],
  address: [5_000, 30_000, 100_000],
  phone: [1_000_000, 60_000, 500_000],
} as const;
/** Of the wrong numbers of 15 digits nothing tells that they are wrong. */
const FIFTEEN_WRONG = 10_000;
const SEPARATORS = [120_000, 600_000, 120_000] as const;

/** Zeros of .NET, SQL Server, OLE and Delphi, Excel, Unix, Macintosh, Windows files; the founding day of the country. */
const FILLERS = [
  '1900-01-01',
  '1970-01-01',
  '1899-12-30',
  '1753-01-01',
  '1904-01-01',
  '1601-01-01',
  '0001-01-01',
  '1949-10-01',
];
const HUSBANDS = [...'王李张马刘陈杨赵韩祁'];

const dashed = (day: string): string => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;

const fits: Readonly<Record<string, (person: BenchPerson) => boolean>> = {
  'name-reversed': ({ name, ethnicity }) => !name.includes(SEPARATOR) && !isOfParts(name, ethnicity),
  'name-reordered': ({ name, ethnicity }) => name.includes(SEPARATOR) || isOfParts(name, ethnicity),
  'name-pinyin': ({ rare }) => rare !== null,
  'name-unreadable': ({ rare }) => rare !== null,
  'name-spelling': ({ name }) => respelled(name) !== null,
  'married-name': ({ sex, birth, ethnicity, name }) =>
    sex === '2' && birth < '1980' && ethnicity !== '04' && ethnicity !== '02' && !name.includes(SEPARATOR),
  'birth-lunar': ({ birth }) => birth < '1980',
  'number-15': ({ birth, citizenNumber }) => birth < '1985' && fifteenDigits(citizenNumber) !== null,
};

/** Tibetan and Mongol names of two words of two characters. */
const isOfParts = (name: string, ethnicity: string): boolean =>
  (ethnicity === '04' || ethnicity === '02') && [...name].length === 4;

function kindOf(person: BenchPerson, system: number, d: Dice): string | null {
  for (const [at, [kind, rates]] of Object.entries(KINDS).entries())
    if (fits[kind]?.(person) !== false && d.happens(100 + at, rates[system] as number)) return kind;
  return null;
}

function nameOf(person: BenchPerson, kind: string | null, system: number, d: Dice, seed: number): string {
  const { name, rare, index } = person;
  const signs = [...name];
  const husband = HUSBANDS[d.below(21, HUSBANDS.length)] as string;
  const parts = name.includes(SEPARATOR) ? name.split(SEPARATOR) : [name.slice(0, 2), name.slice(2)];
  switch (kind) {
    case 'name-reversed':
      return signs.slice(1).join('') + signs[0];
    case 'name-reordered':
      return parts.reverse().join(name.includes(SEPARATOR) ? SEPARATOR : '');
    case 'name-pinyin':
      return name.replace(rare?.sign ?? '', (rare?.reading ?? '').toUpperCase());
    case 'name-unreadable':
      return name.replace(rare?.sign ?? '', d.happens(22, 700_000) ? '?' : '□');
    case 'name-typo':
      return mistyped(name, seed ^ d.below(23, 1_000_000), index);
    case 'name-spelling':
      return respelled(name) ?? name;
    case 'married-name':
      return person.birth < '1950' && d.happens(24, 400_000) ? `${husband}${signs[0]}氏` : husband + name;
    default:
      return d.happens(25, SEPARATORS[system] as number)
        ? name.replace(SEPARATOR, SEPARATOR_VARIANTS[d.below(26, SEPARATOR_VARIANTS.length)] as string)
        : name;
  }
}

/** A digit of year, month or day that makes another real day, or day and month exchanged. */
function wrongDigits(birth: string, d: Dice): string {
  const exchanged = `${birth.slice(0, 4)}${birth.slice(6)}${birth.slice(4, 6)}`;
  if (d.happens(31, 150_000) && birth.slice(6) <= '12' && exchanged !== birth) return exchanged;
  for (let attempt = 0; ; attempt++) {
    const at = 2 + d.below(200 + 2 * attempt, 6);
    const digit = d.below(201 + 2 * attempt, 10);
    const other = `${birth.slice(0, at)}${digit}${birth.slice(at + 1)}`;
    if (other !== birth && other < WORLD_DAY && other === DAYS[dayOf(other)]) return other;
  }
}

function birthOf({ birth }: BenchPerson, kind: string | null, d: Dice): string {
  if (kind === 'birth-filler') return FILLERS[d.below(33, FILLERS.length)] as string;
  if (kind === 'birth-year') return `${birth.slice(0, 4)}-01-01`;
  if (kind === 'birth-digits') return dashed(wrongDigits(birth, d));
  return kind === 'birth-lunar' ? lunarDay(dashed(birth)) : dashed(birth);
}

/** One digit is another: the sequence or the check character more often than what a clerk can compare with the birth. */
function wrongNumber(number: string, d: Dice): string {
  const at = d.happens(41, 600_000) ? number.length - 1 - d.below(42, 4) : d.below(43, number.length);
  const digit = number[at] === 'X' ? 0 : Number(number[at]);
  return `${number.slice(0, at)}${(digit + 1 + d.below(44, 8)) % 10}${number.slice(at + 1)}`;
}

function numberOf({ citizenNumber: number }: BenchPerson, kind: string | null, d: Dice): string {
  if (kind === 'number-wrong') return wrongNumber(number, d);
  if (kind !== 'number-15') return number;
  const short = fifteenDigits(number) as string;
  return d.happens(45, FIFTEEN_WRONG) ? wrongNumber(short, d) : short;
}

function rowOf(world: WorldOptions, index: number, system: number, copy: number): LinkRow {
  const { seed } = world;
  const person = benchPersonAt(world, index);
  const d = dice(seed, index, copy, 20 + system);
  const kind = kindOf(person, system, d);
  const lacks = (what: keyof typeof WITHOUT, salt: number): boolean => d.happens(salt, WITHOUT[what][system] as number);
  const number = d.happens(1, WITHOUT_NUMBER[system] as number) ? null : numberOf(person, kind, d);
  const birth = lacks('birth', 2) ? null : birthOf(person, kind, d);
  const isMan = (kind === 'sex-wrong') !== (person.sex === '1');
  const moved = d.happens(4, ELSEWHERE[system] as number);
  const address = moved ? addressIn(person.county, seed, index, 93_000 + system) : person.address;
  return {
    system: (PEOPLE_SYSTEMS[system] as { system: string }).system,
    key: `${'PIC'[system]}${index * 10 + copy}`,
    subject: index,
    kinds: kindsOf(person, kind, number),
    // Father and son of one name and one house: the day of birth or the number alone tell them apart.
    undecidable: person.relation === 'father-and-son' && number === null && (birth === null || kind === 'birth-filler'),
    value: {
      citizenNumber: number,
      name: nameOf(person, kind, system, d, seed),
      formerName: system === 0 ? person.formerName : null,
      sex: lacks('sex', 3) ? null : isMan ? '1' : '2',
      ethnicity: person.ethnicity,
      birthDate: birth,
      residenceRegion: lacks('region', 5) ? null : person.regionCode,
      residenceAddress: lacks('address', 6) ? null : address,
      phone: lacks('phone', 7) ? null : person.phone,
    },
  };
}

function kindsOf({ relation }: BenchPerson, kind: string | null, number: string | null): readonly string[] {
  const found = [kind, relation].filter((one) => one !== null);
  if (found.length > 0) return found;
  return number === null ? ['no-number'] : [PLAIN];
}

/** Rows of three systems about the same people, one system after the other. */
export function* peopleRows(world: WorldOptions): Generator<LinkRow> {
  for (let system = 0; system < PEOPLE_SYSTEMS.length; system++)
    for (let index = 0; index < world.persons; index++) {
      if (!happens(world.seed, index, 94_000 + system, KNOWN[system] as number)) continue;
      yield rowOf(world, index, system, 0);
      if (happens(world.seed, index, 94_010 + system, DUPLICATES[system] as number))
        yield rowOf(world, index, system, 1);
    }
}

export const PEOPLE_MAPPING = {
  citizenNumber: { from: 'citizenNumber', as: 'citizen-number' },
  name: { from: 'name', as: 'person-name' },
  formerName: { from: 'formerName', as: 'person-name' },
  sex: { from: 'sex', as: 'sex' },
  ethnicity: { from: 'ethnicity', as: 'ethnicity' },
  birthDate: { from: 'birthDate', as: 'chinese-date' },
  residenceRegion: { from: 'residenceRegion', as: 'region' },
  residenceAddress: { from: 'residenceAddress', as: 'address' },
  phone: { from: 'phone', as: 'phone' },
};
