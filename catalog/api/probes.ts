// for `tags` and `summary` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { CatalogOptions } from '../options.ts';
import { answersWith, jsonSchema } from './schema.ts';

const readiness = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string() })),
});
const tags = ['运行 Operations'];

export async function probeRoutes(server: FastifyInstance, { metrics, ready }: CatalogOptions): Promise<void> {
  server.get(
    '/livez',
    {
      config: { access: 'everybody' },
      schema: {
        tags,
        summary: 'The process answers',
        response: { 200: jsonSchema(z.object({ ok: z.literal(true) })) },
      },
    },
    async () => ({ ok: true }),
  );

  const response = { 200: jsonSchema(readiness), 503: jsonSchema(readiness) };
  server.get(
    '/readyz',
    { config: { access: 'everybody' }, schema: { tags, summary: 'Databases and services can work', response } },
    async (_request, reply) => {
      const checks = await ready();
      const ok = checks.every((check) => check.ok);
      return reply.code(ok ? 200 : 503).send({ ok, checks });
    },
  );

  server.get(
    '/metrics',
    {
      config: { access: 'operation.read' },
      schema: { tags, summary: 'Counters in the text format of Prometheus', response: answersWith('text/plain') },
    },
    async (_request, reply) => {
      const { contentType, body } = await metrics();
      return reply.type(contentType).send(body);
    },
  );
}
