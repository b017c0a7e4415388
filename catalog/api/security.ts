import type { FastifyInstance } from 'fastify';
import type { Logger } from '../../schemas/kernel/context.ts';

/** Nothing from elsewhere, no scripts: the pages work without. Swagger UI gets its own policy. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const DOCS_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

/** Headers on every answer, and one log line a request: route pattern and time, never the address or a body. */
export function secure(server: FastifyInstance, log: Logger): void {
  server.addHook('onSend', async (request, reply, payload) => {
    const isDocs = request.routeOptions.url?.startsWith('/api/docs') === true;
    reply.headers({
      'content-security-policy': isDocs ? DOCS_POLICY : PAGE_POLICY,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'no-store');
    return payload;
  });
  server.addHook('onResponse', async (request, reply) => {
    log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'answered',
    );
  });
}
