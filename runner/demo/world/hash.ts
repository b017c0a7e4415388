/*
 * Every fact of the world is a pure function of (seed, index, salt): nothing is held in memory, and any row can be made
 * again alone. Two rounds of the murmur3 finaliser; not for secrets.
 */

/* Global look-ups are slow in the contexts that tests run in, and this is the hottest place. */
const { imul, floor } = Math;

/** 32 even bits. `salt` names the decision, so that decisions about one index are independent. */
export function hash32(seed: number, index: number, salt: number): number {
  let h = imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ imul(salt + 0x165667b1, 0xc2b2ae35);
  h = imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h ^= imul(index + 0x27d4eb2f, 0x9e3779b1);
  h = imul(h ^ (h >>> 16), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = imul(h ^ (h >>> 16), 0x7feb352d);
  return (h ^ (h >>> 15)) >>> 0;
}

/** 0 to n-1. */
export const below = (seed: number, index: number, salt: number, n: number): number =>
  floor((hash32(seed, index, salt) / 0x1_0000_0000) * n);

export function pick<T>(list: readonly T[], seed: number, index: number, salt: number): T {
  return list[below(seed, index, salt, list.length)]!;
}

/** True for `perMillion` of a million indices. */
export const happens = (seed: number, index: number, salt: number, perMillion: number): boolean =>
  below(seed, index, salt, 1_000_000) < perMillion;

/** (index * factor + offset) mod size without losing digits: one to one over 0 to size-1 when factor and size are coprime. */
export const spread = (index: number, factor: number, offset: number, size: number): number =>
  Number((BigInt(index) * BigInt(factor) + BigInt(offset)) % BigInt(size));

/** A list with weights as a drawing function. */
export function weighted<T>(entries: readonly (readonly [T, number])[]): (draw: number) => T {
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  const table: T[] = [];
  let reached = 0;
  for (const [value, weight] of entries) {
    reached += weight;
    while (table.length < Math.round((reached / total) * 4096)) table.push(value);
  }
  /** `draw`: the 32 bits of `hash32`. */
  return (draw) => table[draw >>> 20]!;
}
