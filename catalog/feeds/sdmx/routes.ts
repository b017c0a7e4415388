// for `tags` and `summary` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HubError } from '../../../schemas/kernel/errors.ts';
import type { SeriesDescription } from '../../../schemas/series.ts';
import { openSnapshot, type Snapshot } from '../../../schemas/store/snapshot.ts';
import { answersWith, inputSchema, MOMENT_MEANS, momentOf, momentSchema } from '../../api/schema.ts';
import { cached } from '../../cached.ts';
import { feedRows } from '../../directory/hub-views.ts';
import type { CatalogBase } from '../../options.ts';
import { sendParts } from '../answer.ts';
import type { Feed, FeedContext } from '../feed.ts';
import { derivedRows } from './derived.ts';
import { csvWriter, type Row, written, xmlWriter } from './messages.ts';
import { type DataQuery, dataStatement, groupsStatement, PERIOD } from './query.ts';
import { AGENCY, codeLists, FLOWS, type Flow, flowsOf, VERSION } from './structure.ts';
import { type StructureParts, structureMessage } from './xml.ts';

/* SDMX 2.1 REST (SDMX 2.1, section 7): structures as SDMX-ML, data as SDMX-ML structure-specific or SDMX-CSV 1.0. */

const PREFIX = '/feeds/macroeconomic';
const STRUCTURE_TYPE = 'application/vnd.sdmx.structure+xml;version=2.1';
const XML_TYPE = 'application/vnd.sdmx.structurespecificdata+xml;version=2.1';
const CSV_TYPE = 'application/vnd.sdmx.data+csv;version=1.0.0';
const CODES_MAX_AGE_MS = 5_000;
const ROWS_OF_A_PORTION = 4_000;

const period = z.string().regex(PERIOD, '2024, 2024-Q1, 2024-03 or 2024-03-31').optional();
const count = z.number().int().min(1).max(10_000).optional();
const dataQuery = z.strictObject({
  startPeriod: period.describe('2024, 2024-Q1, 2024-03'),
  endPeriod: period,
  firstNObservations: count,
  lastNObservations: count,
  detail: z.enum(['full', 'dataonly', 'serieskeysonly', 'nodata']).default('full'),
  asOf: momentSchema.describe(`what the hub knew then. ${MOMENT_MEANS}; an extension of ours`),
  dimensionAtObservation: z.enum(['TIME_PERIOD']).optional(),
  includeHistory: z
    // Python clients write their own words.
    .enum(['false', 'true', 'False', 'True'])
    .optional()
    .describe('true: every vintage; in XML one data set a day of release, in CSV lines with their RELEASE_DATE'),
  boundaries: z
    .enum(['published', 'constant'])
    .optional()
    .describe(
      '汇总区划: adds sums of counties for prefectures and the province where nothing was published, in the boundaries of each period or in those of today; a sum without one of its counties is missing; an extension of ours',
    ),
  format: z.enum(['xml', 'csv']).optional().describe('instead of the header Accept'),
});
const id = z.string().max(100);
const flow = id.describe('MACRO or MACRO_DERIVED, with agency and version if you like');
const key = z.string().max(4_000).describe('`all`, or the codes of each dimension: M.630000.GDP+RETAIL_SALES......');
/** The optional tails of an address with what may stand in them. */
const DATA_TAILS = { '': { flow }, '/:key': { flow, key }, '/:key/:provider': { flow, key, provider: id } };
const STRUCTURE_TAILS = {
  '': {},
  '/:agency': { agency: id },
  '/:agency/:id': { agency: id, id },
  '/:agency/:id/:version': { agency: id, id, version: id },
};
const structureQuery = z.strictObject({
  references: z
    .enum([
      'none',
      'parents',
      'parentsandsiblings',
      'children',
      'descendants',
      'all',
      'datastructure',
      'codelist',
      'conceptscheme',
    ])
    .optional(),
  detail: z
    .enum(['full', 'allstubs', 'referencestubs', 'allcompletestubs', 'referencecompletestubs', 'referencepartial'])
    .optional(),
});

const withReferences = (references: string): boolean => references !== 'none' && references !== 'parents';

/** Series of the macroeconomic base. */
export const sdmxFeed: Feed = {
  name: 'sdmx',
  register(server, { bases, feeds, log, turns }) {
    const base = bases.find(({ name }) => name === 'macroeconomic');
    if (base !== undefined && feeds !== undefined) addRoutes(server, { base, series: feeds.series, log, turns });
  },
};

interface SdmxOptions extends Pick<FeedContext, 'log' | 'turns'> {
  readonly base: CatalogBase;
  readonly series: SeriesDescription;
}

