import { below, happens } from './hash.ts';
import type { WorldOptions } from './person.ts';

export const SYSTEM_NAMES = [
  'golden-shield',
  'golden-insurance',
  'industry-commerce',
  'quality-codes',
  'golden-tax',
  'staffing-office',
  'civil-affairs',
] as const;
export type SystemName = (typeof SYSTEM_NAMES)[number];

/**
 * What is wrong with, or odd about, a row. The first group are faults: the row says something untrue. The second are
 * legacies: true, but written in a way that a hub has to understand.
 */
export const FAULT_KINDS = [
  'check-digit',
  'birth-mismatch',
  'sex-mismatch',
  'unknown-region',
  'impossible-date',
  'placeholder-date',
  'name-typo',
  'placeholder-name',
  'number-collision',
  'uscc-check',
  'organisation-check',
  'organisation-code-missing',
  'registration-check',
  'amount-unit',
  'representative-check',
] as const;
export const LEGACY_KINDS = [
  'fifteen-digit',
  'number-format',
  'separator-variant',
  'syllable-variant',
  'former-region',
  'name-variant',
  'uscc-missing',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number] | (typeof LEGACY_KINDS)[number];

/** One row of a department system, and the truth about it. */
export interface SampleRow {
  /** As the connector will name it. */
  readonly key: string;
  /** In the order of the columns. */
  readonly cells: readonly (string | null)[];
  /** The person or entity that the row is about. */
  readonly index: number;
  /** 0, or 1 for the second row about the same one. */
  readonly copy: number;
  readonly faults: readonly FaultKind[];
  /** Whose number the row bears, when it is not its own. */
  readonly numberOf: number | null;
}

/** A later state of a row: what differs is decided by the round. */
export interface Change {
  readonly round: number;
  /** `YYYY-MM-DD HH:MM:SS`, Asia/Shanghai. */
  readonly at: string;
}

export interface SampleColumn {
  readonly name: string;
  /** SQL type or DBF type such as `C(18)`; empty for CSV. */
  readonly type: string;
  /** 信息项. */
  readonly title: string;
}

export interface SampleSystem {
  readonly name: SystemName;
  readonly base: 'population' | 'legal-entity';
  readonly columns: readonly SampleColumn[];
  /** How many rows the system has about that one: 0, 1 or 2. Cheap. */
  copies(world: WorldOptions, index: number): number;
  row(world: WorldOptions, index: number, copy: number, change: Change | null): SampleRow;
}

export const peopleOf = (system: SampleSystem, world: WorldOptions): number =>
  system.base === 'population' ? world.persons : world.entities;

/** All rows in order, one in memory at a time. */
export function* rowsOf(system: SampleSystem, world: WorldOptions): Generator<SampleRow> {
  const end = peopleOf(system, world);
  for (let index = 0; index < end; index++) {
    const copies = system.copies(world, index);
    for (let copy = 0; copy < copies; copy++) yield system.row(world, index, copy, null);
  }
}

/** Kinds with their frequency in rows of a million. A row has at most one fault of a list. */
export type Rates = readonly (readonly [FaultKind, number])[];

export function drawFault(rates: Rates, seed: number, index: number, salt: number): FaultKind | null {
  let draw = below(seed, index, salt, 1_000_000);
  for (const [kind, perMillion] of rates) {
    draw -= perMillion;
    if (draw < 0) return kind;
  }
  return null;
}

/** Decisions of one system about one row, independent of those of the others. */
export interface Dice {
  below(salt: number, n: number): number;
  happens(salt: number, perMillion: number): boolean;
}

export const dice = (seed: number, index: number, copy: number, system: number): Dice => {
  const base = 10_000 * system + 5_000 * copy;
  return {
    below: (salt, n) => below(seed, index, base + salt, n),
    happens: (salt, perMillion) => happens(seed, index, base + salt, perMillion),
  };
};

/** A time of day, the same for the same draw. */
export const clock = (draw: number): string => {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(8 + (draw % 10))}:${two((draw >>> 4) % 60)}:${two((draw >>> 10) % 60)}`;
};
