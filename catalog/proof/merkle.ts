import { createHash } from 'node:crypto';

/* The Merkle tree of RFC 6962, section 2.1 (the same in RFC 9162): what it is, and what is proved with it. Pure. */

export type Hash = Buffer;

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

const sha256 = (...parts: readonly Uint8Array[]): Hash => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export const leafHash = (entry: Uint8Array): Hash => sha256(LEAF, entry);
const nodeHash = (left: Uint8Array, right: Uint8Array): Hash => sha256(NODE, left, right);
/** Of a tree without entries. */
export const EMPTY_ROOT: Hash = sha256();

/** A tree as far as it must be known to be continued: the roots of its complete subtrees, the largest and leftmost first. */
export interface Frontier {
  readonly size: number;
  readonly peaks: readonly Hash[];
}

export const EMPTY: Frontier = { size: 0, peaks: [] };

/** The tree with these leaves behind those that it has. */
export function extend(frontier: Frontier, leaves: readonly Hash[]): Frontier {
  const peaks = [...frontier.peaks];
  let { size } = frontier;
  for (const leaf of leaves) {
    let hash = leaf;
    // Sizes may be above 2^31: no operators on bits.
    for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(peaks.pop() as Hash, hash);
    peaks.push(hash);
    size += 1;
  }
  return { size, peaks };
}

export const rootOf = ({ peaks }: Frontier): Hash =>
  peaks.length === 0 ? EMPTY_ROOT : peaks.reduceRight((right, left) => nodeHash(left, right));

/** The root over these hashes, which may themselves be roots of complete subtrees of one height. */
export const rootOver = (hashes: readonly Hash[]): Hash => rootOf(extend(EMPTY, hashes));

/** The root of the complete subtree of this height that begins at leaf `index * 2^height`. */
export type NodeAt = (height: number, index: number) => Hash;

/** The largest power of two below `size`, as its exponent. */
function splitOf(size: number): number {
  let height = 0;
  while (2 ** (height + 1) < size) height += 1;
  return height;
}

/** The root over the leaves from `start` up to `end`, where `start` is a multiple of a power of two that is no less than their count. */
function rootOfRange(start: number, end: number, nodeAt: NodeAt): Hash {
  const size = end - start;
  const height = splitOf(size + 1);
  if (2 ** height === size) return nodeAt(height, start / size);
  const middle = start + 2 ** splitOf(size);
  return nodeHash(rootOfRange(start, middle, nodeAt), rootOfRange(middle, end, nodeAt));
}

/** That the leaf at `index` is in the tree of `size` leaves: the hashes beside its way up, the lowest first. */
export function inclusionProof(index: number, size: number, nodeAt: NodeAt): readonly Hash[] {
  const path: Hash[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + 2 ** splitOf(end - start);
    if (index < middle) {
      path.push(rootOfRange(middle, end, nodeAt));
      end = middle;
    } else {
      path.push(rootOfRange(start, middle, nodeAt));
      start = middle;
    }
  }
  return path.reverse();
}

/** That the tree of `older` leaves is the beginning of the tree of `size`. Nothing is to be proved where one of them is empty. */
export function consistencyProof(older: number, size: number, nodeAt: NodeAt): readonly Hash[] {
  if (older === 0 || older === size) return [];
  const path: Hash[] = [];
  let [start, end] = [0, size];
  while (end !== older) {
    const middle = start + 2 ** splitOf(end - start);
    if (older <= middle) {
      path.push(rootOfRange(middle, end, nodeAt));
      end = middle;
    } else {
      path.push(rootOfRange(start, middle, nodeAt));
      start = middle;
    }
  }
  // Who asks has the root of the older tree, where it is one complete subtree.
  if (start > 0) path.push(rootOfRange(start, end, nodeAt));
  return path.reverse();
}

const isOdd = (value: number): boolean => value % 2 === 1;
const half = (value: number): number => Math.floor(value / 2);
const same = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && Buffer.compare(a, b) === 0;

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leaf: Hash;
  readonly proof: readonly Hash[];
  readonly root: Hash;
}

/** RFC 9162, section 2.1.3.2. */
export function isIncluded({ index, size, leaf, proof, root }: Inclusion): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let [at, last] = [index, size - 1];
  let hash = leaf;
  for (const beside of proof) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      hash = nodeHash(beside, hash);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else hash = nodeHash(hash, beside);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(hash, root);
}

export interface Consistency {
  readonly older: { readonly size: number; readonly root: Hash };
  readonly newer: { readonly size: number; readonly root: Hash };
  readonly proof: readonly Hash[];
}

/** RFC 9162, section 2.1.4.2. */
export function isConsistent({ older, newer, proof }: Consistency): boolean {
  if (![older.size, newer.size].every((size) => Number.isSafeInteger(size) && size >= 0)) return false;
  if (older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && same(older.root, newer.root);
  if (older.size === 0) return proof.length === 0 && same(older.root, EMPTY_ROOT);
  let [at, last] = [older.size - 1, newer.size - 1];
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  const path = at === 0 ? [older.root, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined || proof.length === 0) return false;
  let [olderHash, newerHash] = [first, first];
  for (const beside of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      [olderHash, newerHash] = [nodeHash(beside, olderHash), nodeHash(beside, newerHash)];
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else newerHash = nodeHash(newerHash, beside);
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && same(olderHash, older.root) && same(newerHash, newer.root);
}
