import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Hub, openHub } from '../../runner/compose.ts';
import { emergencyCommand } from '../../runner/demo/departments/emergency-command.ts';
import { sampleSystemFiles } from '../../runner/demo/stage.ts';
import { type CatalogService, catalogService } from '../../runner/services/catalog.ts';
import { followService } from '../../runner/services/follow.ts';
import { createMetrics } from '../../runner/services/metrics.ts';
import { supervise } from '../../runner/services/supervise.ts';
import { loadConfig } from '../../runner/settings/config.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { rawTopic } from '../../schemas/system.ts';
import { testDatabase } from '../support/postgres.ts';
import { timeToGoWrong, until } from '../support/until.ts';

/* A system that pushes: what it sends is in the log soon after it was answered, without anybody asking for a run. */

let database: Awaited<ReturnType<typeof testDatabase>>;
let hub: Hub;
let catalog: CatalogService;
const stop = new AbortController();
let done: Promise<unknown>;
const world = { persons: 10, entities: 5, seed: 3 };

beforeAll(async () => {
  database = await testDatabase();
  const place = { world, folder: '', databaseUrl: database.url, log: silentLogger, signal: stop.signal };
  const department = await emergencyCommand.open(place);
  const env = { ...department.env, DATABASE_URL: database.url, HUB_HTTP_PORT: '0' };
  hub = await openHub({ config: loadConfig({ env }), env, logger: silentLogger, migrations: 'apply' });
  const spec = (await sampleSystemFiles()).find(({ system }) => system === 'emergency-command');
  await hub.systems.apply(spec as never);
  const metrics = createMetrics(hub);
  catalog = catalogService(hub, metrics, () => []);
  const supervision = supervise([catalog, followService(hub, metrics)], { signal: stop.signal, log: silentLogger });
  done = supervision.done;
  await until(() => catalog.address(), 'the catalog listens');
}, 30_000);
afterAll(async () => {
  stop.abort();
  await done;
  await hub[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const read = async (): Promise<{ read: number; rejected: number }> => {
  const [stream] = (await hub.systems.get('emergency-command')).streams;
  return { read: stream?.rowsRead ?? 0, rejected: stream?.rowsRejected ?? 0 };
};

test('pushed, answered, and in the log within seconds; the same deliveries again change nothing', async () => {
  const place = { world, folder: '', databaseUrl: database.url, log: silentLogger, signal: stop.signal };
  const department = await emergencyCommand.open(place);
  const rows = await emergencyCommand.fill(place);
  await department.push?.(catalog.address() as string);
  await until(async () => (await read()).read >= (rows['incidents'] as number), 'everything pushed is read');
  expect(await read()).toEqual({ read: rows['incidents'], rejected: 2 });
  const enough = new AbortController();
  let messages = 0;
  for await (const batch of hub.events.subscribe([rawTopic('emergency-command', 'incidents')], 'test', {
    signal: enough.signal,
    maxBatch: 1_000,
  })) {
    messages += batch.messages.length;
    if (messages >= (rows['incidents'] as number) - 2) enough.abort();
  }
  expect(messages).toBe((rows['incidents'] as number) - 2);
  await department.push?.(catalog.address() as string);
  await timeToGoWrong(300);
  expect((await read()).read).toBe(rows['incidents']);
}, 30_000);

test('a delivery that proves nothing is answered 401 with what to do, an unknown system 404', async () => {
  const post = (path: string) => fetch(`${catalog.address()}/hooks/${path}`, { method: 'POST', body: '{}' });
  const refused = await post('emergency-command/incidents');
  expect([refused.status, await refused.json()]).toEqual([401, expect.objectContaining({ code: 'HUB_PUSH_REFUSED' })]);
  expect((await post('golden-tax/x')).status).toBe(404);
  expect((await post('__proto__/x')).status).toBe(404);
});

test('a body that comes byte by byte is not waited for: the sender is told so in time', async () => {
  const { hostname, port } = new URL(catalog.address() as string);
  const socket = connect(Number(port), hostname);
  const answer: Buffer[] = [];
  socket.on('data', (part: Buffer) => answer.push(part)).on('error', () => {});
  const head = 'POST /hooks/emergency-command/incidents HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\n';
  socket.write(`${head}content-length: 1000\r\n\r\n{`);
  const timer = setInterval(() => socket.write(' '), 500);
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(timer);
  const text = Buffer.concat(answer).toString();
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  expect(text).toContain('did not arrive in time');
}, 60_000);
