import { BASES } from '../bases.ts';
import type { BaseName } from '../pipeline.ts';
import { type ReadColumn, type StreamSuggestion, type SuggestedEntry, suggestionOf } from './columns.ts';
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

/** Which base the stream is a register for, and where its columns go. */
export function chooseBase(columns: readonly ReadColumn[]): Choice {
  const series = suggestSeries(columns);
  if (series !== null) return series;
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
    const { as, sure, why } = conversionOf(column);
    mapping[attribute] = {
      ...{ from: column.profile.column.name, as: attribute === 'socialSecurityNumber' ? 'text' : as },
      confidence: Math.round(column.confidence * sure * 100) / 100,
      evidence: [...column.evidence, ...(why === null ? [] : [why])].join('; '),
    };
  }
  const shown = columns.map((column) => suggestionOf(column, attributeOf.get(column) ?? null, mapping));
  return { base, baseEvidence, columns: shown, mapping, records: null };
}
