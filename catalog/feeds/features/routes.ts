// for `tags` and `summary` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { formatEntityId, parseEntityId } from '../../../schemas/entity-id.ts';
import { fromWkb } from '../../../schemas/geometry.ts';
import type { JsonValue } from '../../../schemas/kernel/context.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { maskValue } from '../../../schemas/masking/values.ts';
import type { NamedCode } from '../../../schemas/series.ts';
import { openSnapshot } from '../../../schemas/store/snapshot.ts';
import { inputSchema, MOMENT_MEANS, momentOf, momentSchema } from '../../api/schema.ts';
import { feedRows } from '../../directory/hub-views.ts';
import { type FoundEntity, readEntity } from '../../entities/read.ts';
import { pastOf } from '../../entities/why.ts';
import type { CatalogBase } from '../../options.ts';
import { sendParts } from '../answer.ts';
import type { Feed, FeedContext } from '../feed.ts';

/* OGC API - Features, part 1: Core (OGC 17-069r4), with GeoJSON (RFC 7946) as its encoding. */

const CONFORMANCE = ['core', 'geojson', 'oas30'].map(
  (name) => `http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/${name}`,
);
const CRS84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84';
const JSON_TYPE = 'application/json';
const GEOJSON = 'application/geo+json';
const PREFIX = '/feeds/spatial';
/** A page of a GIS is read at once; more waits for its turn. */
const FEATURES_OF_A_LARGE_ANSWER = 1_000;
/** Their geometries may be large. */
const FEATURES_OF_A_PORTION = 100;
const EXTENT = [89.4, 31.6, 103.1, 39.2];

const itemsQuery = z.strictObject({
  limit: z.number().int().min(1).max(10_000).default(100),
  offset: z.number().int().min(0).max(10_000_000).default(0),
  bbox: z
    .string()
    .regex(/^-?\d{1,3}(\.\d{1,20})?(,-?\d{1,3}(\.\d{1,20})?){3}$/, 'west,south,east,north')
    .optional(),
  f: z.enum(['json']).optional(),
});
const collectionParams = z.strictObject({ id: z.string().max(100) });
const featureParams = collectionParams.extend({ feature: z.string().max(100) });
const formatQuery = z.strictObject({ f: z.enum(['json']).optional() });
const featureQuery = formatQuery.extend({
  asOf: momentSchema.describe(`what the hub knew then. ${MOMENT_MEANS}; an extension of ours`),
});

interface FeatureRow {
  readonly id: number;
  readonly attributes: Readonly<Record<string, JsonValue>>;
  /** Rules over many features that found something about this one; null when none did. */
  readonly findings: readonly string[] | null;
}

const featureColumns = (schema: string): string =>
  `entity_id::float8 AS id, attributes, (
     SELECT array_agg(DISTINCT n.rule ORDER BY n.rule) FROM ${schema}.feed_finding AS n WHERE n.entity_id = f.entity_id
   ) AS findings`;

interface Link {
  readonly href: string;
  readonly rel: string;
  readonly type: string;
  readonly title?: string;
}

/** Features of the spatial base, personal attributes masked as everywhere. */
export const featuresFeed: Feed = {
  name: 'features',
  register(server, { bases, feeds, log, turns }) {
    const base = bases.find(({ name }) => name === 'spatial');
    if (base !== undefined && feeds !== undefined)
      addRoutes(server, { base, classes: feeds.featureClasses, log, turns });
  },
};

interface FeaturesOptions extends Pick<FeedContext, 'log' | 'turns'> {
  readonly base: CatalogBase;
  /** Collections, in the order in which they are listed. */
  readonly classes: readonly NamedCode[];
}

