// for `hide` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { parseEntityId } from '../../schemas/entity-id.ts';
import type { Cached } from '../cached.ts';
import type { Directory } from '../directory/directory.ts';
import { explainPair, requireReview, showEdges, showReview } from '../entities/linked.ts';
import { findByKey, requireBase } from '../entities/read.ts';
import { explainEntity, showEntity } from '../entities/why.ts';
import type { CatalogBase } from '../options.ts';
import type { Quality } from '../quality/quality.ts';
import type { Language } from '../texts.ts';
import type { Html } from '../web/html.ts';
import { failurePage, layout, STYLE, STYLE_PATH } from '../web/layout.ts';
import { basePage, type LookupResult } from '../web/pages/base.ts';
import { directoryPage, titleOf } from '../web/pages/directory.ts';
import { entityPage } from '../web/pages/entity.ts';
import { pairPage } from '../web/pages/pair.ts';
import { qualityPage } from '../web/pages/quality.ts';
import { resourcePage } from '../web/pages/resource.ts';
import { reviewPage } from '../web/pages/review.ts';
import type { SystemTitles } from '../web/system-title.ts';
import { createView, type View } from '../web/view.ts';
import type { FailureWithStatus } from './failures.ts';
import { requireScheme } from './lookup.ts';
import { idSchema, type PageQuery, pageQuerySchema, resourceFilters } from './page-query.ts';
import { inputSchema } from './schema.ts';

interface PagesOptions {
  readonly bases: readonly CatalogBase[];
  readonly directory: Directory;
  readonly quality: Cached<Quality>;
}

const baseParams = z.strictObject({ base: z.string().max(40) });
const entityParams = z.strictObject({ base: z.string().max(40), id: z.string().max(40) });
const recordNumber = z.string().regex(/^\d{1,15}$/, 'the number of a source record');
const pairParams = z.strictObject({ base: z.string().max(40), left: recordNumber, right: recordNumber });
const langQuery = z.strictObject({ lang: z.enum(['zh', 'en']).optional() });
const formBody = z.strictObject({ scheme: z.string().min(1).max(40), value: z.string().min(1).max(64) });
/** Of each kind; a person takes them one by one. */
const SHOWN_FOR_REVIEW = 20;
const FORM = 'application/x-www-form-urlencoded';

/** The view of a request, whatever is wrong with it otherwise. */
function viewOf(request: FastifyRequest): View {
  const url = new URL(request.url, 'http://catalog');
  const lang: Language = url.searchParams.get('lang') === 'en' ? 'en' : 'zh';
  url.searchParams.delete('lang');
  return createView(lang, url.pathname + url.search);
}

export const isPage = (request: FastifyRequest): boolean =>
  !request.url.startsWith('/api') && request.headers.accept?.includes('text/html') === true;

export async function sendFailurePage(
  request: FastifyRequest,
  reply: FastifyReply,
  bases: readonly CatalogBase[],
  { status, failure }: FailureWithStatus,
): Promise<void> {
  const view = viewOf(request);
  const title = view.t(status === 404 ? 'notFound' : 'failed');
  const content = failurePage(view, status, failure);
  await reply.code(status).type('text/html; charset=utf-8').send(layout(view, { title, content, bases }));
}

