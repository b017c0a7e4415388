import type { DirectoryEntry } from './entry.ts';
import { fold, type Reading, readingOf, soundsIn, words } from './fold.ts';

/** Weights keep the order title > keyword > provider > abstract > item even when one sounds alike and the other is written. */
const WEIGHTS = { title: 1000, keyword: 400, provider: 180, abstract: 80, item: 30 } as const;
const EXACT = 1.2;
const WRITTEN = 1;
const SPELLED = 0.8;
const INITIALS = 0.6;
/** A single Latin letter is the initial of nearly everything. */
const SHORTEST_SOUND = 2;
const LATIN = /^[a-zü0-9]+$/;

interface Field {
  readonly weight: number;
  readonly text: string;
  readonly reading: Reading;
}

export interface SearchIndex {
  readonly entries: readonly DirectoryEntry[];
  /** By text. */
  readonly readings: ReadonlyMap<string, Reading>;
  readonly byId: ReadonlyMap<string, DirectoryEntry>;
  /** Entries that match every word, best first; an empty query gives all in their own order. */
  find(query: string): readonly DirectoryEntry[];
}

/** @param before the index that this one replaces: its readings, which are the costly part, are used again. */
export function createSearchIndex(entries: readonly DirectoryEntry[], before?: SearchIndex): SearchIndex {
  const readings = new Map<string, Reading>();
  const read = (text: string): Reading => {
    const reading = readings.get(text) ?? before?.readings.get(text) ?? readingOf(text);
    readings.set(text, reading);
    return reading;
  };
  const documents = entries.map((entry) => ({ entry, fields: fieldsOf(entry, read) }));
  return {
    entries,
    readings,
    byId: new Map(entries.map((entry) => [entry.id, entry])),
    find(query) {
      const asked = words(query);
      if (asked.length === 0) return entries;
      const found: { entry: DirectoryEntry; score: number }[] = [];
      for (const { entry, fields } of documents) {
        let score = 0;
        for (const word of asked) {
          const best = bestOf(fields, word);
          if (best === 0) {
            score = 0;
            break;
          }
          score += best;
        }
        if (score > 0) found.push({ entry, score });
      }
      found.sort(
        (a, b) =>
          b.score - a.score || a.entry.title.length - b.entry.title.length || (a.entry.id < b.entry.id ? -1 : 1),
      );
      return found.map(({ entry }) => entry);
    },
  };
}

function fieldsOf(entry: DirectoryEntry, read: (text: string) => Reading): readonly Field[] {
  const fields: Field[] = [];
  const add = (weight: number, ...texts: readonly (string | null | undefined)[]): void => {
    for (const text of texts) if (text) fields.push({ weight, text: fold(text), reading: read(text) });
  };
  add(WEIGHTS.title, entry.title, entry.titleEn, entry.code, entry.id);
  add(WEIGHTS.keyword, ...entry.keywords);
  add(
    WEIGHTS.provider,
    entry.provider?.name,
    entry.system?.title.zh,
    entry.system?.title.en,
    entry.system?.name,
    entry.stream,
  );
  add(WEIGHTS.abstract, entry.abstract);
  for (const { name, nameEn, column } of entry.items) add(WEIGHTS.item, name, nameEn, column);
  return fields;
}

function bestOf(fields: readonly Field[], word: string): number {
  const sound = LATIN.test(word) && word.length >= SHORTEST_SOUND ? word.replaceAll('ü', 'v') : null;
  let best = 0;
  for (const { weight, text, reading } of fields) {
    if (weight * EXACT <= best) continue;
    const how = text === word ? EXACT : text.includes(word) ? WRITTEN : sound === null ? 0 : soundOf(reading, sound);
    if (weight * how > best) best = weight * how;
  }
  return best;
}

function soundOf(reading: Reading, word: string): number {
  if (soundsIn(reading, word)) return SPELLED;
  return reading.initials.includes(word) ? INITIALS : 0;
}
