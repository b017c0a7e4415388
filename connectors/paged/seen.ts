/** Some 80 MB. What comes behind so many records of one read is compared with those, and not with one another. */
const MOST_KEPT = 1_000_000;

/** A record of a page, as far as it can be told from others. */
export interface Mark {
  /** null: it has none. */
  readonly key: string | null;
  /** The same for the same record that was not changed meanwhile, as far as its key and its time of change tell. */
  readonly state: string;
}

interface Comparison {
  /** Records whose key an earlier page had. */
  readonly again: number;
  /** Where the first of its records was before, when the list goes round; otherwise null. */
  readonly round: string | null;
}

/** 53 bits: among a million two that clash are one chance in twenty thousand. */
function printOf(text: string): number {
  // Two lanes of FNV-1a with multipliers of their own, mixed at the end: a digest of the library costs more than reading the record.
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x5bd1e995);
    high ^= high >>> 15;
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b);
  high = Math.imul(high ^ (high >>> 13) ^ low, 0xc2b2ae35);
  return (high >>> 11) * 2 ** 32 + ((low ^ (low >>> 13)) >>> 0);
}

/**
 * The pages of one read. It is in memory only: a read that resumes knows nothing of what came before it.
 *
 * A list goes round when a page as long as any before it holds only what came before, or when two such pages follow each
 * other. One short page alone does not tell: in a list whose newest come first, new records push old ones to its end.
 */
export class SeenPages {
  readonly #keys = new Set<number>();
  /** By state: the page that had it first. */
  readonly #pages = new Map<number, number>();
  readonly #origins: string[] = [];
  #longest = 0;
  #wasOld = false;

  see(origin: string, marks: readonly Mark[]): Comparison {
    const states = marks.map(({ state }) => printOf(state));
    const keys = marks.flatMap(({ key, state }, index) =>
      key === null ? [] : [key === state ? (states[index] as number) : printOf(key)],
    );
    const again = keys.filter((print) => this.#keys.has(print)).length;
    const isOld = states.length > 0 && states.every((print) => this.#pages.has(print));
    const isRound = isOld && (this.#wasOld || states.length >= this.#longest);
    const before = this.#origins[this.#pages.get(states[0] ?? 0) ?? 0] ?? origin;
    this.#wasOld = isOld;
    this.#longest = Math.max(this.#longest, states.length);
    if (this.#pages.size < MOST_KEPT && !isOld) {
      this.#origins.push(origin);
      for (const print of states) if (!this.#pages.has(print)) this.#pages.set(print, this.#origins.length - 1);
      for (const print of keys) this.#keys.add(print);
    }
    return { again, round: isRound ? before : null };
  }
}
