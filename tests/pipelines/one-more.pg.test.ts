import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCatalog } from '../../catalog/api/server.ts';
import { BASES } from '../../pipelines/bases.ts';
import { prepareBatch } from '../../pipelines/engine/ingest/prepare.ts';
import { scorecards } from '../../pipelines/engine/reports/scorecard.ts';
import { askSearch } from '../../pipelines/engine/reports/searches.ts';
import { compileMapping } from '../../pipelines/mapping.ts';
import type { BaseDefinition, Rule } from '../../pipelines/pipeline.ts';
import { population } from '../../pipelines/population/definition.ts';
import { elsewhere, isDistrusted } from '../../pipelines/rules.ts';
import type { HubBase } from '../../runner/compose.ts';
import { migrateHub } from '../../runner/control/migrate.ts';
import { askableRules } from '../../runner/quality/ask-rules.ts';
import { catalogBases } from '../../runner/services/descriptions.ts';
import { BASE_NAMES, type BaseName } from '../../schemas/base.ts';
import { formatEntityId } from '../../schemas/entity-id.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { createPseudonyms } from '../../schemas/masking/pseudonyms.ts';
import type { MappingEntry } from '../../schemas/system.ts';
import { encode, jsonDecoder, openScene, type Row, type Scene } from './engine/scene.ts';

/* Adding a rule and adding a base is as pipelines/README.md says: one object, and everything else follows. */

const TODAY = '2026-06-01';
const SEARCHED = 'P98';
const CHECKED = 'P99';

const noTestPersons: Rule = {
  ...{ id: CHECKED, version: 1, attribute: 'name', severity: 'E' },
  title: 'nobody is called as test data is',
  zh: '姓名不应为测试数据',
  basis: { zh: '测试约定', en: 'agreement on tests' },
  check: ({ name }) => (name === '测试' ? 'the name is that of test data' : null),
};
const noLonelyStreams = elsewhere('search', {
  ...{ id: SEARCHED, attribute: null, severity: 'W' },
  title: 'a stream gives more than one record',
  zh: '一个数据流的记录多于一条',
  basis: 'GB/T 0000',
});
const withOneMoreRule: BaseDefinition = {
  ...population,
  rules: [...population.rules, noLonelyStreams, noTestPersons],
  searches: {
    ...population.searches,
    [SEARCHED]: (schema) => `SELECT s.system || '/' || s.stream, 'has one record only', min(r.entity_id), s.system
      FROM ${schema}.source s JOIN ${schema}.source_record r USING (source_id) GROUP BY s.system, s.stream HAVING count(*) = 1`,
  },
};

const wells: BaseDefinition = {
  // The name is the one thing that stands outside the definition: in schemas/base.ts.
  name: 'wells' as BaseName,
  ...{ schema: 'wells', entityPrefix: 'W', title: { zh: '水井基础库', en: 'wells base' } },
  attributes: {
    code: { type: 'identifier', zh: '水井编码', en: 'code of the well', sensitivity: 1, authority: ['water'] },
    depth: { type: 'decimal', zh: '井深', en: 'depth', sensitivity: 1, authority: ['water'] },
  },
  rules: [
    {
      ...{ id: 'W01', version: 1, attribute: 'depth', severity: 'E' },
      title: 'a well has a depth of more than nothing',
      zh: '井深应大于零',
      basis: { zh: '常理', en: 'plausibility' },
      check: ({ depth }) => (Number(depth) > 0 ? null : `depth ${depth} is none`),
    },
  ],
  vetoes: [],
  linkSchemes: ['well'],
  linkKeys: ({ code }, issues) =>
    typeof code === 'string' && !isDistrusted(issues, 'code') ? [{ scheme: 'well', value: code }] : [],
};

/** Rows through the mapping and rules of the base, as a pipeline sends them. */
async function take(
  scene: Scene,
  system: string,
  mapping: Readonly<Record<string, MappingEntry>>,
  rows: readonly Row[],
): Promise<void> {
  const base = scene.definition;
  const source = await scene.source(system);
  const columns = Object.values(mapping).flatMap(({ from }) => from);
  const normalize = compileMapping(base, mapping, columns, { system, stream: 'rows' }, () => TODAY);
  const messages = rows.map((row, offset) => ({ offset, value: encode(row) }));
  const batch = { topic: source.topic, partition: 0, messages };
  await scene.ingestion.apply(source, await prepareBatch(batch, base, jsonDecoder, normalize));
}

/** The catalog over a hub whose list of bases is this one. */
async function openCatalog(scene: Scene, bases: readonly HubBase[]) {
  await migrateHub(scene.pool);
  return createCatalog({
    access: null,
    hub: scene.pool,
    bases: catalogBases({
      bases: new Map(bases.map((base) => [base.definition.name, base])),
      catalogPools: { hub: scene.pool, of: () => scene.pool },
      config: { http: { openLookup: false } },
      pseudonyms: createPseudonyms(Buffer.alloc(32)),
    }),
    log: silentLogger,
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    ready: async () => [],
  });
}

