import { hash } from 'node:crypto';
import type { RawRecord } from '../../schemas/stream.ts';

/** Keys that came more than once where each row should have its own: a later row took the place of an earlier one. */
export interface RepeatedKeys {
  /** Rows whose key had come before. */
  readonly count: number;
  /** Where the first of them stand. */
  readonly examples: readonly string[];
}

const EXAMPLES = 3;
/** Some 80 MB; what comes behind so many rows of one file is not compared with them. */
const MOST_KEPT = 2_000_000;

/** 53 bits of a key: among two million two that clash are one chance in five thousand. */
const printOf = (key: string): number => Number.parseInt(hash('sha1', key, 'hex').slice(0, 13), 16);

/** Place of a row without its number: `2024.csv#7` stands in `2024.csv`. */
const fileOf = (origin: string): string => origin.slice(0, Math.max(0, origin.lastIndexOf('#')));

/** @param within what gives a key once: a file, whose rows may come in several portions, or a portion. */
export class KeyWatch {
  readonly #within: 'file' | 'portion';
  readonly #seen = new Set<number>();
  #file: string | null = null;
  #count = 0;
  readonly #examples: string[] = [];

  constructor(within: 'file' | 'portion') {
    this.#within = within;
  }

  see(records: readonly RawRecord[]): void {
    if (this.#within === 'portion') this.#seen.clear();
    for (const { key, origin, op } of records) {
      if (op !== 'upsert') continue;
      if (this.#within === 'file') {
        const file = fileOf(origin);
        if (file !== this.#file) this.#seen.clear();
        this.#file = file;
      }
      const print = printOf(key);
      if (this.#seen.has(print)) {
        this.#count += 1;
        if (this.#examples.length < EXAMPLES) this.#examples.push(origin);
      } else if (this.#seen.size < MOST_KEPT) this.#seen.add(print);
    }
  }

  /** null: none. */
  found(): RepeatedKeys | null {
    return this.#count === 0 ? null : { count: this.#count, examples: [...this.#examples] };
  }
}
