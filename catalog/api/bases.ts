// for `tags` and `summary` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { basisOf } from '../../schemas/base.ts';
import { REVIEW_KINDS } from '../../schemas/linkage.ts';
import { NOBODY } from '../access/principal.ts';
import type { Directory } from '../directory/directory.ts';
import { explainPair, showEdges, showReview } from '../entities/linked.ts';
import { findByKey, requireBase, requireScheme } from '../entities/read.ts';
import { explainEntity, showEntity, showPast } from '../entities/why.ts';
import type { CatalogBase } from '../options.ts';
import { textOf } from '../texts.ts';
import { baseSchema, entitySchema, lookupAnswerSchema, whySchema } from './base-schemas.ts';
import { edgesSchema, pairSchema, reviewSchema } from './linkage-schemas.ts';
import { answers, inputSchema, MOMENT_MEANS, momentOf, momentSchema } from './schema.ts';

const tags = ['基础信息库 Base databases'];
const baseParams = z.strictObject({ base: z.string().min(1).max(40) });
const entityParams = z.strictObject({ base: z.string().min(1).max(40), id: z.string().min(1).max(40) });
const lookupBody = z.strictObject({
  scheme: z.string().min(1).max(40).describe('one of `lookupSchemes` of the base'),
  value: z.string().min(1).max(64).describe('the whole identifier; blanks and letter case do not matter'),
});

const explainBody = z.strictObject({
  left: z.string().min(1).max(400).describe('`system/stream key`, or the number of a source record'),
  right: z.string().min(1).max(400).describe('the other one, likewise'),
});
const reviewQuery = z.strictObject({
  kind: z.enum(REVIEW_KINDS).optional().describe('only this kind'),
  limit: z.number().int().min(1).max(200).default(20).describe('of each kind'),
});

type BaseParams = z.infer<typeof baseParams>;
type EntityParams = z.infer<typeof entityParams>;

/** What the API says about a base, its size and freshness from the directory. */
async function describeBase(base: CatalogBase, directory: Directory): Promise<z.infer<typeof baseSchema>> {
  const { freshness, rows } = await directory.show(`base-${base.name}`, NOBODY);
  return {
    name: base.name,
    title: base.title,
    entityPrefix: base.entityPrefix,
    lookupSchemes: base.linkSchemes.map((scheme) => ({ scheme, ...textOf('link', scheme) })),
    attributes: Object.entries(base.attributes).map(([attribute, { type, zh, en, sensitivity }]) => ({
      attribute,
      type,
      zh,
      en,
      sensitivity,
    })),
    rules: base.rules.map(({ id, severity, attribute, title, zh, basis }) => ({
      ...{ id, severity, attribute, title, zh, basis: basisOf({ basis }).en },
    })),
    freshness,
    rows,
  };
}

export interface BaseRoutesOptions {
  readonly bases: readonly CatalogBase[];
  readonly directory: Directory;
}

const momentQuery = z.strictObject({
  asKnownAt: momentSchema.describe(`已知时间: what the hub knew then. ${MOMENT_MEANS}`),
  asValidAt: momentSchema.describe(`有效时间: what held then, as the sources told it. ${MOMENT_MEANS}`),
});

export async function baseRoutes(server: FastifyInstance, { bases, directory }: BaseRoutesOptions): Promise<void> {
  server.get(
    '/api/bases',
    {
      config: { access: 'everybody' },
      schema: {
        tags,
        summary: '基础信息库列表 Base databases',
        response: answers(z.object({ bases: z.array(baseSchema) })),
      },
    },
    async () => ({ bases: await Promise.all(bases.map((base) => describeBase(base, directory))) }),
  );

  server.get<{ Params: BaseParams }>(
    '/api/bases/:base',
    {
      config: { access: 'everybody' },
      schema: {
        tags,
        summary: '基础信息库 One base: attributes, identifiers, quality rules',
        params: inputSchema(baseParams),
        response: answers(baseSchema),
      },
    },
    async ({ params }) => describeBase(requireBase(bases, params.base), directory),
  );

  server.get<{ Params: EntityParams; Querystring: z.infer<typeof momentQuery> }>(
    '/api/bases/:base/entities/:id',
    {
      config: { access: 'entity.read' },
      schema: {
        tags,
        summary: '按实体编号查询 An entity, now or at another moment; a merged id answers with its survivor',
        params: inputSchema(entityParams),
        querystring: inputSchema(momentQuery),
        response: answers(entitySchema),
      },
    },
    async ({ params, query }) => {
      const base = requireBase(bases, params.base);
      const [knownAt, validAt] = [momentOf(query.asKnownAt), momentOf(query.asValidAt)];
      return knownAt === undefined && validAt === undefined
        ? showEntity(base, params.id)
        : showPast(base, params.id, { knownAt, validAt });
    },
  );

  server.get<{ Params: EntityParams }>(
    '/api/bases/:base/entities/:id/why',
    {
      config: { access: 'entity.read' },
      schema: {
        tags,
        summary: '取值依据 Every value back to its source row and log position',
        params: inputSchema(entityParams),
        response: answers(whySchema),
      },
    },
    async ({ params }) => explainEntity(requireBase(bases, params.base), params.id),
  );

  server.get<{ Params: EntityParams }>(
    '/api/bases/:base/entities/:id/edges',
    {
      config: { access: 'linkage.read' },
      schema: {
        tags,
        summary: '关联依据 What holds an entity together, the weakest first, and its merges and splits',
        params: inputSchema(entityParams),
        response: answers(edgesSchema),
      },
    },
    async ({ params }) => showEdges(requireBase(bases, params.base), params.id),
  );

  server.post<{ Params: BaseParams; Body: z.infer<typeof explainBody> }>(
    '/api/bases/:base/explain',
    {
      config: { access: 'linkage.read' },
      schema: {
        tags,
        summary: '逐项比对 Why two source rows are, or are not, one subject (POST: keys may be identity numbers)',
        params: inputSchema(baseParams),
        body: inputSchema(explainBody),
        response: answers(pairSchema),
      },
    },
    async ({ params, body }) => explainPair(requireBase(bases, params.base), body.left, body.right),
  );

  server.get<{ Params: BaseParams; Querystring: z.infer<typeof reviewQuery> }>(
    '/api/bases/:base/review',
    {
      config: { access: 'linkage.read' },
      schema: {
        tags,
        summary: '待人工核对 What waits for a person, and the commands that decide',
        params: inputSchema(baseParams),
        querystring: inputSchema(reviewQuery),
        response: answers(reviewSchema),
      },
    },
    async ({ params, query }) => {
      const base = requireBase(bases, params.base);
      return { base: base.name, items: await showReview(base, query.kind, query.limit) };
    },
  );

  server.post<{ Params: BaseParams; Body: z.infer<typeof lookupBody> }>(
    '/api/bases/:base/lookup',
    {
      config: { access: 'entity.lookup' },
      schema: {
        tags,
        summary: '按标识查询 Look up by identifier (POST: numbers in addresses end up in logs)',
        params: inputSchema(baseParams),
        body: inputSchema(lookupBody),
        response: answers(lookupAnswerSchema),
      },
    },
    async ({ params, body }) => {
      const base = requireBase(bases, params.base);
      requireScheme(base, body.scheme);
      const ids = await findByKey(base, body.scheme, body.value);
      return {
        base: base.name,
        scheme: body.scheme,
        matches: await Promise.all(ids.map((id) => showEntity(base, id))),
      };
    },
  );
}
