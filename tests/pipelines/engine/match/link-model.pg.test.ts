import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareModels } from '../../../../pipelines/engine/match/compare.ts';
import { estimateModel } from '../../../../pipelines/engine/match/estimate.ts';
import {
  listModels,
  type MatchingBase,
  nextVersion,
  readModel,
  requireMatching,
  saveModel,
} from '../../../../pipelines/engine/match/model.ts';
import { baseHash } from '../../../../pipelines/engine/reports/base-hash.ts';
import { legalEntity } from '../../../../pipelines/legal-entity/definition.ts';
import { macroeconomic } from '../../../../pipelines/macroeconomic/definition.ts';
import type { LinkModel } from '../../../../pipelines/matching.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { entityAt } from '../../../../runner/demo/world/entity.ts';
import { propertySeed } from '../../../contracts/source.contract.ts';
import { openScene, type Row, type Scene } from '../scene.ts';

const base: MatchingBase = requireMatching(population);
let scene: Scene;
beforeAll(async () => {
  scene = await openScene(population);
  for (const system of ['clinic', 'insurance', 'shield']) await scene.source(system);
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});
const emptyBase = () =>
  scene.query(`TRUNCATE population.entity, population.source_record, population.source_record_history, population.link_key,
    population.golden, population.entity_event, population.applied_position, population.batch, population.stream_total, population.block_open,
    population.block_anchored, population.choice, population.decision`);
beforeEach(async () => {
  await emptyBase();
  await scene.query('TRUNCATE population.link_model');
});

const NUMBER = '630102199003071236';
const OTHER = '630103198501024321';
const PERSON = { name: '才让卓玛', birthDate: '1990-03-07', sex: '2', residenceRegion: '630102' };
const take = async (system: string, ...rows: Row[]) => scene.take(await scene.source(system), rows);
const WHO = { by: '马主任', reason: '按本省数据估计' };

/** The built-in weights with other thresholds: more, or less, is linked by itself. */
const variant = (version: string, link: number): LinkModel => ({ ...base.matching.model, version, link });
const save = (model: LinkModel) =>
  saveModel(scene.pool, base, { model, records: 0, pairs: 0, iterations: 0, matches: 0 });
async function promote(version: string): Promise<number> {
  await scene.linkModels.promote({ version, ...WHO });
  for (let slices = 1; ; slices++) if ((await scene.linkModels.decideAnew()).done) return slices;
}

