import { expect, test } from '@jest/globals';
import { openPseudonyms } from '../../../runner/control/pseudonyms.ts';
import { isPseudonym } from '../../../schemas/masking/pseudonyms.ts';
import { controlDatabase } from './control-database.ts';

test('every process of a hub calls a row the same, another hub calls it otherwise', async () => {
  await using one = await controlDatabase();
  await using other = await controlDatabase();
  const row = 'golden-insurance/insured 700000137';
  // Several start at once.
  const opened = await Promise.all([1, 2, 3].map(() => openPseudonyms(one.pool)));
  const names = new Set([...opened, await openPseudonyms(one.pool)].map((pseudonyms) => pseudonyms.of(row)));
  expect(names.size).toBe(1);
  expect([...names].every(isPseudonym)).toBe(true);
  expect((await openPseudonyms(other.pool)).of(row)).not.toBe([...names][0]);
});
