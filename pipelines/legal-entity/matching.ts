import type { LinkModel, MatchField, Matching } from '../matching.ts';
import type { Attributes } from '../record.ts';
import { addressKey } from '../standards/addresses.ts';
import { nameKey } from '../standards/names.ts';
import { resolveRegion } from '../standards/regions.ts';
import {
  compareEntityNames,
  ENTITY_LIKENESS,
  type EntityNameForms,
  entityNameForms,
  foundedOf,
  sameHead,
} from './likeness.ts';

export interface EntityFeatures extends EntityNameForms {
  readonly representative: string | null;
  readonly representativeKey: string;
  readonly established: string | null;
  readonly counties: readonly string[];
  readonly address: string | null;
  readonly registration: string | null;
}

const level = (zh: string, en: string): MatchField['levels'][number] => ({ zh, en });
const SAME_OR_NOT = [level('相同', 'the same'), level('不同', 'different')];

const FIELDS: readonly MatchField[] = [
  {
    ...{ name: 'name', zh: '名称', en: 'name' },
    levels: [
      level('相同(含组织形式)', 'the same, with its legal form'),
      level('相同', 'the same'),
      level('一方的曾用名', 'a former name of the other'),
      level('字号和行业相同', 'the same trade name and line of business'),
      level('一字之差', 'one character apart'),
      level('不同', 'different'),
    ],
  },
  { ...{ name: 'representative', zh: '法定代表人', en: 'legal representative' }, levels: SAME_OR_NOT },
  { ...{ name: 'established', zh: '成立日期', en: 'established' }, levels: SAME_OR_NOT },
  {
    ...{ name: 'region', zh: '区划', en: 'region' },
    levels: [level('同县', 'the same county'), level('同州市', 'the same prefecture'), level('不同', 'different')],
  },
  { ...{ name: 'address', zh: '住所', en: 'address' }, levels: SAME_OR_NOT },
  { ...{ name: 'registration', zh: '注册号', en: 'registration number' }, levels: SAME_OR_NOT },
];

/**
 * Frozen weights, set by hand: a name together with the representative, or with region and day of founding, is enough; a name
 * alone never is, because shops in different counties share theirs. `npm run bench -- link` measures what they achieve.
 */
const model: LinkModel = {
  version: 'legal-entity-2',
  fields: {
    name: { m: [0.5, 0.41, 0.02, 0.03, 0.03, 0.01], u: [0.00003, 0.0003, 0.00005, 0.0005, 0.0005, 0.99862] },
    representative: { m: [0.9, 0.1], u: [0.001, 0.999] },
    established: { m: [0.85, 0.15], u: [0.0004, 0.9996] },
    region: { m: [0.95, 0.03, 0.02], u: [0.05, 0.15, 0.8] },
    address: { m: [0.7, 0.3], u: [0.0005, 0.9995] },
    registration: { m: [0.9, 0.1], u: [0.000001, 0.999999] },
  },
  ...{ link: 18, review: 12, margin: 3, common: {}, rare: 0.00003 },
};

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function features(attributes: Attributes): EntityFeatures {
  const representative = text(attributes['legalRepresentativeName']);
  const region = text(attributes['region']);
  const address = text(attributes['address']);
  return {
    ...entityNameForms(attributes),
    representative,
    representativeKey: representative === null ? '' : nameKey(representative),
    established: foundedOf(attributes),
    counties: region === null ? [] : (resolveRegion(region)?.current ?? []),
    address: address === null ? null : addressKey(address),
    registration: text(attributes['registrationNumber']),
  };
}

function nameLevel(a: EntityFeatures, b: EntityFeatures): number {
  const likeness = compareEntityNames(a, b);
  return likeness === null ? -1 : ENTITY_LIKENESS.indexOf(likeness);
}

function compareRepresentatives(a: EntityFeatures, b: EntityFeatures): number {
  const same = sameHead(a.representative, b.representative);
  return same === null ? -1 : Number(!same);
}

function compareRegions(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return -1;
  if (a.some((code) => b.includes(code))) return 0;
  return a.some((code) => b.some((other) => code.slice(0, 4) === other.slice(0, 4))) ? 1 : 2;
}

const OTHER_NAME = ENTITY_LIKENESS.indexOf('different');
const same = (a: string | null, b: string | null): number => (a === null || b === null ? -1 : a === b ? 0 : 1);

export const legalEntityMatching: Matching<EntityFeatures> = {
  model,
  fields: FIELDS,
  anchors: ['uscc', 'org'],
  features,
  blocks({ key, core, formerKeys, representativeKey, established, address }) {
    const found: string[] = [];
    if (key !== '') found.push(`n${key}`);
    for (const former of formerKeys) found.push(`n${former}`);
    if (core.length > 2) found.push(`c${core}`);
    if (representativeKey !== '' && established !== null) found.push(`r${representativeKey}${established}`);
    if (representativeKey !== '' && address !== null) found.push(`a${representativeKey}${address}`);
    return found;
  },
  compare: (a, b) => [
    nameLevel(a, b),
    compareRepresentatives(a, b),
    same(a.established, b.established),
    compareRegions(a.counties, b.counties),
    same(a.address, b.address),
    same(a.registration, b.registration),
  ],
  commonness: { field: 'name', of: ({ key }) => key },
  excludes: (a, b) =>
    nameLevel(a, b) === OTHER_NAME &&
    !(
      compareRepresentatives(a, b) === 0 &&
      (same(a.established, b.established) === 0 || same(a.address, b.address) === 0)
    ),
  // The same head has several bodies under one roof, but hardly of one day.
  asks: ([name, representative, established, , address, registration]) =>
    name === -1 ||
    (name === OTHER_NAME &&
      registration !== 0 &&
      !(representative === 0 && established === 0 && address === 0 && registration === -1)),
};
