import type { ErrorCode } from '../../schemas/kernel/errors.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { FoundFile } from './listing.ts';

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

/** Whatever was thrown while a file was read, with a code and the name of the file. */
export function fileFailure(error: unknown, { name, path }: Pick<FoundFile, 'name' | 'path'>): HubError {
  if (isHubError(error)) return error;
  // An error of a system call has its number; any other is one of a parser over bytes that it did not expect.
  if (typeof (error as NodeJS.ErrnoException | null)?.errno === 'number' && !isZlib(error))
    return fileSystemError(error, path);
  const reason = error instanceof Error ? error.message : String(error);
  return new HubError('HUB_FILE_UNREADABLE', `${name} cannot be read: ${reason}`, { file: name }, { cause: error });
}

const isZlib = (error: unknown): boolean => String((error as { code?: unknown }).code).startsWith('Z_');

/** A server that does not answer may answer later; one that says no needs a person. */
export function remoteFailure(error: unknown, what: string): HubError {
  const { message, code } = error as { message: string; code?: string | number };
  const text = `${what}: ${message}`.slice(0, 300);
  const details = { reason: String(code ?? '') };
  if (/no such file|not found|550/i.test(message) && !/permission|denied/i.test(message))
    return new HubError('HUB_SOURCE_OBJECT_MISSING', text, details, { cause: error });
  if (/permission denied|access denied/i.test(message))
    return new HubError('HUB_SOURCE_NO_RIGHTS', text, details, { cause: error });
  if (/authentication|login incorrect|not logged in|530|certificate|self.signed/i.test(message))
    return new HubError('HUB_SOURCE_REFUSED', text, details, { cause: error });
  return new HubError('HUB_SOURCE_UNREACHABLE', text, details, { cause: error });
}
