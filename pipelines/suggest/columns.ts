import type { BaseName } from '../../schemas/base.ts';
import { KINDS, type Kind, kindOf } from './kinds.ts';
import type { ColumnProfile } from './profile.ts';
import { type ColumnWords, type NameReading, readName, type Term, wordsOf } from './vocabulary.ts';

/** What a column seems to be, why, and where it would go. Always for a person to review: it decides nothing. */
export interface ColumnSuggestion {
  readonly column: string;
  /** Chinese name for the directory item; the column's own name when nothing better is known. */
  readonly title: string;
  readonly kind: string;
  /** For `as`, unit included; null when the column maps to nothing. */
  readonly conversion: string | null;
  /** Of the suggested base; null when the column has no place in it. */
  readonly attribute: string | null;
  /** 0 to 1: how sure kind and attribute are. Above 0.9 name and values agree, or the values prove themselves. */
  readonly confidence: number;
  readonly evidence: readonly string[];
}

export interface StreamSuggestion {
  readonly stream: string;
  readonly base: BaseName | null;
  readonly baseEvidence: string;
  readonly columns: readonly ColumnSuggestion[];
  readonly mapping: Readonly<Record<string, SuggestedEntry>>;
  /** Macroeconomic rows with several values: one record each. */
  readonly records: Readonly<Record<string, Readonly<Record<string, SuggestedEntry>>>> | null;
}

export interface SuggestedEntry {
  readonly from: string | readonly string[];
  readonly as: string;
  readonly confidence: number;
  readonly evidence: string;
}

/** A column with its reading, before the base is chosen. */
export interface ReadColumn {
  readonly profile: ColumnProfile;
  readonly words: ColumnWords;
  readonly title: string;
  readonly kind: Kind;
  readonly term: Term | null;
  readonly confidence: number;
  readonly evidence: readonly string[];
  readonly isKey: boolean;
}

const ENOUGH = 5;
const FEW = 40;

const percent = (share: number): string => `${Math.floor(share * 1000) / 10} %`;

/** Confidence of a name, by how well the values fit it. */
function agreed(strength: NameReading['strength'], kind: Kind, clean: number, values: number): number {
  if (values < ENOUGH) return strength === 'term' ? 0.75 : 0.55;
  const proves = kind.proof === 'checksum' || kind.proof === 'list';
  const base = { term: 0.96, part: 0.88, ending: 0.72 }[strength];
  if (clean >= 0.95) return proves ? Math.max(base, strength === 'ending' ? 0.88 : 0.94) : base;
  if (clean >= 0.8) return base - 0.06;
  if (clean >= 0.5) return base - 0.2;
  return 0.25;
}

/** Confidence of values alone. */
function proven({ proof }: Kind, clean: number, { distinct, rows, nulls }: ColumnProfile): number {
  const values = rows - nulls;
  if (values < ENOUGH || distinct < 3) return 0;
  if (proof === 'checksum') return clean >= 0.9 ? 0.95 : clean >= 0.6 ? 0.8 : 0;
  if (proof === 'list') return clean >= 0.95 ? 0.78 : clean >= 0.8 ? 0.6 : 0;
  return proof === 'form' && clean >= 0.95 && distinct > 8 ? 0.45 : 0;
}

interface Candidate {
  readonly kind: Kind;
  readonly term: Term | null;
  readonly confidence: number;
  readonly evidence: readonly string[];
}

function fallback(profile: ColumnProfile, isKey: boolean): Candidate {
  const { column, rows, nulls, distinct, clean } = profile;
  const values = rows - nulls;
  const by = (name: string, confidence: number, why: string): Candidate => ({
    ...{ kind: kindOf(name), term: null, confidence, evidence: [why] },
  });
  if (column.type === 'timestamp') return by('date-time', 0.9, `the source calls it ${column.sourceType}`);
  if (column.type === 'date') return by('chinese-date', 0.7, `the source calls it ${column.sourceType}`);
  if (isKey) return by('row-key', 0.7, 'key of the stream');
  if (values === 0) return by('text', 0.3, 'no values in the sample');
  const numeric = (clean['number'] ?? 0) >= 0.95;
  if (numeric && (column.type === 'decimal' || column.type === 'float')) return by('number', 0.6, 'numbers');
  if (distinct <= FEW && distinct < values / 4) return by('code', 0.5, `${distinct} different values`);
  if (numeric) return by((clean['integer'] ?? 0) >= 0.95 ? 'integer' : 'number', 0.5, 'numbers');
  return by('text', 0.5, `${distinct} different values, up to ${profile.longest} characters`);
}

export function readColumn(profile: ColumnProfile, isKey: boolean, kinds: ReadonlySet<string>): ReadColumn {
  const { column, rows, nulls, clean } = profile;
  const words = wordsOf(column.name, column.comment);
  const values = rows - nulls;
  const candidates: Candidate[] = [fallback(profile, isKey)];
  const doubts: { readonly kind: Kind; readonly why: string }[] = [];
  for (const { kind: name, strength, term, words: said } of readName(words, kinds)) {
    const kind = kindOf(name);
    const share = clean[name] ?? 0;
    const evidence = [
      strength === 'term' ? `named ${said}` : `name ends in ${said}`,
      ...(kind.proof === 'none' || values === 0 ? [] : [`${percent(share)} of the values read as ${kind.zh}`]),
    ];
    candidates.push({ kind, term, evidence, confidence: agreed(strength, kind, share, values) });
    if (strength === 'term' && kind.proof !== 'none' && values >= ENOUGH && share < 0.5)
      doubts.push({ kind, why: `named ${said}, but ${percent(share)} of the values read as ${kind.zh}` });
  }
  for (const kind of KINDS) {
    const confidence = proven(kind, clean[kind.name] ?? 0, profile);
    if (confidence > 0)
      candidates.push({
        ...{ kind, term: null, confidence },
        evidence: [`${percent(clean[kind.name] ?? 0)} of the values read as ${kind.zh}`],
      });
  }
  const best = candidates.reduce((a, b) => (b.confidence > a.confidence ? b : a));
  const title = words.chinese ?? best.term?.names[0] ?? column.name;
  // A name that the values deny is told: most likely they are damaged, not the name wrong.
  const denied = doubts.filter(({ kind }) => kind !== best.kind).map(({ why }) => why);
  return { profile, words, title, isKey, ...best, evidence: [...best.evidence, ...denied] };
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** A column as it is shown: with its place when it has one. */
export function suggestionOf(
  column: ReadColumn,
  attribute: string | null,
  mapping: Readonly<Record<string, SuggestedEntry>>,
): ColumnSuggestion {
  const entry = attribute === null ? undefined : mapping[attribute];
  return {
    ...{ column: column.profile.column.name, title: column.title, kind: column.kind.name, attribute },
    conversion: entry?.as ?? null,
    confidence: entry?.confidence ?? round(column.confidence),
    evidence: column.evidence,
  };
}
