import { HubError } from '../../schemas/kernel/errors.ts';
import type { StreamSpec } from '../../schemas/stream.ts';
import type { Connector, Source, SourceContext } from '../connector.ts';
import { addressUnder } from '../http/address.ts';
import { openHttpClient } from '../http/client.ts';
import { decodeReply } from '../http/reply-text.ts';
import { checkPaged, type PagedLine } from '../paged/check.ts';
import { type PagedRead, readPages } from '../paged/read.ts';
import { eachElement } from '../xml/tree.ts';
import { callPage, isPaged } from './call.ts';
import { type SoapConfig, type SoapStream, soapConfig } from './config.ts';

export const soap: Connector<SoapConfig> = {
  type: 'soap',
  summary: 'SOAP 1.1 and 1.2 services, page by page, with WS-Security; XML or JSON inside a result text too',
  config: soapConfig,
  keysOnce: 'portion',
  open: async (config, context) => openSoap(config, context),
};

function openSoap(config: SoapConfig, ctx: SourceContext): Source {
  const { connection } = config;
  const client = openHttpClient(connection, ctx);
  const readOf = (name: string): PagedRead => {
    const stream = Object.hasOwn(config.streams, name) ? (config.streams[name] as SoapStream) : undefined;
    if (stream === undefined)
      throw new HubError('HUB_SOURCE_OBJECT_MISSING', `No stream ${name} is configured`, {
        stream: name,
        allowed: Object.keys(config.streams),
      });
    const url = addressUnder(connection.url, stream.path);
    const call = { client, connection, stream, url, signal: ctx.signal, now: ctx.now };
    return {
      name,
      stream,
      ctx,
      size: isPaged(stream) ? stream.pageSize : null,
      total: stream.total ?? null,
      ask: (position) => callPage(call, position),
    };
  };

  return {
    async check() {
      const missing = connection.wsdl ? await missingOperations(config, client, ctx.signal) : [];
      const lines: PagedLine[] = [];
      for (const [name, { operation }] of Object.entries(config.streams)) {
        if (missing.includes(operation))
          lines.push({ stream: name, ok: false, message: `the WSDL has no operation ${operation}`, losesLate: false });
        else lines.push(await checkPaged(readOf(name)));
      }
      const login = connection.security === undefined ? connection.auth.kind : 'WS-Security';
      const notes = [`SOAP ${connection.version} at ${new URL(connection.url).host}, login: ${login}`];
      const isIncremental = Object.values(config.streams).every(({ since }) => since !== undefined);
      const lateCommits = lines.some(({ losesLate }) => losesLate)
        ? 'not-caught'
        : isIncremental
          ? 'overlap-window'
          : 'full-read';
      const streams = lines.map(({ losesLate: _, ...line }) => line);
      return { ok: streams.every(({ ok }) => ok), streams, notes, lateCommits };
    },
    discover: async () => Object.entries(config.streams).map(specOf),
    read: (name, after) => readPages(readOf(name), after),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

/** Operations that the description of the service does not name. Imports are not followed: they may lead elsewhere. */
async function missingOperations(
  { connection, streams }: SoapConfig,
  client: ReturnType<typeof openHttpClient>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const reply = await client.send({ url: `${connection.url}?wsdl` }, signal);
  const named = new Set<string | undefined>();
  let imports = false;
  eachElement(decodeReply(reply), `${connection.url}?wsdl`, (name, attributes) => {
    if (name === 'import') imports = true;
    else if (name === 'operation') named.add(attributes['name']);
  });
  if (imports) return [];
  return Object.values(streams).flatMap(({ operation }) => (named.has(operation) ? [] : [operation]));
}

const specOf = ([name, stream]: [string, SoapStream]): StreamSpec => ({
  name,
  columns: Object.keys(stream.columns).map((column) => ({
    ...{ name: column, type: 'text' as const, sourceType: stream.embedded === 'json' ? 'JSON' : 'XML' },
    nullable: !stream.key.includes(column),
  })),
  key: stream.key,
  rowEstimate: null,
});
