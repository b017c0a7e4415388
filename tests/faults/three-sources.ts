import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { accountOf } from '../../pipelines/engine/reports/account.ts';
import { population } from '../../pipelines/population/definition.ts';
import { createDatabase, openHub } from '../../runner/compose.ts';
import { loadConfig } from '../../runner/settings/config.ts';
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../runner/stack/postgres.ts';
import { stopProcess } from '../../runner/stack/processes.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { onConnection, openPool, PATIENCE } from '../../schemas/store/pool.ts';
import { systemFile } from '../../schemas/system.ts';

/*
 * A server of its own with the hub and a department in it; files, a table whose changes are captured, and pushes, all three
 * into the population base, with a writer that never rests. What must be in the base stands in tables of the department.
 */

const SECRET = 'a secret of three sources';
const owner = { name: '青海省公安厅', uscc: '116300000150010146' };
const mapping = { name: { from: 'NAME', as: 'text' }, householdAddress: { from: 'V', as: 'text' } };
const base = 'population';

const system = (name: string, connector: string, connection: object, schedule: string, source: object) =>
  systemFile.parse({
    ...{
      system: name,
      title: { zh: name, en: name },
      owner,
      authority: 'public-security',
      connector,
      connection,
      schedule,
    },
    streams: { rows: { title: name, base, mapping, source } },
  });

/** A broker outlives the servers of a test: topics of their own. */
const systemsNamed = (suffix: string) => [
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: filled in by the hub
  system(`filed-${suffix}`, 'csv', { folder: '${FOLDER}' }, '*/2 * * * * *', {
    files: '*.csv',
    key: ['ID'],
    encoding: 'utf-8',
  }),
  system(`captured-${suffix}`, 'postgres-cdc', { url: '${DEPARTMENT_URL}' }, 'continuous', {
    table: 'captured',
    key: ['ID'],
  }),
  system(`pushed-${suffix}`, 'webhook', { auth: { scheme: 'standard', secrets: [SECRET] } }, 'continuous', {
    records: 'rows',
    key: ['ID'],
    fields: { ID: 'id', NAME: 'name', V: 'v' },
  }),
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: filled in by the hub
];

/** As three tables of the same form; those of files and pushes are what was given away for certain. */
const TABLES = `
  CREATE TABLE filed ("ID" text PRIMARY KEY, "NAME" text NOT NULL, "V" text NOT NULL);
  CREATE TABLE captured (LIKE filed INCLUDING ALL);
  CREATE TABLE pushed (LIKE filed INCLUDING ALL);
  CREATE PUBLICATION hub FOR TABLE captured`;

export interface ThreeSources extends AsyncDisposable {
  readonly server: EmbeddedPostgres;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Stops the server at once (as a crash) or in order, and starts it again where it was. */
  restart(how: 'crash' | 'in order'): Promise<void>;
  /** Ends a session of the hub at random, as an administrator does. @returns how many there were */
  endSession(random: (below: number) => number): Promise<number>;
  ask<Row extends pg.QueryResultRow>(database: 'hub' | 'department', sql: string, values?: unknown[]): Promise<Row[]>;
  /** One delivery with one row. @returns the status; 0 when there was no answer */
  push(address: string, id: string, value: string): Promise<number>;
  /** Writes into all three, as departments do, until the signal aborts. @returns how many rows */
  write(addresses: () => readonly string[], signal: AbortSignal): Promise<number>;
  /** Rows that differ between the sources and the base, by what is wrong with them. */
  differences(): Promise<readonly string[]>;
  /** Of the hub's pools, to its database, right now; without those that wait for news and jobs. */
  workingConnections(): Promise<number>;
  /** Why the books of the base do not balance, if they do not. */
  unbalanced(): Promise<readonly unknown[]>;
}

