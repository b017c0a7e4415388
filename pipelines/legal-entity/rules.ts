import { completedYears } from '../calendar.ts';
import type { Attributes, Finding, Rule } from '../pipeline.ts';
import { addressContradicts } from '../region-rules.ts';
import { decidedElsewhere } from '../rules.ts';
import { parseRegistrationNumber } from '../standards/registration-number.ts';
import { parseTaxNumber } from '../standards/tax-number.ts';
import { classOf, nameProblem } from './name-rules.ts';
import { dateFindings, isDeregistered, isRevoked } from './status-rules.ts';

const IDENTIFIERS = ['uscc', 'organisationCode', 'registrationNumber', 'taxNumber'] as const;
const CONSTANT = /^(.)\1+$/;
const INDUSTRY = /^([A-T])?(\d{2,4})?$/;
/** Last division of each section of GB/T 4754-2017, A to T; section B begins after the last division of A. */
const LAST_DIVISION = [5, 12, 43, 46, 50, 52, 60, 62, 65, 69, 70, 72, 75, 79, 82, 83, 85, 90, 96, 97] as const;

const text = (attributes: Attributes, name: string): string | null => {
  const value = attributes[name];
  return typeof value === 'string' && value !== '' ? value : null;
};

function fillerFindings(attributes: Attributes, ownerCode: string | undefined): readonly Finding[] {
  const findings: Finding[] = [];
  for (const attribute of IDENTIFIERS) {
    const value = text(attributes, attribute);
    if (value === null) continue;
    const filler = CONSTANT.test(value) ? 'a filler' : value === ownerCode ? "the department's own code" : null;
    if (filler !== null) findings.push({ attribute, message: `${attribute} is ${filler}` });
  }
  return findings;
}

function citizenInDisguise(number: string): boolean {
  if (number.length !== 15) return false;
  const month = Number(number.slice(8, 10));
  const day = Number(number.slice(10, 12));
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return false;
  return !parseRegistrationNumber(number).ok;
}

function sequenceProblem(number: string, entityClass: string | null): string | null {
  if (number.length !== 15 || entityClass === null) return null;
  const sole = number.charCodeAt(6) >= 54;
  if (entityClass === '92' && !sole) return 'a sole trader has a registration number of an enterprise';
  return entityClass === '91' && sole ? 'an enterprise has a registration number of a sole trader' : null;
}

function industryProblem(industry: string): string | null {
  const match = INDUSTRY.exec(industry);
  if (match === null || industry === '') return `industry ${industry} is not a code of GB/T 4754`;
  const [, section, digits] = match;
  if (digits === undefined) return null;
  const division = Number(digits.slice(0, 2));
  if (division < 1 || division > 97) return `industry ${industry}: no division ${digits.slice(0, 2)} in GB/T 4754`;
  if (section === undefined) return null;
  const index = section.charCodeAt(0) - 65;
  const first = (LAST_DIVISION[index - 1] ?? 0) + 1;
  return division >= first && division <= LAST_DIVISION[index]!
    ? null
    : `industry ${industry}: division ${digits.slice(0, 2)} is not in section ${section}`;
}