describe('a version', () => {
  test('is a proposal first, decides after its promotion, and gives way to the next; the built-in one is where a base begins', async () => {
    expect(await listModels(scene.pool, base)).toMatchObject([
      { version: 'population-3', builtIn: true, state: 'active', finished: true },
    ]);
    expect(await nextVersion(scene.pool, base)).toBe('population-4');
    await save(variant('population-4', 99));
    expect(await nextVersion(scene.pool, base)).toBe('population-5');
    await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
    await take('clinic', { key: 'a', ...PERSON });
    expect(await scene.partition()).toEqual(['clinic/a shield/1']);

    await promote('population-4');
    expect(await scene.partition()).toEqual(['clinic/a', 'shield/1']);
    expect(await scene.query('SELECT kind FROM population.entity_event')).toEqual([{ kind: 'split' }]);
    expect(await listModels(scene.pool, base)).toMatchObject([
      { version: 'population-3', state: 'retired', choices: 0 },
      { version: 'population-4', state: 'active', finished: true, choices: 1, promotedBy: '马主任' },
    ]);
    // The stream decides by it too.
    await take('clinic', { key: 'b', ...PERSON });
    expect(await scene.query('SELECT DISTINCT model, state FROM population.choice')).toEqual([
      { model: 'population-4', state: 'review' },
    ]);

    await promote('population-3');
    expect(await scene.partition()).toEqual(['clinic/a clinic/b shield/1']);
    expect(await scene.query('SELECT DISTINCT model FROM population.choice')).toEqual([{ model: 'population-3' }]);
    expect(await listModels(scene.pool, base)).toMatchObject([
      { version: 'population-3', builtIn: true, state: 'active' },
      { version: 'population-4', state: 'retired', choices: 0 },
    ]);
  });

  test('never changes: the same name twice, the active one again, one that is not there, a base without matching', async () => {
    await save(variant('population-4', 12));
    await expect(save(variant('population-4', 13))).rejects.toMatchObject({ code: 'HUB_LINK_MODEL' });
    await expect(save(variant('population-3', 13))).rejects.toMatchObject({ code: 'HUB_LINK_MODEL' });
    await expect(promote('population-3')).rejects.toMatchObject({ code: 'HUB_LINK_MODEL' });
    await expect(promote('population-9')).rejects.toMatchObject({
      ...{ code: 'HUB_CATALOG_NOT_FOUND', details: { allowed: ['population-3', 'population-4'] } },
    });
    expect(() => requireMatching(macroeconomic)).toThrow(expect.objectContaining({ code: 'HUB_CATALOG_NOT_FOUND' }));
  });

  test('that does not fit the fields of the program any more is refused', async () => {
    const { sex: _, ...fields } = base.matching.model.fields;
    await save({ ...variant('population-4', 12), fields });
    await expect(promote('population-4')).rejects.toMatchObject({ code: 'HUB_LINK_MODEL' });
    // A program that comes later may find it active: nothing is linked until another one is.
    await scene.query(`UPDATE population.link_model SET state = 'active'`);
    await expect(take('shield', { key: '1', ...PERSON })).rejects.toMatchObject({ code: 'HUB_LINK_MODEL' });
    await promote('population-3');
    await take('shield', { key: '1', ...PERSON });
    expect(await scene.partition()).toEqual(['shield/1']);
  });

  test('is compared before it decides: links gained and lost, who waits, nothing changed', async () => {
    await take(
      'shield',
      { key: '1', citizenNumber: NUMBER, ...PERSON },
      { key: '2', citizenNumber: OTHER, name: '马英' },
    );
    await take('clinic', { key: 'a', ...PERSON }, { key: 'b', name: '李娜', birthDate: '1961-05-05' });
    await save(variant('strict', 99));
    const before = await baseHash(scene.pool, population);
    const compared = await compareModels(scene.pool, base, 'strict', null);
    expect(compared).toMatchObject({
      ...{ version: 'strict', against: 'population-3', records: 2 },
      ...{ pairs: { kept: 0, gained: 0, lost: 1 }, review: { before: 0, after: 1 } },
      examples: { gained: [], lost: [{ rows: ['clinic/rows a', 'shield/rows 1'] }] },
    });
    expect(await compareModels(scene.pool, base, 'strict', 1)).toMatchObject({ records: 1 });
    expect(await baseHash(scene.pool, population)).toBe(before);
    await promote('strict');
    expect(await compareModels(scene.pool, base, 'population-3', null)).toMatchObject({
      ...{ against: 'strict', pairs: { kept: 0, gained: 1, lost: 0 }, review: { before: 1, after: 0 } },
    });
  });
});

test('a promotion that is interrupted goes on where it stood, and what the stream does meanwhile is decided by it', async () => {
  await take('shield', { key: '1', citizenNumber: NUMBER, ...PERSON });
  await take('clinic', { key: 'a', ...PERSON });
  // Records far apart: the slices go by record.
  await scene.query(`SELECT setval(pg_get_serial_sequence('population.source_record', 'record_id'), 50000)`);
  await take('shield', { key: '2', citizenNumber: OTHER, ...PERSON, name: '祁生梅', birthDate: '1963-08-09' });
  await take('clinic', { key: 'b', ...PERSON, name: '祁生梅', birthDate: '1963-08-09' });
  await save(variant('strict', 99));
  await scene.linkModels.promote({ version: 'strict', ...WHO });
  expect(await scene.linkModels.decideAnew()).toMatchObject({ done: false, records: 1 });
  expect(await scene.partition()).toEqual(['clinic/a', 'clinic/b shield/2', 'shield/1']);
  expect((await listModels(scene.pool, base)).find(({ version }) => version === 'strict')?.finished).toBe(false);
  await take('insurance', { key: 'x', ...PERSON });
  expect(await scene.partition()).toEqual(['clinic/a', 'clinic/b shield/2', 'insurance/x', 'shield/1']);
  // The same command again.
  expect(await promote('strict')).toBeGreaterThan(1);
  expect(await scene.partition()).toEqual(['clinic/a', 'clinic/b', 'insurance/x', 'shield/1', 'shield/2']);
});