export async function openThreeSources(): Promise<ThreeSources> {
  const folder = mkdtempSync(join(tmpdir(), 'three-sources-'));
  const files = join(folder, 'files');
  const suffix = randomBytes(4).toString('hex');
  mkdirSync(files);
  const start = () =>
    openEmbeddedPostgres({ folder: join(folder, 'server'), settings: { shared_buffers: '64MB' }, log: silentLogger });
  let server = await start();
  for (const database of ['hub', 'department']) await createDatabase(server.url('postgres'), database);
  const ask: ThreeSources['ask'] = (database, sql, values) =>
    onConnection({ url: server.url(database), name: 'test', patience: PATIENCE.short }, async (client) => {
      const results = [await client.query(sql, values)].flat();
      return (results.at(-1)?.rows ?? []) as never;
    });
  await ask('department', TABLES);
  const env = { DATABASE_URL: server.url('hub'), DEPARTMENT_URL: server.url('department'), FOLDER: files };
  {
    await using hub = await openHub({ config: loadConfig({ env }), env, logger: silentLogger, migrations: 'apply' });
    for (const spec of systemsNamed(suffix)) await hub.systems.apply(spec);
  }

  /** The writer is a department: it tries again until its server takes it. */
  async function surely(sql: string, values: unknown[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted)
      try {
        await ask('department', sql, values);
        return;
      } catch {
        await delay(50);
      }
  }
  const certain = (table: string, ids: readonly string[], values: readonly string[]) =>
    surely(
      `INSERT INTO ${table} SELECT i, '马' || i, v FROM unnest($1::text[], $2::text[]) AS n (i, v)
        ON CONFLICT ("ID") DO UPDATE SET "V" = EXCLUDED."V"`,
      [ids, values],
      NEVER,
    );

  const push: ThreeSources['push'] = async (address, id, value) => {
    const body = JSON.stringify({ rows: [{ id, name: `马${id}`, v: value }] });
    const time = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', SECRET).update(`${id}.${time}.${body}`).digest('base64');
    const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${signature}` };
    try {
      const answer = await fetch(`${address}/hooks/pushed-${suffix}/rows`, { method: 'POST', body, headers });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  };

  async function writeFiles(signal: AbortSignal): Promise<number> {
    let count = 0;
    for (let file = 0; !signal.aborted; file++) {
      const ids = Array.from({ length: 50 }, (_, row) => `f${file}-${row}`);
      const unfinished = join(files, `part-${file}.new`);
      writeFileSync(unfinished, `ID,NAME,V\n${ids.map((id) => `${id},马${id},${file}号`).join('\n')}\n`);
      renameSync(unfinished, join(files, `part-${file}.csv`));
      count += ids.length;
      await certain(
        'filed',
        ids,
        ids.map(() => `${file}号`),
      );
      await delay(500);
    }
    return count;
  }

  async function writeTable(signal: AbortSignal): Promise<number> {
    let count = 0;
    for (let round = 0; !signal.aborted; round++) {
      const ids = Array.from({ length: 20 }, (_, row) => `c${round * 10 + row}`);
      // Half of them are there already: each row changes once.
      await certain(
        'captured',
        ids,
        ids.map(() => `${round}号`),
      );
      count += ids.length;
      if (round % 7 === 6) await surely(`DELETE FROM captured WHERE "ID" = $1`, [`c${round * 10 - 30}`], NEVER);
      await delay(100);
    }
    return count;
  }

  async function writePushes(addresses: () => readonly string[], signal: AbortSignal): Promise<number> {
    let count = 0;
    while (!signal.aborted) {
      const id = `p${count++}`;
      for (let attempt = 0; ; attempt++) {
        const all = addresses();
        const status =
          all.length === 0 ? 503 : await push(all[(count + attempt) % all.length] as string, id, `${count}号`);
        if (status === 202) break;
        if (status !== 503) throw new Error(`a push was answered ${status}`);
        await delay(50);
      }
      await certain('pushed', [id], [`${count}号`]);
    }
    return count;
  }

  return {
    get server() {
      return server;
    },
    ...{ folder, env, ask, push },
    async restart(how) {
      if (how === 'crash') {
        const [pid] = readFileSync(join(server.folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
        await stopProcess(Number(pid), 'SIGQUIT', 60_000);
      }
      await server[Symbol.asyncDispose]();
      server = await start();
      if (server.url('hub') !== env.DATABASE_URL) throw new Error('the server has moved');
    },
    async endSession(random) {
      const sessions = await ask<{ pid: number }>(
        'department',
        `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'test' ORDER BY pid`,
      );
      const one = sessions[random(Math.max(1, sessions.length))];
      if (one !== undefined) await ask('department', 'SELECT pg_terminate_backend($1)', [one.pid]);
      return sessions.length;
    },
    async write(addresses, signal) {
      const counts = await Promise.all([writeFiles(signal), writeTable(signal), writePushes(addresses, signal)]);
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async differences() {
      const stored = await ask<{ rows: unknown }>(
        'hub',
        `SELECT coalesce(json_agg(json_build_object('t', split_part(s.system, '-', 1), 'id', r.source_key, 'v', r.attributes->>'householdAddress')), '[]') AS rows
          FROM population.source_record r JOIN population.source s USING (source_id) WHERE NOT r.deleted`,
      );
      const found = await ask<{ difference: string }>(
        'department',
        `WITH given AS (
           SELECT 'filed' AS t, "ID" AS id, "V" AS v FROM filed UNION ALL SELECT 'captured', "ID", "V" FROM captured
           UNION ALL SELECT 'pushed', "ID", "V" FROM pushed),
         stored AS (SELECT t, id, v FROM json_to_recordset($1::json) AS r (t text, id text, v text))
         SELECT CASE WHEN s.id IS NULL THEN 'missing' WHEN g.id IS NULL THEN 'too many' ELSE 'different' END
             || ': ' || coalesce(g.t, s.t) || ' ' || coalesce(g.id, s.id) || ' ' || coalesce(g.v, '') || ' ' || coalesce(s.v, '')
           AS difference
         FROM given g FULL JOIN stored s ON s.t = g.t AND s.id = g.id WHERE g.v IS DISTINCT FROM s.v ORDER BY 1`,
        [JSON.stringify(stored[0]?.rows)],
      );
      const twice = await ask<{ difference: string }>(
        'hub',
        `SELECT 'stored twice: ' || source_key AS difference FROM population.source_record
          GROUP BY source_id, source_key HAVING count(*) > 1`,
      );
      return [...found, ...twice].map(({ difference }) => difference);
    },
    async workingConnections() {
      const [found] = await ask<{ n: number }>(
        'hub',
        `SELECT count(*)::int AS n FROM pg_stat_activity
          WHERE datname = 'hub' AND application_name IN ('sanjiang short', 'sanjiang work', 'sanjiang catalog')`,
      );
      return found?.n ?? 0;
    },
    async unbalanced() {
      const pool = openPool({ url: server.url('hub'), name: 'test', max: 1, patience: PATIENCE.work });
      try {
        const { balanced, ...books } = await accountOf(pool, population);
        return balanced ? [] : [books];
      } finally {
        await pool.end();
      }
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const NEVER = new AbortController().signal;
