import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { column, type FakeStream, rowsOf, systemOf } from './fake-source.ts';
import { openPullWorld, type PullWorld } from './pull-world.ts';

/* Records of a stream that feeds no base are keys that live, not messages. */

let world: PullWorld;
beforeAll(async () => {
  world = await openPullWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});
const stream = (count: number, change: Partial<FakeStream> = {}): FakeStream => ({
  columns: [column('ID'), column('NAME')],
  rows: rowsOf(count),
  ...change,
});
const living = async (system: string): Promise<number | null> =>
  (await world.pool.query('SELECT living::float8 AS living FROM hub.feed_stream WHERE system = $1', [system])).rows[0]
    ?.living;

test('a row that is read again is one record, and a new one is one more', async () => {
  const spec = systemOf('listed', { one: {} });
  await world.pull(spec, { one: stream(40, { portion: 7 }) });
  expect(await living('listed')).toBe(40);
  // Every read begins at the first row, and one has changed.
  const rows = rowsOf(41).map((row, at) => (at === 3 ? { ...row, NAME: 'changed' } : row));
  await world.pull(spec, { one: stream(41, { rows, repeats: true }) });
  await world.pull(spec, { one: stream(41, { rows, repeats: true }) });
  expect(await living('listed')).toBe(41);
});

test('rejected rows are none', async () => {
  await world.pull(systemOf('rejecting', { one: {} }), { one: stream(10, { bad: [2, 3] }) });
  expect(await living('rejecting')).toBe(8);
});
