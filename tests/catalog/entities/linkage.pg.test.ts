import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { entitySchema, whySchema } from '../../../catalog/api/base-schemas.ts';
import { edgesSchema, pairSchema, reviewSchema } from '../../../catalog/api/linkage-schemas.ts';
import { createCatalog } from '../../../catalog/api/server.ts';
import { entityAsOf } from '../../../pipelines/engine/reports/as-of.ts';
import { population } from '../../../pipelines/population/definition.ts';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { linkageOf } from '../../../runner/services/linkage.ts';
import { formatEntityId } from '../../../schemas/entity-id.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { createPseudonyms } from '../../../schemas/masking/pseudonyms.ts';
import { openScene, type Row, type Scene } from '../../pipelines/engine/scene.ts';

/* What the catalog tells of linkage, over a real base: edges, pairs, events, old ids, what waits, what stewards say. */

const NUMBER = '630102199003071236';
const OTHER = '630103198501024321';
const PERSON = {
  ...{ name: '才让卓玛', birthDate: '1990-03-07', sex: '2', ethnicity: '04' },
  ...{ residenceRegion: '630102', residenceAddress: '青海省西宁市城东区八一路12号3号楼' },
};

const pseudonyms = createPseudonyms(Buffer.alloc(32, 1));
let scene: Scene;
let server: Awaited<ReturnType<typeof createCatalog>>;
const take = async (system: string, ...rows: Row[]) => scene.take(await scene.source(system), rows);
const numbers = new Map<string, { record: number; entity: number }>();

async function note(): Promise<void> {
  const rows = await scene.query<{ key: string; record: number; entity: number }>(
    'SELECT source_key AS key, record_id::float8 AS record, entity_id::float8 AS entity FROM population.source_record',
  );
  for (const { key, record, entity } of rows) numbers.set(key, { record, entity });
}
const entityOf = (key: string): string => formatEntityId('P', numbers.get(key)?.entity ?? 0);
const recordOf = (key: string): number => numbers.get(key)?.record ?? 0;

beforeAll(async () => {
  scene = await openScene(population);
  await migrateHub(scene.pool);
  server = await createCatalog({
    access: null,
    hub: scene.pool,
    bases: [
      {
        ...{ name: population.name, schema: population.schema, title: population.title, pool: scene.pool },
        ...{ entityPrefix: 'P', attributes: population.attributes, linkSchemes: population.linkSchemes, rules: [] },
        ...{ people: true as const, pseudonyms, openLookup: true },
        past: (id, moment) => entityAsOf(scene.pool, population, id, moment),
        linkage: linkageOf(population, scene.pool),
      },
    ],
    log: silentLogger,
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    ready: async () => [],
  });
  // The keys of the first system are identity numbers.
  await take('shield', { key: NUMBER, citizenNumber: NUMBER, ...PERSON });
  await take('insurance', { key: 'x', citizenNumber: NUMBER, ...PERSON, phone: '13912344552' });
  await take('clinic', { key: 'a', ...PERSON });
  await note();
});
afterAll(async () => {
  await server?.close();
  await scene[Symbol.asyncDispose]();
});

async function answer<T extends z.ZodObject>(schema: T, url: string, payload?: object): Promise<z.infer<T>> {
  const reply = await server.inject(payload === undefined ? { url } : { method: 'POST', url, payload });
  expect([url, reply.statusCode]).toEqual([url, 200]);
  for (const number of [NUMBER, OTHER]) expect(reply.body).not.toContain(number);
  return z.strictObject(schema.shape).parse(reply.json()) as z.infer<T>;
}
const page = async (url: string): Promise<string> => {
  const reply = await server.inject({ url, headers: { accept: 'text/html' } });
  expect([url, reply.statusCode]).toEqual([url, 200]);
  for (const number of [NUMBER, OTHER, PERSON.name]) expect(reply.body).not.toContain(number);
  expect(reply.body).not.toContain('<script');
  return reply.body;
};
const api = '/api/bases/population';
const explain = (left: string, right: string) => answer(pairSchema, `${api}/explain`, { left, right });

