import { hash32 } from './hash.ts';
import { MOST_PERSONS, type WorldOptions } from './person.ts';
import { type Change, peopleOf, type SampleRow, type SampleSystem, SYSTEM_NAMES } from './sample-system.ts';

/** In rows of a million. */
const DELTA_RATES = { updated: 10_000, deleted: 1_000, inserted: 5_000 } as const;

/** Police files are closed by a date of death and never removed. */
const deletes = (system: SampleSystem): boolean => system.name !== 'golden-shield';
const saltOf = (system: SampleSystem): number => 900 + SYSTEM_NAMES.indexOf(system.name);

/** What happens in a round to the first row about somebody. */
function fateOf(system: SampleSystem, round: number, index: number): 'updated' | 'deleted' | null {
  const draw = Math.floor((hash32(round, index, saltOf(system)) / 0x1_0000_0000) * 1_000_000);
  if (draw < DELTA_RATES.updated) return 'updated';
  return deletes(system) && draw < DELTA_RATES.updated + DELTA_RATES.deleted ? 'deleted' : null;
}

/** Indices beyond the world: a hundred rounds each have their own newcomers, then they repeat. */
function newcomers(system: SampleSystem, world: WorldOptions, round: number): { from: number; to: number } {
  const people = peopleOf(system, world);
  const count = Math.ceil((people * DELTA_RATES.inserted) / 1_000_000);
  const from = people + (round % 100) * count;
  const most = system.base === 'population' ? MOST_PERSONS : Number.POSITIVE_INFINITY;
  return { from: Math.min(from, most), to: Math.min(from + count, most) };
}

export function* insertedRows(system: SampleSystem, world: WorldOptions, change: Change): Generator<SampleRow> {
  const { from, to } = newcomers(system, world, change.round);
  for (let index = from; index < to; index++) {
    if (system.copies(world, index) > 0) yield system.row(world, index, 0, change);
  }
}

export function* updatedRows(system: SampleSystem, world: WorldOptions, change: Change): Generator<SampleRow> {
  const end = peopleOf(system, world);
  for (let index = 0; index < end; index++) {
    if (fateOf(system, change.round, index) === 'updated' && system.copies(world, index) > 0)
      yield system.row(world, index, 0, change);
  }
}

export function* deletedKeys(system: SampleSystem, world: WorldOptions, change: Change): Generator<string> {
  const end = peopleOf(system, world);
  for (let index = 0; index < end; index++) {
    if (fateOf(system, change.round, index) === 'deleted' && system.copies(world, index) > 0)
      yield system.row(world, index, 0, null).key;
  }
}

/** Seconds only, in the province's time. */
export const changeAt = (round: number, at: Date): Change => ({
  round,
  at: new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' '),
});
