import { describe, expect, test } from '@jest/globals';
import { BASES } from '../../pipelines/bases.ts';
import { legalEntity } from '../../pipelines/legal-entity/definition.ts';
import { macroeconomic } from '../../pipelines/macroeconomic/definition.ts';
import { compileMapping } from '../../pipelines/mapping.ts';
import { population } from '../../pipelines/population/definition.ts';
import type { NormalRecord } from '../../pipelines/record.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import type { MappingEntry } from '../../schemas/system.ts';

const place = { system: 'golden-shield', stream: 'residents' };
const today = (): string => '2026-06-01';
const columns = ['GMSFHM', 'XM', 'XB', 'CSRQ', 'MZ', 'HKSZD', 'ZZ'];
const mapping: Record<string, MappingEntry> = {
  householdRegion: { from: 'HKSZD', as: 'region@date', at: 'birthDate' },
  citizenNumber: { from: 'GMSFHM', as: 'citizen-number' },
  name: { from: 'XM', as: 'person-name' },
  sex: { from: 'XB', as: 'sex' },
  birthDate: { from: 'CSRQ', as: 'chinese-date' },
  ethnicity: { from: 'MZ', as: 'ethnicity' },
};

const row = (value: RawRecord['value']): RawRecord => ({
  stream: 'residents',
  key: '1',
  op: value === null ? 'delete' : 'upsert',
  value,
  observedAt: 0,
  origin: 'test',
});
const person = {
  GMSFHM: '630102194906010015',
  XM: '才让多杰',
  XB: '1',
  CSRQ: '19490601',
  MZ: '04',
  HKSZD: '630102',
  ZZ: '五四大街12号',
};
const rulesOf = (record: NormalRecord): string[] => record.issues.map((issue) => `${issue.rule}:${issue.attribute}`);

function failure(changed: Record<string, MappingEntry>): {
  message: string;
  details: Readonly<Record<string, unknown>>;
} {
  try {
    compileMapping(population, changed, columns, place, today);
  } catch (error) {
    if (isHubError(error) && error.code === 'HUB_MAPPING_INVALID') return error;
    throw error;
  }
  throw new TypeError('the mapping compiled');
}

describe('compileMapping', () => {
  const normalize = compileMapping(population, mapping, columns, place, today);

  test('a clean row becomes attributes without issues', () => {
    const record = normalize(row(person));
    expect(record.attributes).toMatchObject({
      citizenNumber: '630102194906010015',
      name: '才让多杰',
      sex: '1',
      birthDate: '1949-06-01',
      ethnicity: '04',
      householdRegion: '630102',
    });
    expect(record.issues).toEqual([]);
  });

  test('rows do not leak into each other', () => {
    normalize(row(person));
    const record = normalize(row({ XM: '马秀英' }));
    expect(record.attributes.citizenNumber).toBeNull();
    expect(record.attributes.birthDate).toBeNull();
    expect(record.attributes.name).toBe('马秀英');
    expect(normalize(row(person)).attributes.citizenNumber).toBe('630102194906010015');
  });

  test('a delete has no attributes', () => {
    expect(normalize(row(null))).toEqual({ attributes: {}, issues: [] });
  });

  test('conversion and rules report together, each rule once an attribute', () => {
    const record = normalize(row({ ...person, GMSFHM: '630102194906010016', XB: '1', XM: '未知' }));
    expect(rulesOf(record)).toContain('P02:citizenNumber');
    expect(rulesOf(record)).toContain('P20:name');
    expect(new Set(rulesOf(record)).size).toBe(record.issues.length);
  });

  test('an invalid number does not make the birth date wrong', () => {
    const record = normalize(row({ ...person, GMSFHM: '630102194906010016', CSRQ: '19500601' }));
    expect(rulesOf(record)).not.toContain('P11:birthDate');
  });

  test('a birth date that differs from a valid number is reported', () => {
    expect(rulesOf(normalize(row({ ...person, CSRQ: '19500601' })))).toEqual(['P11:birthDate']);
    expect(rulesOf(normalize(row({ ...person, XB: '2' })))).toEqual(['P12:sex']);
  });

  test('names of attributes that the base does not have never appear', () => {
    const normalizeEntity = compileMapping(
      legalEntity,
      { legalRepresentativeNumber: { from: 'FDDBRZJH', as: 'citizen-number' } },
      ['FDDBRZJH'],
      place,
      today,
    );
    const record = normalizeEntity(row({ FDDBRZJH: '632123700815020' }));
    for (const name of Object.keys(record.attributes)) expect(Object.keys(legalEntity.attributes)).toContain(name);
  });

  test("the department's own code is refused as somebody's identifier", () => {
    const ownerCode = '91630000710425337H';
    const owned = compileMapping(
      legalEntity,
      { uscc: { from: 'TYSHXYDM', as: 'uscc' } },
      ['TYSHXYDM'],
      { ...place, ownerCode },
      today,
    );
    expect(rulesOf(owned(row({ TYSHXYDM: ownerCode })))).toEqual(['L12:uscc']);
    expect(rulesOf(owned(row({ TYSHXYDM: '916328012265890142' })))).toEqual([]);
  });
});

