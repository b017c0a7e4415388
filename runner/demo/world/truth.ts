import type { WorldOptions } from './person.ts';
import { type FaultKind, rowsOf, type SampleRow, SYSTEM_NAMES, type SystemName } from './sample-system.ts';
import { SAMPLE_SYSTEMS } from './systems.ts';

/** What a hub can never see for sure and the generator knows. */
export interface Truth {
  readonly system: SystemName;
  readonly base: 'population' | 'legal-entity';
  /** The row's key in its system. */
  readonly key: string;
  /** Index of the person or entity the row is about: rows with equal base and subject belong together. */
  readonly subject: number;
  readonly copy: number;
  readonly faults: readonly FaultKind[];
  readonly numberOf: number | null;
}

/** The truth about every row of the world as first loaded, system by system; a row at a time. */
export function* truthOf(world: WorldOptions, systems: readonly SystemName[] = SYSTEM_NAMES): Generator<Truth> {
  for (const system of systems) {
    const { base } = SAMPLE_SYSTEMS[system];
    for (const { key, index, copy, faults, numberOf } of rowsOf(SAMPLE_SYSTEMS[system], world)) {
      yield { system, base, key, subject: index, copy, faults, numberOf };
    }
  }
}

export interface SystemSummary {
  readonly rows: number;
  /** Rows about somebody who has another row in the same system. */
  readonly duplicates: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
}

export interface WorldSummary {
  readonly systems: Readonly<Record<SystemName, SystemSummary>>;
  /** Distinct persons and entities that at least one system knows: what a perfect hub would find. */
  readonly entities: Readonly<Record<'population' | 'legal-entity', number>>;
}

/** Counts rows as they pass. */
export class Tally {
  rows = 0;
  duplicates = 0;
  readonly faults: Partial<Record<FaultKind, number>> = {};

  add(row: SampleRow): void {
    this.rows += 1;
    if (row.copy > 0) this.duplicates += 1;
    for (const kind of row.faults) this.faults[kind] = (this.faults[kind] ?? 0) + 1;
  }

  summary(): SystemSummary {
    return { rows: this.rows, duplicates: this.duplicates, faults: { ...this.faults } };
  }
}

/** Rows of one system without making them. */
export function countRows(world: WorldOptions, system: SystemName): number {
  const { base, copies } = SAMPLE_SYSTEMS[system];
  const end = base === 'population' ? world.persons : world.entities;
  let rows = 0;
  for (let index = 0; index < end; index++) rows += copies(world, index);
  return rows;
}

/** How many persons or entities at least one system has a row about. */
export function countKnown(world: WorldOptions, base: 'population' | 'legal-entity'): number {
  const systems = SYSTEM_NAMES.map((name) => SAMPLE_SYSTEMS[name]).filter((system) => system.base === base);
  const end = base === 'population' ? world.persons : world.entities;
  let known = 0;
  for (let index = 0; index < end; index++) {
    if (systems.some((system) => system.copies(world, index) > 0)) known += 1;
  }
  return known;
}

/** Everything that can be known about the world without loading it: makes every row once. */
export function summaryOf(world: WorldOptions): WorldSummary {
  const tally = (name: SystemName): SystemSummary => {
    const counted = new Tally();
    for (const row of rowsOf(SAMPLE_SYSTEMS[name], world)) counted.add(row);
    return counted.summary();
  };
  return {
    systems: Object.fromEntries(SYSTEM_NAMES.map((name) => [name, tally(name)])) as WorldSummary['systems'],
    entities: {
      population: countKnown(world, 'population'),
      'legal-entity': countKnown(world, 'legal-entity'),
    },
  };
}
