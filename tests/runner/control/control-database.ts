import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { projectPath } from '../../../schemas/kernel/paths.ts';
import { testDatabase } from '../../support/postgres.ts';

/** A fresh database with the control tables and one system named `golden-tax`. */
export async function controlDatabase(): Promise<{ pool: pg.Pool } & AsyncDisposable> {
  const database = await testDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 12 });
  // A connection that is still closing when the database is dropped is told so.
  pool.on('error', () => {});
  const sql = await readFile(projectPath('runner', 'control', 'migrations', '0001-control.sql'), 'utf8');
  await pool.query(`CREATE SCHEMA hub; ${sql.replaceAll('{schema}', 'hub')}`);
  await pool.query("INSERT INTO hub.system (system, spec) VALUES ('golden-tax', '{}')");
  return {
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}