export async function pageRoutes(server: FastifyInstance, { bases, directory, quality }: PagesOptions): Promise<void> {
  const send = (reply: FastifyReply, view: View, title: string, content: Html): FastifyReply =>
    reply.type('text/html; charset=utf-8').send(layout(view, { title, content, bases }));

  server.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });

  server.get(STYLE_PATH, { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'public, max-age=31536000, immutable').send(STYLE),
  );

  server.get<{ Querystring: PageQuery }>(
    '/',
    { schema: { hide: true, querystring: inputSchema(pageQuerySchema) } },
    async (request, reply) => {
      const view = viewOf(request);
      const query = resourceFilters(request.query);
      return send(reply, view, view.t('directory'), directoryPage(view, bases, query, await directory.list(query)));
    },
  );

  server.get<{ Params: z.infer<typeof idSchema> }>(
    '/resources/:id',
    { schema: { hide: true, params: inputSchema(idSchema), querystring: inputSchema(langQuery) } },
    async (request, reply) => {
      const view = viewOf(request);
      const resource = await directory.show(request.params.id);
      return send(reply, view, titleOf(view, resource), resourcePage(view, bases, resource));
    },
  );

  server.get('/quality', { schema: { hide: true, querystring: inputSchema(langQuery) } }, async (request, reply) => {
    const view = viewOf(request);
    return send(reply, view, view.t('quality'), qualityPage(view, bases, await quality.get()));
  });

  async function sendBase(
    request: FastifyRequest,
    reply: FastifyReply,
    base: CatalogBase,
    result: LookupResult | null,
  ) {
    const view = viewOf(request);
    const resource = await directory.show(`base-${base.name}`);
    return send(reply, view, view.pick(base.title), basePage(view, base, resource, result));
  }

  server.get<{ Params: z.infer<typeof baseParams> }>(
    '/bases/:base',
    { schema: { hide: true, params: inputSchema(baseParams), querystring: inputSchema(langQuery) } },
    async (request, reply) => sendBase(request, reply, requireBase(bases, request.params.base), null),
  );

  server.post<{ Params: z.infer<typeof baseParams>; Body: z.infer<typeof formBody> }>(
    '/bases/:base',
    {
      schema: {
        hide: true,
        params: inputSchema(baseParams),
        querystring: inputSchema(langQuery),
        body: inputSchema(formBody),
      },
    },
    async (request, reply) => {
      const base = requireBase(bases, request.params.base);
      const { scheme, value } = request.body;
      const entity = (id: string): string =>
        viewOf(request).link(`/bases/${base.name}/entities/${encodeURIComponent(id)}`);
      if (scheme === 'id') {
        const id = value.trim().toUpperCase();
        // Anything else typed into the field may be an identity number and must not become an address.
        if (parseEntityId(base.entityPrefix, id) === null)
          return sendBase(request, reply, base, { scheme, matches: [] });
        return reply.redirect(entity(id), 303);
      }
      requireScheme(base, scheme);
      const [first, ...more] = await findByKey(base, scheme, value);
      if (first !== undefined && more.length === 0) return reply.redirect(entity(first), 303);
      const ids = first === undefined ? [] : [first, ...more];
      const matches = await Promise.all(ids.map((id) => showEntity(base, id)));
      return sendBase(request, reply, base, { scheme, matches });
    },
  );

  server.get<{ Params: z.infer<typeof entityParams> }>(
    '/bases/:base/entities/:id',
    { schema: { hide: true, params: inputSchema(entityParams), querystring: inputSchema(langQuery) } },
    async (request, reply) => {
      const view = viewOf(request);
      const base = requireBase(bases, request.params.base);
      const why = await explainEntity(base, request.params.id);
      const linked = base.linkage === undefined ? null : await showEdges(base, request.params.id);
      return send(reply, view, why.id, entityPage(view, base, why, linked, await systemTitles()));
    },
  );

  const systemTitles = async (): Promise<SystemTitles> =>
    new Map(
      (await directory.entries()).flatMap(({ system }) =>
        system === null ? [] : [[system.name, system.title] as const],
      ),
    );

  server.get<{ Params: z.infer<typeof pairParams> }>(
    '/bases/:base/pairs/:left/:right',
    { schema: { hide: true, params: inputSchema(pairParams), querystring: inputSchema(langQuery) } },
    async (request, reply) => {
      const view = viewOf(request);
      const { base: name, left, right } = request.params;
      const base = requireBase(bases, name);
      const pair = await explainPair(base, left, right);
      return send(reply, view, view.t('pairTitle'), pairPage(view, base, pair, await systemTitles()));
    },
  );

  server.get<{ Params: z.infer<typeof baseParams> }>(
    '/bases/:base/review',
    { schema: { hide: true, params: inputSchema(baseParams), querystring: inputSchema(langQuery) } },
    async (request, reply) => {
      const view = viewOf(request);
      const base = requireBase(bases, request.params.base);
      const queue = {
        items: await showReview(base, undefined, SHOWN_FOR_REVIEW),
        limit: SHOWN_FOR_REVIEW,
        large: requireReview(base).large,
      };
      return send(reply, view, view.t('review'), reviewPage(view, base, queue, await systemTitles()));
    },
  );
}
