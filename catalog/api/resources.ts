// for `tags` and `summary` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { SHARING, UPDATE_CYCLES } from '../../schemas/system.ts';
import type { Directory } from '../directory/directory.ts';
import { FRESHNESS } from '../directory/freshness.ts';
import { answers, bilingualSchema, inputSchema, resourceQuerySchema } from './schema.ts';

const moment = z.string().nullable().describe('ISO 8601, UTC');
const count = z.number().int();

export const freshnessSchema = z.object({
  state: z.enum(FRESHNESS),
  lastReadAt: moment,
  lastCommittedAt: moment,
  dueBy: moment,
});

export const rowsSchema = z.object({
  sourceRecords: count.nullable(),
  estimated: count.nullable(),
  read: count,
  inserted: count,
  updated: count,
  unchanged: count,
  stale: count,
  rejected: count,
  entities: count.nullable(),
});

export const resourceSchema = z.object({
  id: z.string(),
  kind: z.enum(['stream', 'base']),
  code: z.string().nullable().describe('信息资源代码'),
  title: z.string().describe('信息资源名称'),
  titleEn: z.string().nullable(),
  abstract: z.string().nullable().describe('信息资源摘要'),
  provider: z.object({ name: z.string(), uscc: z.string() }).nullable().describe('信息资源提供方'),
  sharing: z.enum(SHARING).nullable().describe('共享类型'),
  sharingCondition: z.string().nullable().describe('共享条件'),
  open: z.boolean().describe('是否向社会开放'),
  updateCycle: z.enum(UPDATE_CYCLES).nullable().describe('更新周期'),
  keywords: z.array(z.string()),
  items: z
    .array(
      z.object({
        column: z.string(),
        name: z.string(),
        nameEn: z.string().nullable(),
        type: z.string().nullable().describe('letter of the 2017 guide: C, N, I, B, D, T, L, G'),
        sourceType: z.string().nullable(),
        sensitivity: z.number().int().nullable(),
      }),
    )
    .describe('信息项'),
  base: z.string().nullable(),
  system: z.object({ name: z.string(), title: bilingualSchema }).nullable(),
  stream: z.string().nullable(),
  topic: z.string().nullable(),
  enabled: z.boolean(),
  freshness: freshnessSchema,
  rows: rowsSchema,
  changes: z
    .array(
      z.object({
        kind: z.enum(['added', 'dropped', 'renamed', 'widened', 'narrowed', 'retyped']),
        column: z.string(),
        before: z.string().nullable().describe('type at the source, or the old name'),
        after: z.string().nullable(),
        decision: z.enum(['notice', 'pause']).describe('pause: the stream is not read until a person has looked'),
        seenAt: z.string(),
      }),
    )
    .describe('来源结构变化: what changed at the source since the system file was last applied'),
});

const facet = z.array(z.object({ value: z.string(), count }));
export const resourcePageSchema = z.object({
  total: count,
  limit: count,
  offset: count,
  facets: z.object({ base: facet, owner: facet, sharing: facet }),
  resources: z.array(resourceSchema),
});

const tags = ['目录 Directory'];
export const idSchema = z.strictObject({ id: z.string().min(1).max(120) });

export async function resourceRoutes(server: FastifyInstance, { directory }: { directory: Directory }): Promise<void> {
  server.get<{ Querystring: z.output<typeof resourceQuerySchema> }>(
    '/api/resources',
    {
      config: { access: 'everybody' },
      schema: {
        tags,
        summary: '检索信息资源目录 Search the directory',
        querystring: inputSchema(resourceQuerySchema),
        response: answers(resourcePageSchema),
      },
    },
    async ({ query, principal }) => {
      const page = await directory.list(query, principal);
      return {
        total: page.total,
        limit: query.limit,
        offset: query.offset,
        facets: page.facets,
        resources: page.resources,
      };
    },
  );

  server.get<{ Params: z.infer<typeof idSchema> }>(
    '/api/resources/:id',
    {
      config: { access: 'everybody' },
      schema: {
        tags,
        summary: '信息资源详情 One resource with its 信息项',
        params: inputSchema(idSchema),
        response: answers(resourceSchema),
      },
    },
    async ({ params, principal }) => directory.show(params.id, principal),
  );
}
