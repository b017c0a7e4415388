import pg from 'pg';
import { postgresCdc } from '../../connectors/postgres-cdc/connector.ts';
import { sqlTable } from '../../connectors/sql-table/connector.ts';
import { networkContract } from '../contracts/network.contract.ts';
import { testDatabase } from '../support/postgres.ts';
import { testContext } from './files/folder.ts';

const LIMITS = { connectTimeoutMs: 500, statementTimeoutMs: 1_000 };

async function table() {
  const database = await testDatabase();
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`CREATE TABLE t (id int PRIMARY KEY, name text); CREATE PUBLICATION hub FOR TABLE t;
    INSERT INTO t SELECT n, repeat('x', 20) FROM generate_series(1, 500) n`);
  await admin.end();
  const at = (port: number): string => {
    const url = new URL(database.url);
    url.hostname = '127.0.0.1';
    url.port = String(port);
    return url.href;
  };
  return {
    // While logging in, in the session's settings, in the answers to what is asked of it.
    ...{ service: Number(new URL(database.url).port), stream: 's', after: [1, 200, 420, 800], limitMs: 9_000, at },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

networkContract('sql-table on PostgreSQL', async () => {
  const { at, ...rest } = await table();
  const streams = { s: { table: 't', key: ['id'] } };
  const open = (port: number) =>
    sqlTable.open(
      sqlTable.config.parse({ connection: { client: 'pg', url: at(port), ...LIMITS }, streams }),
      testContext(),
    );
  return { ...rest, open };
});

networkContract('postgres-cdc', async () => {
  const { at, ...rest } = await table();
  const streams = { s: { schema: 'public', table: 't', key: ['id'], slot: `hub_network_${process.pid}` } };
  const open = (port: number) =>
    postgresCdc.open(postgresCdc.config.parse({ connection: { url: at(port), ...LIMITS }, streams }), testContext());
  return { ...rest, open };
});
