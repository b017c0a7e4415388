import { citizenNumber } from '../../../runner/demo/world/check-digits.ts';
import { currentCode } from '../../../runner/demo/world/counties.ts';
import { below, happens, hash32, pick } from '../../../runner/demo/world/hash.ts';
import { personName, SEPARATOR } from '../../../runner/demo/world/names.ts';
import { type Person, personAt, type WorldOptions } from '../../../runner/demo/world/person.ts';

/** What makes a person hard to tell from another one. */
type Relation = 'twins' | 'father-and-son' | 'shared-number';

/** Of a million pairs of neighbours in the world. */
const RELATIONS: readonly (readonly [Relation, number])[] = [
  ['twins', 16_000],
  ['father-and-son', 8_000],
  ['shared-number', 2_000],
];
/** Of a million persons whose name is of two or three characters. */
const RARE_NAMES = 30_000;

export interface BenchPerson extends Person {
  readonly relation: Relation | null;
  /** The character in the name that old systems cannot write, and its reading. */
  readonly rare: { readonly sign: string; readonly reading: string } | null;
  readonly phone: string;
}

/** Characters of names outside GB 2312, as the rare characters of registers are, with their readings. */
const RARE: readonly (readonly [string, string])[] =
  '䶮yan 堃kun 喆zhe 犇ben 淼miao 赟yun 曌zhao 婳hua 頔di 玥yue 翀chong 彧yu 燚yi 垚yao 甡shen 㛃jie 䜣xin 𬭎hong 𬀩wei 𬬱jin'
    .split(' ')
    .map((entry) => {
      const sign = String.fromCodePoint(entry.codePointAt(0) as number);
      return [sign, entry.slice(sign.length)] as const;
    });
const GIVEN = [...'伟强军明勇杰涛鹏斌辉刚林海山成福生贵德文芳秀英兰梅玉花霞红艳丽娟燕萍琴莲香桂珍云'];

const isPlainName = ({ name, ethnicity }: Person): boolean =>
  !name.includes(SEPARATOR) && [...name].length <= 3 && ethnicity !== '04' && ethnicity !== '02';

function withRareName(world: WorldOptions, person: Person): Pick<BenchPerson, 'name' | 'rare'> {
  const { seed } = world;
  const { index, name } = person;
  if (!isPlainName(person) || !happens(seed, index, 92_001, RARE_NAMES)) return { name, rare: null };
  const [sign, reading] = pick(RARE, seed, index, 92_002);
  return { name: [...name].slice(0, -1).join('') + sign, rare: { sign, reading } };
}

const phoneOf = (draw: number): string => `13${String(draw % 1_000_000_000).padStart(9, '0')}`;

function relationOf({ seed }: WorldOptions, index: number): Relation | null {
  let draw = below(seed, Math.floor(index / 2), 92_003, 1_000_000);
  for (const [relation, rate] of RELATIONS) {
    draw -= rate;
    if (draw < 0) return relation;
  }
  return null;
}

/** The numbers of twins follow each other, as they were given. */
function numberAfter(number: string, sex: '1' | '2'): string {
  const sequence = Number(number.slice(14, 17)) + 1;
  const right = sequence % 2 === (sex === '1' ? 1 : 0) ? sequence : sequence + 1;
  return citizenNumber(number.slice(0, 14) + String(right % 1000).padStart(3, '0'));
}

function twinName(world: WorldOptions, first: Person, own: Person): string {
  const signs = [...first.name];
  const other = pick(GIVEN, world.seed, own.index, 92_004);
  if (!isPlainName(first)) return personName(first.ethnicity, own.sex, world.seed, own.index);
  // Brothers of one generation often share the character in the middle.
  if (signs.length === 3 && happens(world.seed, own.index, 92_005, 500_000)) return `${signs[0]}${signs[1]}${other}`;
  return `${signs[0]}${other}${signs.length === 3 ? pick(GIVEN, world.seed, own.index, 92_006) : ''}`;
}

function fatherOf(world: WorldOptions, son: Person): Pick<Person, 'birth' | 'citizenNumber' | 'sex'> {
  const years = 20 + below(world.seed, son.index, 92_007, 16);
  const two = (salt: number, end: number): string =>
    String(1 + below(world.seed, son.index, salt, end)).padStart(2, '0');
  const year = Math.max(1930, Number(son.birth.slice(0, 4)) - years);
  const birth = `${year}${two(92_008, 12)}${two(92_009, 28)}`;
  const number = citizenNumber(`${son.citizenNumber.slice(0, 6)}${birth}0${son.citizenNumber.slice(15, 16)}1`);
  return { birth, sex: '1', citizenNumber: number };
}

/** Person `index`: of the world, or related to the one before. Pure. */
export function benchPersonAt(world: WorldOptions, index: number): BenchPerson {
  const person = personAt(world, index);
  const relation = relationOf(world, index);
  const phone = phoneOf(hash32(world.seed, index, 92_010));
  const own: BenchPerson = { ...person, ...withRareName(world, person), relation, phone };
  if (relation === null) return own;
  const first = personAt(world, index - (index % 2));
  const named = { ...first, ...withRareName(world, first) };
  if (index % 2 === 0) return relation === 'father-and-son' ? { ...own, sex: '1', ...sonOf(named) } : own;
  const home = {
    ...{ county: first.county, regionCode: currentCode(first.county), address: first.address },
    ...{ ethnicity: first.ethnicity, phone: phoneOf(hash32(world.seed, first.index, 92_010)) },
  };
  if (relation === 'twins') {
    const name = twinName(world, named, own);
    const sex = own.sex;
    return {
      ...{ ...own, ...home, sex, birth: first.birth, rare: null, formerName: null },
      ...{ name: name === named.name ? `${name.slice(0, -1)}宁` : name },
      citizenNumber: numberAfter(first.citizenNumber, sex),
    };
  }
  if (relation === 'father-and-son')
    return { ...own, ...home, ...fatherOf(world, first), name: named.name, rare: named.rare, formerName: null };
  return { ...own, birth: first.birth, sex: first.sex, citizenNumber: first.citizenNumber };
}

/** A father gives his name to a son: the number of the son says so too. */
const sonOf = ({ citizenNumber: number }: Person): Pick<Person, 'citizenNumber' | 'formerName'> => ({
  formerName: null,
  citizenNumber:
    Number(number[16]) % 2 === 1 ? number : citizenNumber(`${number.slice(0, 16)}${(Number(number[16]) + 1) % 10}`),
});
