import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DAYS, inChinese } from '../../../../runner/demo/world/calendar.ts';
import {
  citizenNumber,
  creditCode,
  organisationCode,
  registrationNumber,
} from '../../../../runner/demo/world/check-digits.ts';
import { COUNTIES, NEVER_ALLOCATED } from '../../../../runner/demo/world/counties.ts';
import { entityAt } from '../../../../runner/demo/world/entity.ts';
import { personAt, type WorldOptions } from '../../../../runner/demo/world/person.ts';

const WORLD: WorldOptions = { persons: 20_000, entities: 3_000, seed: 63 };
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('check digits', () => {
  test.each([
    [
      'citizen number',
      citizenNumber,
      ['630102194906010015', '11010519491231002X', '63222119991010008X', '632123197008150208'],
    ],
    ['organisation code', organisationCode, ['734561202', '71042502X', '710425070', 'MA752PX11', '595000AB2']],
    [
      'credit code',
      creditCode,
      ['91630000710425337H', '92630202MA758HQ26D', '9144030071526726XG', 'N2632221MF1234567D'],
    ],
    ['registration number', registrationNumber, ['630000100012341', '630100210005676', '440301103448669']],
  ] as const)('%s equals the published vectors', (_, make, vectors) => {
    for (const vector of vectors) expect(make(vector.slice(0, -1))).toBe(vector);
  });
});

