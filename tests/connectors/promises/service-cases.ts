import type { PromiseName } from '../../../connectors/promises.ts';
import { serveHttp, type Told } from '../../../runner/demo/departments/servers/http.ts';
import type { Broken } from './case.ts';

interface Row {
  readonly id: string;
  readonly at?: string;
}

/** What a service of each kind says of these rows. */
interface Kind {
  readonly stream: object;
  answer(rows: readonly Row[], total?: number): string;
  readonly type: string;
  readonly connection?: object;
  readonly since: object;
}

const AT = '2026-03-01T10:00:00+08:00';
const ROWS: readonly Row[] = [
  { id: '1', at: AT },
  { id: '2', at: AT },
];
const xmlRows = (rows: readonly Row[]): string =>
  rows.map(({ id, at = '' }) => `<row><id>${id}</id><at>${at}</at></row>`).join('');

const REST: Kind = {
  stream: { records: 'list', key: ['ID'], columns: { ID: 'id', AT: 'at' } },
  type: 'application/json',
  answer: (rows, total) => JSON.stringify({ list: rows, total }),
  since: { since: { column: 'AT', parameter: 'from', overlapSeconds: 0 } },
};
const SOAP: Kind = {
  stream: { operation: 'q', records: 'list.row', key: ['ID'], columns: { ID: 'id', AT: 'at' } },
  type: 'text/xml',
  connection: { namespace: 'urn:x', wsdl: false },
  answer: (rows, total) =>
    `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><r>${total === undefined ? '' : `<total>${total}</total>`}<list>${xmlRows(rows)}</list></r></e:Body></e:Envelope>`,
  since: { since: { column: 'AT', overlapSeconds: 0 }, parameters: { from: '{since}' } },
};
const OAI: Kind = {
  stream: { columns: { TITLE: 'title' } },
  type: 'text/xml',
  answer: (rows) =>
    `<OAI-PMH><ListRecords>${rows
      .map(
        ({ id, at = '' }) =>
          `<record><header><identifier>${id}</identifier><datestamp>${at.slice(0, 10)}</datestamp></header><metadata><dc><title>t</title></dc></metadata></record>`,
      )
      .join('')}</ListRecords></OAI-PMH>`,
  since: { overlapSeconds: 0 },
};
const IDENTIFY = '<OAI-PMH><Identify><deletedRecord>no</deletedRecord></Identify></OAI-PMH>';

interface Way {
  readonly what: string;
  readonly says: RegExp;
  readonly run: string | null;
  readonly stream?: object;
  readonly body?: string | Buffer;
  readonly isGone?: true;
}

function caseOf(connector: string, kind: Kind, promise: PromiseName, way: Way): Broken {
  return {
    ...{ connector, promise, what: way.what, says: way.says, run: way.run },
    async arrange() {
      const server = await serveHttp(
        ({ url }): Told =>
          url.searchParams.get('verb') === 'Identify'
            ? { type: 'text/xml', body: IDENTIFY }
            : { type: kind.type, body: way.body ?? kind.answer(ROWS) },
      );
      const { address } = server;
      if (way.isGone === true) await server[Symbol.asyncDispose]();
      return {
        connection: { url: address, ...kind.connection },
        stream: { ...kind.stream, ...way.stream },
        [Symbol.asyncDispose]: async () => (way.isGone === true ? undefined : server[Symbol.asyncDispose]()),
      };
    },
  };
}

/** A text in which a name stands in bytes that are not UTF-8. */
const inGbk = (answer: string): Buffer => {
  const [before = '', after = ''] = answer.split('>t<').length > 1 ? answer.split('>t<') : answer.split('2026-03');
  return Buffer.concat([Buffer.from(`${before}>`), Buffer.from([0xc7, 0xe0]), Buffer.from(`<${after}`)]);
};

function casesOf(connector: string, kind: Kind): readonly Broken[] {
  const of = (promise: PromiseName, way: Way): Broken => caseOf(connector, kind, promise, way);
  const REJECTED = 'succeeded HUB_SOURCE_ROWS_REJECTED';
  return [
    of('reachable', {
      ...{ what: 'a service that is not there', isGone: true },
      ...{ says: /HUB_SOURCE_UNREACHABLE: .*ECONNREFUSED/, run: 'failed HUB_SOURCE_UNREACHABLE' },
    }),
    of('encoding', {
      ...{ what: 'a reply in another encoding than it says', body: inGbk(kind.answer(ROWS)) },
      ...{ says: /HUB_SOURCE_READ_FAILED: .*(encoding|UTF-8)/i, run: 'failed HUB_SOURCE_READ_FAILED' },
    }),
    of('keys', {
      ...{ what: 'two records with one key', body: kind.answer([...ROWS, { id: '2', at: AT }]) },
      ...{ says: /1 have the (key \(ID\)|identifier) of another/, run: 'succeeded HUB_SOURCE_KEY_REPEATED' },
    }),
    of('news', {
      ...{ what: 'no overlap', stream: kind.since },
      ...{ says: /overlapSeconds is 0: .* is lost/, run: null },
    }),
    of('time', {
      what: 'a time that never was',
      stream: connector === 'oai-pmh' ? {} : { observedAt: 'AT' },
      body: kind.answer([...ROWS, { id: '3', at: '2026-02-30T10:00:00+08:00' }]),
      ...{ says: /2 records, 1 not to be taken/, run: REJECTED },
    }),
    of('kept', {
      ...{ what: 'a record without a key', body: kind.answer([...ROWS, { id: '', at: AT }]) },
      ...{ says: /2 records, 1 not to be taken/, run: REJECTED },
    }),
  ];
}

const fewer = (connector: string, kind: Kind, stream: object): Broken =>
  caseOf(connector, kind, 'complete', {
    ...{ what: 'fewer records than the service states', stream, body: kind.answer(ROWS, 5) },
    ...{ says: /after 2 records, and the service states 5/, run: 'failed HUB_SOURCE_READ_FAILED' },
  });

export const SERVICE_CASES: readonly Broken[] = [
  ...casesOf('rest-json', REST),
  fewer('rest-json', REST, { paging: { style: 'cursor', next: 'next', total: 'total' } }),
  ...casesOf('soap', SOAP),
  fewer('soap', SOAP, { total: 'total' }),
  ...casesOf('oai-pmh', OAI),
  caseOf('oai-pmh', OAI, 'deletes', {
    ...{ what: 'a repository that keeps no deleted records' },
    ...{ says: /deleted records: no: what is deleted there stays here/, run: null },
  }),
];
