import { readFileSync, writeFileSync } from 'node:fs';
import { HubError } from '../../schemas/kernel/errors.ts';

/* Files that somebody names to a command: what the system says of them in codes is said in words. */

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder, and a file is wanted',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'this user may not open it',
  EPERM: 'this user may not open it',
  EEXIST: 'it is there already; name another file',
  EROFS: 'its disk takes no changes',
  ENOSPC: 'its disk is full',
};

function refused(path: string, what: string, error: unknown): HubError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new HubError(
    'HUB_ARGUMENT_INVALID',
    `${path} cannot be ${what}: ${WORDS[code] ?? message}`,
    { file: path, reason: code },
    { cause: error },
  );
}

/** @throws HUB_ARGUMENT_INVALID */
export function readGiven(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw refused(path, 'read', error);
  }
}

/** Never over a file that is there. @throws HUB_ARGUMENT_INVALID */
export function writeGiven(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw refused(path, 'written', error);
  }
}
