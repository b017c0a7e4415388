import { EMPTY, extend, type Hash, leafHash, rootOf, rootOver } from './merkle.ts';
import { type Checkpoint, invalidProof, openCheckpoint, type Verifier } from './note.ts';
import type { LogFiles } from './stored.ts';
import { entriesIn, hashesIn, TILE_WIDTH, type Tile, tilePath, tilesAt } from './tiles.ts';

export interface Verified extends Checkpoint {
  /** Size of the older checkpoint of which the log was shown to be the continuation. */
  readonly since: number | null;
}

export interface VerifyOptions {
  readonly verifier: Verifier;
  /** An older checkpoint of the same log, which its verifier has opened. */
  readonly since?: Checkpoint | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the log is not, the first in its order. */
interface Fault {
  readonly entry: number;
  readonly tile: string;
  readonly en: string;
  readonly zh: string;
}

/**
 * Reads a whole log, bundle by bundle: each entry hashes to its tile, each tile to the one above, all of them to the root that is
 * signed. Memory is that of one bundle and a tile a level.
 * @throws HUB_PROOF_INVALID, with `entry` in its details where it is known which one is the first that is wrong
 */
export async function verifyLog(files: LogFiles, { verifier, since, signal }: VerifyOptions): Promise<Verified> {
  const checkpoint = openCheckpoint(await files.checkpoint(), verifier);
  const { size } = checkpoint;
  if (since !== undefined && since.size > size)
    throw invalidProof(
      `The log has ${size} entries and had ${since.size} when the older checkpoint was signed: from entry ${size} on they were cut off`,
      `日志现有 ${size} 个条目，较早的检查点签署时有 ${since.size} 个：自条目 ${size} 起被截去`,
      { entry: size },
    );
  const walk = createWalk(files);
  let tree = EMPTY;
  let rootThen: Hash | null = since?.size === 0 ? rootOf(tree) : null;
  for (const bundle of tilesAt('entries', size)) {
    signal?.throwIfAborted();
    const leaves = entriesIn(await required(files, bundle), bundle).map(leafHash);
    await walk.bundle(bundle, leaves);
    const inside = (since?.size ?? -1) - tree.size;
    if (inside > 0 && inside <= leaves.length) rootThen = rootOf(extend(tree, leaves.slice(0, inside)));
    tree = extend(tree, leaves);
  }
  await walk.end();
  const isSigned = rootOf(tree).equals(checkpoint.root);
  if (walk.fault !== null || !isSigned) throw explain(walk.fault, isSigned, size);
  if (since !== undefined && rootThen?.equals(since.root) !== true)
    throw invalidProof(
      `The first ${since.size} entries are not those that the older checkpoint was signed over: some of them were changed since`,
      `前 ${since.size} 个条目与较早检查点签署时不同：其中有条目在此之后被改动`,
      { entry: null, since: since.size },
    );
  return { ...checkpoint, since: since?.size ?? null };
}

function explain(fault: Fault | null, isSigned: boolean, size: number): Error {
  if (fault === null)
    return invalidProof(
      `The ${size} entries and the tiles agree with each other, and not with the root that is signed: entries were changed and the tiles made anew, or the last entries were cut off or put in. A mirror tells which`,
      `${size} 个条目与各树块相互一致，但与签名的根哈希不符：条目被改动后重建了树块，或末尾被截去、添入。与镜像比对可知是哪些`,
      { entry: null },
    );
  const { entry, tile, en, zh } = fault;
  return isSigned
    ? invalidProof(
        `Every entry is the one that was signed, but tile/${tile} is not what follows from them: ${en}`,
        `各条目均与签名一致，但 tile/${tile} 与条目不符：${zh}`,
        { entry: null, tile },
      )
    : invalidProof(`Entry ${entry} is the first that is wrong: ${en}`, `条目 ${entry} 是第一个有误的条目：${zh}`, {
        ...{ entry, tile },
      });
}

async function required(files: LogFiles, tile: Tile): Promise<Uint8Array> {
  const bytes = await files.tile(tile);
  if (bytes !== null) return bytes;
  const path = `tile/${tilePath(tile)}`;
  const level = tile.level === 'entries' ? 0 : tile.level;
  const entry = tile.index * TILE_WIDTH ** (level + 1);
  throw invalidProof(
    `${path} is not there: entries from ${entry} on cannot be verified`,
    `缺少 ${path}：自条目 ${entry} 起无法校验`,
    { entry, tile: tilePath(tile) },
  );
}

/** Compares every tile with what follows from the entries. */
function createWalk(files: LogFiles) {
  /** By level, what was computed of the tile that is not full yet, and which one it is. */
  const open: { index: number; hashes: Hash[] }[] = [];
  let fault: Fault | null = null;

  async function compare(tile: Tile, computed: readonly Hash[]): Promise<void> {
    if (fault !== null) return;
    const stored = hashesIn(await required(files, tile), tile);
    const at = stored.findIndex((hash, place) => computed[place]?.equals(hash) !== true);
    if (at < 0) return;
    const level = tile.level as number;
    const under = TILE_WIDTH ** level;
    const entry = (tile.index * TILE_WIDTH + at) * under;
    const path = tilePath(tile);
    fault =
      level === 0
        ? {
            ...{ entry, tile: path },
            en: `it does not hash to what tile/${path} has for it`,
            zh: `其哈希与 tile/${path} 中的不符`,
          }
        : {
            ...{ entry, tile: path },
            en: `it or one of the ${under - 1} after it was changed with its tile, which tile/${path} shows`,
            zh: `它或其后 ${under - 1} 个条目之一连同树块被改动，tile/${path} 可证`,
          };
  }

  async function put(level: number, hash: Hash): Promise<void> {
    open[level] ??= { index: 0, hashes: [] };
    const tile = open[level];
    tile.hashes.push(hash);
    if (tile.hashes.length < TILE_WIDTH) return;
    await compare({ level, index: tile.index, width: TILE_WIDTH }, tile.hashes);
    const root = rootOver(tile.hashes);
    open[level] = { index: tile.index + 1, hashes: [] };
    await put(level + 1, root);
  }

  return {
    get fault(): Fault | null {
      return fault;
    },
    async bundle({ index, width }: Tile, leaves: readonly Hash[]): Promise<void> {
      await compare({ level: 0, index, width }, leaves);
      if (width === TILE_WIDTH) await put(1, rootOver(leaves));
    },
    async end(): Promise<void> {
      for (const [level, tile] of open.entries())
        if (tile !== undefined && tile.hashes.length > 0)
          await compare({ level, index: tile.index, width: tile.hashes.length }, tile.hashes);
    },
  };
}
