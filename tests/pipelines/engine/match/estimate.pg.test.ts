import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { estimateModel } from '../../../../pipelines/engine/match/estimate.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { personAt } from '../../../../runner/demo/world/person.ts';
import { openScene, type Row, type Scene } from '../scene.ts';

const WORLD = { persons: 800, entities: 0, seed: 63 };
let scene: Scene;
beforeAll(async () => {
  scene = await openScene(population);
  const rows = (system: string): Row[] =>
    Array.from({ length: WORLD.persons }, (_, index) => {
      const { name, birth, sex, ethnicity, regionCode, address, citizenNumber } = personAt(WORLD, index);
      const birthDate = `${birth.slice(0, 4)}-${birth.slice(4, 6)}-${birth.slice(6)}`;
      // Every tenth sex of the second system is wrong, every fourth address another one.
      const wrong = system === 'clinic' && index % 10 === 0;
      return {
        ...{ key: String(index), name, birthDate, ethnicity, residenceRegion: regionCode },
        sex: wrong ? String(3 - Number(sex)) : sex,
        residenceAddress: system === 'clinic' && index % 4 === 0 ? `${address}附${index}` : address,
        ...(system === 'shield' ? { citizenNumber } : {}),
      };
    });
  for (const system of ['shield', 'clinic']) await scene.take(await scene.source(system), rows(system));
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

test('finds the shares that the data were made with, without being told which rows belong together', async () => {
  const { model, matches, pairs } = await estimateModel(scene.pool, population, 'test', 10_000);
  expect(model.version).toBe('test');
  expect(pairs).toBeGreaterThan(700);
  expect(matches).toBeGreaterThan(0.3);
  expect(model.fields['sex']?.m[1]).toBeGreaterThan(0.05);
  expect(model.fields['sex']?.m[1]).toBeLessThan(0.15);
  expect(model.fields['address']?.m[1]).toBeGreaterThan(0.18);
  expect(model.fields['address']?.m[1]).toBeLessThan(0.32);
  expect(model.fields['sex']?.u[0]).toBeGreaterThan(0.45);
  expect(model.fields['sex']?.u[0]).toBeLessThan(0.55);
  expect(model.fields['birth']?.u[0]).toBeLessThan(0.001);
  for (const { m, u } of Object.values(model.fields))
    for (const all of [m, u]) expect(all.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 2);
});

test('the same records give the same estimate', async () => {
  const twice = [1, 2].map(() => estimateModel(scene.pool, population, 'test', 500));
  const [one, two] = await Promise.all(twice);
  expect(one).toEqual(two);
});

test('too few records are refused', async () => {
  await expect(estimateModel(scene.pool, population, 'test', 50)).rejects.toMatchObject({ code: 'HUB_CONFIG_INVALID' });
});
