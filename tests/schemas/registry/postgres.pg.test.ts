import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { rawSchema } from '../../../schemas/avro.ts';
import { openPostgresRegistry } from '../../../schemas/registry/postgres.ts';
import { controlDatabase } from '../../runner/control/control-database.ts';
import { streamOf } from '../sample.ts';

let database: Awaited<ReturnType<typeof controlDatabase>>;
beforeAll(async () => {
  database = await controlDatabase();
}, 60_000);
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await database.pool.query('TRUNCATE hub.schema_text, hub.schema_version');
});
const open = () => openPostgresRegistry(database.pool);

const one = rawSchema('golden-tax', streamOf({ a: 'text' }));
const two = rawSchema('golden-tax', streamOf({ a: 'text', b: 'integer' }));
const changed = rawSchema('golden-tax', streamOf({ a: 'integer' }));

test('registers, finds by id and by subject, from another process too', async () => {
  const registry = open();
  expect(await registry.latest('s')).toBeNull();
  const first = await registry.register('s', one);
  const second = await registry.register('s', two);
  expect([first.version, second.version]).toEqual([1, 2]);
  expect(await open().byId(first.id)).toEqual(one);
  expect(await open().latest('s')).toEqual({ subject: 's', version: 2, id: second.id, schema: two });
});

test('the same schema has the same id everywhere, whatever the order of its keys', async () => {
  const first = await open().register('s', one);
  const turned = JSON.parse(JSON.stringify(one), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value,
  ) as typeof one;
  expect(JSON.stringify(turned)).not.toBe(JSON.stringify(one));
  expect(await open().register('s', turned)).toEqual(first);
  expect(await open().register('other', one)).toEqual({ id: first.id, version: 1 });
});

test('an older version registered again keeps its number', async () => {
  const registry = open();
  const first = await registry.register('s', one);
  await registry.register('s', two);
  expect(await registry.register('s', one)).toEqual(first);
  expect(await open().register('s', one)).toEqual(first);
  expect((await registry.latest('s'))?.version).toBe(2);
});

test('many processes that register at once agree', async () => {
  const subjects = ['p', 'q', 'r', 'p', 'q', 'r', 'p', 'q'];
  const answers = await Promise.all(subjects.map((subject) => open().register(subject, one)));
  expect(new Set(answers.map(({ id, version }) => `${id}/${version}`)).size).toBe(1);
  const columns = Array.from({ length: 10 }, (_, i) =>
    rawSchema('golden-tax', streamOf({ a: 'text', [`c${i}`]: 'text' })),
  );
  const versions = await Promise.all(columns.map((schema) => open().register('p', schema)));
  expect(versions.map(({ version }) => version).sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('an incompatible schema is refused with its path and leaves nothing behind', async () => {
  const registry = open();
  await registry.register('s', one);
  await expect(registry.register('s', changed)).rejects.toMatchObject({
    code: 'HUB_SCHEMA_INCOMPATIBLE',
    details: { path: '/a' },
  });
  const { rows } = await database.pool.query('SELECT count(*)::int AS n FROM hub.schema_text');
  expect(rows).toEqual([{ n: 1 }]);
  await registry.register('another', changed);
});

test('what is no Avro is refused', async () => {
  await expect(open().register('s', 'strin')).rejects.toMatchObject({ code: 'HUB_SCHEMA_INVALID' });
});

test.each([0, 4_000_000_000, -1])('id %d is unknown', async (id) => {
  await expect(open().byId(id)).rejects.toMatchObject({ code: 'HUB_SCHEMA_UNKNOWN' });
});
