import type { LinkModel, MatchField, Matching } from '../matching.ts';
import type { Attributes } from '../record.ts';
import { addressKey } from '../standards/addresses.ts';
import { entityCoreName, entityNameKey, nameKey, namesCompatible } from '../standards/names.ts';
import { resolveRegion } from '../standards/regions.ts';
import { withinOneEdit } from './within-one-edit.ts';

export interface EntityFeatures {
  readonly key: string;
  readonly core: string;
  readonly representative: string | null;
  readonly representativeKey: string;
  readonly established: string | null;
  readonly counties: readonly string[];
  readonly address: string | null;
}

const level = (zh: string, en: string): MatchField['levels'][number] => ({ zh, en });
const SAME_OR_NOT = [level('相同', 'the same'), level('不同', 'different')];

const FIELDS: readonly MatchField[] = [
  {
    ...{ name: 'name', zh: '名称', en: 'name' },
    levels: [
      level('相同', 'the same'),
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
];

/**
 * Frozen weights, set by hand from the sample world of 3,000 entities: a name together with the representative, or with
 * region and day of founding, is enough; a name alone never is, because shops in different counties share theirs.
 */
const model: LinkModel = {
  version: 'legal-entity-1',
  fields: {
    name: { m: [0.92, 0.04, 0.03, 0.01], u: [0.0005, 0.0005, 0.0005, 0.9985] },
    representative: { m: [0.9, 0.1], u: [0.001, 0.999] },
    established: { m: [0.85, 0.15], u: [0.0004, 0.9996] },
    region: { m: [0.95, 0.03, 0.02], u: [0.05, 0.15, 0.8] },
    address: { m: [0.7, 0.3], u: [0.0005, 0.9995] },
  },
  ...{ link: 18, review: 12, margin: 3, common: {}, rare: 0.0005 },
};

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function features(attributes: Attributes): EntityFeatures {
  const name = text(attributes['name']);
  const representative = text(attributes['legalRepresentativeName']);
  const region = text(attributes['region']);
  const address = text(attributes['address']);
  return {
    key: name === null ? '' : entityNameKey(name),
    core: name === null ? '' : entityCoreName(name),
    representative,
    representativeKey: representative === null ? '' : nameKey(representative),
    established: text(attributes['establishedDate']),
    counties: region === null ? [] : (resolveRegion(region)?.current ?? []),
    address: address === null ? null : addressKey(address),
  };
}

function compareNames(a: EntityFeatures, b: EntityFeatures): number {
  if (a.key === '' || b.key === '') return -1;
  if (a.key === b.key) return 0;
  if (a.core.length > 2 && a.core === b.core) return 1;
  return withinOneEdit(a.key, b.key) ? 2 : 3;
}

function compareRepresentatives(a: EntityFeatures, b: EntityFeatures): number {
  if (a.representative === null || b.representative === null) return -1;
  return a.representativeKey === b.representativeKey || namesCompatible(a.representative, b.representative) ? 0 : 1;
}

function compareRegions(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return -1;
  if (a.some((code) => b.includes(code))) return 0;
  return a.some((code) => b.some((other) => code.slice(0, 4) === other.slice(0, 4))) ? 1 : 2;
}

const same = (a: string | null, b: string | null): number => (a === null || b === null ? -1 : a === b ? 0 : 1);

export const legalEntityMatching: Matching<EntityFeatures> = {
  model,
  fields: FIELDS,
  anchors: ['uscc', 'org'],
  features,
  blocks({ key, core, representativeKey, established, address }) {
    const found: string[] = [];
    if (key !== '') found.push(`n${key}`);
    if (core.length > 2) found.push(`c${core}`);
    if (representativeKey !== '' && established !== null) found.push(`r${representativeKey}${established}`);
    if (representativeKey !== '' && address !== null) found.push(`a${representativeKey}${address}`);
    return found;
  },
  compare: (a, b) => [
    compareNames(a, b),
    compareRepresentatives(a, b),
    same(a.established, b.established),
    compareRegions(a.counties, b.counties),
    same(a.address, b.address),
  ],
  commonness: { field: 'name', of: ({ key }) => key },
  excludes: (a, b) => compareNames(a, b) === 3,
};
