import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createCatalog } from '../../catalog/api/server.ts';
import { population } from '../../pipelines/population/definition.ts';
import { migrateHub } from '../../runner/control/migrate.ts';
import { openPseudonyms } from '../../runner/control/pseudonyms.ts';
import { catalogBases } from '../../runner/services/descriptions.ts';
import { formatEntityId } from '../../schemas/entity-id.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { openScene, type Scene } from '../pipelines/engine/scene.ts';

/* What somebody learns who reaches the catalog and knows nothing. */

const PEOPLE = 60;
const LEAST_CANDIDATES = 1_000;
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const numberOf = (index: number): string => {
  const digits = `630102${1950 + index}${String(1 + (index % 12)).padStart(2, '0')}${String(1 + (index % 28)).padStart(2, '0')}${String(101 + index)}`;
  const sum = WEIGHTS.reduce((all, weight, at) => all + weight * Number(digits[at]), 0);
  return `${digits}${'10X98765432'[sum % 11]}`;
};
const person = (index: number) => ({
  number: numberOf(index),
  card: `SB${700_000_000 + index * 137}`,
  name: `才让${'卓玛多杰扎西央金'[index % 8]}${'措吉加太'[index % 4]}`,
  phone: `139${String(10_000_000 + index * 97)}`,
  address: `青海省西宁市城东区八一路${index + 10}号${(index % 9) + 1}号楼`,
});
const everybody = Array.from({ length: PEOPLE }, (_, index) => person(index));

let scene: Scene;
let server: Awaited<ReturnType<typeof createCatalog>>;
beforeAll(async () => {
  scene = await openScene(population);
  await migrateHub(scene.pool);
  const source = await scene.source('insurance');
  const rows = everybody.map(({ number, card, name, phone, address }) => ({
    // The number of the card is the key of the source, and the file is called after a person.
    ...{ key: card, citizenNumber: number, socialSecurityNumber: card, name, phone, householdAddress: address },
    ...{ birthDate: `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`, sex: '1' },
    issues: JSON.stringify([
      { rule: 'P20', severity: 'W', attribute: null, message: `name ${name} and phone ${phone} stand under ${number}` },
    ]),
  }));
  await scene.take(source, rows);
  await scene.take(await scene.source('clinic'), [
    ...rows.slice(0, 3).map(({ key, citizenNumber: _, ...row }) => ({ ...row, key: `${key}-b`, issues: '[]' })),
    ...rows.slice(3, 6).map((row) => ({ ...row, key: `${row.key}-c`, name: '马英', issues: '[]' })),
  ]);
  server = await createCatalog({
    access: null,
    hub: scene.pool,
    bases: catalogBases({
      bases: new Map([['population', scene]]),
      catalogPools: { hub: scene.pool, of: () => scene.pool } as never,
      ...{ config: { http: { openLookup: false } }, pseudonyms: await openPseudonyms(scene.pool) },
    }),
    log: silentLogger,
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    ready: async () => [],
  });
});
afterAll(async () => {
  await server?.close();
  await scene[Symbol.asyncDispose]();
});

const get = async (url: string, accept = 'application/json'): Promise<string> =>
  (await server.inject({ url, headers: { accept } })).body;
const ids = async (): Promise<readonly string[]> =>
  (await scene.query<{ id: number }>('SELECT entity_id::float8 AS id FROM population.golden ORDER BY 1')).map(
    ({ id }) => formatEntityId('P', id),
  );

