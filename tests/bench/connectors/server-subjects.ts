import { join } from 'node:path';
import type pg from 'pg';
import { openEmbeddedPostgres } from '../../../runner/stack/postgres.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { openClient, PATIENCE } from '../../../schemas/store/pool.ts';
import { COLUMNS, cells, connectionOf, keep, type Served, type Subject } from './subject.ts';

const PAGE = 5_000;
const quoted = COLUMNS.map((name) => `"${name}"`).join(', ');

const SLOT = 'hub_bench';

/** A server of its own with one empty table, published for those who read its log. */
async function openTable(folder: string) {
  const server = await openEmbeddedPostgres({
    ...{ folder: join(folder, 'server'), log: silentLogger, settings: { wal_level: 'logical' } },
  });
  const client = openClient({ url: server.url('postgres'), name: 'bench', patience: PATIENCE.work });
  await client.connect();
  await client.query(
    `CREATE TABLE t (${COLUMNS.map((name) => `"${name}" text`).join(', ')}); CREATE PUBLICATION hub FOR TABLE t`,
  );
  return { server, client, url: server.url('postgres') };
}

async function fill(client: pg.Client, rows: number): Promise<void> {
  for (let from = 0; from < rows; from += PAGE) {
    const many = Array.from({ length: Math.min(PAGE, rows - from) }, (_, i) => cells(from + i));
    await client.query(
      `INSERT INTO t SELECT ${quoted} FROM unnest(${COLUMNS.map((_, c) => `$${c + 1}::text[]`).join(', ')}) AS n (${quoted})`,
      COLUMNS.map((_, c) => many.map((row) => row[c])),
    );
  }
}

async function serveTable(folder: string, rows: number, connection: (url: string) => object): Promise<Served> {
  const { server, client, url } = await openTable(folder);
  await fill(client, rows);
  await client.query('ALTER TABLE t ADD PRIMARY KEY ("BH"); ANALYZE t');
  await client.end();
  return { connection: connection(url), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function serveLog(folder: string, rows: number): Promise<Served> {
  const { server, client, url } = await openTable(folder);
  await client.query('ALTER TABLE t ADD PRIMARY KEY ("BH")');
  const { rows: made } = await client.query<{ lsn: string }>(
    `SELECT lsn::text FROM pg_create_logical_replication_slot('${SLOT}', 'pgoutput')`,
  );
  await client.query('BEGIN');
  await fill(client, rows);
  await client.query('COMMIT');
  await client.end();
  const after = { slot: SLOT, phase: 'stream', lsn: made[0]?.lsn ?? '' };
  return { connection: { url }, after, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** The same function of the server, read through a cursor; of each change the texts of its row. */
async function plainLog(folder: string): Promise<number> {
  const client = openClient({
    url: (connectionOf(folder) as { url: string }).url,
    name: 'bench',
    patience: PATIENCE.work,
  });
  await client.connect();
  await client.query(
    `DECLARE c CURSOR WITH HOLD FOR SELECT data FROM pg_logical_slot_peek_binary_changes('${SLOT}', NULL, NULL,
       'proto_version', '1', 'publication_names', 'hub')`,
  );
  let count = 0;
  for (;;) {
    const { rows } = await client.query<[Buffer]>({ text: 'FETCH 2000 FROM c', rowMode: 'array' });
    for (const [data] of rows) {
      if (data[0] !== INSERT) continue;
      const row: Record<string, string> = {};
      let at = 8;
      for (const name of COLUMNS) {
        const end = at + 5 + data.readInt32BE(at + 1);
        row[name] = data.toString('utf8', at + 5, end);
        at = end;
      }
      keep.last = row;
      count += 1;
    }
    if (rows.length < 2_000) break;
  }
  await client.end();
  return count;
}
const INSERT = 0x49;

/** Keyset pages by hand, rows made into objects. */
async function plainTable(folder: string): Promise<number> {
  const { url } = connectionOf(folder) as { url: string };
  const client = openClient({ url, name: 'bench', patience: PATIENCE.work });
  await client.connect();
  let count = 0;
  let last = '';
  for (;;) {
    const text = `SELECT ${quoted} FROM t WHERE "BH" > $1 ORDER BY "BH" LIMIT ${PAGE}`;
    const { rows } = await client.query<string[]>({ text, rowMode: 'array', values: [last] });
    for (const row of rows) keep.last = { BH: row[0], MC: row[1], DZ: row[2], RQ: row[3], JE: row[4] };
    count += rows.length;
    last = rows.at(-1)?.[0] ?? '';
    if (rows.length < PAGE) break;
  }
  await client.end();
  return count;
}

export const SERVER_SUBJECTS: readonly Subject[] = [
  {
    ...{ name: 'sql-table', connector: 'sql-table', mostRows: 5_000_000 },
    source: { schema: 'public', table: 't', key: ['BH'] },
    prepare: (folder, rows) => serveTable(folder, rows, (url) => ({ client: 'pg', url })),
    plain: plainTable,
  },
  {
    ...{ name: 'postgres-cdc', connector: 'postgres-cdc', mostRows: 5_000_000 },
    source: { schema: 'public', table: 't', key: ['BH'] },
    prepare: (folder, rows) => serveTable(folder, rows, (url) => ({ url })),
    plain: plainTable,
  },
  {
    // All rows by one transaction, after the snapshot of an empty table.
    ...{ name: 'postgres-cdc, log', connector: 'postgres-cdc', mostRows: 5_000_000 },
    source: { schema: 'public', table: 't', key: ['BH'], slot: SLOT },
    prepare: serveLog,
    plain: plainLog,
  },
];
