import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  consistencyProof,
  EMPTY,
  EMPTY_ROOT,
  extend,
  type Hash,
  inclusionProof,
  isConsistent,
  isIncluded,
  leafHash,
  type NodeAt,
  rootOf,
} from '../../../catalog/proof/merkle.ts';
import { holds } from '../../pipelines/standards/seed.ts';

/* The tree as RFC 6962, section 2.1, defines it, word for word and slowly. */

const sha256 = (...parts: readonly Uint8Array[]): Hash => createHash('sha256').update(Buffer.concat(parts)).digest();

function naiveRoot(entries: readonly Uint8Array[]): Hash {
  if (entries.length === 0) return sha256();
  if (entries.length === 1) return sha256(Buffer.of(0), entries[0] as Uint8Array);
  const k = 2 ** Math.ceil(Math.log2(entries.length) - 1);
  return sha256(Buffer.of(1), naiveRoot(entries.slice(0, k)), naiveRoot(entries.slice(k)));
}

const nodesOf =
  (entries: readonly Uint8Array[]): NodeAt =>
  (height, index) => {
    const own = entries.slice(index * 2 ** height, (index + 1) * 2 ** height);
    expect(own).toHaveLength(2 ** height);
    return naiveRoot(own);
  };

/** Of the test vectors of Certificate Transparency, which every implementation of RFC 6962 carries. */
const ENTRIES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const A = '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7';
const B = '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e';
const C = '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4';
const D = 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b';
const E = 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0';
const F = '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a';

const treeOf = (entries: readonly Uint8Array[]) => extend(EMPTY, entries.map(leafHash));
const hex = (hashes: readonly Hash[]): readonly string[] => hashes.map((hash) => hash.toString('hex'));

describe('test vectors of RFC 6962', () => {
  test('roots', () => {
    expect(EMPTY_ROOT.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(ROOTS.map((_, size) => rootOf(treeOf(ENTRIES.slice(0, size + 1))).toString('hex'))).toEqual(ROOTS);
  });

  test.each([
    [0, 1, []],
    [0, 8, [A, B, C]],
    [5, 8, [D, E, ROOTS[3]]],
    [2, 3, [ROOTS[1]]],
    [1, 5, [ROOTS[0], B, D]],
  ] as const)('leaf %i in %i', (index, size, wanted) => {
    const proof = inclusionProof(index, size, nodesOf(ENTRIES));
    expect(hex(proof)).toEqual(wanted);
    const root = Buffer.from(ROOTS[size - 1] as string, 'hex');
    expect(isIncluded({ index, size, leaf: leafHash(ENTRIES[index] as Buffer), proof, root })).toBe(true);
  });

  test.each([
    [1, 1, []],
    [1, 8, [A, B, C]],
    [6, 8, [F, E, ROOTS[3]]],
    [2, 5, [B, D]],
  ] as const)('%i to %i', (older, newer, wanted) => {
    const proof = consistencyProof(older, newer, nodesOf(ENTRIES));
    expect(hex(proof)).toEqual(wanted);
    const at = (size: number) => ({ size, root: Buffer.from(ROOTS[size - 1] as string, 'hex') });
    expect(isConsistent({ older: at(older), newer: at(newer), proof })).toBe(true);
  });
});

const entries = fc.array(fc.uint8Array({ maxLength: 4 }), { minLength: 1, maxLength: 70 });
const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

describe('against the plain definition', () => {
  test('a tree that is continued has the root of the whole', () => {
    holds(
      fc.property(fc.array(entries, { maxLength: 4 }), (groups) => {
        const tree = groups.reduce((all, group) => extend(all, group.map(leafHash)), EMPTY);
        const all = groups.flat();
        expect(tree.size).toBe(all.length);
        expect(rootOf(tree).equals(naiveRoot(all))).toBe(true);
      }),
      100,
    );
  });

  test('an inclusion proof holds for its leaf, place, size and root, and for nothing else', () => {
    holds(
      fc.property(entries, fraction, fraction, (all, where, which) => {
        const size = all.length;
        const index = Math.floor(where * size);
        const leaf = leafHash(all[index] as Uint8Array);
        const claim = { index, size, leaf, root: naiveRoot(all), proof: inclusionProof(index, size, nodesOf(all)) };
        expect(isIncluded(claim)).toBe(true);
        const other = sha256(leaf);
        expect(isIncluded({ ...claim, leaf: other })).toBe(false);
        expect(isIncluded({ ...claim, root: other })).toBe(false);
        expect(isIncluded({ ...claim, index: size })).toBe(false);
        expect(isIncluded({ ...claim, index: -1 })).toBe(false);
        expect(isIncluded({ ...claim, proof: [...claim.proof, other] })).toBe(false);
        if (claim.proof.length === 0) return;
        const at = Math.floor(which * claim.proof.length);
        expect(isIncluded({ ...claim, proof: claim.proof.with(at, other) })).toBe(false);
        expect(isIncluded({ ...claim, proof: claim.proof.slice(1) })).toBe(false);
      }),
      150,
    );
  });

  test('a consistency proof holds for its two trees, and for nothing else', () => {
    holds(
      fc.property(entries, fraction, fraction, (all, where, which) => {
        const size = Math.floor(where * (all.length + 1));
        const [older, newer] = [all.slice(0, size), all].map((some) => ({ size: some.length, root: naiveRoot(some) }));
        if (older === undefined || newer === undefined) return;
        const proof = consistencyProof(older.size, newer.size, nodesOf(all));
        expect(isConsistent({ older, newer, proof })).toBe(true);
        const other = sha256(newer.root);
        expect(isConsistent({ older, newer, proof: [...proof, other] })).toBe(false);
        expect(isConsistent({ older: { ...older, root: other }, newer, proof })).toBe(false);
        if (older.size !== newer.size) expect(isConsistent({ older: newer, newer: older, proof })).toBe(false);
        if (proof.length === 0) return;
        expect(isConsistent({ older, newer: { ...newer, root: other }, proof })).toBe(false);
        expect(isConsistent({ older, newer, proof: proof.with(Math.floor(which * proof.length), other) })).toBe(false);
        expect(isConsistent({ older, newer, proof: proof.slice(0, -1) })).toBe(false);
      }),
      150,
    );
  });

  test('sizes above 2^32 are no matter', () => {
    const peaks = Array.from({ length: 34 }, (_, at) => sha256(Buffer.of(at)));
    const tree = extend({ size: 2 ** 34 - 1, peaks }, [leafHash(Buffer.of(1))]);
    expect([tree.size, tree.peaks.length]).toEqual([2 ** 34, 1]);
  });
});