/** The weights as GB 11643 prints them: not how the generator counts. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const checkHolds = (number: string): boolean =>
  '10X98765432'[WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(number[at]), 0) % 11] === number[17];

test('the same options and index give the same person and entity, in any order', () => {
  fc.assert(
    fc.property(fc.nat(4_000_000_000), fc.nat(2_000_000), (seed, index) => {
      const world = { ...WORLD, seed };
      const both = (): string => JSON.stringify([personAt(world, index), entityAt(world, index)]);
      const first = both();
      personAt(world, index + 1);
      return both() === first;
    }),
    { numRuns: 100 },
  );
  expect(personAt(WORLD, 7)).not.toEqual(personAt({ ...WORLD, seed: 64 }, 7));
});

describe('persons', () => {
  const persons = range(20_000).map((index) => personAt(WORLD, index));

  test('have numbers that hold, agree with birth and sex, and are unique', () => {
    const wrong = persons.filter(
      ({ citizenNumber: number, birth, sex }) =>
        !checkHolds(number) || number.slice(6, 14) !== birth || (Number(number[16]) % 2 === 1) !== (sex === '1'),
    );
    expect(wrong).toEqual([]);
    expect(new Set(persons.map((person) => person.citizenNumber)).size).toBe(persons.length);
    expect(persons.every(({ birth }) => birth >= '19300101' && birth <= '20201231' && DAYS.includes(birth))).toBe(true);
  });

  test('numbers stay unique in a slice of ten million', () => {
    const numbers = range(60_000).map((step) => personAt(WORLD, step * 165).citizenNumber);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test('area codes were in force when the number was given, former ones among them', () => {
    const periods = COUNTIES.flatMap(({ codes }) =>
      codes.map(({ code, from }, at) => ({ code, from, to: codes[at + 1]?.from ?? 9999 })),
    );
    const former = new Set<string>();
    const wrong: string[] = [];
    for (const { citizenNumber: number, birth } of persons) {
      const first = Number(birth.slice(0, 4));
      const last = Math.max(first, 1988);
      const fitting = periods.filter(
        ({ code, from, to }) => number.startsWith(code) && from <= last && to > Math.max(first, 1984),
      );
      if (fitting.length === 0) wrong.push(number);
      else if (fitting.every(({ to }) => to < 9999)) former.add(number.slice(0, 6));
    }
    expect(wrong).toEqual([]);
    expect([...former].sort()).toEqual(
      expect.arrayContaining([
        '630111',
        '632121',
        '632122',
        '632123',
        '632124',
        '632125',
        '632126',
        '632127',
        '632128',
        '632321',
        '632721',
      ]),
    );
    expect(NEVER_ALLOCATED.filter((code) => periods.some((period) => period.code === code))).toEqual([]);
  });

  test('are of the peoples of Qinghai, with names, some with separators and rare characters', () => {
    const share = (test: (person: (typeof persons)[number]) => boolean): number =>
      persons.filter(test).length / persons.length;
    expect(share(({ ethnicity }) => ethnicity === '01')).toBeGreaterThan(0.4);
    expect(share(({ ethnicity }) => ethnicity === '04')).toBeGreaterThan(0.18);
    expect(share(({ ethnicity }) => ethnicity === '03')).toBeGreaterThan(0.1);
    for (const code of ['30', '35', '02']) expect(share(({ ethnicity }) => ethnicity === code)).toBeGreaterThan(0.01);
    expect(share(({ name }) => name.includes('·'))).toBeGreaterThan(0.03);
    expect(persons.filter(({ name }) => !/^[\p{Script=Han}·]{2,50}$/u.test(name))).toEqual([]);
    expect(share(({ name }) => /[\u3400-\u4dbf\u{20000}-\u{3ffff}]/u.test(name))).toBeGreaterThan(0.0005);
  });

  test('die after they are born and before the world ends, the old more often', () => {
    expect(persons.filter(({ birth, death }) => death !== null && (death <= birth || death > '20250630'))).toEqual([]);
    const dead = (from: string, to: string): number => {
      const cohort = persons.filter(({ birth }) => birth >= from && birth < to);
      return cohort.filter(({ death }) => death !== null).length / cohort.length;
    };
    expect(dead('1930', '1940')).toBeGreaterThan(0.6);
    expect(dead('1990', '2000')).toBeLessThan(0.03);
  });

  test('children are not married', () => {
    expect(persons.filter(({ birth, marital }) => birth > '20060101' && marital !== '10')).toEqual([]);
  });
});

describe('entities', () => {
  const entities = range(3_000).map((index) => entityAt(WORLD, index));

  test('have codes that agree with each other and are unique', () => {
    const wrong = entities.filter(
      ({ uscc, entityClass, organisationCode: code, registrationNumber: number }) =>
        uscc !== creditCode(entityClass + uscc.slice(2, 8) + code) ||
        code !== organisationCode(code.slice(0, 8)) ||
        (number !== null &&
          (number !== registrationNumber(number.slice(0, 14)) || Number(number[6]) >= 6 !== (entityClass === '92'))),
    );
    expect(wrong).toEqual([]);
    const isUnique = (values: readonly (string | null)[]): void => {
      const present = values.filter((value) => value !== null);
      expect(new Set(present).size).toBe(present.length);
    };
    isUnique(entities.map(({ uscc }) => uscc));
    isUnique(entities.map(({ organisationCode: code }) => code));
    isUnique(entities.map(({ registrationNumber: number }) => number));
    isUnique(entities.map(({ oldTaxNumber }) => oldTaxNumber));
  });

  test('old tax numbers have their forms', () => {
    const old = entities.filter(({ oldTaxNumber }) => oldTaxNumber !== null);
    const wrong = old.filter(({ entityClass, oldTaxNumber, organisationCode: code, representative }) =>
      entityClass === '92'
        ? oldTaxNumber !== `${representative.citizenNumber}00`
        : oldTaxNumber?.length !== 15 || !oldTaxNumber.endsWith(code),
    );
    expect(wrong).toEqual([]);
    expect(old.length).toBeGreaterThan(500);
  });

  test('are headed by living grown-up persons of the world', () => {
    const wrong = entities.filter(
      ({ representative }) =>
        representative.citizenNumber !== personAt(WORLD, representative.index).citizenNumber ||
        representative.index >= WORLD.persons ||
        representative.death !== null ||
        representative.birth > '20000101',
    );
    expect(wrong).toEqual([]);
  });

  test('have dates in order and names of their form', () => {
    const forms: Readonly<Record<string, RegExp>> = { '91': /^青海.*公司$/u, '93': /专业合作社$/u, '11': /(局|处)$/u };
    const wrong = entities.filter(
      ({ entityClass, established, approved, expires, status, deregistered, name }) =>
        approved < established ||
        (expires !== null && expires <= established) ||
        (deregistered !== null) !== (status === 'deregistered') ||
        !(forms[entityClass] ?? /./u).test(name),
    );
    expect(wrong).toEqual([]);
  });
});

test('days are written as clerks write them', () => {
  expect(inChinese('20040131')).toBe('二〇〇四年一月三十一日');
  expect(inChinese('19901010')).toBe('一九九〇年十月十日');
  expect(inChinese('20111220')).toBe('二〇一一年十二月二十日');
});