test('after promotions the base says what a base says that was loaded anew under the last model', async () => {
  const seed = propertySeed('promotion');
  const people = [
    { ...PERSON, residenceAddress: '青海省西宁市城东区八一路12号' },
    { ...PERSON, name: '才让卓马', residenceAddress: '青海省西宁市城东区八一路12号' },
    { ...PERSON, birthDate: '1990-03-09', residenceAddress: '青海省西宁市城东区建国大街7号' },
    { name: '马英', birthDate: '1990-03-07', sex: '2', residenceRegion: '632121' },
    { ...PERSON, birthDate: '1990-01-01' },
  ];
  const row = fc.record({
    system: fc.constantFrom('clinic', 'insurance', 'shield'),
    person: fc.constantFrom(...people),
    number: fc.option(fc.constantFrom(NUMBER, OTHER), { freq: 2 }),
  });
  const links = [12, 24, 45, 60, 99];
  for (const link of links) await save(variant(`at-${link}`, link));
  const content = async (): Promise<unknown> => [
    await baseHash(scene.pool, population),
    await scene.query(`SELECT a.source_id || a.source_key || '>' || b.source_id || b.source_key AS pair, c.weight, c.state, c.model
      FROM population.choice c JOIN population.source_record a USING (record_id) JOIN population.source_record b ON b.record_id = c.other_id ORDER BY 1`),
  ];
  let changed = 0;
  let offset = 10_000;
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 3, maxLength: 14 }),
      fc.array(fc.constantFrom(...links), { minLength: 2, maxLength: 3 }),
      fc.nat({ max: 14 }),
      async (found, versions, later) => {
        const rows = found.map(({ system, person, number }, i) => ({
          system,
          row: { key: `k${i}`, ...person, ...(number === null ? {} : { citizenNumber: number }) } as Row,
        }));
        const load = async (some: readonly (typeof rows)[number][]): Promise<void> => {
          for (const one of some) await scene.take(await scene.source(one.system), [one.row], offset++);
        };
        const active = `at-${versions.at(-1)}`;
        await emptyBase();
        await load(rows.slice(later));
        for (const version of versions) {
          const before = await scene.partition();
          await promote(`at-${version}`).catch((error: { code: string }) => expect(error.code).toBe('HUB_LINK_MODEL'));
          if ((await scene.partition()).join() !== before.join()) changed += 1;
        }
        await load(rows.slice(0, later));
        const promoted = await content();
        await emptyBase();
        await load([...rows].reverse());
        expect((await listModels(scene.pool, base)).find(({ state }) => state === 'active')?.version).toBe(active);
        expect(promoted).toEqual(await content());
      },
    ),
    { seed, numRuns: Number(process.env['PROPERTY_RUNS'] ?? 12) },
  );
  expect(changed).toBeGreaterThan(0);
}, 300_000);

test('the legal entity base is estimated, kept and promoted like the other', async () => {
  await using own = await openScene(legalEntity);
  const WORLD = { persons: 2_000, entities: 600, seed: 7 };
  const rows = (system: string): Row[] =>
    Array.from({ length: WORLD.entities }, (_, index) => {
      const { name, uscc, representative, established, regionCode, address } = entityAt(WORLD, index);
      const establishedDate = `${established.slice(0, 4)}-${established.slice(4, 6)}-${established.slice(6)}`;
      return {
        ...{
          key: String(index),
          name,
          legalRepresentativeName: representative.name,
          establishedDate,
          region: regionCode,
        },
        ...{ address: index % 5 === 0 && system === 'tax' ? `${address}附${index}` : address },
        ...(system === 'commerce' ? { uscc } : {}),
      };
    });
  for (const system of ['commerce', 'tax']) await own.take(await own.source(system), rows(system));
  const other = requireMatching(legalEntity);
  const estimate = await estimateModel(own.pool, other, await nextVersion(own.pool, other), 10_000);
  expect(estimate.model.version).toBe('legal-entity-3');
  expect(estimate.pairs).toBeGreaterThan(400);
  expect(estimate.model.fields['address']?.m[1]).toBeGreaterThan(0.1);
  await saveModel(own.pool, other, estimate);
  expect(await readModel(own.pool, other, 'legal-entity-3')).toEqual(estimate.model);
  await own.linkModels.promote({ version: 'legal-entity-3', ...WHO });
  while (!(await own.linkModels.decideAnew()).done);
  const together = (await own.partition()).filter((keys) => keys.includes(' ')).length;
  expect(together).toBeGreaterThan(500);
});
