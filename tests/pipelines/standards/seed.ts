import fc from 'fast-check';

/** Set PROPERTY_SEED to repeat a failed run; every property names its seed. */
const SEED = Number(process.env['PROPERTY_SEED'] ?? Date.now() % 2_147_483_648);

/** Runs a property and, when it fails, says with which seed it fails again. */
export function holds<T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>, numRuns = 300): void {
  process.stdout.write(`property seed ${SEED}\n`);
  fc.assert(property, { seed: SEED, numRuns });
}

export const digits = (length: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((list) => list.join(''));

export const lettersOf = (alphabet: string, length: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...alphabet), { minLength: length, maxLength: length }).map((list) => list.join(''));
