import type { BaseName } from '../../schemas/base.ts';
import { BASES } from '../bases.ts';
import { unitsOf } from '../standards/units.ts';
import { type ReadColumn, type StreamSuggestion, type SuggestedEntry, suggestionOf } from './columns.ts';
import { placesNamed } from './places.ts';
import { suggestSeries } from './series.ts';

type Choice = Omit<StreamSuggestion, 'stream'>;

/** A register names each of its subjects once; a table that only refers to them repeats their numbers. */
const UNIQUE = 0.9;
const SURE_ENOUGH = 0.6;

const isUnique = ({ profile: { rows, nulls, distinct } }: ReadColumn): boolean =>
  rows - nulls > 0 && distinct >= UNIQUE * (rows - nulls);
const is =
  (...kinds: readonly string[]) =>
  ({ kind, confidence }: ReadColumn): boolean =>
    confidence >= SURE_ENOUGH && kinds.includes(kind.name);

/** Where an attribute is not told by a term: the kinds that leave no choice. */
const BY_KIND: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  population: {
    'citizen-number': 'citizenNumber',
    sex: 'sex',
    ethnicity: 'ethnicity',
    'marital-status': 'maritalStatus',
    phone: 'phone',
  },
  'legal-entity': {
    uscc: 'uscc',
    'organisation-code': 'organisationCode',
    'registration-number': 'registrationNumber',
    'tax-number': 'taxNumber',
    'citizen-number': 'legalRepresentativeNumber',
    industry: 'industry',
  },
};

/** Of the row itself, not of somebody it refers to. */
const isName = ({ kind, term }: ReadColumn): boolean =>
  kind.name === 'name' || (kind.name === 'entity-name' && term === null);

const called = ({ words }: ReadColumn, chinese: RegExp, codes: readonly string[]): boolean =>
  words.chinese === null ? codes.includes(words.code ?? '') : chinese.test(words.chinese);

/** By title or kind, first that fits: what a table of places says of them. */
const OF_PLACES: readonly (readonly [attribute: string, fits: (column: ReadColumn) => boolean])[] = [
  ['code', ({ isKey }) => isKey],
  ['geometry', ({ kind }) => kind.name === 'geometry'],
  ['region', ({ kind }) => kind.name === 'region'],
  ['name', (column) => isName(column) && !/河/.test(column.title) && column.words.code !== 'RVNM'],
  ['river', ({ title, words }) => /河流/.test(title) || words.code === 'RVNM'],
  ['grade', ({ title, words }) => /级别|等级/.test(title) || words.code === 'JB'],
  ['area', ({ title, words }) => /面积/.test(title) || words.code === 'MJ'],
  ['elevation', ({ title, words }) => /高程/.test(title) || words.code === 'DTMEL'],
  ['captureDate', (column) => called(column, /测量|采集/, ['CLRQ'])],
  ['validFrom', (column) => called(column, /^起始|有效期起/, ['QSRQ', 'YXQQ'])],
  ['validTo', ({ kind }) => kind.name === 'chinese-date-end'],
  ['establishedDate', ({ kind }) => kind.name === 'chinese-date'],
  ['landUse', (column) => called(column, /土地用途|地类/, ['TDYT', 'DLBM'])],
  ['mineral', (column) => called(column, /矿种/, ['KZ'])],
  ['kind', ({ kind }) => kind.name === 'code'],
  ['address', ({ kind }) => kind.name === 'address'],
  ['holderName', (column) => column.kind.name === 'person-name' || called(column, /权利人$/, ['QLR'])],
  ['holderNumber', ({ kind }) => kind.name === 'citizen-number' || kind.name === 'uscc'],
];

function placesOf(columns: readonly ReadColumn[]): ReadonlyMap<string, ReadColumn> {
  const taken = new Map<string, ReadColumn>();
  const used = new Set<ReadColumn>();
  for (const [attribute, fits] of OF_PLACES) {
    const column = taken.has(attribute) ? undefined : columns.find((one) => !used.has(one) && fits(one));
    if (column === undefined) continue;
    taken.set(attribute, column);
    used.add(column);
  }
  return taken;
}

/** A table of places: each row has a position, and a code of its own. */
function isOfPlaces(columns: readonly ReadColumn[]): boolean {
  const sure = (name: string): boolean => columns.some(is(name));
  // Events have positions too, but no names.
  const named = columns.some(isName);
  return columns.some(({ isKey }) => isKey) && (sure('geometry') || (named && sure('longitude') && sure('latitude')));
}

const attributeIn = (base: string, { term, kind }: ReadColumn): string | null => {
  const told = base === 'population' ? term?.population : base === 'legal-entity' ? term?.legalEntity : null;
  return told ?? (term === null ? (BY_KIND[base]?.[kind.name] ?? null) : null);
};

/** The conversion with its unit; money whose unit nobody tells is taken for yuan, and less sure. */
function conversionOf({ kind, words }: ReadColumn): { as: string; sure: number; why: string | null } {
  if (!kind.unit) return { as: kind.conversion, sure: 1, why: null };
  if (words.unit !== null)
    return { as: `${kind.conversion}(${words.unit})`, sure: 1, why: `the name says ${words.unit}` };
  return { as: `${kind.conversion}(元)`, sure: 0.85, why: 'no unit is told; yuan is assumed' };
}

