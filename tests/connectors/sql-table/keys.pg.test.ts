import { afterAll, beforeAll, describe } from '@jest/globals';
import pg from 'pg';
import { testDatabase } from '../../support/postgres.ts';
import { keyTests } from './keys.ts';

describe('keys on PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof testDatabase>>;
  let admin: pg.Client;
  beforeAll(async () => {
    database = await testDatabase();
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await database[Symbol.asyncDispose]();
  });
  keyTests(() => ({ connection: { client: 'pg', url: database.url }, run: (sql) => admin.query(sql) }));
});
