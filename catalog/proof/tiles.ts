import type { Hash } from './merkle.ts';
import { invalidProof } from './note.ts';

/* How C2SP tlog-tiles lays out a log: which tiles there are, what they are called, and what is in them. */

export const TILE_WIDTH = 256;
const HASH_BYTES = 32;
const HIGHEST_LEVEL = 63;

export interface Tile {
  /** `entries` is a bundle of the entries under a tile of level 0. */
  readonly level: number | 'entries';
  readonly index: number;
  /** Of 256, how much of it there is. */
  readonly width: number;
}

const ELEMENT = '(?:x\\d{3}/)*\\d{3}';
const PATH = new RegExp(`^(0|[1-9]\\d?|entries)/(${ELEMENT})(?:\\.p/([1-9]\\d{0,2}))?$`);

/** @param path what follows `tile/`. @returns null for what can be the name of no tile */
export function parseTilePath(path: string): Tile | null {
  const [, level = '', elements = '', partial] = PATH.exec(path) ?? [];
  if (elements === '') return null;
  const index = Number(elements.replaceAll(/[x/]/g, ''));
  const tile: Tile = {
    level: level === 'entries' ? 'entries' : Number(level),
    index,
    width: partial === undefined ? TILE_WIDTH : Number(partial),
  };
  if (!Number.isSafeInteger(index) || tile.width > TILE_WIDTH || tilePath(tile) !== path) return null;
  return tile.level === 'entries' || tile.level <= HIGHEST_LEVEL ? tile : null;
}

/** Under `tile/`. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const elements = padded.match(/\d{3}/g) ?? [];
  const name = elements.map((element, at) => (at === elements.length - 1 ? element : `x${element}`)).join('/');
  return `${level}/${name}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** How many hashes of this level a tree of `size` leaves has. */
export const hashesAt = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level);

/** The tiles of one level, in order; the last one may be partial. */
export function* tilesAt(level: number | 'entries', size: number): Generator<Tile> {
  const hashes = hashesAt(level === 'entries' ? 0 : level, size);
  for (let index = 0; index * TILE_WIDTH < hashes; index++)
    yield { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) };
}

/** Levels of a tree of `size` leaves that have a tile. */
export function levelsOf(size: number): number {
  let levels = 0;
  while (hashesAt(levels, size) > 0) levels += 1;
  return levels;
}

const LENGTH_BYTES = 2;
export const LONGEST_ENTRY = 0xffff;

/** Each entry with its length before it: a 16-bit number, the high byte first. */
export const bundleOf = (entries: readonly Uint8Array[]): Buffer =>
  Buffer.concat(
    entries.flatMap((entry) => {
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(entry.length);
      return [length, entry];
    }),
  );

/** @throws HUB_PROOF_INVALID: `tile` is not so many entries */
export function entriesIn(bundle: Uint8Array, tile: Tile): readonly Buffer[] {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + LENGTH_BYTES;
    const end = start <= bytes.length ? start + bytes.readUInt16BE(at) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) break;
    entries.push(bytes.subarray(start, end));
    at = end;
  }
  const used = entries.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0);
  if (entries.length !== tile.width || used !== bytes.length)
    throw invalidProof(
      `tile/${tilePath(tile)} holds ${entries.length} entries and ${bytes.length - used} bytes more, and should hold ${tile.width} entries: from entry ${tile.index * TILE_WIDTH + entries.length} on it is damaged`,
      `tile/${tilePath(tile)} 应有 ${tile.width} 个条目，实有 ${entries.length} 个，另余 ${bytes.length - used} 字节：自条目 ${tile.index * TILE_WIDTH + entries.length} 起已损坏`,
      { entry: tile.index * TILE_WIDTH + entries.length },
    );
  return entries;
}

/** @throws HUB_PROOF_INVALID: `tile` is not so many hashes */
export function hashesIn(bytes: Uint8Array, tile: Tile): readonly Hash[] {
  if (bytes.length !== tile.width * HASH_BYTES)
    throw invalidProof(
      `tile/${tilePath(tile)} has ${bytes.length} bytes, and should have ${tile.width * HASH_BYTES}`,
      `tile/${tilePath(tile)} 有 ${bytes.length} 字节，应有 ${tile.width * HASH_BYTES} 字节`,
      { tile: tilePath(tile) },
    );
  return splitHashes(bytes);
}

export const splitHashes = (bytes: Uint8Array): readonly Hash[] =>
  Array.from({ length: bytes.length / HASH_BYTES }, (_, at) =>
    Buffer.from(bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)),
  );
