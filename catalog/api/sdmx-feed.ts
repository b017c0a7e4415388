// for `tags` and `summary` in route schemas

import { Readable } from 'node:stream';
import type {} from '@fastify/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { HubError } from '../../schemas/kernel/errors.ts';
import { cached } from '../cached.ts';
import { feedRows } from '../feed.ts';
import type { CatalogBase, SeriesDescription } from '../options.ts';
import { dataStatement, MOST_OBSERVATIONS } from '../sdmx/query.ts';
import { AGENCY, type Dimension, dimensionsOf, FLOW, VERSION } from '../sdmx/structure.ts';
import { ATTRIBUTES, DATA_TAIL, dataHead, LISTS, type StructureParts, structureMessage, xml } from '../sdmx/xml.ts';
import { inputSchema } from './schema.ts';

/* SDMX 2.1 REST (SDMX 2.1, section 7): structures as SDMX-ML, data as SDMX-ML structure-specific or SDMX-CSV 1.0. */

const PREFIX = '/feeds/macroeconomic';
const STRUCTURE_TYPE = 'application/vnd.sdmx.structure+xml;version=2.1';
const XML_TYPE = 'application/vnd.sdmx.structurespecificdata+xml;version=2.1';
const CSV_TYPE = 'application/vnd.sdmx.data+csv;version=1.0.0';
const CODES_MAX_AGE_MS = 5_000;

const period = z.string().max(10).optional();
const count = z.coerce.number().int().min(1).max(10_000).optional();
const dataQuery = z.strictObject({
  startPeriod: period.describe('2024, 2024-Q1, 2024-03'),
  endPeriod: period,
  firstNObservations: count,
  lastNObservations: count,
  detail: z.enum(['full', 'dataonly', 'serieskeysonly', 'nodata']).default('full'),
  asOf: z
    .string()
    .regex(
      /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$/,
      'YYYY-MM-DD or a time of ISO 8601',
    )
    .optional()
    .describe('what the hub knew then; an extension of ours'),
  dimensionAtObservation: z.enum(['TIME_PERIOD']).optional(),
  includeHistory: z.enum(['false']).optional(),
  format: z.enum(['xml', 'csv']).optional().describe('instead of the header Accept'),
});
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

export interface MacroFeedOptions {
  readonly base: CatalogBase;
  readonly series: SeriesDescription;
}

type Row = Readonly<Record<string, string | number | null>>;

export async function macroFeed(server: FastifyInstance, { base, series }: MacroFeedOptions): Promise<void> {
  const tags = ['统计数据 SDMX feed'];
  const { schema, pool } = base;
  const columns = series.dimensions.map(({ code }) => code);
  const dimensions = cached(CODES_MAX_AGE_MS, async (): Promise<readonly Dimension[]> => {
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
    return dimensionsOf(series, values);
  });
  const flow = `${FLOW} (or ${AGENCY},${FLOW},${VERSION})`;

  const structure = (
    path: string,
    known: (all: readonly Dimension[]) => readonly string[],
    parts: StructureParts,
  ): void => {
    for (const tail of ['', '/:agency', '/:agency/:id', '/:agency/:id/:version'])
      server.get<{
        Params: { agency?: string; id?: string; version?: string };
        Querystring: z.output<typeof structureQuery>;
      }>(
        `${PREFIX}/${path}${tail}`,
        { schema: { tags, summary: `SDMX 2.1: ${path}`, querystring: inputSchema(structureQuery) } },
        async ({ params, query }, reply) => {
          const all = await dimensions.get();
          const { agency = 'all', id = 'all', version = 'latest' } = params;
          const ids = known(all);
          const isKnown =
            ['all', AGENCY].includes(agency) &&
            ['all', 'latest', VERSION].includes(version) &&
            (id === 'all' || ids.includes(id));
          if (!isKnown)
            throw new HubError('HUB_CATALOG_NOT_FOUND', 'There is no such structure', {
              allowed: ids.map((one) => `${AGENCY}/${one}/${VERSION}`),
            });
          const { references = 'none' } = query;
          const more =
            references === 'none' || references === 'parents'
              ? {}
              : { structures: true, codelists: true, concepts: true };
          const only = path === 'codelist' && id !== 'all' && references === 'none' ? id : null;
          const message = structureMessage(base.title, all, { ...more, ...parts }, new Date(), only);
          return reply.type(`${STRUCTURE_TYPE}; charset=utf-8`).send(message);
        },
      );
  };
  structure('dataflow', () => [FLOW], { dataflows: true });
  structure('datastructure', () => [FLOW], { structures: true });
  structure('codelist', LISTS, { codelists: true });
  structure('conceptscheme', () => ['CS_MACRO'], { concepts: true });

  for (const tail of ['', '/:key', '/:key/:provider'])
    server.get<{ Params: { flow: string; key?: string }; Querystring: z.output<typeof dataQuery> }>(
      `${PREFIX}/data/:flow${tail}`,
      { schema: { tags, summary: 'SDMX 2.1: data', querystring: inputSchema(dataQuery) } },
      async (request, reply) => {
        const { params } = request;
        const query = dataQuery.parse(request.query);
        if (
          ![FLOW, `${AGENCY},${FLOW}`, `${AGENCY},${FLOW},${VERSION}`, `${AGENCY},${FLOW},latest`].includes(params.flow)
        )
          throw new HubError('HUB_CATALOG_NOT_FOUND', 'There is no such dataflow', { allowed: flow });
        const all = await dimensions.get();
        const { text, values } = dataStatement(schema, all, { ...query, key: params.key ?? 'all' });
        const rows = await feedRows<Row>(pool, 'observations', text, values);
        if (rows.length === 0)
          throw new HubError('HUB_CATALOG_NOT_FOUND', 'No observation matches', { allowed: 'another key or period' });
        if (rows.length > MOST_OBSERVATIONS)
          throw new HubError('HUB_REQUEST_INVALID', `more than ${MOST_OBSERVATIONS} observations match`, {
            allowed: 'a narrower key or period',
          });
        return wantsCsv(request, query.format)
          ? sendCsv(reply, all, rows, query.detail)
          : sendXml(reply, all, rows, query.detail);
      },
    );
}

