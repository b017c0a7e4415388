import { hash } from 'node:crypto';
import type { Repeats, SourcePortion } from '../../connectors/connector.ts';
import type { RawRecord } from '../../schemas/stream.ts';

/** Keys that came more than once where each row should have its own: a later row took the place of an earlier one. */
export interface RepeatedKeys {
  /** Rows whose key had come before. */
  readonly count: number;
  /** Where the first of them stand. */
  readonly examples: readonly string[];
}

const EXAMPLES = 3;
/** Some 80 MB, of pages 120; what comes behind so many rows of one file is not compared with them. */
const MOST_KEPT = 2_000_000;

/** 53 bits of a key: among two million two that clash are one chance in five thousand. */
const printOf = (key: string): number => Number.parseInt(hash('sha1', key, 'hex').slice(0, 13), 16);

/** Place of a row without its number: `2024.csv#7` stands in `2024.csv`. */
const fileOf = (origin: string): string => origin.slice(0, Math.max(0, origin.lastIndexOf('#')));

/**
 * @param within what gives a key once: a file, whose rows may come in several portions, or a portion. Portions of one pass are
 *   compared as well: a key that comes again with the same place and other values was not changed meanwhile, it is not unique.
 */
export class KeyWatch {
  readonly #within: 'file' | 'portion';
  readonly #seen = new Set<number>();
  /** Of the portions of this pass, by key and place: the values. */
  readonly #before = new Map<number, number>();
  #file: string | null = null;
  #count = 0;
  readonly #examples: string[] = [];

  constructor(within: 'file' | 'portion') {
    this.#within = within;
  }

  see({ records, repeats }: Pick<SourcePortion, 'records' | 'repeats'>): void {
    if (this.#within === 'portion') this.#seen.clear();
    // Where the connector asks in the order of the keys, none can come on two pages.
    const mayRepeat = this.#within === 'portion' && repeats !== undefined && !repeats.keysOnce;
    for (const record of records) {
      const { key, origin, op } = record;
      if (op !== 'upsert') continue;
      if (this.#within === 'file') {
        const file = fileOf(origin);
        if (file !== this.#file) this.#seen.clear();
        this.#file = file;
      }
      const print = printOf(key);
      const isRepeated = this.#seen.has(print);
      const isOther = mayRepeat && this.#isOther(record, repeats) && !isRepeated;
      if (isRepeated || isOther) {
        this.#count += 1;
        if (this.#examples.length < EXAMPLES) this.#examples.push(origin);
      }
      if (!isRepeated && this.#seen.size < MOST_KEPT) this.#seen.add(print);
    }
    if (repeats?.isLast !== false) this.#before.clear();
  }

  /** It came in this pass, in the same state by its place, and with other values. */
  #isOther(record: RawRecord, { placeOf }: Repeats): boolean {
    const print = printOf(`${record.key}\0${placeOf(record)}`);
    const values = printOf(JSON.stringify(record.value));
    const before = this.#before.get(print);
    if (before === undefined && this.#before.size < MOST_KEPT) this.#before.set(print, values);
    return before !== undefined && before !== values;
  }

  /** null: none. */
  found(): RepeatedKeys | null {
    return this.#count === 0 ? null : { count: this.#count, examples: [...this.#examples] };
  }
}
