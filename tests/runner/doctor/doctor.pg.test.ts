import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { openHub } from '../../../runner/compose.ts';
import { type Examined, examine } from '../../../runner/doctor/examine.ts';
import { readPostgres } from '../../../runner/doctor/postgres.ts';
import { doctorService } from '../../../runner/doctor/watch.ts';
import { loadConfig } from '../../../runner/settings/config.ts';
import { type Logger, silentLogger } from '../../../schemas/kernel/context.ts';
import { hub as program } from '../../journeys/program.ts';
import { testDatabase } from '../../support/postgres.ts';
import { until } from '../../support/until.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

async function execute(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(statement);
  await client.end();
}
/** A setting of the test's own database. */
const set = (name: string, value: string): Promise<void> =>
  execute(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET ${name} = ${value}`);
const reset = (name: string): Promise<void> =>
  execute(`ALTER DATABASE ${new URL(database.url).pathname.slice(1)} RESET ${name}`);

const asked = (env: Record<string, string>): Promise<Examined> => {
  const all = { DATABASE_URL: database.url, ...env };
  return examine({ config: loadConfig({ env: all }), env: all, url: all.DATABASE_URL, log: silentLogger });
};
const told = ({ findings }: Examined): string[] => findings.map(({ what, found }) => `${what}: ${found}`);

test('a server tells its settings, in one unit each', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  try {
    expect(await readPostgres(pool, 16)).toMatchObject({
      ...{ encoding: 'UTF8', fsync: 'on', fullPageWrites: 'on', synchronousCommit: 'on', standby: false },
      ...{ version: expect.any(Number), sharedBuffers: expect.any(Number), maxWalSize: expect.any(Number) },
      ...{ connections: expect.any(Number), slots: expect.any(Number), skewMs: 0 },
      poolSize: 16,
    });
  } finally {
    await pool.end();
  }
});

test('each database of the hub is asked once, with what lies there', async () => {
  const { asked: where } = await asked({ SPATIAL_DATABASE_URL: `${database.url}?application_name=other` });
  expect(where).toEqual([
    'PostgreSQL (hub, population, legal-entity, macroeconomic)',
    'PostgreSQL (spatial)',
    ...['this machine', 'data folder', 'folder for files that are read (TMPDIR)'],
  ]);
});

test('what is set wrong for the database of the hub is found, and what breaks comes first', async () => {
  await set('work_mem', "'1MB'");
  await set('timezone', "'America/New_York'");
  const found = told(await asked({}));
  expect(found).toEqual(expect.arrayContaining(['TimeZone: America/New_York', 'work_mem: 1 MB']));
  expect(found.indexOf('TimeZone: America/New_York')).toBeLessThan(found.indexOf('work_mem: 1 MB'));
  await reset('work_mem');
  await reset('timezone');
  expect(told(await asked({})).join()).not.toMatch(/TimeZone|work_mem/);
});

test('services that do not answer are findings', async () => {
  const nobody = {
    ...{ DATABASE_URL: 'postgres://hub:geheim@127.0.0.1:1/hub', REDIS_URL: 'redis://127.0.0.1:1' },
    KAFKA_BROKERS: '127.0.0.1:1',
  };
  const { findings } = await asked(nobody);
  const silent = findings.filter(({ what }) => what === 'answers');
  expect(silent.map(({ where }) => where.split(' ')[0])).toEqual(['PostgreSQL', 'Kafka', 'Redis']);
  expect(silent.every(({ found, severity }) => found.length > 0 && severity === 'breaks')).toBe(true);
  expect(JSON.stringify(findings)).not.toContain('geheim');
});

test('`hub doctor` says what stops the hub where the hub itself does not start, with status 3', async () => {
  await set('synchronous_commit', 'off');
  const env = { DATABASE_URL: database.url };
  const json = await program(['doctor', '--json'], env, tmpdir());
  const { findings } = JSON.parse(json.stdout) as Examined;
  expect([json.code, findings.find(({ what }) => what === 'synchronous_commit')]).toEqual([
    3,
    expect.objectContaining({ severity: 'breaks', found: 'off', wanted: 'on', set: expect.stringContaining('ALTER') }),
  ]);
  const text = await program(['doctor'], env, tmpdir());
  expect(text.stdout).toMatch(/^BREAKS {2}PostgreSQL \(hub, .*\): synchronous_commit is off$/m);
  const refused = await program(['work'], env, tmpdir());
  expect([refused.code, refused.stderr]).toEqual([
    3,
    expect.stringContaining('HUB_STORE_UNFIT: The database is not fit for the hub: synchronous_commit is off'),
  ]);
  await reset('synchronous_commit');
});

test('a running hub logs one line a finding, once, and that it is mended', async () => {
  await set('timezone', "'America/New_York'");
  const env = { DATABASE_URL: database.url };
  const lines: string[] = [];
  const note = (_: object, message = ''): void => void lines.push(message);
  const log: Logger = { debug() {}, info: note, warn: note, error: note, child: () => log };
  await using hub = await openHub({ config: loadConfig({ env }), env, logger: silentLogger, migrations: 'apply' });
  const stop = new AbortController();
  const running = doctorService({ ...hub, logger: log }, 20).run(stop.signal);
  const about = (): string[] => lines.filter((line) => line.includes('TimeZone'));
  await until(() => about().length > 0, 'the finding is logged');
  await reset('timezone');
  await until(() => about().length > 1, 'the mend is logged');
  stop.abort();
  await running;
  const where = 'PostgreSQL (hub, population, legal-entity, spatial, macroeconomic)';
  expect(about()).toEqual([
    `a promise does not hold: ${where}: TimeZone is America/New_York; wanted is UTC or Asia/Shanghai`,
    `${where}: TimeZone is as wanted now`,
  ]);
}, 60_000);
