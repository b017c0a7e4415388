import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { entityAsOf } from '../../../../pipelines/engine/reports/as-of.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { openScene, type Row, type Scene } from '../scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene(population);
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});

const NUMBER = '630102199003071236';
const take = async (system: string, ...rows: Row[]) => scene.take(await scene.source(system), rows);
const now = async (): Promise<string> => {
  const [row] = await scene.query<{ at: string }>(
    'SELECT to_char(clock_timestamp() AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') AS at',
  );
  return row?.at ?? '';
};
const DAY = 86_400_000;
const day = (n: number): number => Date.parse('2024-01-01T00:00:00Z') + n * DAY;
const iso = (n: number): string => new Date(day(n)).toISOString();

test('an entity as it was known, as it held, and as it was known about another time', async () => {
  const before = await now();
  await take('shield', { key: '1', at: day(10), citizenNumber: NUMBER, name: '才让', maritalStatus: '10' });
  const first = await now();
  await take('insurance', { key: 'x', at: day(5), citizenNumber: NUMBER, name: '才让', phone: '13912344552' });
  const second = await now();
  await take('shield', { key: '1', at: day(30), citizenNumber: NUMBER, name: '才让', maritalStatus: '20' });
  const third = await now();
  await take('insurance', { key: 'x', at: day(40), deleted: true });
  const [entity] = await scene.query<{ id: number }>('SELECT entity_id::int AS id FROM population.golden');
  const at = async (moment: { knownAt?: string; validAt?: string }) => {
    const found = await entityAsOf(scene.pool, population, entity?.id ?? 0, moment);
    return found === null
      ? null
      : [found.attributes['maritalStatus'], found.attributes['phone'] ?? null, found.sources];
  };
  expect(await at({})).toEqual(['20', null, 1]);
  expect(await at({ knownAt: before })).toBeNull();
  expect(await at({ knownAt: first })).toEqual(['10', null, 1]);
  expect(await at({ knownAt: second })).toEqual(['10', '13912344552', 2]);
  expect(await at({ knownAt: third })).toEqual(['20', '13912344552', 2]);
  expect(await at({ validAt: iso(7) })).toEqual([undefined, '13912344552', 1]);
  expect(await at({ validAt: iso(20) })).toEqual(['10', '13912344552', 2]);
  expect(await at({ validAt: iso(35) })).toEqual(['20', '13912344552', 2]);
  // In May nobody knew yet what had held in March.
  expect(await at({ validAt: iso(35), knownAt: second })).toEqual(['10', '13912344552', 2]);
});

test('an entity is known with the records that it had then, through a merge and a split', async () => {
  const [left, right] = ['632801197704052216', '630102194906010015'];
  await take('shield', { key: 'a', citizenNumber: left, name: '卓玛' });
  await take('insurance', { key: 'b', citizenNumber: right, name: '卓玛' });
  const idOf = async (key: string): Promise<number> => {
    const [row] = await scene.query<{ id: number }>(
      'SELECT entity_id::int AS id FROM population.source_record WHERE source_key = $1',
      [key],
    );
    return row?.id ?? 0;
  };
  const [a, b] = [await idOf('a'), await idOf('b')];
  const apart = await now();
  // The number of the second was a slip: both are one.
  await take('insurance', { key: 'b', at: day(50), citizenNumber: left, name: '卓玛' });
  expect(await idOf('b')).toBe(a);
  const together = await now();
  await take('insurance', { key: 'b', at: day(60), citizenNumber: right, name: '卓玛' });
  const again = await idOf('b');
  const at = async (id: number, knownAt: string) => {
    const found = await entityAsOf(scene.pool, population, id, { knownAt });
    return found === null ? null : [found.attributes['citizenNumber'], found.sources];
  };
  expect(await at(a, apart)).toEqual([left, 1]);
  expect(await at(b, apart)).toEqual([right, 1]);
  expect(await at(a, together)).toEqual([left, 2]);
  expect(await at(b, together)).toBeNull();
  expect(await at(a, await now())).toEqual([left, 1]);
  expect(await at(again, await now())).toEqual([right, 1]);
});

test('texts with tabs, line ends and backslashes come back whole', async () => {
  const name = 'a\\tb\tc\nd\\';
  await take('shield', { key: 'odd', at: day(1), name });
  const [row] = await scene.query<{ id: number }>(
    "SELECT entity_id::int AS id FROM population.source_record WHERE source_key = 'odd'",
  );
  const found = await entityAsOf(scene.pool, population, row?.id ?? 0, { knownAt: await now() });
  expect(found?.attributes['name']).toBe(name);
  expect(found?.winners['name']?.[1]).toBe('only');
});