describe('a pair', () => {
  test('fields with their bits and a running total that ends at the sum, the model, what was chosen', async () => {
    const pair = await explain('clinic/rows a', `shield/rows ${NUMBER}`);
    expect(pair).toMatchObject({ together: true, keys: [], vetoes: [], decision: null });
    expect(pair.left).toMatchObject({
      recordId: recordOf('a'),
      system: 'clinic',
      sourceKey: pseudonyms.of('clinic/rows a'),
      entity: entityOf('a'),
    });
    expect(pair.right.sourceKey).toBe(pseudonyms.of(`shield/rows ${NUMBER}`));
    expect(pair.choice).toEqual({ state: 'auto', model: 'population-3' });
    const { match } = pair;
    expect(match?.fields[0]).toMatchObject({ zh: '姓名', zhLevel: '相同', en: 'name', enLevel: 'the same', level: 0 });
    let total = 0;
    for (const one of match?.fields ?? []) {
      total += one.bits;
      expect(one.total).toBeCloseTo(total, 9);
    }
    expect(total).toBeCloseTo(match?.weight ?? 0, 9);
    expect(pair.values.find(({ attribute }) => attribute === 'name')).toMatchObject({
      ...{ left: { value: '才***', masked: true }, right: { value: '才***', masked: true }, agrees: true },
    });
    expect(pair.values.find(({ attribute }) => attribute === 'citizenNumber')).toMatchObject({
      left: null,
      agrees: null,
    });
  });

  test('by the numbers of its records: keys in common', async () => {
    const pair = await explain(String(recordOf('x')), String(recordOf(NUMBER)));
    expect(pair.keys).toEqual([{ code: 'citizen', zh: '公民身份号码', en: 'citizen number' }]);
  });

  test('a row that is not there is told without quoting it', async () => {
    const payload = { left: `shield/rows ${OTHER}`, right: 'clinic/rows a' };
    const reply = await server.inject({ method: 'POST', url: `${api}/explain`, payload });
    expect(reply.json()).toMatchObject({ code: 'HUB_CATALOG_NOT_FOUND' });
    expect(reply.statusCode).toBe(404);
    expect(reply.body).not.toContain(OTHER);
  });

  test('a page of it in both languages', async () => {
    const url = `/bases/population/pairs/${recordOf('a')}/${recordOf(NUMBER)}`;
    const chinese = await page(url);
    for (const text of ['同一主体', '逐项权重', '累计', '自动关联', 'population-3', '630102************'])
      expect(chinese).toContain(text);
    expect(await page(`${url}?lang=en`)).toContain('Running total');
  });
});

test('an entity: its edges, the weakest first, and the page that shows them', async () => {
  const found = await answer(edgesSchema, `${api}/entities/${entityOf('a')}/edges`);
  expect(found.edges.map(({ by, weakest, bridge }) => [by.code, weakest, bridge])).toEqual([
    ['match', true, false],
    ['match', false, false],
    ['citizen', false, false],
  ]);
  expect(found.edges[2]?.right.sourceKey).toBe(pseudonyms.of(`shield/rows ${NUMBER}`));
  const shown = await page(`/bases/population/entities/${entityOf('a')}`);
  for (const text of ['关联依据', '最弱', '无共同标识，按字段相似度关联', `/pairs/${recordOf('a')}/`])
    expect(shown).toContain(text);
});

test('what a steward says is told with who, why and until when; sources stay beside it', async () => {
  const done = await scene.stewardship.override({
    ...{ on: { row: 'insurance/rows x' }, attribute: 'phone', value: '13987654321', by: '马主任' },
    ...{ reason: `本人来电，${NUMBER}`, until: '2999-12-31' },
  });
  const why = await answer(whySchema, `${api}/entities/${entityOf('x')}/why`);
  expect(why.reasons.find(({ attribute }) => attribute === 'phone')).toMatchObject({
    ...{
      value: '139****4321',
      winner: null,
      conflict: true,
      rule: { code: 'steward', zh: expect.stringContaining('人工更正') },
    },
    override: {
      overrideId: done.overrideId,
      by: '马主任',
      reason: '本人来电，630102************',
      until: '2999-12-31',
    },
    others: [{ recordId: recordOf('x'), value: '139****4552', agrees: false }],
  });
  const shown = await page(`/bases/population/entities/${entityOf('x')}`);
  for (const text of ['人工更正', '马主任', '有效至 2999-12-31']) expect(shown).toContain(text);
  await scene.stewardship.withdrawOverride(done.overrideId, '马主任');
});

