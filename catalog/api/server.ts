import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isHubError } from '../../schemas/kernel/errors.ts';
import { cached } from '../cached.ts';
import { createDirectory } from '../directory/directory.ts';
import { FEEDS } from '../feeds/feeds.ts';
import type { CatalogBase, CatalogOptions } from '../options.ts';
import { logRoutes } from '../proof/routes.ts';
import { readQuality } from '../quality/quality.ts';
import { both } from '../texts.ts';
import { createTurns } from '../turns.ts';
import { sendFailurePage } from '../web/failure-page.ts';
import { pageRoutes } from '../web/pages.ts';
import { collectAddresses } from './addresses.ts';
import { baseRoutes } from './bases.ts';
import { answerExpectations, answerUnreadable } from './broken-requests.ts';
import { describeRoutes } from './docs.ts';
import { type FailureWithStatus, failureOf, logFailure, notFound, refused, sendFailure } from './failures.ts';
import { guard, letIn } from './guard.ts';
import { hookRoutes } from './hooks.ts';
import { probeRoutes } from './probes.ts';
import { qualityRoutes } from './quality.ts';
import { resourceRoutes } from './resources.ts';
import { refuseCoerced, refuseUnfit, SECURITY_HEADERS, secure } from './security.ts';
import { systemRoutes } from './systems.ts';

export type { CatalogOptions } from '../options.ts';

/** A lookup needs a few hundred bytes. */
const BODY_LIMIT = 16 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const RETRY_AFTER_SECONDS = 10;
const LARGE_ANSWERS = { atOnce: 6, waiting: 32, waitMs: 10_000 };
const LONGEST_PARAMETER = 5_000;
const QUALITY_AGE_MS = 5_000;

/** Each holds a connection: a quarter of a pool, at least, stays for everything else. */
const atOnceOf = (bases: readonly CatalogBase[]): number =>
  Math.max(
    1,
    Math.min(LARGE_ANSWERS.atOnce, ...bases.map(({ pool }) => Math.floor(((pool.options.max ?? 10) * 3) / 4))),
  );

const isPage = ({ url, headers }: FastifyRequest): boolean =>
  !url.startsWith('/api') && headers.accept?.includes('text/html') === true;

/** The page whose form was sent, or the page itself: a form cannot be sent again for somebody. */
const pageBehind = ({ method, url, headers }: FastifyRequest): string =>
  method === 'GET' ? url : (URL.parse(headers.referer ?? '')?.pathname ?? '/me');

/**
 * The catalog over HTTP, not listening yet. It reads through the given pools only when asked, so a database that is down
 * makes answers of 503 and not a failed start.
 */
export async function createCatalog(options: CatalogOptions): Promise<FastifyInstance> {
  function answer(request: FastifyRequest, reply: FastifyReply, failed: FailureWithStatus): FastifyReply {
    if (failed.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    return isPage(request)
      ? sendFailurePage(request, reply, options.bases, failed.status, failed.failure)
      : sendFailure(request, reply, failed);
  }
  const server = Fastify({
    // Addresses and bodies can carry identity numbers: `secure` logs the pattern of the route instead.
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    // Routes say what length they take; this one is of keys of many codes.
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    // Without a host a request is answered like any other that is wrong, and not by Node.
    http: {
      requireHostHeader: false,
      // Node exchanges the two limits where this one is longer, and looks twice a minute.
      headersTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
    },
    // `strictNumbers` would keep infinity from being compared with a maximum.
    ajv: { customOptions: { removeAdditional: false, verbose: true, strictNumbers: false } },
    clientErrorHandler: answerUnreadable,
    // No route is known, so no hook of `secure` runs.
    frameworkErrors: (error, request, reply) => {
      reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-store' });
      answer(request, reply, failureOf(error, request));
    },
  });
  server.removeContentTypeParser('text/plain');
  server.setSerializerCompiler(() => (value) => JSON.stringify(value));
  answerExpectations(server);
  secure(server, options.log);
  refuseUnfit(server);
  refuseCoerced(server);
  server.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error, request);
    logFailure(options.log, request, error, failure);
    if (isPage(request) && isHubError(error)) {
      if (error.code === 'HUB_ACCESS_SIGN_IN' && request.method === 'GET')
        return reply.redirect(`/sign-in?${new URLSearchParams({ next: request.url })}`, 303);
      if (error.code === 'HUB_ACCESS_CONFIRM')
        return reply.redirect(`/confirm?${new URLSearchParams({ next: pageBehind(request) })}`, 303);
    }
    const wait = isHubError(error) ? error.details['retryAfterMs'] : undefined;
    if (typeof wait === 'number') reply.header('retry-after', Math.ceil(wait / 1_000));
    return answer(request, reply, failure);
  });
  await guard(server, options.access);
  const addresses = collectAddresses(server);
  const answerNotFound = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const methods = addresses.methodsAt(request.url.replace(/\?.*$/s, ''));
    // A route takes the method and has nothing there: a path of static files that leads elsewhere.
    if (methods.length === 0 || methods.includes(request.method)) return answer(request, reply, failureOf(notFound()));
    reply.header('allow', methods.join(', '));
    return answer(
      request,
      reply,
      refused(405, both('此地址不接受该方法', 'this address does not take the method'), methods),
    );
  };
  server.setNotFoundHandler(answerNotFound);
  // Before a body is read that nobody wants.
  server.addHook('onRequest', async (request, reply) => (request.is404 ? answerNotFound(request, reply) : undefined));

  const { hub, bases, crossRules = [] } = options;
  const directory = createDirectory(options);
  const quality = cached(QUALITY_AGE_MS, () => readQuality({ hub, bases, crossRules }));
  await describeRoutes(server);
  await server.register(probeRoutes, options);
  await server.register(resourceRoutes, { directory });
  await server.register(baseRoutes, { bases, directory });
  await server.register(systemRoutes, { hub, directory });
  await server.register(qualityRoutes, { quality });
  if (options.receive !== undefined) await server.register(hookRoutes, { receive: options.receive });
  if (options.auditLog !== undefined) await server.register(logRoutes, { files: options.auditLog });
  const turns = createTurns({ ...LARGE_ANSWERS, atOnce: atOnceOf(bases) });
  for (const feed of FEEDS)
    await server.register(async (own) => {
      letIn(own, options.openFeeds?.includes(feed.name) === true ? 'everybody' : 'feed.read');
      feed.register(own, { ...options, turns });
    });
  await server.register(pageRoutes, { bases, directory, quality, access: options.access });
  await server.ready();
  return server;
}