const identifierRules: readonly Rule[] = [
  decidedElsewhere('conversion', 'L01', 'uscc', 'E', '18 characters of the 31-letter alphabet', 'GB 32100'),
  decidedElsewhere(
    'conversion',
    'L02',
    'uscc',
    'E',
    'check character by mod 31; known older codes may be overridden',
    'GB 32100',
  ),
  decidedElsewhere('conversion', 'L03', 'uscc', 'E', 'the pair of department and class exists', 'GB 32100 table'),
  decidedElsewhere('conversion', 'L04', 'uscc', 'E', 'characters 3 to 8 are in the region history', 'GB/T 2260'),
  decidedElsewhere('conversion', 'L05', 'uscc', 'E', 'characters 9 to 17 are a valid organisation code', 'GB 11714'),
  {
    id: 'L06',
    version: 1,
    attribute: 'organisationCode',
    severity: 'E',
    title: 'the organisation code equals characters 9 to 17 of the credit code',
    basis: 'cross-field',
    needs: ['uscc', 'organisationCode'],
    check: (attributes) => {
      const uscc = text(attributes, 'uscc');
      const code = text(attributes, 'organisationCode');
      if (uscc === null || code === null || uscc.length !== 18 || uscc.endsWith(code, 17)) return null;
      return `organisation code ${code} differs from the credit code ${uscc}`;
    },
  },
  decidedElsewhere(
    'conversion',
    'L07',
    'organisationCode',
    'E',
    'check character holds; PDY codes are internal and no key',
    'GB 11714',
  ),
  decidedElsewhere(
    'conversion',
    'L08',
    'registrationNumber',
    'E',
    '15 digits by MOD 11,10; 13 digits for entities closed before July 2007',
    'GS15-2006',
  ),
  {
    id: 'L09',
    version: 1,
    attribute: 'registrationNumber',
    severity: 'W',
    title: 'the registration number is not a 15-digit citizen number in the wrong column',
    basis: 'cross-scheme',
    check: (attributes) => {
      const number = text(attributes, 'registrationNumber');
      return number !== null && citizenInDisguise(number)
        ? 'the registration number looks like a citizen number'
        : null;
    },
  },
  {
    id: 'L10',
    version: 1,
    attribute: 'registrationNumber',
    severity: 'W',
    title: 'first digit of the sequence fits the type: 0 to 5 enterprise, 6 to 9 sole trader',
    basis: 'GS15-2006',
    needs: ['registrationNumber'],
    check: (attributes) => {
      const number = text(attributes, 'registrationNumber');
      return number === null ? null : sequenceProblem(number, classOf(attributes));
    },
  },
  {
    id: 'L11',
    version: 1,
    attribute: 'taxNumber',
    severity: 'E',
    title: 'the tax number has one of the forms of 15, 17, 18, 20; its organisation code is that of the record',
    basis: 'tax rules',
    needs: ['organisationCode', 'taxNumber'],
    check: (attributes) => {
      const number = text(attributes, 'taxNumber');
      const code = text(attributes, 'organisationCode') ?? text(attributes, 'uscc')?.slice(8, 17) ?? null;
      if (number === null || code === null || number.includes(code)) return null;
      const parsed = parseTaxNumber(number);
      const embedded = parsed.ok ? parsed.organisationCode : null;
      return embedded === null || embedded === code
        ? null
        : `organisation code ${embedded} in the tax number is not ${code}`;
    },
  },
  {
    id: 'L12',
    version: 1,
    attribute: null,
    severity: 'E',
    title: "no identifier is all zeros, constant or the reporting department's own code",
    basis: 'generic identifiers',
    check: (attributes, { ownerCode }) => fillerFindings(attributes, ownerCode),
  },
  decidedElsewhere(
    'linkage',
    'L13',
    'uscc',
    'E',
    'a credit code belongs to one live entity of each registry',
    'uniqueness',
  ),
];

