import { dashed } from './calendar.ts';
import { breakCheck } from './check-digits.ts';
import { classAt, type Entity, entityAt } from './entity.ts';
import { type EntityClass, renamed } from './entity-names.ts';
import { happens } from './hash.ts';
import { addressIn } from './person.ts';
import {
  type Change,
  type Dice,
  dice,
  drawFault,
  type FaultKind,
  type Rates,
  type SampleRow,
  type SampleSystem,
  type SystemName,
} from './sample-system.ts';
import { impossibleDay, writtenName } from './spelling.ts';

const DUPLICATES = 8_000;
const HABITS = { separator: 300_000, syllable: 0 };

export const registerRates: Rates = [
  ['uscc-check', 4_000],
  ['uscc-missing', 15_000],
  ['impossible-date', 6_000],
];

/** What is written of an entity besides its number: one text a column, in their order. */
interface Written {
  readonly entity: Entity;
  /** null where the register has none. */
  readonly uscc: string | null;
  readonly name: string;
  readonly head: string;
  readonly address: string;
  readonly established: string;
  readonly d: Dice;
}

export interface Register {
  readonly name: SystemName;
  /** Sets its decisions apart from those of the other systems. */
  readonly id: number;
  readonly classes: readonly EntityClass[];
  /** Of these a million are in the register. */
  readonly known: number;
  readonly numberPrefix: string;
  /** The first is the number in the register, which identifies the row. */
  readonly titles: readonly string[];
  cells(written: Written): readonly (string | null)[];
}

/** A register of bodies that the market regulator does not know: one list, kept by hand, sent as a CSV file. */
export function register({ name, id, classes, known, numberPrefix, titles, cells }: Register): SampleSystem {
  return {
    name,
    base: 'legal-entity',
    columns: titles.map((title) => ({ name: title, type: '', title })),
    copies: (world, index) =>
      classes.includes(classAt(world, index)) && happens(world.seed, index, id * 100, known)
        ? 1 + Number(happens(world.seed, index, id * 100 + 1, DUPLICATES))
        : 0,
    row(world, index, copy, change: Change | null): SampleRow {
      const { seed } = world;
      const entity = entityAt(world, index);
      const d = dice(seed, index, copy, id);
      const drawn = drawFault(registerRates, seed, index, id * 10_000 + copy * 5_000 + 1);
      const fault = change === null ? drawn : null;
      const faults: FaultKind[] = fault === null ? [] : [fault];
      const { name: head, faults: spelling } = writtenName(entity.representative, null, HABITS, d, seed);
      faults.push(...spelling);
      const other = copy > 0 || d.happens(2, 25_000);
      if (other) faults.push('name-variant');
      const key = `${numberPrefix}${copy}${String(index).padStart(8, '0')}`;
      const uscc = fault === 'uscc-check' ? breakCheck(entity.uscc) : fault === 'uscc-missing' ? null : entity.uscc;
      const established =
        fault === 'impossible-date'
          ? dashed(impossibleDay(entity.established, d.below(3, 1000)))
          : dashed(entity.established);
      const address = change !== null ? addressIn(entity.county, change.round, index, id * 100 + 3) : entity.address;
      const written = { entity, uscc, name: other ? renamed(entity.name) : entity.name, head, address, established, d };
      return { key, cells: [key, ...cells(written)], index, copy, faults, numberOf: null };
    },
  };
}
