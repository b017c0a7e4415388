import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listFindings, runSearches } from '../../../pipelines/engine/reports/searches.ts';
import { macroeconomic } from '../../../pipelines/macroeconomic/definition.ts';
import { openScene, type Scene } from '../engine/scene.ts';
import { TODAY } from '../rule-fixtures.ts';
import { describeSearches } from '../search-fixtures.ts';
import { fixturesToM16 } from './fixtures-m01-m16.ts';
import { fixturesFromM17 } from './fixtures-m17-m32.ts';
import { row } from './search-rows.ts';

describe('rules over many observations', () => {
  describeSearches(macroeconomic, { ...fixturesToM16, ...fixturesFromM17 });
});

describe('findings', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(macroeconomic);
  });
  afterAll(async () => {
    await scene[Symbol.asyncDispose]();
  });

  test('keep their first day while they are there, and go when they are mended; they name entity and system', async () => {
    const source = await scene.source('statistics', 'statistics');
    const rows = [row({ key: 'a', period: '2024-01', value: '10' }), row({ key: 'b', period: '2024-02', value: '8' })];
    await scene.take(source, rows);
    const ask = async () =>
      (await runSearches(scene.pool, macroeconomic, { today: TODAY })).find(({ rule }) => rule === 'M07');
    expect(await ask()).toMatchObject({ found: 1, isNew: 1, gone: 0 });
    const [before] = await listFindings(scene.pool, 'macro', 'M07', 1);
    expect(before).toMatchObject({ system: 'statistics', message: 'fell from 10 to 8' });
    expect(before?.entityId).not.toBeNull();
    expect(await ask()).toMatchObject({ found: 1, isNew: 0, gone: 0 });
    expect((await listFindings(scene.pool, 'macro', 'M07', 1))[0]?.firstFoundAt).toEqual(before?.firstFoundAt);
    await scene.take(source, [{ ...row({ period: '2024-02', value: '18' }), key: 'b', at: 1_700_000_000_001 }]);
    expect(await ask()).toMatchObject({ found: 0, gone: 1 });
  });
});
