import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { localToday } from '../../../../pipelines/calendar.ts';
import { prepareBatch } from '../../../../pipelines/engine/ingest/prepare.ts';
import { batchTrend } from '../../../../pipelines/engine/reports/scorecard.ts';
import { population } from '../../../../pipelines/population/definition.ts';
import { asIs, encode, jsonDecoder, openScene, type Row, type Scene } from '../scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene(population);
});
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await scene.query(
    'TRUNCATE population.batch, population.stream_total, population.batch_issue, population.quarantine',
  );
});

const issue = (rule: string, severity: string, attribute = 'name') => ({ rule, severity, attribute, message: 'm' });
const row = (key: string, ...issues: object[]): Row => ({ key, name: key, issues: JSON.stringify(issues) });
const P20 = issue('P20', 'W');
const P13 = issue('P13', 'E', 'sex');
const P01 = issue('P01', 'F', 'citizenNumber');

/** `rule severity records`, batch by batch. */
const counted = async (): Promise<readonly string[]> =>
  (
    await scene.query<{ line: string }>(
      `SELECT dense_rank() OVER (ORDER BY batch_id) || ' ' || rule || ' ' || severity || ' ' || records AS line
        FROM population.feed_batch_issue ORDER BY batch_id, rule, severity`,
    )
  ).map(({ line }) => line);

test('a rule counts once a record, whatever the number of its findings; rejected records count too', async () => {
  const source = await scene.source('counts');
  await scene.take(source, [
    row('1', P20, issue('P20', 'W', 'formerName'), P13),
    row('2', P20),
    row('3'),
    row('4', P01, P13),
  ]);
  await scene.take(source, [row('5', issue('P18', 'I'))]);
  expect(await counted()).toEqual([
    ...['1 * E 2', '1 * F 1', '1 * W 2', '1 P01 F 1', '1 P13 E 2', '1 P20 W 2'],
    ...['2 * I 1', '2 P18 I 1'],
  ]);
});

test('a batch without findings leaves nothing, and one that is seen again is not counted again', async () => {
  const source = await scene.source('again');
  await scene.take(source, [row('1')]);
  await scene.take(source, [row('2', P20)]);
  await scene.take(source, [row('1'), row('2', P20)], 0);
  expect(await counted()).toEqual(['1 * W 1', '1 P20 W 1']);
});

test('a replay counts what it finds with a batch of its own', async () => {
  const source = await scene.source('replayed');
  await scene.take(source, [row('1', P01)]);
  const batch = { topic: source.topic, partition: 0, messages: [{ offset: 0, value: encode(row('1', P20)) }] };
  await scene.ingestion.apply(source, await prepareBatch(batch, population, jsonDecoder, asIs), { replay: true });
  expect(await counted()).toEqual(['1 * F 1', '1 P01 F 1', '2 * W 1', '2 P20 W 1']);
});

test('the trend has the shares of a day; days without findings are days too', async () => {
  const source = await scene.source('daily');
  await scene.take(source, [row('1', P20, P13), row('2'), row('3', P20), row('4', P01)]);
  await scene.query(`UPDATE population.batch SET committed_at = committed_at - interval '2 days'`);
  await scene.take(source, [row('5'), row('6')]);
  const days = await batchTrend(scene.pool, 'population', 14);
  expect(days).toEqual([
    { day: localToday(), system: 'daily', stream: 'rows', read: 2, errors: 0, warnings: 0, rejected: 0 },
    { day: expect.any(String), system: 'daily', stream: 'rows', read: 4, errors: 1, warnings: 2, rejected: 1 },
  ]);
  expect(await batchTrend(scene.pool, 'population', 1)).toHaveLength(1);
});