function addRoutes(server: FastifyInstance, { base, series, log, turns }: SdmxOptions): void {
  const tags = ['统计数据 SDMX feed'];
  const { schema, pool } = base;
  const columns = series.dimensions.map(({ code }) => code);
  const flows = cached(CODES_MAX_AGE_MS, async () => {
    const selects = columns.map(
      (column) => `SELECT DISTINCT '${column}' AS "column", ${column} AS value FROM ${schema}.feed_series`,
    );
    const rows = await feedRows<{ column: string; value: string }>(
      pool,
      'codes of the series',
      `${selects.join(' UNION ALL ')} ORDER BY 1, 2`,
    );
    const values = Object.fromEntries(
      columns.map((column) => [column, rows.filter((row) => row.column === column).map(({ value }) => value)]),
    );
    return flowsOf(base.title, series, values);
  });

  /** @param own ids of the structures of this kind, by the flows that they belong to. */
  const structure = (path: string, own: (all: readonly Flow[]) => readonly string[], parts: StructureParts): void => {
    for (const [tail, params] of Object.entries(STRUCTURE_TAILS))
      server.get<{
        Params: Partial<Record<'agency' | 'id' | 'version', string>>;
        Querystring: z.output<typeof structureQuery>;
      }>(
        `${PREFIX}/${path}${tail}`,
        {
          schema: {
            ...{ tags, summary: `SDMX 2.1: ${path}`, response: answersWith(STRUCTURE_TYPE) },
            ...{ params: inputSchema(z.strictObject(params)), querystring: inputSchema(structureQuery) },
          },
        },
        async ({ params, query }, reply) => {
          const all = await flows.get();
          const { agency = 'all', id = 'all', version = 'latest' } = params;
          const ids = own(all);
          const isKnown =
            ['all', AGENCY].includes(agency) &&
            ['all', 'latest', VERSION].includes(version) &&
            (id === 'all' || ids.includes(id));
          if (!isKnown)
            throw new HubError('HUB_CATALOG_NOT_FOUND', 'There is no such structure', {
              allowed: ids.map((one) => `${AGENCY}/${one}/${VERSION}`),
            });
          const isWhole = withReferences(query.references ?? 'none');
          const asked = all.filter((flow) => id === 'all' || flow.id === id || !own([flow]).includes(flow.id));
          const lists = codeLists(asked, series).filter(
            ({ code }) => path !== 'codelist' || id === 'all' || isWhole || code === id,
          );
          const more = isWhole ? { structures: true, codelists: true, concepts: true } : {};
          const message = structureMessage(base.title, asked, lists, { ...more, ...parts }, new Date());
          return reply.type(`${STRUCTURE_TYPE}; charset=utf-8`).send(message);
        },
      );
  };
  const flowIds = (all: readonly Flow[]): readonly string[] => all.map(({ id }) => id);
  structure('dataflow', flowIds, { dataflows: true });
  structure('datastructure', flowIds, { structures: true });
  structure('codelist', (all) => codeLists(all, series).map(({ code }) => code), { codelists: true });
  structure('conceptscheme', () => ['CS_MACRO'], { concepts: true });

  for (const [tail, params] of Object.entries(DATA_TAILS))
    server.get<{ Params: { flow: string; key?: string }; Querystring: z.output<typeof dataQuery> }>(
      `${PREFIX}/data/:flow${tail}`,
      {
        schema: {
          ...{ tags, summary: 'SDMX 2.1: data', response: answersWith(XML_TYPE, CSV_TYPE) },
          ...{ params: inputSchema(z.strictObject(params)), querystring: inputSchema(dataQuery) },
        },
      },
      async (request, reply) => {
        const { params } = request;
        const { includeHistory, ...query } = request.query;
        const asked: DataQuery = {
          ...query,
          asOf: momentOf(query.asOf),
          includeHistory: includeHistory?.toLowerCase() === 'true',
          key: params.key ?? 'all',
        };
        const [published, derived] = await flows.get();
        const flow = [published, derived].find(({ id }) => namesOf(id).includes(params.flow));
        if (flow === undefined)
          throw new HubError('HUB_CATALOG_NOT_FOUND', 'There is no such dataflow', {
            allowed: [published, derived].map(({ id }) => `${id} (or ${AGENCY},${id},${VERSION})`),
          });
        const read = flow === published ? publishedRows(flow, asked) : computedRows(flow, asked);
        const isCsv = wantsCsv(request, query.format);
        const writer = isCsv
          ? csvWriter(flow, query.detail)
          : xmlWriter(flow, query.detail, asked.includeHistory === true);
        return sendParts(request, reply, {
          ...{ type: isCsv ? CSV_TYPE : XML_TYPE, log },
          async *parts(signal) {
            using _turn = await turns.take(signal);
            await using snapshot = await openSnapshot(pool, 'the catalog reads observations', signal);
            yield* written(writer, read(snapshot));
          },
        });
      },
    );

  type Read = (snapshot: Snapshot) => AsyncIterable<readonly Row[]>;

  /** @throws HUB_REQUEST_INVALID before anything is read */
  function publishedRows(flow: Flow, query: DataQuery): Read {
    refuse(query.includeHistory === true && query.boundaries !== undefined, 'boundaries go with one vintage', 'asOf');
    const statement = dataStatement(schema, flow.dimensions, series.areas, query);
    return (snapshot) => snapshot.stream<Row>(statement, ROWS_OF_A_PORTION);
  }

  /** @throws HUB_REQUEST_INVALID before anything is read */
  function computedRows(flow: Flow, query: DataQuery): Read {
    const isPublishedOnly = query.includeHistory === true || query.boundaries !== undefined;
    refuse(isPublishedOnly, `includeHistory and boundaries are of ${FLOWS.published}`, 'asOf');
    const statement = groupsStatement(schema, flow.dimensions, series.derived.groupedBy, query);
    return (snapshot) => derivedRows(flow, series.derived, query, snapshot.stream<Row>(statement, ROWS_OF_A_PORTION));
  }
}

function refuse(is: boolean, message: string, allowed: string): void {
  if (is) throw new HubError('HUB_REQUEST_INVALID', message, { allowed });
}

const namesOf = (flow: string): readonly string[] => [
  flow,
  `${AGENCY},${flow}`,
  `${AGENCY},${flow},${VERSION}`,
  `${AGENCY},${flow},latest`,
];

const wantsCsv = ({ headers }: FastifyRequest, format: 'xml' | 'csv' | undefined): boolean =>
  format === undefined ? /csv/.test(headers.accept ?? '') : format === 'csv';
