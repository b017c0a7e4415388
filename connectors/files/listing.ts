import type { FolderConnection } from './config.ts';
import { matchesGlob } from './glob.ts';

export interface FoundFile {
  readonly name: string;
  /** Resolved: no link in it. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** An open file: what was found, and the digest of its first bytes. */
export interface KnownFile extends Omit<FoundFile, 'path'> {
  readonly head: string;
}

export interface Listing {
  /** Ready to be read, oldest first, equal times by name. */
  readonly files: readonly FoundFile[];
  /** Match the pattern but are still being delivered: `name: why`. */
  readonly waiting: readonly string[];
  /** Match the pattern but are never read. */
  readonly refused: readonly Refused[];
  /** Some of the other names, to help whoever mistyped the pattern. */
  readonly others: readonly string[];
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
  now: Date,
  entries: readonly (FoundFile | Refused)[],
): Listing {
  const present = new Set(entries.map(({ name }) => name));
  const files: FoundFile[] = [];
  const waiting: string[] = [];
  const refused: Refused[] = [];
  const others: string[] = [];
  for (const entry of entries) {
    if (!isWanted(entry.name, pattern)) {
      if (isShown(entry.name, pattern)) others.push(entry.name);
    } else if ('refused' in entry) refused.push(entry);
    else {
      const wait = reasonToWait(entry, connection, present, now);
      if (wait === null) files.push(entry);
      else waiting.push(`${entry.name}: ${wait}`);
    }
  }
  files.sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1));
  return {
    files,
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

function reasonToWait(
  file: FoundFile,
  { stableSeconds, doneSuffix }: FolderConnection,
  present: ReadonlySet<string>,
  now: Date,
): string | null {
  if (doneSuffix !== undefined && !present.has(file.name + doneSuffix))
    return `waits for its marker ${file.name}${doneSuffix}`;
  const quietSeconds = (now.getTime() - file.mtimeMs) / 1000;
  if (quietSeconds >= stableSeconds) return null;
  // A sender's clock may run ahead; with no wish for stability that must not hold the file back.
  if (stableSeconds === 0) return null;
  return `modified ${Math.round(quietSeconds)} s ago, less than ${stableSeconds} s`;
}
