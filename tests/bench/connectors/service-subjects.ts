import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SaxesParser } from 'saxes';
import { COLUMNS, cells, connectionOf, keep, pushedOf, type Served, type Subject } from './subject.ts';

const SIZE = 1_000;
type Row = Readonly<Record<string, string>>;

const rowOf = (i: number): Row => Object.fromEntries(cells(i).map((text, c) => [COLUMNS[c] as string, text]));

/** Pages made beforehand; the number of the page is the last one in the address or the body. */
async function servePages(
  rows: number,
  type: string,
  page: (list: readonly Row[], number: number) => string,
): Promise<Served> {
  const pages = Array.from({ length: Math.ceil(rows / SIZE) + 1 }, (_, number) => {
    const left = Math.max(0, Math.min(SIZE, rows - number * SIZE));
    return page(
      Array.from({ length: left }, (__, i) => rowOf(number * SIZE + i)),
      number,
    );
  });
  const server = createServer((request, response) => {
    let asked = request.url ?? '';
    request.on('data', (chunk: Buffer) => {
      asked += chunk.toString();
    });
    request.on('end', () => {
      const number = Number(/(?:page=|Token=|:page>)(\d+)/.exec(asked)?.[1] ?? 1);
      response.setHeader('content-type', type).end(pages[number - 1]);
    });
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

const elements = (row: Row, prefix = ''): string =>
  Object.entries(row)
    .map(([name, text]) => `<${prefix}${name}>${text}</${prefix}${name}>`)
    .join('');
const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';
/** Elements by local name, one or many; attributes, mixed content and limits are left out. */
function plainTree(text: string): unknown {
  const parser = new SaxesParser();
  const root: Record<string, unknown> = {};
  const open: Record<string, unknown>[] = [root];
  let said = '';
  let isLeaf = false;
  parser.on('opentag', () => {
    open.push({});
    said = '';
    isLeaf = true;
  });
  parser.on('text', (piece) => {
    said += piece;
  });
  parser.on('closetag', ({ name }) => {
    const members = open.pop();
    const node = isLeaf ? said : members;
    isLeaf = false;
    const local = name.slice(name.indexOf(':') + 1);
    const parent = open.at(-1) as Record<string, unknown>;
    const known = parent[local];
    if (known === undefined) parent[local] = node;
    else if (Array.isArray(known)) known.push(node);
    else parent[local] = [known, node];
  });
  parser.write(text).close();
  return root;
}

/** Page after page, parsed by the library, rows made of what `rowsIn` finds. */
async function plainXmlPages(
  folder: string,
  ask: (url: string, page: number) => Promise<Response>,
  rowsIn: (tree: never) => readonly Row[],
): Promise<number> {
  const { url } = connectionOf(folder) as { url: string };
  let count = 0;
  for (let page = 1; ; page++) {
    const found = rowsIn(plainTree(await (await ask(url, page)).text()) as never);
    for (const { BH, MC, DZ, RQ, JE } of found) keep.last = { BH, MC, DZ, RQ, JE };
    count += found.length;
    if (found.length < SIZE) return count;
  }
}

interface Listed {
  readonly 'OAI-PMH': { readonly ListRecords: { readonly record?: readonly { metadata: { dc: Row } }[] } };
}
interface Enveloped {
  readonly Envelope: { readonly Body: { readonly queryResponse: { readonly list: { row?: readonly Row[] } | '' } } };
}

export const SERVICE_SUBJECTS: readonly Subject[] = [
  {
    ...{ name: 'rest-json', connector: 'rest-json', mostRows: 500_000 },
    source: {
      ...{ path: '/rows', records: 'list', key: ['BH'], columns: Object.fromEntries(COLUMNS.map((one) => [one, one])) },
      paging: { style: 'page', parameter: 'page', total: 'total', size: 1_000, sizeParameter: 'size' },
    },
    prepare: (_, rows) => servePages(rows, 'application/json', (list) => JSON.stringify({ total: rows, list })),
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
  {
    ...{ name: 'soap', connector: 'soap', mostRows: 500_000 },
    source: {
      ...{ operation: 'query', parameters: { page: '{page}' }, records: 'list.row', pageSize: SIZE, key: ['BH'] },
      columns: Object.fromEntries(COLUMNS.map((one) => [one, one])),
    },
    async prepare(_, rows) {
      const served = await servePages(rows, 'text/xml', (list) => {
        const body = list.map((row) => `<row>${elements(row)}</row>`).join('');
        return `<e:Envelope xmlns:e="${ENVELOPE}"><e:Body><queryResponse><list>${body}</list></queryResponse></e:Body></e:Envelope>`;
      });
      return { ...served, connection: { ...served.connection, namespace: 'urn:x' } };
    },
    plain: (folder) =>
      plainXmlPages(
        folder,
        (url, page) => fetch(url, { method: 'POST', body: `<m:page>${page}</m:page>` }),
        ({ Envelope }: Enveloped) => {
          const { list } = Envelope.Body.queryResponse;
          return list === '' ? [] : (list.row ?? []);
        },
      ),
  },
  {
    ...{ name: 'oai-pmh', connector: 'oai-pmh', mostRows: 500_000 },
    source: { columns: Object.fromEntries(COLUMNS.map((one) => [one, one])) },
    prepare: (_, rows) =>
      servePages(rows, 'text/xml', (list, number) => {
        const records = list.map((row) => {
          const header = `<identifier>oai:x:${row['BH']}</identifier><datestamp>2024-01-01T00:00:00Z</datestamp>`;
          return `<record><header>${header}</header><metadata><o:dc xmlns:o="u" xmlns:d="v">${elements(row, 'd:')}</o:dc></metadata></record>`;
        });
        const token = list.length < SIZE ? '' : `<resumptionToken>${number + 2}</resumptionToken>`;
        return `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>${records.join('')}${token}</ListRecords></OAI-PMH>`;
      }),
    plain: (folder) =>
      plainXmlPages(
        folder,
        (url, page) => fetch(`${url}?resumptionToken=${page}`),
        (tree: Listed) => (tree['OAI-PMH'].ListRecords.record ?? []).map(({ metadata }) => metadata.dc),
      ),
  },
  {
    ...{ name: 'webhook', connector: 'webhook', mostRows: 5_000_000 },
    source: { key: ['BH'], fields: Object.fromEntries(COLUMNS.map((one) => [one, one])) },
    prepare: async (_, rows) => ({
      connection: { auth: { scheme: 'standard', secrets: ['a secret of the bench, long enough'] } },
      pushed: rows,
      [Symbol.asyncDispose]: async () => {},
    }),
    async plain(folder) {
      const rows = pushedOf(folder);
      let count = 0;
      for (let from = 0; from < rows; from += 100)
        for (const body of deliveries(from, Math.min(100, rows - from))) {
          const { BH, MC, DZ, RQ, JE } = JSON.parse(body.toString()) as Row;
          keep.last = { BH, MC, DZ, RQ, JE };
          count += 1;
        }
      return count;
    },
  },
];

/** Bodies of deliveries of one record each, as an inbox holds them. */
export const deliveries = (from: number, count: number): readonly Buffer[] =>
  Array.from({ length: count }, (_, i) => Buffer.from(JSON.stringify(rowOf(from + i))));
