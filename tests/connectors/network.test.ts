import { csv } from '../../connectors/csv/connector.ts';
import { mssqlChanges } from '../../connectors/mssql-changes/connector.ts';
import { oaiPmh } from '../../connectors/oai-pmh/connector.ts';
import { postgresCdc } from '../../connectors/postgres-cdc/connector.ts';
import { restJson } from '../../connectors/rest-json/connector.ts';
import { soap } from '../../connectors/soap/connector.ts';
import { sqlTable } from '../../connectors/sql-table/connector.ts';
import { serveFtp } from '../../runner/demo/departments/servers/ftp.ts';
import { serveHttp, type Told } from '../../runner/demo/departments/servers/http.ts';
import { serveSftp } from '../../runner/demo/departments/servers/sftp.ts';
import { networkContract } from '../contracts/network.contract.ts';
import { testContext, testFolder } from './files/folder.ts';

const LOGIN = { user: 'hub', password: 'hub' };
const portOf = (address: string): number => Number(new URL(address).port);
const LIMITS = { timeoutSeconds: 1, totalSeconds: 5 };

/** A service over HTTP whose reply is long enough to be cut in head and body. */
const overHttp = (answer: Told, open: (url: string) => ReturnType<typeof restJson.open>) => async () => {
  const server = await serveHttp(() => answer);
  return {
    ...{ service: portOf(server.address), stream: 's', after: [1, 60, 400], limitMs: 2_000 },
    open: (port: number) => open(`http://127.0.0.1:${port}`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
const many = (text: (id: number) => string): string => Array.from({ length: 200 }, (_, id) => text(id)).join('');

networkContract(
  'rest-json',
  overHttp({ body: JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id }))) }, (url) => {
    const streams = { s: { key: ['ID'], columns: { ID: 'id' } } };
    return restJson.open(restJson.config.parse({ connection: { url, ...LIMITS }, streams }), testContext());
  }),
);
networkContract(
  'soap',
  overHttp(
    {
      type: 'text/xml',
      body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><r><list>${many((id) => `<row><id>${id}</id></row>`)}</list></r></e:Body></e:Envelope>`,
    },
    (url) => {
      const streams = { s: { operation: 'q', records: 'list.row', key: ['ID'], columns: { ID: 'id' } } };
      const connection = { url, namespace: 'urn:x', wsdl: false, ...LIMITS };
      return soap.open(soap.config.parse({ connection, streams }), testContext());
    },
  ),
);
networkContract(
  'oai-pmh',
  overHttp(
    {
      type: 'text/xml',
      body: `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>${many(
        (id) =>
          `<record><header><identifier>${id}</identifier><datestamp>2026-01-01</datestamp></header><metadata><dc><title>t</title></dc></metadata></record>`,
      )}</ListRecords></OAI-PMH>`,
    },
    (url) => {
      const streams = { s: { columns: { TITLE: 'title' } } };
      return oaiPmh.open(oaiPmh.config.parse({ connection: { url, ...LIMITS }, streams }), testContext());
    },
  ),
);

const overFiles = (kind: 'ftp' | 'sftp') => async () => {
  const folder = await testFolder();
  await folder.write('a.csv', `ID\n${many((id) => `${id}\n`)}`);
  const server =
    kind === 'ftp'
      ? await serveFtp(folder.path, LOGIN.user, LOGIN.password)
      : await serveSftp(folder.path, LOGIN.user, LOGIN.password);
  return {
    // Of FTP only what goes over the connection of commands.
    ...{ service: server.port, stream: 's', after: kind === 'ftp' ? [1, 60] : [1, 60, 1_500], limitMs: 3_000 },
    open: (port: number) => {
      const key = 'hostKey' in server ? { hostKey: server.hostKey } : {};
      const remote = { kind, host: '127.0.0.1', port, ...LOGIN, timeoutSeconds: 1, ...key };
      const streams = { s: { files: '*.csv', key: ['ID'], encoding: 'utf-8' } };
      return csv.open(
        csv.config.parse({ connection: { folder: '/', stableSeconds: 0, remote }, streams }),
        testContext(),
      );
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
};
networkContract('files over FTP', overFiles('ftp'));
networkContract('files over SFTP', overFiles('sftp'));

/* Databases by servers that speak no word of their languages: none of SQL Server and Oracle can be had. */

const parts = (port: number) => ({
  ...{ host: '127.0.0.1', port, user: 'u', password: 'p', database: 'd' },
  ...{ connectTimeoutMs: 500, statementTimeoutMs: 1_000 },
});
const without = (open: (port: number) => ReturnType<typeof restJson.open>) => async () => ({
  ...{ service: null, stream: 's', after: [], limitMs: 6_000, open },
  async [Symbol.asyncDispose]() {},
});
for (const client of ['pg', 'mysql2', 'mssql', 'oracledb'])
  networkContract(
    `sql-table, ${client}`,
    without((port) => {
      const streams = { s: { table: 't', key: ['id'] } };
      return sqlTable.open(sqlTable.config.parse({ connection: { client, ...parts(port) }, streams }), testContext());
    }),
    false,
  );
networkContract(
  'mssql-changes',
  without((port) => {
    const streams = { s: { table: 't', key: ['id'] } };
    return mssqlChanges.open(mssqlChanges.config.parse({ connection: parts(port), streams }), testContext());
  }),
  false,
);
networkContract(
  'postgres-cdc',
  without((port) => {
    const streams = { s: { table: 't', key: ['id'] } };
    const { connectTimeoutMs, statementTimeoutMs } = parts(port);
    const connection = { url: `postgresql://u:p@127.0.0.1:${port}/d`, connectTimeoutMs, statementTimeoutMs };
    return postgresCdc.open(postgresCdc.config.parse({ connection, streams }), testContext());
  }),
  false,
);
