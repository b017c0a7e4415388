import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rename, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RunContext } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { FolderConnection } from './config.ts';
import { fileSystemError, remoteFailure } from './failure.ts';
import {
  type FoundFile,
  isTimeKnown,
  isWanted,
  type KnownFile,
  type Listing,
  type Refused,
  siblingName,
  sortListing,
} from './listing.ts';
import { type OpenFile, openFile } from './open-file.ts';
import type { FilePlace } from './place.ts';
import type { RemotePlace } from './remote-config.ts';
import type { RemoteFile, RemoteSession } from './remote-session.ts';

async function sessionAt(remote: RemotePlace): Promise<RemoteSession> {
  if (remote.kind === 'sftp') return (await import('./sftp.ts')).openSftp(remote);
  return (await import('./ftp.ts')).openFtp(remote);
}

/** Enough for the file that is read, what lies beside it, and the one whose head the others are compared with. */
const SPOOLED = 6;
/** What stands for the digest of the first bytes: a finished file is not fetched again to be recognised. */
const REMOTE_HEAD = '';

/**
 * A folder on a server. Files are fetched whole into a private folder of this machine, checked against their listed size,
 * and read from there; the folder goes when the place is closed. Nothing is written, moved or deleted on the server.
 */
export function openRemotePlace(connection: FolderConnection, remote: RemotePlace, context: RunContext): FilePlace {
  let session: Promise<RemoteSession> | null = null;
  let spool: Promise<string> | null = null;
  const spooled: { readonly print: string; readonly path: string }[] = [];
  let count = 0;
  let listed: readonly (FoundFile | Refused)[] = [];

  const where = `${remote.kind}://${remote.host}:${remote.port}${connection.folder}`;
  /** A server that could not be reached is not tried again for each of its files: that is for the next run. */
  let unreached: unknown = null;
  const open = (): Promise<RemoteSession> => {
    if (unreached !== null) throw unreached;
    session ??= sessionAt(remote).catch((error: unknown) => {
      session = null;
      unreached = error;
      throw error;
    });
    return session;
  };
  const close = async (): Promise<void> => {
    const old = session;
    session = null;
    await (await old?.catch(() => null))?.close().catch(() => {});
  };
  const stop = (): void => void session?.then((one) => one.close()).catch(() => {});
  context.signal.addEventListener('abort', stop, { once: true });

  async function asked<T>(what: string, work: (session: RemoteSession) => Promise<T>): Promise<T> {
    context.signal.throwIfAborted();
    try {
      return await work(await open());
    } catch (error) {
      // A connection on which something failed may be out of step or closed: the next step gets a new one.
      await close();
      context.signal.throwIfAborted();
      throw remoteFailure(error, `${what} (${where})`);
    }
  }

  async function fetch(found: FoundFile): Promise<string> {
    const print = JSON.stringify([found.name, found.size, found.mtimeMs]);
    const known = spooled.find((one) => one.print === print);
    if (known !== undefined) return known.path;
    spool ??= mkdtemp(join(tmpdir(), `hub-spool-${process.pid}-`));
    count += 1;
    const path = join(await spool, String(count));
    await asked(`fetching ${found.name}`, async (one) => {
      const limited = noMoreThan(found);
      const spooling = createWriteStream(`${path}.part`, { mode: 0o600 });
      const written = pipeline(limited, spooling);
      await Promise.all([one.fetch(found.path, limited).then(() => limited.end()), written]).catch(
        async (error: unknown) => {
          const full = spooling.errored;
          const cause =
            full !== null && 'errno' in full ? fileSystemError(full, `${path}.part`) : (limited.errored ?? error);
          limited.destroy();
          await written.catch(() => {});
          throw cause;
        },
      );
    });
    const { size } = await stat(`${path}.part`);
    if (size !== found.size)
      throw new HubError(
        'HUB_SOURCE_READ_FAILED',
        `${found.name} came with ${size} bytes and was listed with ${found.size}`,
        { file: found.name, size, listed: found.size },
      );
    // The time of the server is the time at which its rows were so.
    if (isTimeKnown(found)) await utimes(`${path}.part`, found.mtimeMs / 1000, found.mtimeMs / 1000);
    await rename(`${path}.part`, path);
    spooled.push({ print, path });
    for (const old of spooled.splice(0, Math.max(0, spooled.length - SPOOLED))) await rm(old.path, { force: true });
    return path;
  }

  async function take(found: FoundFile): Promise<OpenFile> {
    const path = await fetch(found);
    const file = await openFile({ ...found, path });
    const { name, mtimeMs } = found;
    const sibling = async (ending: string): Promise<OpenFile | null> => {
      const other = beside(found, ending);
      return other === null ? null : take(other);
    };
    if (isTimeKnown(found)) return { ...file, name, mtimeMs, observedAt: mtimeMs, head: REMOTE_HEAD, sibling };
    return { ...file, name, mtimeMs, observedAt: context.now().getTime(), head: await digestOf(path), sibling };
  }

  function beside(found: FoundFile, ending: string): FoundFile | null {
    const name = siblingName(
      found,
      ending,
      listed.map((one) => one.name),
    );
    const file = listed.find((one) => one.name === name);
    return file === undefined || 'refused' in file ? null : file;
  }

  return {
    describe: () =>
      `${where}, read only${listed.some((one) => !('refused' in one) && !isTimeKnown(one)) ? '; the server tells no times of files: they are fetched in each run, size and content tell whether one has changed' : ''}`,
    async list(pattern, at): Promise<Listing> {
      unreached = null;
      listed = await asked('listing the folder', async (one) => {
        const entries = await one.list(connection.folder);
        const found = [];
        for (const entry of await withTimes(one, entries, connection.folder, pattern))
          found.push(entryOf(connection.folder, entry));
        return found;
      });
      return sortListing(connection, pattern, at, listed);
    },
    take,
    beside: async (found, ending) => beside(found, ending),
    known: ({ name, size, mtimeMs }): KnownFile | null =>
      isTimeKnown({ mtimeMs }) ? { name, size, mtimeMs, head: REMOTE_HEAD } : null,
    async [Symbol.asyncDispose]() {
      context.signal.removeEventListener('abort', stop);
      await close();
      if (spool !== null) await rm(await spool, { recursive: true, force: true });
    },
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const UNSAFE_NAME = /[/\\\u0000-\u001f\u007f]|^\.\.?$/;

/** Names come from the server: one that could lead elsewhere is refused, not cleaned. */
const entryOf = (folder: string, { name, size, mtimeMs, isFile }: RemoteFile): FoundFile | Refused => {
  if (UNSAFE_NAME.test(name))
    return {
      name: name.replace(/[^\p{L}\p{N}._-]/gu, '?'),
      refused: 'its name holds separators or control characters; rename it',
    };
  if (name.includes('\ufffd'))
    return { name, refused: 'its name is not UTF-8: over ftp set connection.remote.nameEncoding, such as gbk' };
  if (!isFile) return { name, refused: 'not a regular file' };
  return { name, size, mtimeMs: Math.floor(mtimeMs ?? 0), path: `${folder.replace(/\/$/, '')}/${name}` };
};

/** Asks for times that the listing does not tell, until the server says that it does not tell them either. */
async function withTimes(
  session: RemoteSession,
  entries: readonly RemoteFile[],
  folder: string,
  pattern: string,
): Promise<readonly RemoteFile[]> {
  const told: RemoteFile[] = [];
  let tells = session.modified !== undefined;
  for (const entry of entries) {
    const isAsked = tells && entry.isFile && entry.mtimeMs === null && isWanted(entry.name, pattern);
    const mtimeMs = isAsked
      ? ((await session.modified?.(`${folder.replace(/\/$/, '')}/${entry.name}`)) ?? null)
      : entry.mtimeMs;
    if (isAsked) tells = mtimeMs !== null;
    told.push({ ...entry, mtimeMs });
  }
  return told;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex').slice(0, 32);
}

function noMoreThan({ name, size }: FoundFile): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes <= size) done(null, chunk);
      else
        done(
          new HubError(
            'HUB_SOURCE_READ_FAILED',
            `${name} is longer than it was listed (${size} bytes): it is still being written, or the server lies`,
            { file: name, listed: size },
          ),
        );
    },
  });
}
