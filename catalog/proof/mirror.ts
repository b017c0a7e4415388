import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HubError } from '../../schemas/kernel/errors.ts';
import { openCheckpoint, type Verifier } from './note.ts';
import type { LogFiles } from './stored.ts';
import { LONGEST_ENTRY, levelsOf, TILE_WIDTH, type Tile, tilePath, tilesAt } from './tiles.ts';

/* A log as static files: where an auditor keeps one, and where another hub serves one. */

const CHECKPOINT = 'checkpoint';
const fileOf = (tile: Tile): string => `tile/${tilePath(tile)}`;

const isMissing = (error: unknown): boolean => (error as { code?: string }).code === 'ENOENT';

/** @throws HUB_CONFIG_INVALID: it cannot be read */
export function folderLog(folder: string): LogFiles {
  const read = async (name: string): Promise<Buffer | null> => {
    try {
      return await readFile(join(folder, name));
    } catch (error) {
      if (isMissing(error)) return null;
      throw unreadable(folder, error);
    }
  };
  return {
    async checkpoint() {
      const bytes = await read(CHECKPOINT);
      if (bytes !== null) return bytes.toString('utf8');
      throw unreadable(folder, 'there is no file "checkpoint" in it');
    },
    tile: (tile) => read(fileOf(tile)),
  };
}

const unreadable = (folder: string, error: unknown): HubError => {
  const why = error instanceof Error ? error.message : String(error);
  return new HubError(
    'HUB_CONFIG_INVALID',
    `${folder} holds no log that can be read: ${why}`,
    { zh: `${folder} 中没有可读的日志：${why}`, allowed: 'a folder that `hub audit export` wrote, or another mirror' },
    { cause: error },
  );
};

const ANSWER_WITHIN_MS = 30_000;
const LARGEST_FILE = TILE_WIDTH * (LONGEST_ENTRY + 2);

/** @param url under which `checkpoint` and `tile/` are. @throws HUB_SOURCE_UNREACHABLE */
export function remoteLog(url: string, signal?: AbortSignal): LogFiles {
  const base = url.replace(/\/+$/, '');
  const read = async (name: string): Promise<Buffer | null> => {
    const address = `${base}/${name}`;
    const late = AbortSignal.timeout(ANSWER_WITHIN_MS);
    try {
      const answer = await fetch(address, { signal: signal === undefined ? late : AbortSignal.any([signal, late]) });
      if (answer.status === 404) return null;
      if (!answer.ok) throw unanswered(address, `it answers ${answer.status}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (bytes.length > LARGEST_FILE) throw unanswered(address, `it has ${bytes.length} bytes`);
      return bytes;
    } catch (error) {
      signal?.throwIfAborted();
      throw unanswered(address, error);
    }
  };
  return {
    async checkpoint() {
      const bytes = await read(CHECKPOINT);
      if (bytes !== null) return bytes.toString('utf8');
      throw unanswered(`${base}/${CHECKPOINT}`, 'there is nothing at this address');
    },
    tile: (tile) => read(fileOf(tile)),
  };
}

const unanswered = (address: string, error: unknown): HubError => {
  if (error instanceof HubError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HubError(
    'HUB_SOURCE_UNREACHABLE',
    `${address} gives no file of a log: ${why}`,
    {
      zh: `${address} 没有给出日志文件：${why}`,
      allowed: 'the address under which "checkpoint" and "tile/" are, such as https://HOST/log',
    },
    { cause: error },
  );
};

export interface Exported {
  readonly size: number;
  readonly written: number;
  /** Full ones that were there already. */
  readonly kept: number;
}

/**
 * Writes a log into a folder, as static files that any web server can serve. A folder that has a part of it is continued; the
 * checkpoint comes last, so that it never promises what is not there.
 */
export async function exportLog(
  files: LogFiles,
  { folder, verifier, signal }: { readonly folder: string; readonly verifier: Verifier; readonly signal?: AbortSignal },
): Promise<Exported> {
  const note = await files.checkpoint();
  const { size } = openCheckpoint(note, verifier);
  let [written, kept] = [0, 0];
  for (const level of ['entries', ...Array.from({ length: levelsOf(size) }, (_, one) => one)] as const)
    for (const tile of tilesAt(level, size)) {
      signal?.throwIfAborted();
      const path = join(folder, fileOf(tile));
      if (existsSync(path)) {
        kept += 1;
        continue;
      }
      const bytes = await files.tile(tile);
      if (bytes === null)
        throw new HubError('HUB_PROOF_INVALID', `${fileOf(tile)} is not in the log: \`hub audit verify\` says more`, {
          zh: `日志中没有 ${fileOf(tile)}：请运行 \`hub audit verify\``,
        });
      await replace(path, bytes);
      written += 1;
    }
  await replace(join(folder, CHECKPOINT), note);
  return { size, written, kept };
}

async function replace(path: string, content: Uint8Array | string): Promise<void> {
  const beside = `${path}.${createHash('sha256').update(path).digest('hex').slice(0, 8)}.part`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(beside, content);
  await rename(beside, path);
}
