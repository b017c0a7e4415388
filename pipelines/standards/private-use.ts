/**
 * Code points that GBK and the GB18030 editions of 2000 and 2005 gave in the private use area, and the characters that the
 * edition of 2022 gives for the same bytes: the difference of Node's `gbk` and `gb18030` decoders and of iconv-lite's table,
 * over all two-byte pairs. Written as pairs of hexadecimal numbers. U+E5E5 is left out: it lies in the area for users' own
 * characters.
 */
const STANDARD = `
e76c20ac e78dfe10 e78efe12 e78ffe11 e790fe13 e791fe14 e792fe15 e793fe16 e794fe17 e795fe18 e796fe19 e7c71e3f e7c801f9
e7e7303e e7e82ff0 e7e92ff1 e7ea2ff2 e7eb2ff3 e7ec2ff4 e7ed2ff5 e7ee2ff6 e7ef2ff7 e7f02ff8 e7f12ff9 e7f22ffa e7f32ffb
e8152e81 e8192e84 e81a3473 e81b3447 e81c2e88 e81d2e8b e81e9fb4 e81f359e e820361a e821360e e8222e8c e8232e97 e824396e
e8253918 e8269fb5 e82739cf e82839df e8293a73 e82a39d0 e82b9fb6 e82c9fb7 e82d3b4e e82e3c6e e82f3ce0 e8302ea7 e8329fb8
e8332eaa e8344056 e835415f e8362eae e8374337 e8382eb3 e8392eb6 e83a2eb7 e83c43b1 e83d43ac e83e2ebb e83f43dd e84044d6
e8414661 e842464c e8439fb9 e8444723 e8454729 e846477c e847478d e8482eca e8494947 e84a497a e84b497d e84c4982 e84d4983
e84e4985 e84f4986 e850499f e851499b e85249b7 e85349b6 e8549fba e8564ca3 e8574c9f e8584ca0 e8594ca1 e85a4c77 e85b4ca2
e85c4d13 e85d4d14 e85e4d15 e85f4d16 e8604d17 e8614d18 e8624d19 e8634dae e8649fbb`;

/** Private use even in the edition of 2022. Common libraries agree on these; not checked against the standard's own text. */
const BY_COMMON_USE: readonly (readonly [number, number])[] = [
  [0xe816, 0x20087],
  [0xe817, 0x20089],
  [0xe818, 0x200cc],
  [0xe831, 0x215d7],
  [0xe83b, 0x2298f],
  [0xe855, 0x241fe],
];

const TARGETS: ReadonlyMap<number, string> = new Map([
  ...STANDARD.trim()
    .split(/\s+/)
    .map((pair) => [Number.parseInt(pair.slice(0, 4), 16), Number.parseInt(pair.slice(4), 16)] as const)
    .map(([from, to]) => [from, String.fromCodePoint(to)] as const),
  ...BY_COMMON_USE.map(([from, to]) => [from, String.fromCodePoint(to)] as const),
]);

/** The character meant by a code point U+E000 to U+F8FF, or the same character when only the source's own font knows. */
export const fromPrivateUse = (code: number): string => TARGETS.get(code) ?? String.fromCharCode(code);

/** For documentation and tests. */
export const privateUseTable = (): ReadonlyMap<number, string> => TARGETS;
