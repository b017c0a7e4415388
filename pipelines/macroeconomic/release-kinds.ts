/** Stages in which a figure is released, in the order in which they follow each other. */
const STAGES: readonly (readonly [kind: string, words: readonly string[]])[] = [
  ['flash', ['快报', '快报数']],
  ['preliminary', ['初步', '初步核算', '初步核算数', '初步数']],
  ['verified', ['最终核实', '最终核实数', '年报', '年报数']],
  ['census', ['普查修订', '普查修订数']],
];

/** Each word with the place of its stage. */
export const RELEASE_KINDS: readonly (readonly [word: string, stage: number])[] = STAGES.flatMap(
  ([kind, words], stage) => [kind, ...words].map((word) => [word, stage] as const),
);
export const VERIFIED_STAGE = 2;
