import pg from 'pg';
import { hubMigrations, migrate } from '../../../runner/control/migrate.ts';
import { testDatabase } from '../../support/postgres.ts';

/** A fresh database with the control tables and one system named `golden-tax`. */
export async function controlDatabase(): Promise<{ pool: pg.Pool } & AsyncDisposable> {
  const database = await testDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 12 });
  // A connection that is still closing when the database is dropped is told so.
  pool.on('error', () => {});
  await migrate(pool, hubMigrations);
  await pool.query("INSERT INTO hub.system (system, spec) VALUES ('golden-tax', '{}')");
  return {
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}
