import { completedYears, datedBy } from '../calendar.ts';
import type { Attributes, Rule } from '../pipeline.ts';
import { addressContradicts, regionProblem } from '../region-rules.ts';
import { decidedElsewhere } from '../rules.ts';
import { hasUnassigned, isPlaceholderName, nameProblem } from './name-rules.ts';

/** Numbers that pass every check and still name nobody: the samples that GB 11643 itself prints. */
const SAMPLE_NUMBERS = new Set(['11010519491231002X', '440524188001010014', '34052419800101001X']);
const CONSTANT = /^(.)\1+$/;

const SEX = new Set(['0', '1', '2', '9']);
const MARITAL = new Set(['10', '20', '21', '22', '23', '30', '40', '90']);
const ETHNICITY = /^(0[1-9]|[1-4]\d|5[0-6]|97|98)$/;
const MOBILE = /^1[3-9]\d{9}$/;
const LEGAL_AGE = { '1': 22, '2': 20 } as const;

const text = (attributes: Attributes, name: string): string | null => {
  const value = attributes[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

/** 18 characters, or null: shorter and longer values have no birth date and no parity. */
const fullNumber = (attributes: Attributes): string | null => {
  const number = text(attributes, 'citizenNumber');
  return number?.length === 18 ? number : null;
};

function maritalProblem(attributes: Attributes, today: string): string | null {
  const status = text(attributes, 'maritalStatus');
  if (status === null) return null;
  if (!MARITAL.has(status)) return `marital status ${status} is not in GB/T 2261.2`;
  const sex = text(attributes, 'sex');
  const birth = text(attributes, 'birthDate');
  if (status < '20' || status > '23' || birth === null || (sex !== '1' && sex !== '2')) return null;
  const age = completedYears(birth, today);
  return age < LEGAL_AGE[sex] ? `married at the age of ${age}, legal age is ${LEGAL_AGE[sex]}` : null;
}

function deathProblem(attributes: Attributes, today: string): string | null {
  const death = text(attributes, 'deathDate');
  if (death === null) return null;
  if (death > today) return `death date ${death} is in the future`;
  const birth = text(attributes, 'birthDate');
  return birth !== null && death < birth ? `death date ${death} is before the birth date` : null;
}

const identityRules: readonly Rule[] = [
  decidedElsewhere(
    'conversion',
    'P01',
    'citizenNumber',
    'E',
    'length 18 (or 15) after normalisation; digits, the last may be X',
    'GB 11643',
  ),
  decidedElsewhere('conversion', 'P02', 'citizenNumber', 'E', 'check character by MOD 11-2', 'GB 11643, ISO 7064'),
  decidedElsewhere('conversion', 'P03', 'citizenNumber', 'E', 'digits 7 to 14 are a real date', 'GB/T 7408'),
  decidedElsewhere(
    'conversion',
    'P04',
    'citizenNumber',
    'E',
    'born on or before the record date, at most 125 years old',
    'plausibility',
  ),
  decidedElsewhere(
    'conversion',
    'P05',
    'citizenNumber',
    'E',
    'area code is in the region history, in any period',
    'GB/T 2260',
  ),
  decidedElsewhere(
    'conversion',
    'P06',
    'citizenNumber',
    'W',
    'area code existed in the year of issue, for births from 2000',
    'GB/T 2260',
  ),
  decidedElsewhere(
    'conversion',
    'P07',
    'citizenNumber',
    'I',
    'first digits 9, 81, 82, 83 belong to other schemes',
    'permanent residence card 2023, residence permits',
  ),
  decidedElsewhere(
    'conversion',
    'P08',
    'citizenNumber',
    'W',
    '15 digits with sequence 996 to 999 go to review',
    'GB 11643-1989',
  ),
  decidedElsewhere(
    'conversion',
    'P09',
    'citizenNumber',
    'F',
    'an 18-digit value never comes from a numeric cell',
    'IEEE 754',
  ),
  {
    id: 'P10',
    version: 1,
    attribute: 'citizenNumber',
    severity: 'E',
    title: 'the number is not a printed sample or a constant; a number under more than two names is found by linkage',
    basis: 'duplicate numbers (重号)',
    check: (attributes) => {
      const number = text(attributes, 'citizenNumber');
      if (number === null) return null;
      return SAMPLE_NUMBERS.has(number) || CONSTANT.test(number)
        ? 'the number is a sample or a filler, not a person'
        : null;
    },
  },
  {
    id: 'P11',
    version: 1,
    attribute: 'birthDate',
    severity: 'E',
    title: 'birth date equals digits 7 to 14 of the number',
    basis: 'cross-field',
    needs: ['citizenNumber', 'birthDate'],
    check: (attributes) => {
      const number = fullNumber(attributes);
      const birth = text(attributes, 'birthDate');
      if (number === null || birth === null || datedBy(number, 6, birth)) return null;
      return `birth date ${birth} differs from the citizen number`;
    },
  },
  {
    id: 'P12',
    version: 1,
    attribute: 'sex',
    severity: 'E',
    title: 'sex equals the parity of digit 17 of the number',
    basis: 'GB 11643',
    needs: ['citizenNumber', 'sex'],
    check: (attributes) => {
      const number = fullNumber(attributes);
      const sex = attributes.sex;
      if (number === null || (sex !== '1' && sex !== '2')) return null;
      const odd = number.charCodeAt(16) % 2 === 1;
      return odd === (sex === '1') ? null : `sex ${sex} differs from the citizen number`;
    },
  },
];

const attributeRules: readonly Rule[] = [
  {
    id: 'P13',
    version: 1,
    attribute: 'sex',
    severity: 'E',
    title: 'sex is one of 0, 1, 2, 9',
    basis: 'GB/T 2261.1',
    check: (attributes) => {
      const sex = text(attributes, 'sex');
      return sex === null || SEX.has(sex) ? null : `sex ${sex} is not in GB/T 2261.1`;
    },
  },
  {
    id: 'P14',
    version: 1,
    attribute: 'ethnicity',
    severity: 'E',
    title: 'ethnicity is one of 01 to 56, 97, 98',
    basis: 'GB/T 3304',
    check: (attributes) => {
      const ethnicity = text(attributes, 'ethnicity');
      return ethnicity === null || ETHNICITY.test(ethnicity) ? null : `ethnicity ${ethnicity} is not in GB/T 3304`;
    },
  },
  {
    id: 'P15',
    version: 1,
    attribute: 'maritalStatus',
    severity: 'W',
    title: 'marital status is in the code set; the married (20 to 23) have the legal age of 22 for men, 20 for women',
    basis: 'GB/T 2261.2, Civil Code art. 1047',
    needs: ['sex', 'birthDate'],
    check: (attributes, { today }) => maritalProblem(attributes, today),
  },
  decidedElsewhere(
    'linkage',
    'P16',
    'maritalStatus',
    'W',
    'the spouse is recorded reciprocally and not both are dead',
    'cross-record',
  ),
  {
    id: 'P17',
    version: 1,
    attribute: 'name',
    severity: 'E',
    title: 'name has 2 to 50 characters, no digits, no control or replacement characters, Latin for foreigners only',
    basis: '民委发〔2016〕33号',
    check: (attributes) => {
      const name = text(attributes, 'name');
      return name === null ? null : nameProblem(name, attributes.citizenNumber);
    },
  },
  decidedElsewhere(
    'conversion',
    'P18',
    'name',
    'I',
    'separators other than U+00B7 are normalised and reported',
    '民委发〔2016〕33号',
  ),
  {
    id: 'P19',
    version: 1,
    attribute: 'name',
    severity: 'W',
    title: 'name has no private-use or unassigned code point',
    basis: 'GB 18030',
    check: (attributes) => {
      const name = text(attributes, 'name');
      return name !== null && hasUnassigned(name) ? 'name has a private-use or unassigned character' : null;
    },
  },
  {
    id: 'P20',
    version: 1,
    attribute: 'name',
    severity: 'W',
    title: 'name is not a placeholder',
    basis: 'profiling',
    check: (attributes) => {
      const name = text(attributes, 'name');
      return name !== null && isPlaceholderName(name) ? `name ${name} is a placeholder` : null;
    },
  },
  decidedElsewhere('linkage', 'P21', 'name', 'E', 'records with the same number have related names', 'cross-source'),
  {
    id: 'P22',
    version: 1,
    attribute: 'householdRegion',
    severity: 'E',
    title: 'household region is in the region history; a code that was split needs an address',
    basis: 'GB/T 2260',
    check: (attributes) => {
      const region = text(attributes, 'householdRegion');
      return region === null ? null : regionProblem(region, text(attributes, 'householdAddress') !== null);
    },
  },
  {
    id: 'P23',
    version: 1,
    attribute: 'householdAddress',
    severity: 'W',
    title: 'the region named in the address is the household region',
    basis: 'gazetteer',
    needs: ['householdRegion'],
    check: (attributes) => {
      const region = text(attributes, 'householdRegion');
      const address = text(attributes, 'householdAddress');
      return region === null || address === null ? null : addressContradicts(region, address);
    },
  },
  {
    id: 'P24',
    version: 1,
    attribute: 'deathDate',
    severity: 'E',
    title: 'death is not before birth and not in the future',
    basis: 'plausibility',
    check: (attributes, { today }) => deathProblem(attributes, today),
  },
  decidedElsewhere('linkage', 'P25', 'deathDate', 'E', 'no benefits, insurance or marriage after death', '人社, 民政'),
  decidedElsewhere(
    'linkage',
    'P26',
    null,
    'W',
    'a parent is at least 12 years older, a mother at most 55',
    'plausibility',
  ),
  decidedElsewhere(
    'linkage',
    'P27',
    null,
    'W',
    'a household has exactly one head and valid relation codes',
    'GB/T 4761',
  ),
  {
    id: 'P28',
    version: 1,
    attribute: 'phone',
    severity: 'I',
    title: 'phone is a mobile number of 11 digits; one shared by more than 10 persons is found by linkage',
    basis: 'numbering plan',
    check: (attributes) => {
      const phone = text(attributes, 'phone');
      return phone === null || MOBILE.test(phone) ? null : 'phone is not an 11-digit mobile number';
    },
  },
  decidedElsewhere(
    'batch',
    'P29',
    'birthDate',
    'I',
    'births on 1 January are at most three times the expected share',
    'profiling',
  ),
  decidedElsewhere(
    'linkage',
    'P30',
    null,
    'W',
    'same name, birth date and county with two verified numbers goes to review',
    'linkage',
  ),
  decidedElsewhere(
    'linkage',
    'P31',
    'residenceRegion',
    'W',
    'nobody is active in two provinces on the same day',
    'cross-record',
  ),
  decidedElsewhere(
    'batch',
    'P32',
    null,
    'W',
    "the record is not older than the source's promised update cycle",
    'directory',
  ),
];

/** The 32 rules of the catalogue for persons. */
export const populationRules: readonly Rule[] = [...identityRules, ...attributeRules];