describe('one more rule', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(withOneMoreRule);
    await take(scene, 'registry', { name: { from: 'XM', as: 'text' } }, [{ key: '1', XM: '测试' }]);
  });
  afterAll(async () => scene[Symbol.asyncDispose]());

  test('is asked of every record, and what it finds keeps the value from becoming golden', async () => {
    const [stored] = await scene.query<{ issues: unknown; golden: unknown }>(
      'SELECT r.issues, g.attributes AS golden FROM population.source_record r JOIN population.golden g USING (entity_id)',
    );
    expect(stored?.issues).toContainEqual({
      ...{ rule: CHECKED, severity: 'E', attribute: 'name' },
      message: 'the name is that of test data',
    });
    expect(stored?.golden).not.toHaveProperty('name');
  });

  test('is counted in the scorecard under its titles', async () => {
    const [card] = await scorecards(scene.pool, 'population', withOneMoreRule.rules);
    expect(card?.rules).toContainEqual({
      ...{ rule: CHECKED, severity: 'E', records: 1 },
      ...{ title: noTestPersons.title, zh: noTestPersons.zh },
    });
  });

  test('is searched for with the others of its base', async () => {
    const rules = askableRules({ bases: new Map([[scene.definition.name, scene]]) });
    expect(rules).toContainEqual({
      ...{ scope: 'population', rule: SEARCHED, severity: 'W' },
      ...{ title: noLonelyStreams.title, zh: noLonelyStreams.zh },
    });
    const search = withOneMoreRule.searches?.[SEARCHED];
    if (search === undefined) throw new Error('the search is there');
    expect(await askSearch(scene.pool, withOneMoreRule, SEARCHED, search, { today: TODAY })).toMatchObject({
      found: 1,
    });
    expect(await scene.query('SELECT subject FROM population.feed_finding WHERE rule = $1', [SEARCHED])).toEqual([
      { subject: 'registry/rows' },
    ]);
  });

  test('is described in the API and, with what it rests on, in both languages on the page', async () => {
    const catalog = await openCatalog(scene, [scene]);
    try {
      const api = (await catalog.inject('/api/bases/population')).json<{ rules: unknown[] }>();
      expect(api.rules).toHaveLength(population.rules.length + 2);
      expect(api.rules).toContainEqual({
        ...{ id: CHECKED, severity: 'E', attribute: 'name', title: noTestPersons.title, zh: noTestPersons.zh },
        basis: 'agreement on tests',
      });
      const page = async (lang: string): Promise<string> =>
        (await catalog.inject(`/bases/population?lang=${lang}`)).body;
      expect(await page('zh')).toContain('测试约定');
      expect(await page('en')).toContain('agreement on tests');
    } finally {
      await catalog.close();
    }
  });
});

describe('one more base', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(wells);
    const mapping = { code: { from: 'BM', as: 'text' }, depth: { from: 'JS', as: 'decimal' } };
    await take(scene, 'water', mapping, [
      { key: '1', BM: 'J-1', JS: '12.5' },
      { key: '2', BM: 'J-2', JS: '0' },
    ]);
    await take(scene, 'farms', mapping, [{ key: 'a', BM: 'J-1', JS: '12.5' }]);
  });
  afterAll(async () => scene[Symbol.asyncDispose]());

  test('stores, links, checks and survives like the others', async () => {
    expect(await scene.partition()).toEqual(['farms/a water/1', 'water/2']);
    expect(await scene.query('SELECT attributes FROM wells.golden ORDER BY entity_id')).toEqual([
      { attributes: { code: 'J-1', depth: '12.5' } },
      { attributes: { code: 'J-2' } },
    ]);
  });

  test('takes the words of people like the others', async () => {
    const who = { by: '马主任', reason: '实地测量' };
    const { entityId } = await scene.stewardship.override({
      ...{ on: { row: 'water/rows 2' }, attribute: 'depth', value: '8', until: '2999-12-31' },
      ...who,
    });
    expect(await scene.query('SELECT attributes FROM wells.golden WHERE entity_id = $1', [entityId])).toEqual([
      { attributes: { code: 'J-2', depth: '8' } },
    ]);
  });

  test('is shown, looked up and explained by the catalog', async () => {
    const catalog = await openCatalog(scene, [scene]);
    try {
      expect((await catalog.inject('/api/bases/wells')).json()).toMatchObject({
        title: wells.title,
        attributes: [{ attribute: 'code' }, { attribute: 'depth', zh: '井深' }],
        rules: [{ id: 'W01', basis: 'plausibility' }],
      });
      const found = await catalog.inject({
        ...{ method: 'POST', url: '/api/bases/wells/lookup' },
        payload: { scheme: 'well', value: 'J-1' },
      });
      const id = formatEntityId('W', 1);
      expect(found.json()).toMatchObject({ matches: [{ id, sources: 2 }] });
      const why = await catalog.inject(`/api/bases/wells/entities/${id}/why`);
      expect(why.json()).toMatchObject({ records: [{ system: 'farms' }, { system: 'water' }] });
      expect((await catalog.inject('/bases/wells?lang=zh')).body).toContain('水井基础库');
      expect((await catalog.inject(`/bases/wells/entities/${id}`)).statusCode).toBe(200);
    } finally {
      await catalog.close();
    }
  });
});

test('every base of the list has its name in the shared vocabulary', () => {
  expect(BASES.map(({ name }) => name)).toEqual([...BASE_NAMES]);
});
