import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { openEmbeddedPostgres } from '../../stack/postgres.ts';
import { COLUMNS, cells, connectionOf, keep, type Served, type Subject } from './subject.ts';

const PAGE = 5_000;
const quoted = COLUMNS.map((name) => `"${name}"`).join(', ');

/** A server of its own with one table, published for those who read its log. */
async function serveTable(folder: string, rows: number, connection: (url: string) => object): Promise<Served> {
  const server = await openEmbeddedPostgres({ folder: join(folder, 'server'), log: silentLogger });
  const url = server.url('postgres');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE TABLE t (${COLUMNS.map((name) => `"${name}" text`).join(', ')})`);
  for (let from = 0; from < rows; from += PAGE) {
    const many = Array.from({ length: Math.min(PAGE, rows - from) }, (_, i) => cells(from + i));
    await client.query(
      `INSERT INTO t SELECT ${quoted} FROM unnest(${COLUMNS.map((_, c) => `$${c + 1}::text[]`).join(', ')}) AS n (${quoted})`,
      COLUMNS.map((_, c) => many.map((row) => row[c])),
    );
  }
  await client.query('ALTER TABLE t ADD PRIMARY KEY ("BH"); ANALYZE t; CREATE PUBLICATION hub FOR TABLE t');
  await client.end();
  return { connection: connection(url), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Keyset pages by hand, rows made into objects. */
async function plainTable(folder: string): Promise<number> {
  const { url } = connectionOf(folder) as { url: string };
  const client = new pg.Client({ connectionString: url });
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

async function serveJson(rows: number): Promise<Served> {
  const size = 1_000;
  const pages = Array.from({ length: Math.ceil(rows / size) }, (_, page) => {
    const list = Array.from({ length: Math.min(size, rows - page * size) }, (__, i) =>
      Object.fromEntries(cells(page * size + i).map((text, c) => [COLUMNS[c], text])),
    );
    return JSON.stringify({ total: rows, list });
  });
  const server = createServer((request, response) => {
    const page = Number(new URL(request.url ?? '/', 'http://x').searchParams.get('page'));
    response.setHeader('content-type', 'application/json').end(pages[page - 1] ?? '{"list":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    connection: { url: `http://127.0.0.1:${port}` },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
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
    ...{ name: 'rest-json', connector: 'rest-json', mostRows: 500_000 },
    source: {
      ...{ path: '/rows', records: 'list', key: ['BH'], columns: Object.fromEntries(COLUMNS.map((one) => [one, one])) },
      paging: { style: 'page', parameter: 'page', total: 'total', size: 1_000, sizeParameter: 'size' },
    },
    prepare: (_, rows) => serveJson(rows),
    async plain(folder) {
      const { url } = connectionOf(folder) as { url: string };
      let count = 0;
      for (let page = 1; ; page++) {
        const reply = await fetch(`${url}/rows?page=${page}`);
        const { list } = (await reply.json()) as { list: Record<string, string>[] };
        for (const { BH, MC, DZ, RQ, JE } of list) keep.last = { BH, MC, DZ, RQ, JE };
        count += list.length;
        if (list.length < 1_000) return count;
      }
    },
  },
];
