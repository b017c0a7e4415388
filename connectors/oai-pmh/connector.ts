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

/** What a repository says of the records that it has deleted (OAI-PMH 2.0, 2.5.1), in words. */
const DELETIONS: Readonly<Record<string, string>> = {
  no: ': what is deleted there stays here',
  transient: ': what is deleted there stays here, where it was forgotten before it was read',
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
      for await (const { records, rejects } of harvest(work, null)) {
        const repeated = records.length - new Set(records.map(({ key }) => key)).size;
        const there = records.filter(({ value }) => value !== null);
        const empty = Object.keys(work.stream.columns).filter((name) =>
          there.every(({ value }) => value?.[name] === null),
        );
        const parts = [
          `the first page has ${records.length} records, ${rejects.length} not to be taken`,
          ...(repeated === 0 ? [] : [`${repeated} have the identifier of another, which takes its place`]),
          ...(there.length === 0 || empty.length === 0 ? [] : [`empty in all of them: ${empty.join(', ')}`]),
          ...(work.stream.overlapSeconds > 0
            ? []
            : ['overlapSeconds is 0: a record that is committed later than one with a later datestamp is lost']),
        ];
        return { stream: work.name, ok: rejects.length === 0 && repeated === 0, message: parts.join('; ') };
      }
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
        `deleted records: ${said('deletedRecord')}${DELETIONS[said('deletedRecord')] ?? ''}`,
      ];
      const losesLate = Object.values(config.streams).some(({ overlapSeconds }) => overlapSeconds === 0);
      const lateCommits = losesLate ? 'not-caught' : 'overlap-window';
      return { ok: streams.every(({ ok }) => ok), streams, notes, lateCommits };
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
