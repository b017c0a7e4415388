import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { population } from '../../pipelines/population/definition.ts';
import { normalise } from '../../runner/cli/run.ts';
import { openHub } from '../../runner/compose.ts';
import { baseMigrations, newestKnown } from '../../runner/control/migrate.ts';
import { worldSystemFiles } from '../../runner/demo/stage.ts';
import { loadTable } from '../../runner/demo/world/table-systems.ts';
import { performRun, runDeps } from '../../runner/pull/run.ts';
import { requestRun } from '../../runner/services/clock.ts';
import { loadConfig } from '../../runner/settings/config.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { hub as program } from '../journeys/program.ts';
import { testDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const WORLD = { persons: 3_000, entities: 0, seed: 63 };
const NEVER = new AbortController().signal;
const NEWER = '9001-of-a-later-version.sql';

test('a running worker that meets a newer breaking schema drains and stops, and is not started again', async () => {
  await using database = await testDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'hub-newer-'));
  const env = { DATABASE_URL: database.url, GOLDEN_SHIELD_URL: database.url, HUB_BATCH_RECORDS: '50' };
  await loadTable('golden-shield', WORLD, database.url, () => {}, NEVER);
  await using hub = await openHub({ config: loadConfig({ env }), env, logger: silentLogger, migrations: 'apply' });
  const spec = (await worldSystemFiles()).find(({ system }) => system === 'golden-shield');
  if (spec === undefined) throw new Error('no such sample');
  // So slow that the worker is in the middle of it.
  const limits = { ...spec.limits, rowsPerSecond: 100 };
  await hub.systems.apply({ ...spec, connection: { ...spec.connection, pageRows: 50 }, limits });
  const runId = await requestRun(hub, 'golden-shield', 'test');

  const query = async <T>(text: string, values: unknown[] = []): Promise<T[]> =>
    (await hub.pool.query(text, values)).rows as T[];
  const batches = async (): Promise<number> =>
    (await query<{ n: number }>('SELECT count(*)::integer AS n FROM population.batch'))[0]?.n ?? 0;
  const add = (component: string, version: number, breaking: boolean): Promise<unknown[]> =>
    query(`INSERT INTO population.migration (component, version, name, sha256, breaking) VALUES ($1, $2, $3, '', $4)`, [
      component,
      version,
      NEWER,
      breaking,
    ]);
  const known = newestKnown(baseMigrations(population)[0] as never);

  const worker = program(['work'], env, folder);
  let ended = false;
  void worker.then(() => {
    ended = true;
  });
  await until(async () => (await batches()) > 0, 'the worker has stored a batch');
  // What only adds disturbs nobody.
  await add('kernel', known + 1, false);
  const before = await batches();
  await until(async () => (await batches()) > before + 2, 'the worker goes on');
  expect(ended).toBe(false);

  await add('kernel', known + 2, true);
  const { code, stderr } = await worker;
  const sentence = `HUB_STORE_NEWER: The database belongs to a newer version of the program: it has kernel/${NEWER}, and this one knows kernel up to ${known}`;
  expect({ code, message: stderr.includes(sentence), drained: stderr.includes('all services have ended') }).toEqual({
    ...{ code: 3, message: true, drained: true },
  });
  // Put back for a worker that knows the schema; nothing of it is a failure, and nobody is asked to act on a stream.
  expect((await hub.runs.byId(runId))?.state).toBe('pending');
  expect((await hub.systems.get('golden-shield')).streams.map(({ state }) => state)).not.toContain('halted');
  const stored = await batches();

  const again = await program(['work'], env, folder);
  expect([again.code, again.stderr.includes(sentence)]).toEqual([3, true]);
  expect(await batches()).toBe(stored);

  // The newer version takes over: nothing was lost, nothing is stored twice.
  await query('DELETE FROM population.migration WHERE name = $1', [NEWER]);
  await hub.systems.apply({ ...spec, limits: spec.limits });
  await performRun(runDeps(hub), runId, { signal: NEVER, lastAttempt: true });
  await normalise(hub, [await hub.systems.get('golden-shield')], NEVER);
  const [missing] = await query<{ n: number }>(
    `SELECT count(*)::integer AS n FROM ga.czrk c WHERE NOT EXISTS (
       SELECT FROM population.source_record r WHERE r.source_key = c."RYBH")`,
  );
  expect(missing).toEqual({ n: 0 });
  expect(await query('SELECT record_id FROM population.source_record_history')).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
}, 120_000);