test('what waits: masked, with commands by the numbers of records', async () => {
  await take('shield', { key: OTHER, citizenNumber: OTHER, ...PERSON });
  await note();
  const { items } = await answer(reviewSchema, `${api}/review`);
  const [item] = items;
  expect(item).toMatchObject({ kind: { code: 'pair', zh: '疑似同一主体' }, row: { recordId: recordOf('a') } });
  expect(item?.candidates.map(({ recordId }) => recordId)).toContain(recordOf(OTHER));
  expect(item?.commands[0]).toMatch(/^hub review confirm population \d+ \d+ --by NAME --reason TEXT$/);
  expect((await answer(reviewSchema, `${api}/review?kind=large`)).items).toEqual([]);
  const shown = await page('/bases/population/review');
  for (const text of ['待人工核对', '疑似同一主体', 'hub review confirm population', '才***'])
    expect(shown).toContain(text);
  expect(await page('/bases/population')).toContain('/bases/population/review');
  expect((await server.inject(`${api}/review?kind=none`)).statusCode).toBe(400);
});

test('old ids: after a merge the survivor answers everywhere, after it is taken back each answers for itself', async () => {
  await take('clinic', { key: 'm1', name: '祁生梅', birthDate: '1963-08-09', sex: '2' });
  await take('tax', { key: 'm2', name: '祁小梅', birthDate: '1991-01-31', sex: '2' });
  await note();
  const [older, younger] = [entityOf('m1'), entityOf('m2')];
  await pause(5);
  const before = new Date().toISOString();
  await pause(5);
  const decision = { left: 'clinic/rows m1', right: 'tax/rows m2', by: '马主任', reason: '核对户口簿' } as const;
  const { decisionId } = await scene.stewardship.decide({ ...decision, kind: 'confirmed' });
  // What was known then is what the old id was then.
  const past = await server.inject(`${api}/entities/${younger}?asKnownAt=${before}`);
  expect(past.json()).toMatchObject({ id: younger, requested: younger, mergedInto: older, sources: 1 });
  for (const path of ['', '/why', '/edges', `?asKnownAt=${new Date(Date.now() + 1000).toISOString()}`]) {
    const reply = await server.inject(`${api}/entities/${younger}${path}`);
    expect([path, reply.json()]).toMatchObject([
      path,
      { id: older, requested: younger, mergedInto: older, splitInto: [] },
    ]);
  }
  const merged = await answer(edgesSchema, `${api}/entities/${younger}/edges`);
  expect(merged.edges).toMatchObject([{ by: { code: 'steward', zh: '经人工确认' }, bridge: true, weight: null }]);
  expect(merged.events).toMatchObject([{ kind: 'merge', id: older, other: younger, reason: { code: 'steward' } }]);
  const pair = await explain('clinic/rows m1', 'tax/rows m2');
  expect(pair.decision).toMatchObject({ kind: 'confirmed', by: '马主任', reason: '核对户口簿', waits: false });
  expect(pair.vetoes.map(({ id }) => id)).toContain('births-apart');

  await scene.stewardship.withdraw(decisionId, '马主任');
  await note();
  expect([entityOf('m1'), entityOf('m2')]).toEqual([older, younger]);
  expect(await answer(entitySchema, `${api}/entities/${older}`)).toMatchObject({
    mergedInto: null,
  });
  expect(await answer(entitySchema, `${api}/entities/${younger}`)).toMatchObject({ id: younger, mergedInto: null });
  expect((await answer(edgesSchema, `${api}/entities/${younger}/edges`)).events).toMatchObject([
    { kind: 'move', id: younger, other: older },
    { kind: 'merge', id: older, other: younger },
  ]);
  const shown = await page(`/bases/population/entities/${younger}`);
  for (const text of ['归并与拆分沿革', '并入', older]) expect(shown).toContain(text);
});
