import pg from 'pg';
import { testDatabase } from '../../support/postgres.ts';
import { driftContract } from './drift-contract.ts';

driftContract('PostgreSQL', async () => {
  const database = await testDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  return {
    connection: { client: 'pg', url: database.url },
    schema: 'public',
    run: (sql) => client.query(sql),
    retype: (table, column, type) => client.query(`ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${type}`),
    async [Symbol.asyncDispose]() {
      await client.end();
      await database[Symbol.asyncDispose]();
    },
  };
});
