// for `tags` and `summary` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { Cached } from '../cached.ts';
import type { Quality } from '../quality/quality.ts';
import { answers, bilingualSchema, inputSchema } from './schema.ts';

const params = z.strictObject({ system: z.string().min(1).max(60) });

const rule = {
  rule: z.string(),
  severity: z.string(),
  title: z.string().nullable().describe('English; null for what a conversion reports under a code of its own'),
  zh: z.string().nullable(),
};

export const scorecardSchema = z.object({
  system: z.string(),
  title: bilingualSchema,
  department: z.string(),
  streams: z
    .array(
      z.object({
        stream: z.string(),
        base: z.string(),
        records: z.number().int(),
        clean: z.number().int().describe('without any finding of severity E or W'),
        errors: z.number().int(),
        warnings: z.number().int(),
        quarantined: z.number().int().describe('rejected, and not dealt with yet'),
        countedAt: z.string(),
        rules: z.array(z.object({ ...rule, records: z.number().int() })),
      }),
    )
    .describe('as they were when last counted; empty before the first count'),
  findings: z
    .array(
      z.object({
        ...rule,
        scope: z.string().describe('a base, or `cross` for rules over several bases'),
        findings: z.number().int(),
        since: z.string(),
      }),
    )
    .describe('open findings of rules over many records'),
});

export async function qualityRoutes(
  server: FastifyInstance,
  { quality }: { readonly quality: Cached<Quality> },
): Promise<void> {
  server.get<{ Params: z.infer<typeof params> }>(
    '/api/systems/:system/scorecard',
    {
      config: { access: 'quality.read' },
      schema: {
        tags: ['目录 Directory'],
        summary: '来源系统质量 What the quality rules find in the records of a system',
        params: inputSchema(params),
        response: answers(scorecardSchema),
      },
    },
    async ({ params: { system } }): Promise<z.infer<typeof scorecardSchema>> => {
      const { systems } = await quality.get();
      const found = systems.find((one) => one.system === system);
      if (found === undefined)
        throw new HubError('HUB_CATALOG_NOT_FOUND', 'No system of this name feeds a base', {
          zh: '没有此名称的系统汇入基础库',
          allowed: systems.map((one) => one.system),
        });
      const { streams, findings, ...rest } = found;
      return {
        ...rest,
        streams: streams.map((one) => ({ ...one, rules: [...one.rules] })),
        findings: [...findings],
      };
    },
  );
}
