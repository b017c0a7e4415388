import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { HubError } from '../../schemas/kernel/errors.ts';
import { fileSystemError } from './failure.ts';
import type { FoundFile } from './listing.ts';

const HEAD_BYTES = 64 * 1024;

/** A regular file opened for reading only. Reads are positional, so nothing depends on a shared cursor. */
export interface OpenFile extends AsyncDisposable {
  readonly name: string;
  /** For a process that opens it again. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** When its rows were so: its time, or that of reading when it has none. */
  readonly observedAt: number;
  /** Short SHA-256 of the first 64 KB: tells a replaced file from a known one. */
  readonly head: string;
  /** Fills `target` as far as the file goes; gives the number of bytes. */
  read(target: Buffer, position: number): Promise<number>;
  /** The file of the same name with another ending, such as `.dbf` beside a `.shp`; case does not matter. */
  sibling(ending: string): Promise<OpenFile | null>;
  /** @throws HUB_SOURCE_READ_FAILED when the file was modified since it was opened. */
  assertUnchanged(): Promise<void>;
}

export async function openFile(found: FoundFile): Promise<OpenFile> {
  let handle: FileHandle;
  try {
    // The path was resolved by the listing: a link put in its place since then is refused here, not followed.
    handle = await open(found.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw fileSystemError(error, found.path);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile())
      throw new HubError('HUB_SOURCE_OBJECT_MISSING', `${found.name} is not a regular file`, { file: found.name });
    const read = reader(handle, found.path);
    const start = Buffer.alloc(Math.min(HEAD_BYTES, stat.size));
    const length = await read(start, 0);
    const size = stat.size;
    const mtimeMs = Math.floor(stat.mtimeMs);
    return {
      name: found.name,
      path: found.path,
      size,
      mtimeMs,
      observedAt: mtimeMs,
      head: createHash('sha256').update(start.subarray(0, length)).digest('hex').slice(0, 32),
      read,
      // Who knows the place knows what lies beside it.
      sibling: async () => null,
      async assertUnchanged() {
        const now = await handle.stat();
        if (now.size === size && Math.floor(now.mtimeMs) === mtimeMs) return;
        throw new HubError(
          'HUB_SOURCE_READ_FAILED',
          `${found.name} was modified while it was read; it is read again from its start`,
          {
            file: found.name,
            sizeBefore: size,
            sizeNow: now.size,
          },
        );
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const reader =
  (handle: FileHandle, path: string) =>
  async (target: Buffer, position: number): Promise<number> => {
    let filled = 0;
    try {
      while (filled < target.length) {
        const { bytesRead } = await handle.read(target, filled, target.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
    } catch (error) {
      throw fileSystemError(error, path);
    }
    return filled;
  };
