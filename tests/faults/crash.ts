import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { accountOf } from '../../pipelines/engine/reports/account.ts';
import { population } from '../../pipelines/population/definition.ts';
import { openHub } from '../../runner/compose.ts';
import { worldSystemFiles } from '../../runner/demo/stage.ts';
import { loadTable } from '../../runner/demo/world/table-systems.ts';
import { loadConfig } from '../../runner/settings/config.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { propertySeed } from '../contracts/source.contract.ts';
import { testDatabase } from '../support/postgres.ts';
import { generator } from './generator.ts';

/** As in worker.ts, which cannot be imported: it is a program. */
const POINTS = [
  ...['append.before', 'append.after', 'checkpoint.before', 'checkpoint.after'],
  ...['store.before', 'store.during', 'store.after', 'commit.after'],
];
const KILLS = 20;
/** About 100,000 rows in two systems. */
const PERSONS = 64_500;
const SYSTEMS = ['golden-shield', 'golden-insurance'] as const;
const NEVER = new AbortController().signal;

type Environment = Readonly<Record<string, string>>;

export interface CrashOptions {
  /** Settings of the worker, such as the brokers. */
  readonly env: Environment;
  /** So slow that the worker is still reading when it is killed for the last time. */
  readonly rowsPerSecond: number;
  /** A random kill comes at most so long after the first batch: long enough to meet every part at work. */
  readonly randomMs: number;
}

export function crashTest(name: string, { env: more, rowsPerSecond, randomMs }: CrashOptions): void {
  test(
    `${name}: a worker killed ${KILLS} times over 100,000 records loses nothing and stores nothing twice`,
    async () => {
      await using crashed = await prepare(more, { rowsPerSecond });
      const random = generator(propertySeed(`crash on ${name}`));
      let killed = 0;
      for (let life = 0; killed < KILLS; life++) {
        const point = POINTS[life % (POINTS.length * 2)];
        const crashAt = point === undefined ? `random:${20 + random(randomMs)}` : `${point}:${1 + random(2)}`;
        const { signal, code, output } = await runWorker({ ...crashed.env, CRASH_AT: crashAt });
        if (signal !== 'SIGKILL')
          throw new Error(`life ${life} (${crashAt}) ended by itself with ${code} after ${killed} kills: ${output}`);
        killed += 1;
      }
      await applySystems(crashed.url, crashed.env, crashed.suffix, {});
      const last = await runWorker(crashed.env);
      expect(last.code === 0 ? 'done' : last.output).toBe('done');

      await using clean = await prepare({}, {});
      expect(await runWorker(clean.env)).toMatchObject({ code: 0 });
      const state = await stateOf(crashed.url);
      expect(state).toEqual(await stateOf(clean.url));
      expect(state.missing).toBe(0);
      expect(state.versions).toBe(0);
      expect(state.balanced).toBe(true);
    },
    15 * 60_000,
  );
}

type Pace = { readonly rowsPerSecond?: number };

async function prepare(more: Environment, pace: Pace) {
  const database = await testDatabase();
  const world = { persons: PERSONS, entities: 0, seed: 63 };
  const env: Environment = {
    ...{ DATABASE_URL: database.url, GOLDEN_SHIELD_URL: database.url, GOLDEN_INSURANCE_URL: database.url },
    ...{ HUB_PARTITIONS: '2', HUB_BATCH_RECORDS: '1000', ...more },
  };
  for (const system of SYSTEMS) await loadTable(system, world, database.url, () => {}, NEVER);
  // A broker outlives the database of a test: topics of their own.
  const suffix = `x${randomBytes(4).toString('hex')}`;
  await applySystems(database.url, env, suffix, pace);
  return { url: database.url, env, suffix, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

async function applySystems(url: string, env: Environment, suffix: string, pace: Pace): Promise<void> {
  // Without the brokers: only the database is written to.
  const config = loadConfig({ env: { DATABASE_URL: url } });
  await using hub = await openHub({ config, env, logger: silentLogger, migrations: 'apply' });
  for (const spec of await worldSystemFiles()) {
    if (!SYSTEMS.some((system) => system === spec.system)) continue;
    // Small pages, so that there are enough moments to be killed in.
    const system = `${spec.system}-${suffix}`;
    await hub.systems.apply({
      ...spec,
      system,
      connection: { ...spec.connection, pageRows: 1_000 },
      limits: { ...spec.limits, ...pace },
    });
    if ((await hub.runs.recent(1, system)).length === 0) await hub.runs.request(system, 'crash test');
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

function runWorker(env: Environment): Promise<Ended> {
  const program = join(dirname(fileURLToPath(import.meta.url)), 'worker.js');
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [program], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-4_000);
    });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, output }));
  });
}

/** What must be the same however often the worker died. */
async function stateOf(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    const { balanced, entities, sourceRecords, inserted } = await accountOf(pool, population);
    const one = async (sql: string): Promise<string> => {
      const { rows } = await pool.query<{ value: string }>(sql);
      return rows[0]?.value ?? '';
    };
    const rows =
      await one(`SELECT md5(string_agg(s.stream || r.source_key || encode(r.hash, 'hex'), ',' ORDER BY s.stream, r.source_key)) AS value
      FROM population.source_record r JOIN population.source s USING (source_id)`);
    const golden =
      await one(`SELECT md5(string_agg(m.members || g.attributes::jsonb::text, ',' ORDER BY m.members)) AS value FROM population.golden g JOIN (
        SELECT entity_id, string_agg(s.stream || r.source_key, ' ' ORDER BY s.stream, r.source_key) AS members
        FROM population.source_record r JOIN population.source s USING (source_id) GROUP BY entity_id) m USING (entity_id)`);
    const missing = Number(
      await one(`SELECT (SELECT count(*) FROM ga.czrk c WHERE NOT EXISTS (SELECT 1 FROM population.source_record r WHERE r.source_key = c."RYBH"))
        + (SELECT count(*) FROM si.cbry c WHERE NOT EXISTS (SELECT 1 FROM population.source_record r WHERE r.source_key = c."AAC001")) AS value`),
    );
    const versions = Number(await one('SELECT count(*) AS value FROM population.source_record_history'));
    return { balanced, entities, sourceRecords, inserted, rows, golden, missing, versions };
  } finally {
    await pool.end();
  }
}
