import type { ErrorCode } from '../../schemas/kernel/errors.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import { isTlsFault } from '../http/tls-fault.ts';
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

/** Replies of FTP (RFC 959, 2228, 4217). Others that say no are a failed read. */
const FTP_REPLIES: Readonly<Record<number, ErrorCode>> = {
  421: 'HUB_SOURCE_UNREACHABLE',
  425: 'HUB_SOURCE_UNREACHABLE',
  426: 'HUB_SOURCE_READ_FAILED',
  430: 'HUB_SOURCE_REFUSED',
  431: 'HUB_SOURCE_REFUSED',
  530: 'HUB_SOURCE_REFUSED',
  532: 'HUB_SOURCE_REFUSED',
  534: 'HUB_SOURCE_REFUSED',
  535: 'HUB_SOURCE_REFUSED',
  550: 'HUB_SOURCE_OBJECT_MISSING',
  553: 'HUB_SOURCE_NO_RIGHTS',
};

/** Status of SFTP (draft-ietf-secsh-filexfer-02, section 7). */
const SFTP_STATUS: Readonly<Record<number, ErrorCode>> = {
  2: 'HUB_SOURCE_OBJECT_MISSING',
  3: 'HUB_SOURCE_NO_RIGHTS',
  4: 'HUB_SOURCE_READ_FAILED',
  6: 'HUB_SOURCE_UNREACHABLE',
  7: 'HUB_SOURCE_UNREACHABLE',
};

/** Where SSH failed: of these a person has to mend the login or what both sides can speak. */
const SSH_LEVELS: Readonly<Record<string, ErrorCode>> = {
  'client-authentication': 'HUB_SOURCE_REFUSED',
  handshake: 'HUB_SOURCE_REFUSED',
};

/**
 * What a failure of a server of files, or on the way to it, means, by codes alone: the texts are the server's, in its
 * language. Without one that says more, the server may answer later.
 * @param error with `code`: a reply of FTP, a status of SFTP, a code of the platform; or with the `level` of SSH.
 */
export function remoteFailure(error: unknown, what: string): HubError {
  if (isHubError(error)) return error;
  const { message, code, level } = error as { message: string; code?: string | number; level?: string };
  return new HubError(
    codeOfRemote(code, level),
    `${what}: ${message}`.slice(0, 300),
    { reason: String(code ?? level ?? '') },
    { cause: error },
  );
}

function codeOfRemote(code: string | number | undefined, level: string | undefined): ErrorCode {
  if (typeof code === 'number') return FTP_REPLIES[code] ?? SFTP_STATUS[code] ?? 'HUB_SOURCE_READ_FAILED';
  if (code !== undefined && isTlsFault(code)) return 'HUB_SOURCE_REFUSED';
  return SSH_LEVELS[level ?? ''] ?? 'HUB_SOURCE_UNREACHABLE';
}
