import type { FolderConnection } from './config.ts';
import { matchesGlob } from './glob.ts';

export interface FoundFile {
  readonly name: string;
  /** Resolved: no link in it. */
  readonly path: string;
  readonly size: number;
  /** By the clock of whoever keeps the file; 0 when nobody knows: then size and content tell one version from another. */
  readonly mtimeMs: number;
}

export const isTimeKnown = ({ mtimeMs }: Pick<FoundFile, 'mtimeMs'>): boolean => mtimeMs !== 0;

/** An open file: what was found, and the digest of its first bytes. */
export interface KnownFile extends Omit<FoundFile, 'path'> {
  readonly head: string;
}

export interface Listing {
  /** Ready to be read, oldest first, equal times by name. */
  readonly files: readonly FoundFile[];
  /** Ready but for one thing: it is not known for how long they have been as they are. */
  readonly unsettled: readonly Unsettled[];
  /** Match the pattern but are still being delivered: `name: why`. */
  readonly waiting: readonly string[];
  /** Match the pattern but are never read. */
  readonly refused: readonly Refused[];
  /** Some of the other names, to help whoever mistyped the pattern. */
  readonly others: readonly string[];
}

interface Unsettled {
  readonly file: FoundFile;
  /** When it is the same in a listing so much later, it is ready. */
  readonly seconds: number;
}

/** An earlier listing: what was in it, and how long ago it was by a clock that is not turned. */
export interface Earlier {
  readonly files: readonly FoundFile[];
  readonly seconds: number;
}

export interface Refused {
  readonly name: string;
  readonly refused: string;
}

const OTHERS_SHOWN = 20;

const isShown = (name: string, pattern: string): boolean => !name.startsWith('.') || pattern.startsWith('.');
export const isWanted = (name: string, pattern: string): boolean =>
  isShown(name, pattern) && matchesGlob(pattern, name);

/** What is ready, what waits, what is refused, of all that lies in a folder. */
export function sortListing(
  connection: FolderConnection,
  pattern: string,
  { now, earlier }: { readonly now: Date; readonly earlier?: Earlier | undefined },
  entries: readonly (FoundFile | Refused)[],
): Listing {
  const present = new Set(entries.map(({ name }) => name));
  const newest = newestTime(entries, now);
  const before = new Map(earlier?.files.map((file) => [file.name, factsOf(file)]));
  const files: FoundFile[] = [];
  const unsettled: Unsettled[] = [];
  const waiting: string[] = [];
  const refused: Refused[] = [];
  const others: string[] = [];
  for (const entry of entries) {
    if (!isWanted(entry.name, pattern)) {
      if (isShown(entry.name, pattern)) others.push(entry.name);
    } else if ('refused' in entry) refused.push(entry);
    else {
      const { stableSeconds, doneSuffix } = connection;
      const needed = isTimeKnown(entry) ? stableSeconds : Math.max(stableSeconds, UNKNOWN_STILL_SECONDS);
      const byStamp = isTimeKnown(entry) ? (newest - entry.mtimeMs) / 1000 : 0;
      const seen = before.get(entry.name);
      const changed = seen !== undefined && seen !== factsOf(entry);
      const still = Math.max(byStamp, seen === undefined ? 0 : (earlier?.seconds ?? 0));
      if (doneSuffix !== undefined && !present.has(entry.name + doneSuffix))
        waiting.push(`${entry.name}: waits for its marker ${entry.name}${doneSuffix}`);
      else if (still >= needed && !changed) files.push(entry);
      else if (earlier === undefined) unsettled.push({ file: entry, seconds: needed });
      else waiting.push(`${entry.name}: it is still being written`);
    }
  }
  return {
    files: files.sort(byAge),
    unsettled,
    waiting: waiting.sort(),
    refused: refused.sort((a, b) => (a.name < b.name ? -1 : 1)),
    others: others.sort().slice(0, OTHERS_SHOWN),
  };
}

/** The name of what lies beside a file, as it is really written there. */
export const siblingName = (found: FoundFile, ending: string, names: readonly string[]): string | undefined => {
  const wanted = (found.name.replace(/\.[^.]*$/, '') + ending).toLowerCase();
  return names.find((name) => name.toLowerCase() === wanted);
};

/** Without a time of its own a file must be the same in two listings so far apart. */
const UNKNOWN_STILL_SECONDS = 2;
const A_DAY_MS = 86_400_000;

const factsOf = ({ name, size, mtimeMs }: FoundFile): string => [name, size, mtimeMs].join('\0');

/** Oldest first, equal times by name. */
export const byAge = (a: FoundFile, b: FoundFile): number => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1);

/**
 * The clock of the place has come so far at least: what is much older than its newest file has been left alone since. Ours
 * says nothing of it, it may be hours off. A time far in the future is somebody's mistake.
 */
const newestTime = (entries: readonly (FoundFile | Refused)[], now: Date): number =>
  entries.reduce(
    (newest, entry) =>
      'refused' in entry || entry.mtimeMs > now.getTime() + A_DAY_MS ? newest : Math.max(newest, entry.mtimeMs),
    0,
  );