const attributeRules: readonly Rule[] = [
  {
    id: 'L14',
    version: 1,
    attribute: 'name',
    severity: 'W',
    title: 'name has at least 4 characters, begins with a region or trade name, and its form suits the class',
    basis: 'naming rules',
    check: (attributes) => {
      const name = text(attributes, 'name');
      return name === null ? null : nameProblem(name, classOf(attributes));
    },
  },
  decidedElsewhere(
    'conversion',
    'L15',
    'name',
    'I',
    'full-width brackets are canonical; no spaces at the ends',
    'naming rules',
  ),
  decidedElsewhere(
    'linkage',
    'L16',
    'name',
    'E',
    'sources agree on the core name under one credit code unless a name change is recorded',
    'DB43/T 880',
  ),
  decidedElsewhere(
    'linkage',
    'L17',
    'name',
    'W',
    'two live entities with the same core name and county go to review',
    'linkage',
  ),
  {
    id: 'L18',
    version: 1,
    attribute: 'legalRepresentativeNumber',
    severity: 'W',
    title: 'the legal representative is at least 18 years old; the number itself is judged by P01 to P05',
    basis: 'Civil Code art. 18',
    needs: ['legalRepresentativeNumber'],
    check: (attributes, { today }) => {
      const number = text(attributes, 'legalRepresentativeNumber');
      if (number?.length !== 18) return null;
      const birth = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
      const age = completedYears(birth, today);
      return age < 18 ? `the legal representative is ${age} years old` : null;
    },
  },
  decidedElsewhere(
    'linkage',
    'L19',
    'legalRepresentativeName',
    'W',
    'market regulation and tax agree on the representative 30 days after a change',
    'timeliness',
  ),
  {
    id: 'L20',
    version: 1,
    attribute: null,
    severity: 'E',
    title: 'established, approved and today follow each other; the term ends after it began or never (长期)',
    basis: 'cross-field',
    check: (attributes, { today }) => dateFindings(attributes, today),
  },
  {
    id: 'L21',
    version: 1,
    attribute: 'deregisteredDate',
    severity: 'E',
    title: 'a deregistered entity has a date; no tax filing or insurance follows it (found by linkage)',
    basis: '税务, 人社',
    check: (attributes) =>
      isDeregistered(attributes.status) && attributes.deregisteredDate === null ? 'deregistered without a date' : null,
  },
  {
    id: 'L22',
    version: 1,
    attribute: 'status',
    severity: 'W',
    title: 'revoked (吊销) is not shown as deregistered (注销)',
    basis: 'registry law',
    check: (attributes) =>
      isRevoked(attributes.status) && text(attributes, 'deregisteredDate') !== null
        ? 'revoked, yet with a date of deregistration'
        : null,
  },
  {
    id: 'L23',
    version: 1,
    attribute: 'registeredCapital',
    severity: 'E',
    title: 'capital is a number of yuan, 0 or more; a factor of 10000 between sources is found by linkage',
    basis: 'units (万元)',
    check: (attributes) => {
      const capital = text(attributes, 'registeredCapital');
      return capital === null || /^\d+(\.\d+)?$/.test(capital)
        ? null
        : `capital ${capital} is not an amount of 0 or more`;
    },
  },
  {
    id: 'L24',
    version: 1,
    attribute: 'industry',
    severity: 'E',
    title: 'industry has a division of the classification and its section letter covers the division',
    basis: 'GB/T 4754-2017',
    check: (attributes) => {
      const industry = text(attributes, 'industry');
      return industry === null ? null : industryProblem(industry);
    },
  },
  decidedElsewhere(
    'linkage',
    'L25',
    'industry',
    'W',
    'market regulation and statistics agree on the section',
    'cross-source',
  ),
  {
    id: 'L26',
    version: 1,
    attribute: 'address',
    severity: 'W',
    title: 'the region named in the address is the region of registration',
    basis: 'GB/T 2260',
    needs: ['region'],
    check: (attributes) => {
      const region = text(attributes, 'region');
      const address = text(attributes, 'address');
      return region === null || address === null ? null : addressContradicts(region, address);
    },
  },
  decidedElsewhere(
    'linkage',
    'L27',
    null,
    'W',
    'the parent of a branch exists and lives; a branch is no legal person',
    'cross-record',
  ),
  decidedElsewhere(
    'linkage',
    'L28',
    'headcount',
    'W',
    'insured persons are at most 1.5 times the reported; not 0 for 24 months with revenue',
    '人社, 统计',
  ),
  decidedElsewhere(
    'linkage',
    'L29',
    null,
    'I',
    'a sole trader and the company it became are related, not merged',
    '个转企',
  ),
  decidedElsewhere('linkage', 'L30', null, 'E', 'the credit code of a licence holder resolves', 'referential'),
  decidedElsewhere(
    'linkage',
    'L31',
    null,
    'W',
    "public bodies (11, 12) are in the staffing office's list",
    'referential',
  ),
  decidedElsewhere('batch', 'L32', null, 'W', 'the shares of an entity sum to 100 ± 0.01', 'arithmetic'),
];

/** The 32 rules of the catalogue for legal entities. */
export const legalEntityRules: readonly Rule[] = [...identifierRules, ...attributeRules];