test('no open address holds a number, a card, a telephone number, a name or an address', async () => {
  const bodies = new Map<string, string>();
  for (const id of await ids())
    for (const path of ['', '/why', '/edges'])
      bodies.set(`${id}${path}`, await get(`/api/bases/population/entities/${id}${path}`));
  for (const id of await ids()) {
    bodies.set(`page ${id}`, await get(`/bases/population/entities/${id}`, 'text/html'));
    bodies.set(`english page ${id}`, await get(`/bases/population/entities/${id}?lang=en`, 'text/html'));
  }
  for (const path of ['/api/bases/population/review?limit=200', '/api/bases', '/api/bases/population', '/api/quality'])
    bodies.set(path, await get(path));
  for (const path of ['/bases/population/review', '/bases/population', '/', '/quality'])
    bodies.set(path, await get(path, 'text/html'));
  expect(bodies.size).toBeGreaterThan(PEOPLE * 4);
  expect([...bodies.values()].join('').length).toBeGreaterThan(100_000);
  for (const [where, body] of bodies)
    for (const { number, card, name, phone, address } of everybody)
      for (const secret of [number, card, name, phone, address])
        expect([where, secret, body.includes(secret)]).toEqual([where, secret, false]);
});

test('what is shown of a number leaves a thousand people and more, whatever else is shown', async () => {
  let least = Number.POSITIVE_INFINITY;
  for (const id of await ids()) {
    const { attributes } = JSON.parse(await get(`/api/bases/population/entities/${id}`)) as {
      attributes: readonly { attribute: string; value: string | null }[];
    };
    const shown = (name: string): string => attributes.find(({ attribute }) => attribute === name)?.value ?? '';
    const mask = shown('citizenNumber');
    if (mask === '') continue;
    const year = shown('birthDate').slice(0, 4);
    const isFree = (at: number): boolean => mask[at] === '*' && !(at >= 6 && at < 10 && /^\d{4}$/.test(year));
    // Month and day have 365 values; the check character follows from the others.
    const days = [10, 11, 12, 13].every(isFree) ? 365 : 1;
    const free = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14, 15, 16].filter(isFree).length;
    least = Math.min(least, days * 10 ** free);
  }
  expect(least).toBeGreaterThanOrEqual(LEAST_CANDIDATES);
});

test('nobody is asked for by guessing: 0 of 60', async () => {
  const answers = new Set<string>();
  for (const { number, card } of everybody) {
    const lookup = await server.inject({
      ...{ method: 'POST', url: '/api/bases/population/lookup', payload: { scheme: 'citizen', value: number } },
    });
    answers.add(`${lookup.statusCode} ${lookup.body.replaceAll(/"(?:requestId|instance)":"[^"]*"/g, '')}`);
    const form = await server.inject({
      ...{ method: 'POST', url: '/bases/population', payload: `scheme=citizen&value=${number}` },
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
    });
    expect([form.statusCode, form.body.includes('/entities/'), form.headers['location']]).toEqual([
      403,
      false,
      undefined,
    ]);
    const explain = await server.inject({
      ...{ method: 'POST', url: '/api/bases/population/explain' },
      payload: { left: `insurance/rows ${card}`, right: `insurance/rows ${card}` },
    });
    expect(explain.statusCode).toBe(404);
  }
  // Who is there is answered like who is not.
  const nobody = await server.inject({
    ...{ method: 'POST', url: '/api/bases/population/lookup', payload: { scheme: 'citizen', value: numberOf(71) } },
  });
  answers.add(`${nobody.statusCode} ${nobody.body.replaceAll(/"(?:requestId|instance)":"[^"]*"/g, '')}`);
  expect(answers.size).toBe(1);
  expect([...answers][0]).toMatch(/^403 .*HUB_CATALOG_CLOSED/);
});

test('two rows that nothing connects are not compared for strangers', async () => {
  const [first, second] = await scene.query<{ id: string }>(
    "SELECT record_id::text AS id FROM population.source_record WHERE source_key LIKE 'SB%' AND source_key NOT LIKE '%-%' ORDER BY record_id LIMIT 2",
  );
  const answer = await server.inject({
    ...{ method: 'POST', url: '/api/bases/population/explain', payload: { left: first?.id, right: second?.id } },
  });
  expect(answer.statusCode).toBe(404);
});