describe('a wrong mapping is refused before anything runs', () => {
  test('unknown attribute', () => {
    const error = failure({ nmae: { from: 'XM', as: 'person-name' } });
    expect(error.message).toMatch(/golden-shield.*residents.*nmae.*did you mean "name"/);
    expect(error.details.allowed).toEqual(Object.keys(population.attributes));
  });
  test('unknown column', () => {
    const error = failure({ name: { from: 'XN', as: 'person-name' } });
    expect(error.message).toMatch(/attribute name: unknown column "XN"; did you mean "XM"/);
    expect(error.details).toMatchObject({ ...place, attribute: 'name', unknown: 'XN', allowed: columns });
  });
  test('unknown conversion', () => {
    const error = failure({ name: { from: 'XM', as: 'persn-name' } });
    expect(error.message).toMatch(/golden-shield.*residents.*attribute name.*persn-name/);
    expect(error.details.allowed).toEqual(expect.arrayContaining(['citizen-number', 'uscc']));
  });
  test('"at" names what is not mapped, or runs in a circle', () => {
    expect(failure({ householdRegion: { from: 'HKSZD', as: 'region@date', at: 'birthDate' } }).message).toMatch(
      /unknown mapped attribute in "at" "birthDate"/,
    );
    const circle = {
      birthDate: { from: 'CSRQ', as: 'chinese-date', at: 'householdRegion' },
      householdRegion: { from: 'HKSZD', as: 'region@date', at: 'birthDate' },
    };
    expect(failure(circle).message).toMatch(/birthDate -> householdRegion -> birthDate/);
  });
  test('names of the language itself are no attributes and no columns', () => {
    expect(failure({ constructor: { from: 'XM', as: 'person-name' } }).message).toMatch(/unknown attribute/);
    expect(failure({ name: { from: 'toString', as: 'person-name' } }).message).toMatch(/unknown column/);
  });
});

test('bases have distinct names, schemas and prefixes', () => {
  expect(BASES.map((base) => [base.name, base.schema, base.entityPrefix])).toEqual([
    ['population', 'population', 'P'],
    ['legal-entity', 'legal_entity', 'L'],
    ['spatial', 'spatial', 'S'],
    ['macroeconomic', 'macro', 'M'],
  ]);
});

describe('a value for the whole stream', () => {
  const macro = (given: Record<string, MappingEntry>, value: RawRecord['value'] = {}) =>
    compileMapping(macroeconomic, given, Object.keys(value ?? {}), place, today)(row(value));
  const is = (value: string): MappingEntry => ({ from: [], as: `constant(${value})` });

  test('reads like the same text of a column', () => {
    const given = { indicator: is('地区生产总值(GDP)'), area: is('乐都县'), period: is('2024年1-3月') };
    const columns = {
      indicator: { from: 'I', as: 'indicator' },
      area: { from: 'A', as: 'region' },
      period: { from: 'P', as: 'period' },
    };
    const wanted = { indicator: 'gdp', area: '630202', period: '2024-03', frequency: 'M', accumulation: 'C' };
    expect(macro(given).attributes).toEqual(wanted);
    const row = { I: '地区生产总值(GDP)', A: '乐都县', P: '2024年1-3月' };
    expect(macro(columns, row).attributes).toEqual(wanted);
  });
  test('by the conversion that is named, or that of the attribute', () => {
    const person = compileMapping(
      population,
      { sex: is('男'), ethnicity: is('藏族'), birthDate: is('1990年5月6日'), householdRegion: is('630102') },
      [],
      place,
      today,
    )(row({}));
    expect(person.attributes).toMatchObject({ sex: '1', birthDate: '1990-05-06', householdRegion: '630102' });
    expect(macro({ period: { from: [], as: 'period(Q)', is: '2024-03' } }).attributes).toMatchObject({
      period: '2024-Q1',
    });
  });
  test.each<[string, Record<string, MappingEntry>, RegExp]>([
    [
      'an indicator that nobody knows',
      { indicator: is('国民幸福指数') },
      /is: 国民幸福指数.*none of the \d+ indicators/,
    ],
    ['a region never allocated', { area: is('129726') }, /129726 was never allocated/],
    ['a day as a period', { period: is('2024-01-01') }, /may be a day \(D\)/],
    ['no number', { value: { from: [], as: 'value(万元)', is: '5%' } }, /says %, the column 万元/],
  ])('%s is refused with the mapping', (_, given, message) => {
    expect(() => macro(given)).toThrow(expect.objectContaining({ code: 'HUB_MAPPING_INVALID' }));
    expect(() => macro(given)).toThrow(message);
  });
});
