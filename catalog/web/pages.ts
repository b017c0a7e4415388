// for `hide` in route schemas
import type {} from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { STYLE, STYLE_PATH } from './layout.ts';
import type { Page, Site } from './page.ts';
import { basePage } from './pages/base.ts';
import { directoryPage } from './pages/directory.ts';
import { entityPage } from './pages/entity.ts';
import { mePage } from './pages/me.ts';
import { organisationsPage } from './pages/organisations.ts';
import { pairPage } from './pages/pair.ts';
import { peoplePage } from './pages/people.ts';
import { qualityPage } from './pages/quality.ts';
import { resourcePage } from './pages/resource.ts';
import { reviewPage } from './pages/review.ts';
import { setUpPage } from './pages/set-up.ts';
import { signInPage } from './pages/sign-in.ts';

/** Every page of the site. */
export const PAGES: readonly Page[] = [
  directoryPage,
  resourcePage,
  qualityPage,
  basePage,
  entityPage,
  pairPage,
  reviewPage,
  signInPage,
  setUpPage,
  mePage,
  peoplePage,
  organisationsPage,
];

export async function pageRoutes(server: FastifyInstance, site: Site): Promise<void> {
  server.get(STYLE_PATH, { config: { access: 'everybody' }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'public, max-age=31536000, immutable').send(STYLE),
  );
  for (const page of PAGES) await server.register(async (own) => page.register(own, site));
}
