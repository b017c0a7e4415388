import type { FastifyInstance } from 'fastify';
import type { Logger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';

/** Nothing from elsewhere, no scripts: the pages work without. Swagger UI gets its own policy. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const DOCS_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': PAGE_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // With none at all browsers send forms of our own pages without their origin, as those of another site.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Headers on every answer, and one log line a request: route pattern and time, never the address or a body. */
export function secure(server: FastifyInstance, log: Logger): void {
  server.addHook('onSend', async (request, reply, payload) => {
    const isDocs = request.routeOptions.url?.startsWith('/api/docs') === true;
    reply.headers(isDocs ? { ...SECURITY_HEADERS, 'content-security-policy': DOCS_POLICY } : SECURITY_HEADERS);
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

/** PostgreSQL has no texts with NUL: it is refused before any route sees it. Bodies of bytes may hold what they like. */
export function refuseUnfit(server: FastifyInstance): void {
  server.addHook('onRequest', async ({ headers, raw }) => {
    if (headers.host === undefined && raw.httpVersion !== '1.0')
      throw new HubError('HUB_REQUEST_INVALID', 'The header Host is missing', {
        zh: '缺少标头 Host',
        field: 'host',
      });
  });
  server.addHook('preValidation', async ({ params, query, body }) => {
    for (const [part, value] of Object.entries({ params, querystring: query, body }))
      if (hasNul(value))
        throw new HubError('HUB_REQUEST_INVALID', `${part} has the character NUL`, {
          zh: `${part} 含有 NUL 字符`,
          allowed: 'text without it',
        });
  });
}

interface Fields {
  readonly properties?: Readonly<Record<string, { readonly type?: string }>>;
}

/**
 * What validation would turn into what a field wants, and nobody has written: `0x10`, `1e1` or a blank for a number, and for a
 * text a number, of which JSON keeps sixteen digits.
 */
export function refuseCoerced(server: FastifyInstance): void {
  server.addHook('preValidation', async ({ query, body, routeOptions: { schema } }) => {
    for (const [part, wanted, given] of [
      ['querystring', schema?.querystring, query],
      ['body', schema?.body, body],
    ] as const) {
      const { properties = {} } = (wanted ?? {}) as Fields;
      if (typeof given !== 'object' || given === null || Buffer.isBuffer(given)) continue;
      for (const [field, { type }] of Object.entries(properties)) {
        const value = Object.hasOwn(given, field) ? (given as Readonly<Record<string, unknown>>)[field] : undefined;
        const allowed = allowedFor(type, value);
        if (allowed === null) continue;
        throw new HubError('HUB_REQUEST_INVALID', `${part} field "${field}" is not allowed as it is`, {
          ...{ zh: `${part} 的字段 "${field}" 的取值不被允许`, field, allowed },
        });
      }
    }
  });
}

/** What the field takes, when it does not take this; null when that is for its schema to say. */
function allowedFor(type: string | undefined, value: unknown): string | null {
  if (type === 'integer' && typeof value === 'string') return /^-?\d+$/.test(value) ? null : 'must be integer';
  if (type === 'number' && typeof value === 'string') return /^-?\d+(?:\.\d+)?$/.test(value) ? null : 'must be number';
  return type === 'string' && typeof value !== 'string' && value !== undefined && !Array.isArray(value)
    ? 'must be string'
    : null;
}

function hasNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return false;
  return Object.entries(value).some(([name, one]) => hasNul(name) || hasNul(one));
}
