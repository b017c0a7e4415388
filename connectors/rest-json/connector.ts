import { HubError } from '../../schemas/kernel/errors.ts';
import type { StreamSpec } from '../../schemas/stream.ts';
import type { Connector, Source, SourceContext } from '../connector.ts';
import { addressUnder } from '../http/address.ts';
import { openHttpClient } from '../http/client.ts';
import { checkPaged, type PagedLine } from '../paged/check.ts';
import { type PagedRead, readPages } from '../paged/read.ts';
import { type RestConfig, type RestStream, restConfig } from './config.ts';
import { askPage } from './pages.ts';

export const restJson: Connector<RestConfig> = {
  type: 'rest-json',
  summary: 'HTTP services that answer in JSON or XML, in pages, with key, password or OAuth token',
  config: restConfig,
  keysOnce: 'portion',
  open: async (config, context) => openRest(config, context),
};

function openRest(config: RestConfig, ctx: SourceContext): Source {
  const { connection } = config;
  const client = openHttpClient(connection, ctx);
  const readOf = (name: string): PagedRead => {
    const stream = Object.hasOwn(config.streams, name) ? (config.streams[name] as RestStream) : undefined;
    if (stream === undefined)
      throw new HubError('HUB_SOURCE_OBJECT_MISSING', `No stream ${name} is configured`, {
        stream: name,
        allowed: Object.keys(config.streams),
      });
    const url = addressUnder(connection.url, stream.path);
    const size = stream.paging.style === 'none' ? null : stream.paging.size;
    const total = stream.paging.style === 'none' ? null : (stream.paging.total ?? null);
    return { name, stream, ctx, size, total, ask: (position) => askPage(client, stream, url, position, ctx.signal) };
  };

  return {
    async check() {
      const lines: PagedLine[] = [];
      for (const name of Object.keys(config.streams)) lines.push(await checkPaged(readOf(name)));
      const { host, protocol } = new URL(connection.url);
      const notes = [`${protocol}//${host}, login: ${connection.auth.kind}`];
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

const specOf = ([name, stream]: [string, RestStream]): StreamSpec => ({
  name,
  columns: Object.keys(stream.columns).map((column) => ({
    ...{ name: column, type: 'text' as const, sourceType: stream.format === 'xml' ? 'XML' : 'JSON' },
    nullable: !stream.key.includes(column),
  })),
  key: stream.key,
  rowEstimate: null,
});
