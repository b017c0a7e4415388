import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import mysql from 'mysql2/promise';
import { population } from '../../pipelines/population/definition.ts';
import { drained } from '../../runner/cli/run.ts';
import { openHub } from '../../runner/compose.ts';
import { readSystemFile } from '../../runner/control/systems.ts';
import { createGoldenInsuranceMariadb } from '../../runner/demo/world/mariadb.ts';
import { loadTable } from '../../runner/demo/world/table-systems.ts';
import { createPipelineService } from '../../runner/normalise/pipelines.ts';
import { performRun, runDeps } from '../../runner/pull/run.ts';
import { loadConfig } from '../../runner/settings/config.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { projectPath } from '../../schemas/kernel/paths.ts';
import { describeWith } from '../support/lanes.ts';
import { testDatabase } from '../support/postgres.ts';

const WORLD = { persons: 3_000, entities: 0, seed: 11 };
const NEVER = new AbortController().signal;

/** The population base made of one system file alone. */
async function baseOf(file: string, env: Readonly<Record<string, string>>): Promise<unknown> {
  await using database = await testDatabase();
  const config = loadConfig({ env: { DATABASE_URL: database.url } });
  await using hub = await openHub({ config, env, logger: silentLogger, migrations: 'apply' });
  const path = projectPath('connectors', 'systems', file);
  const spec = readSystemFile(await readFile(path, 'utf8'), file);
  await hub.systems.apply(spec);
  const { runId } = await hub.runs.request(spec.system, 'test');
  await performRun(runDeps(hub), runId, { signal: NEVER, lastAttempt: true });
  const stop = new AbortController();
  const pipelines = createPipelineService(hub);
  const running = pipelines.run(stop.signal);
  await drained(hub, await hub.systems.list(), NEVER, pipelines.states);
  stop.abort();
  await running;
  const { rows } = await hub.pool.query(
    `SELECT r.source_key, r.attributes::text, r.issues::text, r.link_keys, g.attributes AS golden
     FROM ${population.schema}.source_record r JOIN ${population.schema}.golden g USING (entity_id) ORDER BY 1`,
  );
  return rows;
}

describeWith('mariadb', (address) => {
  test('the insured read from MariaDB make the same base as those read from PostgreSQL', async () => {
    const name = `insured_${randomBytes(4).toString('hex')}`;
    const url = new URL(address);
    url.pathname = `/${name}`;
    const admin = await mysql.createConnection({ uri: address });
    await using departments = await testDatabase();
    try {
      await admin.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
      await createGoldenInsuranceMariadb(url.href, WORLD, NEVER);
      await loadTable('golden-insurance', WORLD, departments.url, () => {}, NEVER);
      const fromMariadb = await baseOf('optional/golden-insurance-mariadb.yaml', {
        GOLDEN_INSURANCE_MARIADB_URL: url.href,
      });
      const fromPostgres = await baseOf('golden-insurance.yaml', { GOLDEN_INSURANCE_URL: departments.url });
      expect((fromMariadb as unknown[]).length).toBeGreaterThan(1_000);
      expect(fromMariadb).toEqual(fromPostgres);
    } finally {
      await admin.query(`DROP DATABASE IF EXISTS ${name}`);
      await admin.end();
    }
  }, 120_000);
});