function addRoutes(server: FastifyInstance, { base, classes, log, turns }: FeaturesOptions): void {
  const tags = ['空间数据 Spatial feed'];
  const { schema, pool } = base;
  const collectionOf = (id: string): NamedCode => {
    const found = classes.find(({ code }) => code === id);
    if (found !== undefined) return found;
    throw new HubError('HUB_CATALOG_NOT_FOUND', 'There is no such collection', {
      allowed: classes.map(({ code }) => code),
    });
  };
  const collection = (root: string, { code, zh, en }: NamedCode): object => ({
    ...{
      id: code,
      title: `${zh} ${en}`,
      itemType: 'feature',
      crs: [CRS84],
      storageCrs: 'http://www.opengis.net/def/crs/EPSG/0/4490',
    },
    extent: { spatial: { bbox: [EXTENT], crs: CRS84 } },
    links: [
      link(`${root}/collections/${code}`, 'self', JSON_TYPE),
      link(`${root}/collections/${code}/items`, 'items', GEOJSON, zh),
    ],
  });
  const schemaOf = (
    summary: string,
    querystring: z.ZodType = formatQuery,
    params: z.ZodType = z.strictObject({}),
    type: string = JSON_TYPE,
  ) => ({
    schema: {
      ...{ tags, summary, response: { 200: { content: { [type]: { schema: { type: 'object' } } } } } },
      ...{ querystring: inputSchema(querystring), params: inputSchema(params) },
    },
  });

  server.get(PREFIX, schemaOf('OGC API Features: landing page'), async (request) => {
    const root = rootOf(request);
    return {
      ...{ title: base.title.zh, description: base.title.en },
      links: [
        link(root, 'self', JSON_TYPE),
        link(`${root}/conformance`, 'conformance', JSON_TYPE),
        link(`${root}/collections`, 'data', JSON_TYPE),
        link(
          `${root.slice(0, -PREFIX.length)}/api/docs/json`,
          'service-desc',
          'application/vnd.oai.openapi+json;version=3.0',
        ),
      ],
    };
  });
  server.get(`${PREFIX}/conformance`, schemaOf('OGC API Features: conformance'), async () => ({
    conformsTo: CONFORMANCE,
  }));
  server.get(`${PREFIX}/collections`, schemaOf('OGC API Features: collections'), async (request) => {
    const root = rootOf(request);
    return {
      links: [link(`${root}/collections`, 'self', JSON_TYPE)],
      collections: classes.map((one) => collection(root, one)),
    };
  });
  server.get<{ Params: z.infer<typeof collectionParams> }>(
    `${PREFIX}/collections/:id`,
    schemaOf('OGC API Features: one collection', formatQuery, collectionParams),
    async (request) => collection(rootOf(request), collectionOf(request.params.id)),
  );

  server.get<{ Params: z.infer<typeof collectionParams>; Querystring: z.output<typeof itemsQuery> }>(
    `${PREFIX}/collections/:id/items`,
    schemaOf('OGC API Features: features of a collection', itemsQuery, collectionParams, GEOJSON),
    async (request, reply) => {
      const { code } = collectionOf(request.params.id);
      const { bbox, limit, offset } = request.query;
      const box = bbox === undefined ? null : bbox.split(',').map(Number);
      const where = `feature_class = $1 AND ($2::float8[] IS NULL OR box && box(point(($2::float8[])[1], ($2::float8[])[2]), point(($2::float8[])[3], ($2::float8[])[4])))`;
      const items = `${rootOf(request)}/collections/${code}/items`;
      const pageLink = (at: number, rel: string): Link =>
        link(`${items}?limit=${limit}&offset=${at}${bbox === undefined ? '' : `&bbox=${bbox}`}`, rel, GEOJSON);
      return sendParts(request, reply, {
        ...{ type: GEOJSON, log },
        async *parts(signal) {
          using _turn = limit > FEATURES_OF_A_LARGE_ANSWER ? await turns.take(signal) : null;
          await using snapshot = await openSnapshot(pool, 'the catalog reads features', signal);
          const [counted] = await snapshot.rows<{ count: number }>({
            text: `SELECT count(*)::float8 AS count FROM ${schema}.feed_feature WHERE ${where}`,
            values: [code, box],
          });
          const matched = counted?.count ?? 0;
          const returned = Math.max(0, Math.min(limit, matched - offset));
          const head = {
            ...{ type: 'FeatureCollection', timeStamp: new Date().toISOString() },
            ...{ numberMatched: matched, numberReturned: returned },
          };
          yield `${JSON.stringify(head).slice(0, -1)},"features":[`;
          const statement = {
            text: `SELECT ${featureColumns(schema)} FROM ${schema}.feed_feature AS f WHERE ${where} ORDER BY entity_id LIMIT $3 OFFSET $4`,
            values: [code, box, limit, offset],
          };
          let separator = '';
          for await (const rows of snapshot.stream<FeatureRow>(statement, FEATURES_OF_A_PORTION)) {
            yield separator + rows.map((row) => JSON.stringify(featureOf(base, row))).join(',');
            separator = ',';
          }
          const links = [
            pageLink(offset, 'self'),
            ...(offset + returned < matched ? [pageLink(offset + limit, 'next')] : []),
            link(`${rootOf(request)}/collections/${code}`, 'collection', JSON_TYPE),
          ];
          yield `],"links":${JSON.stringify(links)}}`;
        },
      });
    },
  );

  /** Now or, with its survivorship worked out anew, at an earlier moment: then also one that has gone since. */
  async function featureAt(
    code: string,
    found: FoundEntity,
    asOf: string | undefined,
  ): Promise<FeatureRow | undefined> {
    if (asOf !== undefined && base.past !== undefined) {
      const past = await pastOf(base, found, { knownAt: momentOf(asOf) });
      return past?.attributes?.['featureClass'] === code
        ? { id: past.entityId, attributes: past.attributes, findings: null }
        : undefined;
    }
    const [row] = await feedRows<FeatureRow>(
      pool,
      'a feature',
      `SELECT ${featureColumns(schema)} FROM ${schema}.feed_feature AS f WHERE feature_class = $1 AND entity_id = $2`,
      [code, found.entity.entityId],
    );
    return row;
  }

  server.get<{ Params: z.infer<typeof featureParams>; Querystring: z.output<typeof featureQuery> }>(
    `${PREFIX}/collections/:id/items/:feature`,
    schemaOf('OGC API Features: one feature, now or as it was known', featureQuery, featureParams, GEOJSON),
    async (request, reply) => {
      const { code } = collectionOf(request.params.id);
      const { asOf } = request.query;
      const asked = request.params.feature;
      const found = parseEntityId(base.entityPrefix, asked) === null ? null : await readEntity(base, asked);
      const row = found === null ? undefined : await featureAt(code, found, asOf);
      if (row === undefined)
        throw new HubError(
          'HUB_CATALOG_NOT_FOUND',
          asOf === undefined ? 'The collection has no such feature' : 'Nothing was known of such a feature then',
          { allowed: `an id listed by ${PREFIX}/collections/${code}/items` },
        );
      const id = formatEntityId(base.entityPrefix, row.id);
      const query = asOf === undefined ? '' : `?asOf=${encodeURIComponent(asOf)}`;
      const self = `${rootOf(request)}/collections/${code}/items/${id}${query}`;
      void reply.type(`${GEOJSON}; charset=utf-8`);
      return {
        ...featureOf(base, row),
        // Foreign members of GeoJSON: an old id is answered by its survivor for ever.
        ...(found?.merged === true ? { requested: asked, mergedInto: id } : {}),
        ...(found !== null && found.splitInto.length > 0 ? { splitInto: found.splitInto } : {}),
        links: [link(self, 'self', GEOJSON)],
      };
    },
  );
}

