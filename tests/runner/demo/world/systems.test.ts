import { describe, expect, test } from '@jest/globals';
import { DEFAULT_WORLD } from '../../../../runner/demo/world/options.ts';
import { personAt, type WorldOptions } from '../../../../runner/demo/world/person.ts';
import {
  FAULT_KINDS,
  type FaultKind,
  LEGACY_KINDS,
  rowsOf,
  SYSTEM_NAMES,
} from '../../../../runner/demo/world/sample-system.ts';
import { FAULT_RATES, SAMPLE_SYSTEMS } from '../../../../runner/demo/world/systems.ts';
import { countKnown, countRows, summaryOf, truthOf } from '../../../../runner/demo/world/truth.ts';

const WORLD: WorldOptions = { persons: 15_000, entities: 8_000, seed: 2025 };
const summary = summaryOf(WORLD);

describe.each(SYSTEM_NAMES)('%s', (name) => {
  const system = SAMPLE_SYSTEMS[name];
  const rows = [...rowsOf(system, WORLD)];

  test('has rows of its columns under keys of their own', () => {
    expect(rows.filter(({ cells }) => cells.length !== system.columns.length)).toEqual([]);
    expect(rows.filter(({ key, cells }) => key !== cells[0])).toEqual([]);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
    expect(countRows(WORLD, name)).toBe(rows.length);
  });

  test('makes any row again alone', () => {
    const some = rows.filter((_, at) => at % 97 === 0);
    expect(some.map((row) => system.row(WORLD, row.index, row.copy, null))).toEqual(some);
  });

  test('has faults at their rates, and counts them', () => {
    const { faults, rows: count } = summary.systems[name];
    expect(count).toBe(rows.length);
    for (const [kind, perMillion] of FAULT_RATES[name]) {
      const expected = (count * perMillion) / 1_000_000;
      const found = faults[kind] ?? 0;
      expect(found).toBeGreaterThan(0);
      // Some rows cannot have the fault that was drawn, so there is no tight lower bound.
      expect(found).toBeLessThan(expected + 5 * Math.sqrt(expected) + 1);
      expect(found).toBeGreaterThan(expected * 0.35 - 5 * Math.sqrt(expected));
    }
    const known: readonly string[] = [...FAULT_KINDS, ...LEGACY_KINDS];
    expect(Object.keys(faults).filter((kind) => !known.includes(kind))).toEqual([]);
    expect(summary.systems[name].duplicates).toBeGreaterThan(count / 500);
  });
});

test('the truth of a row is what the row shows', () => {
  const column = (row: readonly (string | null)[], name: string): string =>
    row[SAMPLE_SYSTEMS['golden-shield'].columns.findIndex((entry) => entry.name === name)] ?? '';
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const { key, cells, index, faults, numberOf } of rowsOf(SAMPLE_SYSTEMS['golden-shield'], WORLD)) {
    const person = personAt(WORLD, index);
    const owner = numberOf === null ? person : personAt(WORLD, numberOf);
    const free = (...kinds: readonly FaultKind[]): boolean => !kinds.some((kind) => faults.includes(kind));
    for (const kind of faults) seen.add(kind);
    const agrees = [
      [numberOf === null, free('number-collision')],
      [column(cells, 'GMSFHM') === owner.citizenNumber, free('check-digit', 'number-format')],
      [column(cells, 'CSRQ') === owner.birth, free('birth-mismatch', 'impossible-date')],
      [column(cells, 'XB') === owner.sex, free('sex-mismatch')],
      [column(cells, 'XM') === person.name, free('name-typo', 'placeholder-name', 'separator-variant')],
      [column(cells, 'HKSZD') === person.regionCode, free('unknown-region', 'former-region')],
    ].every(([isSo, shouldBe]) => isSo === shouldBe);
    if (!agrees) wrong.push(`${key} ${faults.join(' ')}`);
  }
  expect(wrong).toEqual([]);
  expect([...seen].sort()).toEqual([
    'birth-mismatch',
    'check-digit',
    'former-region',
    'impossible-date',
    'name-typo',
    'number-collision',
    'number-format',
    'placeholder-name',
    'separator-variant',
    'sex-mismatch',
    'unknown-region',
  ]);
});

test('the known are those with a row', () => {
  const persons = new Set<number>();
  const entities = new Set<number>();
  for (const { base, subject } of truthOf(WORLD)) (base === 'population' ? persons : entities).add(subject);
  expect(summary.entities).toEqual({ population: persons.size, 'legal-entity': entities.size });
  expect(countKnown(WORLD, 'population')).toBeLessThan(WORLD.persons);
});

test('two worlds with equal options are equal, with another seed not', () => {
  const small = { ...DEFAULT_WORLD, persons: 300, entities: 100 };
  const text = (world: WorldOptions): string =>
    JSON.stringify(SYSTEM_NAMES.flatMap((name) => [...rowsOf(SAMPLE_SYSTEMS[name], world)]));
  expect(text(small)).toBe(text({ ...small }));
  expect(text(small)).not.toBe(text({ ...small, seed: small.seed + 1 }));
});
