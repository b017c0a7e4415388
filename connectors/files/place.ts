import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { RunContext } from '../../schemas/kernel/context.ts';
import type { ErrorCode } from '../../schemas/kernel/errors.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { FolderConnection } from './config.ts';
import { matchesGlob } from './glob.ts';
import { type OpenFile, openFile } from './open-file.ts';
import type { KnownFile } from './progress.ts';
import { openRemotePlace } from './remote.ts';

export interface FoundFile {
  readonly name: string;
  /** Resolved: no link in it. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

export interface Listing {
  /** Ready to be read, oldest first, equal times by name. */
  readonly files: readonly FoundFile[];
  /** Match the pattern but are still being delivered: `name: why`. */
  readonly waiting: readonly string[];
  /** Match the pattern but are never read: `name: why`. */
  readonly refused: readonly string[];
  /** Some of the other names, to help whoever mistyped the pattern. */
  readonly others: readonly string[];
}

const OTHERS_SHOWN = 20;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

const FS_CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'HUB_SOURCE_OBJECT_MISSING',
  ENOTDIR: 'HUB_SOURCE_OBJECT_MISSING',
  ELOOP: 'HUB_SOURCE_OBJECT_MISSING',
  EACCES: 'HUB_SOURCE_NO_RIGHTS',
  EPERM: 'HUB_SOURCE_NO_RIGHTS',
};

/** Missing and forbidden need a person; anything else of a file share may pass by itself. */
export function fileSystemError(error: unknown, path: string): HubError {
  const reason = (error as NodeJS.ErrnoException).code ?? '';
  const code = FS_CODES[reason] ?? 'HUB_SOURCE_UNREACHABLE';
  const what =
    code === 'HUB_SOURCE_OBJECT_MISSING'
      ? 'does not exist'
      : code === 'HUB_SOURCE_NO_RIGHTS'
        ? 'may not be read'
        : 'cannot be read';
  return new HubError(code, `${path} ${what} (${reason || String(error)})`, { path, reason }, { cause: error });
}

/** Where the files of a connection are. Nothing is ever written, moved or deleted there. */
export interface FilePlace extends AsyncDisposable {
  /** For a steward. */
  describe(): string;
  list(pattern: string, now: Date): Promise<Listing>;
  /** The file for reading; fetched first when it is elsewhere. */
  take(found: FoundFile): Promise<OpenFile>;
  /** What tells a finished file without opening it; null when its first bytes must be looked at. */
  known(found: FoundFile): KnownFile | null;
}

export const openPlace = (connection: FolderConnection, context: RunContext): FilePlace =>
  connection.remote === undefined ? localPlace(connection) : openRemotePlace(connection, connection.remote, context);

const localPlace = (connection: FolderConnection): FilePlace => ({
  describe: () => `folder ${connection.folder}, opened for reading only`,
  list: (pattern, now) => listFiles(connection, pattern, now),
  async take(found) {
    const file = await openFile(found);
    return { ...file, sibling: (ending) => besideLocal(connection, found, ending) };
  },
  known: () => null,
  async [Symbol.asyncDispose]() {},
});

/** The name of what lies beside a file, as it is really written there. */
export const siblingName = (found: FoundFile, ending: string, names: readonly string[]): string | undefined => {
  const wanted = (found.name.replace(/\.[^.]*$/, '') + ending).toLowerCase();
  return names.find((name) => name.toLowerCase() === wanted);
};

async function besideLocal(connection: FolderConnection, found: FoundFile, ending: string): Promise<OpenFile | null> {
  const folder = await resolveFolder(connection.folder);
  const name = siblingName(found, ending, await readdir(folder));
  const beside = name === undefined ? null : await locate(folder, name);
  return beside === null || typeof beside === 'string' ? null : openFile(beside);
}

/** @throws HUB_SOURCE_OBJECT_MISSING no such folder, HUB_SOURCE_NO_RIGHTS, HUB_SOURCE_UNREACHABLE */
export async function listFiles(connection: FolderConnection, pattern: string, now: Date): Promise<Listing> {
  const folder = await resolveFolder(connection.folder);
  const names = await readdir(folder).catch((error: unknown) => {
    throw fileSystemError(error, folder);
  });
  const entries: (FoundFile | Refused)[] = [];
  for (const name of names) {
    // Only what matches is looked at: a share may hold many thousand other files.
    if (!isWanted(name, pattern)) entries.push({ name, refused: '' });
    else {
      const found = await locate(folder, name);
      if (found !== null) entries.push(typeof found === 'string' ? { name, refused: found } : found);
    }
  }
  return sortListing(connection, pattern, now, entries);
}

export interface Refused {
  readonly name: string;
  readonly refused: string;
}

const isShown = (name: string, pattern: string): boolean => !name.startsWith('.') || pattern.startsWith('.');
const isWanted = (name: string, pattern: string): boolean => isShown(name, pattern) && matchesGlob(pattern, name);

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
  const refused: string[] = [];
  const others: string[] = [];
  for (const entry of entries) {
    if (!isWanted(entry.name, pattern)) {
      if (isShown(entry.name, pattern)) others.push(entry.name);
    } else if ('refused' in entry) refused.push(`${entry.name}: ${entry.refused}`);
    else {
      const wait = reasonToWait(entry, connection, present, now);
      if (wait === null) files.push(entry);
      else waiting.push(`${entry.name}: ${wait}`);
    }
  }
  files.sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1));
  return { files, waiting: waiting.sort(), refused: refused.sort(), others: others.sort().slice(0, OTHERS_SHOWN) };
}

async function resolveFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    return await realpath(path);
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/** null: gone meanwhile; text: why it is refused. */
async function locate(folder: string, name: string): Promise<FoundFile | string | null> {
  const path = join(folder, name);
  if (CONTROL.test(name)) return 'its name holds control characters; rename it';
  try {
    const entry = await lstat(path);
    if (!entry.isFile() && !entry.isSymbolicLink()) return 'not a regular file';
    const target = entry.isSymbolicLink() ? await realpath(path) : path;
    if (!target.startsWith(folder + sep)) return 'a link that leads out of the folder';
    const facts = entry.isSymbolicLink() ? await stat(target) : entry;
    if (!facts.isFile()) return 'not a regular file';
    return { name, path: target, size: facts.size, mtimeMs: Math.floor(facts.mtimeMs) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return name.includes('\ufffd') ? 'its name is not UTF-8; rename it' : null;
    throw fileSystemError(error, path);
  }
}

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