const wantsCsv = ({ headers }: FastifyRequest, format: 'xml' | 'csv' | undefined): boolean =>
  format === undefined ? /csv/.test(headers.accept ?? '') : format === 'csv';

const withObservations = (detail: string): boolean => detail === 'full' || detail === 'dataonly';
const OBSERVED: Readonly<Record<string, string>> = {
  OBS_STATUS: 'status',
  RELEASE_DATE: 'released',
  COVERAGE: 'coverage',
  OBS_NOTE: 'note',
};

/** Code of each value, by dimension. */
const codersOf = (dimensions: readonly Dimension[]): readonly ((row: Row) => string)[] =>
  dimensions.map(({ column, codes }) => {
    const ids = new Map(codes.map(({ value, code }) => [value, code]));
    return (row) => ids.get(String(row[column])) ?? String(row[column]);
  });

function sendXml(
  reply: FastifyReply,
  dimensions: readonly Dimension[],
  rows: readonly Row[],
  detail: string,
): FastifyReply {
  const coders = codersOf(dimensions);
  function* parts(): Generator<string> {
    yield dataHead(new Date());
    let open: Row[string] | undefined;
    for (const row of rows) {
      if (row['series_id'] !== open) {
        if (open !== undefined) yield '</Series>';
        open = row['series_id'];
        yield `<Series${dimensions.map(({ code }, i) => ` ${code}="${xml((coders[i] as (one: Row) => string)(row))}"`).join('')}>`;
      }
      if (!withObservations(detail)) continue;
      const value = row['value'] === null ? '' : ` OBS_VALUE="${row['value']}"`;
      const more =
        detail === 'full' ? ATTRIBUTES.map(({ code }) => attribute(code, row[OBSERVED[code] ?? ''])).join('') : '';
      yield `<Obs TIME_PERIOD="${xml(String(row['period']))}"${value}${more}/>`;
    }
    yield `</Series>${DATA_TAIL}`;
  }
  return reply.type(`${XML_TYPE}; charset=utf-8`).send(Readable.from(gathered(parts())));
}

const attribute = (code: string, value: Row[string] | undefined): string =>
  value === null || value === undefined ? '' : ` ${code}="${xml(String(value))}"`;

function sendCsv(
  reply: FastifyReply,
  dimensions: readonly Dimension[],
  rows: readonly Row[],
  detail: string,
): FastifyReply {
  const coders = codersOf(dimensions);
  const extra = detail === 'full' ? ATTRIBUTES.map(({ code }) => code) : [];
  function* parts(): Generator<string> {
    const observed = withObservations(detail) ? ['TIME_PERIOD', 'OBS_VALUE', ...extra] : [];
    yield `${['DATAFLOW', ...dimensions.map(({ code }) => code), ...observed].join(',')}\r\n`;
    let last: Row[string] | undefined;
    for (const row of rows) {
      if (!withObservations(detail) && row['series_id'] === last) continue;
      last = row['series_id'];
      const cells = withObservations(detail)
        ? [row['period'], row['value'], ...extra.map((code) => row[OBSERVED[code] ?? ''])]
        : [];
      const line = [
        `${AGENCY}:${FLOW}(${VERSION})`,
        ...coders.map((code) => code(row)),
        ...cells.map((cell) => String(cell ?? '')),
      ];
      yield `${line.map(quoted).join(',')}\r\n`;
    }
  }
  return reply.type(`${CSV_TYPE}; charset=utf-8`).send(Readable.from(gathered(parts())));
}

/** RFC 4180; a text that a spreadsheet would take for a formula is left as it is: these are codes and numbers. */
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Pieces of a size that is worth a write. */
function* gathered(parts: Iterable<string>): Generator<string> {
  let kept = '';
  for (const part of parts) {
    kept += part;
    if (kept.length < 64 * 1024) continue;
    yield kept;
    kept = '';
  }
  if (kept !== '') yield kept;
}
