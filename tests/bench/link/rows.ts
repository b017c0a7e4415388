import { goldenInsurance } from '../../../runner/demo/world/golden-insurance.ts';
import { goldenShield } from '../../../runner/demo/world/golden-shield.ts';
import { happens } from '../../../runner/demo/world/hash.ts';
import { addressIn, personAt, type WorldOptions } from '../../../runner/demo/world/person.ts';
import { dice, drawFault, rowsOf, type SampleSystem } from '../../../runner/demo/world/sample-system.ts';
import { otherDay, writtenName } from '../../../runner/demo/world/spelling.ts';

export interface LinkRow {
  readonly system: 'shield' | 'insurance' | 'clinic';
  readonly key: string;
  /** The person whom the row is about. */
  readonly subject: number;
  /** By column. */
  readonly value: Readonly<Record<string, string | null>>;
}

const CLINIC = 7;
const RATES = [
  ['name-typo', 15_000],
  ['placeholder-date', 10_000],
  ['birth-mismatch', 10_000],
  ['sex-mismatch', 3_000],
] as const;

/** Columns of the third source, which is read with the mapping below. */
export const CLINIC_MAPPING = {
  citizenNumber: { from: 'SFZH', as: 'citizen-number' },
  name: { from: 'XM', as: 'person-name' },
  sex: { from: 'XB', as: 'sex' },
  ethnicity: { from: 'MZ', as: 'ethnicity' },
  birthDate: { from: 'CSRQ', as: 'chinese-date' },
  residenceRegion: { from: 'XZQH', as: 'region' },
  residenceAddress: { from: 'DZ', as: 'address' },
};

const dashed = (day: string): string => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;

/** Village clinics: most of the people, half of them without a number, written down by ear. */
function clinicRow(world: WorldOptions, index: number): LinkRow {
  const { seed } = world;
  const person = personAt(world, index);
  const d = dice(seed, index, 0, CLINIC);
  const fault = drawFault(RATES, seed, index, CLINIC * 10_000 + 1);
  const { name } = writtenName(person, fault, { separator: 120_000, syllable: 30_000 }, d, seed);
  let birth: string | null = dashed(person.birth);
  if (fault === 'birth-mismatch') birth = dashed(otherDay(person.birth, d.below(2, 1_000)));
  if (fault === 'placeholder-date') birth = `${birth.slice(0, 4)}-01-01`;
  if (d.happens(3, 10_000)) birth = null;
  const sex = (fault === 'sex-mismatch') === (person.sex === '1') ? '2' : '1';
  const elsewhere = d.happens(4, 250_000);
  return {
    ...{ system: 'clinic', key: `C${index}`, subject: index },
    value: {
      SFZH: d.happens(5, 500_000) ? null : person.citizenNumber,
      XM: name,
      XB: d.happens(6, 10_000) ? null : sex,
      MZ: person.ethnicity,
      CSRQ: birth,
      XZQH: d.happens(7, 20_000) ? null : person.regionCode,
      DZ: d.happens(8, 100_000) ? null : elsewhere ? addressIn(person.county, seed, index, 77) : person.address,
    },
  };
}

function* sampleRows(system: SampleSystem, name: 'shield' | 'insurance', world: WorldOptions): Generator<LinkRow> {
  const columns = system.columns.map((column) => column.name);
  for (const { key, index, cells } of rowsOf(system, world))
    yield {
      ...{ system: name, key, subject: index },
      value: Object.fromEntries(columns.map((column, c) => [column, cells[c] ?? null])),
    };
}

/** Rows of three systems about the same people; one in six has no usable number. */
export function* linkRows(world: WorldOptions): Generator<LinkRow> {
  yield* sampleRows(goldenShield, 'shield', world);
  yield* sampleRows(goldenInsurance, 'insurance', world);
  for (let index = 0; index < world.persons; index++)
    if (happens(world.seed, index, 90_001, 800_000)) yield clinicRow(world, index);
}