const AREA_UNITS: readonly string[] = unitsOf('area');

/** Words stay as they are; an area needs its unit. */
function ofPlace(attribute: string, column: ReadColumn): { as: string; sure: number; why: string | null } {
  if (attribute === 'area') {
    const { unit } = column.words;
    return unit !== null && AREA_UNITS.includes(unit)
      ? { as: `area(${unit})`, sure: 1, why: `the name says ${unit}` }
      : { as: 'area(公顷)', sure: 0.7, why: 'no unit is told; hectares are assumed' };
  }
  // Units of the country are places too, and their codes change.
  if (attribute === 'code' && column.kind.name === 'region') return { as: 'region', sure: 1, why: null };
  const plain =
    ['code', 'name', 'kind', 'grade', 'river', 'landUse', 'mineral'].includes(attribute) ||
    (attribute === 'holderName' && column.kind.name !== 'person-name');
  return { as: plain ? 'text' : column.kind.conversion, sure: 1, why: null };
}

/** Attributes that are read in one way, whatever kind the column seemed to be. */
const SPECIAL: Readonly<Record<string, string>> = {
  socialSecurityNumber: 'text',
  geometry: 'geometry',
  elevation: 'decimal',
};

/** Which base the stream is a register for, and where its columns go. */
export function chooseBase(columns: readonly ReadColumn[], names: string): Choice {
  const series = suggestSeries(columns);
  if (series !== null) return series;
  if (isOfPlaces(columns)) {
    const choice = finish('spatial', 'every row has a position and a code', columns, placesOf(columns));
    return { ...choice, mapping: { featureClass: placesNamed(names), ...choice.mapping } };
  }
  const register = registerOf(columns);
  if (register === null) return finish(null, referencesIn(columns), columns, new Map());
  const { base, evidence } = register;
  const taken = new Map<string, ReadColumn>();
  for (const column of columns) {
    const attribute = attributeIn(base, column);
    if (attribute === null || column.confidence < SURE_ENOUGH - 0.2) continue;
    const before = taken.get(attribute);
    if (before === undefined || before.confidence < column.confidence) taken.set(attribute, column);
  }
  return finish(base, evidence, columns, taken);
}

function registerOf(columns: readonly ReadColumn[]): { base: BaseName; evidence: string } | null {
  const entity = columns.find((one) => one.term?.legalEntity === 'name' && is('entity-name')(one));
  const code = columns.find(
    (one) => is('uscc', 'organisation-code', 'tax-number', 'registration-number')(one) && isUnique(one),
  );
  const number = columns.find((one) => is('citizen-number')(one) && isUnique(one) && one.term?.population !== null);
  const person = columns.find((one) => one.term?.population === 'name' && is('person-name')(one));
  if (number !== undefined && person !== undefined)
    return {
      base: 'population',
      evidence: `${number.profile.column.name} and ${person.profile.column.name} name one person a row`,
    };
  if (code !== undefined && entity !== undefined)
    return {
      base: 'legal-entity',
      evidence: `${code.profile.column.name} and ${entity.profile.column.name} name one legal entity a row`,
    };
  return null;
}

function referencesIn(columns: readonly ReadColumn[]): string {
  const refers = columns.filter(is('citizen-number', 'uscc', 'organisation-code', 'tax-number'));
  if (refers.length === 0) return 'no column identifies a person, a legal entity or a cell of a statistical table';
  const names = refers.map(({ profile }) => profile.column.name).join(', ');
  return `refers to persons or legal entities by ${names}, but is no register of them`;
}

function finish(
  base: BaseName | null,
  baseEvidence: string,
  columns: readonly ReadColumn[],
  taken: ReadonlyMap<string, ReadColumn>,
): Choice {
  const attributeOf = new Map([...taken].map(([attribute, column]) => [column, attribute]));
  const mapping: Record<string, SuggestedEntry> = {};
  const order = Object.keys(BASES.find(({ name }) => name === base)?.attributes ?? {});
  for (const attribute of order) {
    const column = taken.get(attribute);
    if (column === undefined) continue;
    const { as, sure, why } = base === 'spatial' ? ofPlace(attribute, column) : conversionOf(column);
    mapping[attribute] = {
      ...{ from: column.profile.column.name, as: SPECIAL[attribute] ?? as },
      confidence: Math.round(column.confidence * sure * 100) / 100,
      evidence: [...column.evidence, ...(why === null ? [] : [why])].join('; '),
    };
  }
  const [east, north] = ['longitude', 'latitude'].map((name) => columns.find(is(name)));
  if (base === 'spatial' && !taken.has('geometry') && east !== undefined && north !== undefined) {
    mapping['geometry'] = {
      ...{ from: [east.profile.column.name, north.profile.column.name], as: 'point' },
      confidence: Math.min(east.confidence, north.confidence),
      evidence: [...east.evidence, ...north.evidence].join('; '),
    };
    attributeOf.set(east, 'geometry').set(north, 'geometry');
  }
  const shown = columns.map((column) => suggestionOf(column, attributeOf.get(column) ?? null, mapping));
  return { base, baseEvidence, columns: shown, mapping, records: null };
}
