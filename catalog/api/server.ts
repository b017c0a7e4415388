import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { cached } from '../cached.ts';
import { createDirectory } from '../directory/directory.ts';
import { FEEDS } from '../feeds/feeds.ts';
import type { CatalogOptions } from '../options.ts';
import { readQuality } from '../quality/quality.ts';
import { sendFailurePage } from '../web/failure-page.ts';
import { pageRoutes } from '../web/pages.ts';
import { baseRoutes } from './bases.ts';
import { describeRoutes } from './docs.ts';
import { type FailureWithStatus, failureOf, logFailure, notFound, sendFailure } from './failures.ts';
import { hookRoutes } from './hooks.ts';
import { probeRoutes } from './probes.ts';
import { qualityRoutes } from './quality.ts';
import { resourceRoutes } from './resources.ts';
import { secure } from './security.ts';
import { systemRoutes } from './systems.ts';

export type { CatalogBase, CatalogOptions, Readiness } from '../options.ts';

/** A lookup needs a few hundred bytes. */
const BODY_LIMIT = 16 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const QUALITY_AGE_MS = 5_000;

const isPage = ({ url, headers }: FastifyRequest): boolean =>
  !url.startsWith('/api') && headers.accept?.includes('text/html') === true;

/**
 * The catalog over HTTP, not listening yet. It reads through the given pools only when asked, so a database that is down
 * makes answers of 503 and not a failed start.
 */
export async function createCatalog(options: CatalogOptions): Promise<FastifyInstance> {
  const server = Fastify({
    // Addresses and bodies can carry identity numbers: `secure` logs the pattern of the route instead.
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, verbose: true } },
  });
  server.setSerializerCompiler(() => (answer) => JSON.stringify(answer));
  secure(server, options.log);
  const answer = async (request: FastifyRequest, reply: FastifyReply, failed: FailureWithStatus): Promise<void> =>
    isPage(request)
      ? void (await sendFailurePage(request, reply, options.bases, failed.status, failed.failure))
      : sendFailure(reply, failed);
  server.setErrorHandler(async (error, request, reply) => {
    const failure = failureOf(error);
    logFailure(options.log, request, error, failure);
    await answer(request, reply, failure);
  });
  server.setNotFoundHandler(async (request, reply) => answer(request, reply, failureOf(notFound())));

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
  for (const feed of FEEDS) await server.register(async (own) => feed.register(own, options));
  await server.register(pageRoutes, { bases, directory, quality });
  await server.ready();
  return server;
}