const link = (href: string, rel: string, type: string, title?: string): Link => ({
  ...{ href, rel, type },
  ...(title === undefined ? {} : { title }),
});

/** As the client has reached us. */
const rootOf = ({ protocol, host }: FastifyRequest): string => `${protocol}://${host}${PREFIX}`;

/** Numbers as numbers where a double holds all their digits: clients sort and add them. */
const numeric = (type: string, value: JsonValue): JsonValue =>
  (type === 'decimal' || type === 'integer') && typeof value === 'string' && /^-?[\d.]{1,15}$/.test(value)
    ? Number(value)
    : value;

const SEVERITIES = ['F', 'E', 'W', 'I'];

/**
 * A feature that contradicts others is shown as it is, and marked: `quality` is the worst severity of the rules in `findings`.
 * Every feature has both members, so that clients find the columns whichever comes first.
 */
function marks(base: CatalogBase, findings: readonly string[] | null): object {
  if (findings === null) return { quality: null, findings: null };
  const worst = base.rules
    .filter(({ id }) => findings.includes(id))
    .map(({ severity }) => SEVERITIES.indexOf(severity))
    .reduce((a, b) => Math.min(a, b), SEVERITIES.length - 1);
  return { quality: SEVERITIES[worst], findings: findings.join(' ') };
}

function featureOf(base: CatalogBase, { id, attributes, findings }: FeatureRow): object {
  const { geometry, ...rest } = attributes;
  const found = typeof geometry === 'string' ? fromWkb(Buffer.from(geometry, 'base64')) : null;
  const properties = Object.entries(rest).flatMap(([name, value]) => {
    const spec = base.attributes[name];
    return spec === undefined ? [] : [[name, numeric(spec.type, maskValue(name, spec, value).value)] as const];
  });
  return {
    ...{ type: 'Feature', id: formatEntityId(base.entityPrefix, id) },
    geometry: found === null ? null : found.geometry,
    properties: { ...Object.fromEntries(properties), ...marks(base, findings) },
  };
}
