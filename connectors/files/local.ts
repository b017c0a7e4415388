import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { FolderConnection } from './config.ts';
import { fileSystemError } from './failure.ts';
import {
  type Earlier,
  type FoundFile,
  isWanted,
  type Listing,
  type Refused,
  siblingName,
  sortListing,
} from './listing.ts';
import { type OpenFile, openFile } from './open-file.ts';
import type { FilePlace } from './place.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** A folder of this machine. */
export const localPlace = (connection: FolderConnection): FilePlace => ({
  describe: () => `folder ${connection.folder}, opened for reading only`,
  list: (pattern, at) => listFiles(connection, pattern, at),
  take: (found) => takeLocal(connection, found),
  beside: (found, ending) => besideLocal(connection, found, ending),
  known: () => null,
  async [Symbol.asyncDispose]() {},
});

async function takeLocal(connection: FolderConnection, found: FoundFile): Promise<OpenFile> {
  const file = await openFile(found);
  return {
    ...file,
    async sibling(ending) {
      const beside = await besideLocal(connection, found, ending);
      return beside === null ? null : takeLocal(connection, beside);
    },
  };
}

async function besideLocal(connection: FolderConnection, found: FoundFile, ending: string): Promise<FoundFile | null> {
  const folder = await resolveFolder(connection.folder);
  const name = siblingName(found, ending, await namesIn(folder));
  const beside = name === undefined ? null : await locate(folder, name);
  return beside === null || typeof beside === 'string' ? null : beside;
}

const namesIn = (folder: string): Promise<readonly string[]> =>
  readdir(folder).catch((error: unknown) => {
    throw fileSystemError(error, folder);
  });

/** @throws HUB_SOURCE_OBJECT_MISSING no such folder, HUB_SOURCE_NO_RIGHTS, HUB_SOURCE_UNREACHABLE */
async function listFiles(
  connection: FolderConnection,
  pattern: string,
  at: { readonly now: Date; readonly earlier?: Earlier },
): Promise<Listing> {
  const folder = await resolveFolder(connection.folder);
  const names = await namesIn(folder);
  const entries: (FoundFile | Refused)[] = [];
  for (const name of names) {
    // Only what matches is looked at: a share may hold many thousand other files.
    if (!isWanted(name, pattern)) entries.push({ name, refused: '' });
    else {
      const found = await locate(folder, name);
      if (found !== null) entries.push(typeof found === 'string' ? { name, refused: found } : found);
    }
  }
  return sortListing(connection, pattern, at, entries);
}

async function resolveFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    return await realpath(path);
  } catch (error) {
    throw fileSystemError(error, path);
  }
}

/** null when there is nothing at its end, or it leads in a circle, or through a folder that may not be read. */
async function resolveLink(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    const failure = fileSystemError(error, path);
    if (failure.recovery === 'retry') throw failure;
    return null;
  }
}

/** null: gone meanwhile; text: why it is refused. */
async function locate(folder: string, name: string): Promise<FoundFile | string | null> {
  const path = join(folder, name);
  if (CONTROL.test(name)) return 'its name holds control characters; rename it';
  try {
    const entry = await lstat(path);
    if (!entry.isFile() && !entry.isSymbolicLink()) return 'not a regular file';
    const target = entry.isSymbolicLink() ? await resolveLink(path) : path;
    if (target === null) return 'a link that leads nowhere';
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
