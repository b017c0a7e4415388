import { timingSafeEqual } from 'node:crypto';
import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { Access } from '../access/access.ts';
import { PERMISSIONS, type RouteAccess } from '../access/permissions.ts';
import { ANYBODY, admit, type Principal } from '../access/principal.ts';
import { digestOf } from '../access/secrets.ts';
import { readSigners } from './signed.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. A route without it keeps the server from starting. */
    readonly access?: RouteAccess;
  }
  interface FastifyRequest {
    principal: Principal;
  }
  interface FastifyInstance {
    /** Once the server is ready. */
    guardedRoutes(): readonly GuardedRoute[];
  }
}

/** `__Host-`: of this host alone, over TLS (or on this machine), for every path. */
const COOKIE = '__Host-sanjiang';
const FORM_TOKEN = 'formToken';
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** After so long the password is asked for again before people, roles or keys are changed. */
const CONFIRMED_MS = 10 * 60_000;

interface GuardedRoute {
  readonly method: string;
  readonly url: string;
  readonly access: RouteAccess;
}

/**
 * Makes the principal of every request and lets nobody through but whom the route names. To be called before any route is
 * added. @param access `null`: a catalog on somebody's own machine, which answers whoever reaches it
 */
export async function guard(server: FastifyInstance, access: Access | null): Promise<void> {
  const routes: { readonly url: string; readonly method: string | string[]; readonly config?: object }[] = [];
  server.addHook('onRoute', (route) => {
    routes.push(route);
  });
  const guarded = (): readonly GuardedRoute[] =>
    routes.flatMap(({ url, method, config }) =>
      [method].flat().map((one) => ({
        method: one,
        url,
        access: (config as { access: RouteAccess } | undefined)?.access as RouteAccess,
      })),
    );
  server.decorate('guardedRoutes', guarded);
  server.addHook('onReady', async () => {
    const unnamed = guarded().filter(({ access: named }) => !isAccess(named));
    if (unnamed.length > 0)
      throw new HubError('HUB_INTERNAL', 'routes do not say who may use them', {
        routes: unnamed.map(({ method, url }) => `${method} ${url}`),
      });
  });

  await server.register(cookie);
  server.decorateRequest('principal');
  const signerOf = readSigners(server);
  server.addHook('onRequest', async (request) => {
    if (request.is404) return;
    const { access: named } = request.routeOptions.config;
    if (named === undefined || !isAccess(named))
      throw new HubError('HUB_INTERNAL', 'the route does not say who may use it');
    if (named !== 'own-proof') refuseForeign(request, access);
    request.principal = access === null ? ANYBODY : await principalOf(request, access, signerOf);
    admit(request.principal, named);
  });
  // A body is read by then: the token of the form is in it.
  server.addHook('preHandler', async (request) => {
    const { principal, method, body, headers } = request;
    // A route for everybody acts on nobody's behalf.
    if (request.is404 || request.routeOptions.config.access === 'everybody') return;
    if (principal.person === null || SAFE_METHODS.includes(method)) return;
    const given =
      (body as Readonly<Record<string, unknown>> | null | undefined)?.[FORM_TOKEN] ?? headers['x-form-token'];
    if (typeof given !== 'string' || !isSame(given, principal.person.formToken)) throw forged();
  });
}

/** Says who may use the routes of a part that cannot say it itself; to be called before they are added. */
export function letIn(server: FastifyInstance, access: RouteAccess): void {
  server.addHook('onRoute', (route) => {
    route.config = { ...route.config, access };
  });
}

const isAccess = (named: unknown): named is RouteAccess =>
  typeof named === 'string' &&
  (named === 'everybody' || named === 'signed-in' || named === 'own-proof' || Object.hasOwn(PERMISSIONS, named));

async function principalOf(
  request: FastifyRequest,
  access: Access,
  signerOf: ReturnType<typeof readSigners>,
): Promise<Principal> {
  if (request.routeOptions.config.access === 'operation.read' && maySeeMetrics(request, access.metricsToken))
    return { person: null, permissions: new Set(['operation.read'] as const) };
  // What asks for a proof of its own may call it a signature too.
  const signer = request.routeOptions.config.access === 'own-proof' ? null : await signerOf(request, access);
  return signer ?? (await access.principalOf(request.cookies[COOKIE]));
}

/** A program that collects metrics cannot sign in: it has a token, or is on this machine and nobody speaks through it. */
function maySeeMetrics({ headers, ip }: FastifyRequest, token: string | null): boolean {
  if (token !== null) return isSame(headers.authorization ?? '', `Bearer ${token}`);
  return isThisMachine(ip) && headers['x-forwarded-for'] === undefined && headers['forwarded'] === undefined;
}

export const isThisMachine = (ip: string): boolean => /^(?:::ffff:)?127\.|^::1$/.test(ip);

/** In a time that does not tell how much of it was right. */
const isSame = (given: string, wanted: string): boolean => timingSafeEqual(digestOf(given), digestOf(wanted));

/** Another site's form must change nothing here, whatever cookie the browser adds. */
function refuseForeign({ method, headers }: FastifyRequest, access: Access | null): void {
  if (SAFE_METHODS.includes(method)) return;
  // What a browser says of itself, no page can change; `none`: typed by the person.
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    if (site === 'same-origin' || site === 'none') return;
    throw forged();
  }
  const { origin } = headers;
  if (origin === undefined) return;
  const own = access?.publicUrl ?? null;
  const from = URL.parse(origin);
  if (own === null ? from?.host !== headers.host : from?.origin !== URL.parse(own)?.origin) throw forged();
}

const forged = (): HubError =>
  new HubError('HUB_ACCESS_FORGED', 'The form is not one that this hub gave to this session', {
    zh: '该表单不是本平台发给当前会话的',
  });

export function setSession(reply: FastifyReply, token: string): void {
  reply.setCookie(COOKIE, token, { path: '/', httpOnly: true, secure: true, sameSite: 'lax' });
}

export function dropSession(reply: FastifyReply): void {
  reply.clearCookie(COOKIE, { path: '/', httpOnly: true, secure: true, sameSite: 'lax' });
}

export const sessionTokenOf = ({ cookies }: FastifyRequest): string => cookies[COOKIE] ?? '';

/** @throws HUB_ACCESS_CONFIRM when the password was given too long ago for what is asked */
export function requireConfirmed({ principal: { person } }: Pick<FastifyRequest, 'principal'>): void {
  if (person !== null && Date.now() - person.confirmedAt.getTime() > CONFIRMED_MS)
    throw new HubError('HUB_ACCESS_CONFIRM', 'The password was given too long ago to change people, roles or keys', {
      zh: '距上次输入密码已久，变更人员、角色或密钥前须再次确认',
      allowed: '/confirm',
    });
}

/** A place of this site to go to afterwards; anything else is the first page. */
export function localPath(given: string | undefined): string {
  if (given === undefined || !/^\/(?![/\\])[^\\\s]*$/.test(given)) return '/';
  const url = URL.parse(given, 'http://here.invalid');
  return url?.origin === 'http://here.invalid' ? `${url.pathname}${url.search}` : '/';
}
