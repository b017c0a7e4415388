import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { postgresCdc } from '../../../connectors/postgres-cdc/connector.ts';
import { judge } from '../../../runner/doctor/finding.ts';
import { CAPTURE_CHECKS, readPostgres } from '../../../runner/doctor/postgres.ts';
import { type EmbeddedPostgres, openEmbeddedPostgres } from '../../../runner/stack/postgres.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { until } from '../../support/until.ts';
import { testContext } from '../files/folder.ts';

/* A transaction that was prepared and that nobody has come back for: no slot can begin. The server of the tests has none. */

let folder = '';
let server: EmbeddedPostgres;
let admin: pg.Client;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sanjiang-prepared-'));
  chmodSync(folder, 0o755);
  server = await openEmbeddedPostgres({
    ...{ folder: join(folder, 'server'), log: silentLogger },
    settings: { shared_buffers: '16MB', max_prepared_transactions: '10', wal_level: 'logical' },
  });
  admin = new pg.Client({ connectionString: server.url('postgres') });
  await admin.connect();
  await admin.query(
    `CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE PUBLICATION hub FOR TABLE t`,
  );
}, 60_000);
afterAll(async () => {
  await admin?.end();
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const open = () =>
  postgresCdc.open(
    postgresCdc.config.parse({
      connection: { url: server.url('postgres'), statementTimeoutMs: 1_500 },
      streams: { s: { schema: 'public', table: 't', key: ['id'], slot: 'hub_prepared' } },
    }),
    testContext(),
  );
const keys = async (): Promise<readonly string[]> => {
  await using source = await open();
  const found: string[] = [];
  for await (const { records } of source.read('s', null)) found.push(...records.map(({ key }) => key));
  return found;
};
const check = async () => {
  await using source = await open();
  return await source.check();
};

test('is named by check, by the run and by the doctor, and once it has ended the stream is read', async () => {
  // In another database: slots wait for all of them.
  await admin.query('CREATE DATABASE other');
  const other = new pg.Client({ connectionString: server.url('other') });
  await other.connect();
  await other.query("CREATE TABLE x (id int); BEGIN; INSERT INTO x VALUES (1); PREPARE TRANSACTION 'orphan-7'");
  const named = /the prepared transaction 'orphan-7' of \w+ in other has waited for \d+ s: .* ROLLBACK PREPARED/;
  const report = await until(async () => {
    const found = await check();
    return found.ok ? null : found;
  }, 'it has waited for long');
  expect(report.streams[0]).toMatchObject({ ok: false, message: expect.stringMatching(named) });
  await expect(keys()).rejects.toMatchObject({
    ...{ code: 'HUB_SOURCE_READ_FAILED', recovery: 'retry' },
    message: expect.stringMatching(named),
  });
  const findings = judge(CAPTURE_CHECKS, await readPostgres(admin, 0), 'source');
  expect(findings.map(({ what, found }) => [what, found])).toContainEqual([
    'prepared transactions',
    expect.stringMatching(/^'orphan-7' of \w+ in other for \d+ s$/),
  ]);
  await other.query("ROLLBACK PREPARED 'orphan-7'");
  await other.end();
  expect((await check()).ok).toBe(true);
  expect(await keys()).toEqual(['1']);
}, 60_000);
