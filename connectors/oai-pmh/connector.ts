import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { ColumnSpec, StreamSpec } from '../../schemas/stream.ts';
import type { Connector, Source, SourceContext } from '../connector.ts';
import { openHttpClient } from '../http/client.ts';
import { at } from '../json/exact.ts';
import { textOf } from '../xml/tree.ts';
import { type OaiConfig, type OaiStream, oaiConfig } from './config.ts';
import { type Harvest, harvest } from './harvest.ts';
import { ask, OaiFault } from './list.ts';

export const oaiPmh: Connector<OaiConfig> = {
  type: 'oai-pmh',
  summary: 'Archives and libraries that answer OAI-PMH 2.0, deleted records and full texts included',
  config: oaiConfig,
  keysOnce: 'portion',
  open: async (config, context) => openOai(config, context),
};

function openOai(config: OaiConfig, ctx: SourceContext): Source {
  const { connection } = config;
  const client = openHttpClient(connection, ctx);
  const workOf = (name: string): Harvest => {
    const stream = Object.hasOwn(config.streams, name) ? (config.streams[name] as OaiStream) : undefined;
    if (stream === undefined)
      throw new HubError('HUB_SOURCE_OBJECT_MISSING', `No stream ${name} is configured`, {
        stream: name,
        allowed: Object.keys(config.streams),
      });
    return { name, stream, url: connection.url, client, ctx };
  };

  async function checkOne(work: Harvest): Promise<{ stream: string; ok: boolean; message: string }> {
    try {
      for await (const { records } of harvest(work, null))
        return { stream: work.name, ok: true, message: `the first page has ${records.length} records` };
      return { stream: work.name, ok: true, message: 'no records' };
    } catch (error) {
      if (!isHubError(error) || error.code === 'HUB_SOURCE_UNREACHABLE' || error.code === 'HUB_SOURCE_REFUSED')
        throw error;
      return { stream: work.name, ok: false, message: `${error.code}: ${error.message}` };
    }
  }

  return {
    async check() {
      const identify = await ask(client, connection.url, { verb: 'Identify' }, ctx.signal).catch((error: unknown) => {
        if (!(error instanceof OaiFault)) throw error;
        throw new HubError('HUB_SOURCE_READ_FAILED', `the repository does not say who it is: ${error.code}`);
      });
      const said = (name: string): string => textOf(at(identify, `Identify.${name}`)) ?? 'not said';
      const streams = [];
      for (const name of Object.keys(config.streams)) streams.push(await checkOne(workOf(name)));
      const notes = [
        `${said('repositoryName')}, OAI-PMH ${said('protocolVersion')}, granularity ${said('granularity')}`,
        `deleted records: ${said('deletedRecord')}`,
      ];
      return { ok: streams.every(({ ok }) => ok), streams, notes, lateCommits: 'overlap-window' };
    },
    discover: async () => Object.entries(config.streams).map(specOf),
    read: (name, after) => harvest(workOf(name), after),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

const column = (name: string, nullable: boolean, sourceType: string): ColumnSpec => ({
  name,
  type: 'text',
  sourceType,
  nullable,
});

const specOf = ([name, { columns, fullText }]: [string, OaiStream]): StreamSpec => ({
  name,
  columns: [
    column('IDENTIFIER', false, 'identifier'),
    column('DATESTAMP', false, 'datestamp'),
    ...Object.entries(columns).map(([one, element]) => column(one, true, element)),
    ...(fullText === undefined ? [] : [column(fullText.column, true, 'full text')]),
  ],
  key: ['IDENTIFIER'],
  rowEstimate: null,
});
