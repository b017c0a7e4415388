import { pinyin } from 'pinyin-pro';

/** One spelling for what people take to be equal: full width and half width, upper and lower case. */
export const fold = (text: string): string => text.normalize('NFKC').toLowerCase();

/** Query words in folded form; all kinds of blanks and separating commas part them. */
export const words = (query: string): readonly string[] =>
  fold(query)
    .split(/[\s,，、]+/)
    .filter((word) => word !== '');

export interface Reading {
  /** Syllables without tones, run together; a blank where the text has a sign. ü is v. */
  readonly full: string;
  /** Where in `full` a syllable begins. */
  readonly starts: ReadonlySet<number>;
  /** First letter of each syllable. */
  readonly initials: string;
}

const LETTER = /^[a-z0-9]+$/;

export function readingOf(text: string): Reading {
  let full = '';
  let initials = '';
  const starts = new Set<number>();
  for (const syllable of pinyin(fold(text), { type: 'array', toneType: 'none', v: true })) {
    const part = LETTER.test(syllable) ? syllable : ' ';
    starts.add(full.length);
    full += part;
    initials += part[0];
  }
  return { full, starts, initials };
}

/** True when `word` begins where a syllable begins; it may end inside one (`changzhur`). */
export function soundsIn({ full, starts }: Reading, word: string): boolean {
  for (let at = full.indexOf(word); at !== -1; at = full.indexOf(word, at + 1)) if (starts.has(at)) return true;
  return false;
}
