// for `tags` and `summary` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Receive } from '../options.ts';
import { failureSchema, inputSchema, jsonSchema } from './schema.ts';

/** The largest that a system file may allow. */
const BODY_LIMIT = 4 * 1024 * 1024;
const name = z.string().min(1).max(100);
const params = z.strictObject({ system: name, stream: name });
const accepted = z.object({ accepted: z.literal(true), duplicate: z.boolean() });

/** Pushes of systems. The answer comes when the delivery is durable; whoever gets none sends it again. */
export async function hookRoutes(server: FastifyInstance, { receive }: { receive: Receive }): Promise<void> {
  // Signatures are over the bytes, so nothing may be parsed before.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.post<{ Params: z.infer<typeof params> }>(
    '/hooks/:system/:stream',
    {
      config: { access: 'own-proof' },
      bodyLimit: BODY_LIMIT,
      schema: {
        tags: ['推送 Push'],
        summary: 'Takes a signed delivery of a system',
        params: inputSchema(params),
        response: {
          202: jsonSchema(accepted),
          401: jsonSchema(failureSchema),
          409: jsonSchema(failureSchema),
          422: jsonSchema(failureSchema),
        },
      },
    },
    async ({ params, headers, body }, reply) => {
      const { isNew } = await receive({
        system: params.system,
        stream: params.stream,
        headers: headers as Readonly<Record<string, string | undefined>>,
        body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
      });
      return reply.code(202).send({ accepted: true, duplicate: !isNew });
    },
  );
}
