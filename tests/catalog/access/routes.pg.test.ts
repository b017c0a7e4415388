import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { ROLE_NAMES, ROLES, type RouteAccess } from '../../../catalog/access/permissions.ts';
import { guard } from '../../../catalog/api/guard.ts';
import { projectPath } from '../../../schemas/kernel/paths.ts';
import { type AccessWorld, type Browser, openAccessWorld } from './world.ts';

let world: AccessWorld;
beforeAll(async () => {
  world = await openAccessWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const routes = () =>
  world.server
    .guardedRoutes()
    .filter(({ method, url }) => method !== 'HEAD' && !url.startsWith('/api/docs'))
    .map((route) => ({ ...route, url: route.url.startsWith('/assets/') ? '/assets/…' : route.url }));

const rolesOf = (access: RouteAccess): string =>
  access === 'everybody' || access === 'signed-in' || access === 'own-proof'
    ? access
    : ROLE_NAMES.filter((role) => (ROLES[role].permissions as readonly string[]).includes(access)).join(', ');

test('the README has every route with who may use it, and no other', () => {
  const rows = routes().map(({ method, url, access }) => `| \`${method} ${url}\` | ${access} | ${rolesOf(access)} |`);
  const text = readFileSync(projectPath('catalog', 'access', 'README.md'), 'utf8');
  const told = text.split('\n').filter((line) => /^\| `(GET|POST)/.test(line));
  expect(told).toEqual([...new Set(rows)].sort());
});

test('a route that does not say who may use it keeps the server from starting', async () => {
  const server = Fastify();
  await guard(server, null);
  server.get('/open', async () => 'x');
  await expect(server.ready()).rejects.toMatchObject({
    code: 'HUB_INTERNAL',
    details: { routes: expect.arrayContaining(['GET /open']) },
  });
});

describe('every route, asked by somebody of each role', () => {
  const example = (url: string): string =>
    url
      .replace(':base', 'population')
      .replace(':id', 'P00000001')
      .replace('/assets/…', '/assets/none.css')
      .replaceAll(/:[A-Za-z]+/g, 'x')
      .replaceAll('*', 'x');

  async function refused(browser: Browser, method: string, url: string): Promise<number | null> {
    const answer =
      method === 'GET'
        ? await browser.send({ method, url: example(url), headers: { accept: 'application/json' } })
        : await browser.post(example(url));
    const code = answer.statusCode;
    if (code === 303) return String(answer.headers.location).startsWith('/sign-in?') ? 401 : null;
    if (code !== 401 && code !== 403) return null;
    return /HUB_ACCESS_(SIGN_IN|DENIED)/.test(answer.body) ? code : null;
  }

  test('nobody gets what is for people, and what is public', async () => {
    const wrong: string[] = [];
    for (const { method, url, access } of routes()) {
      if (access === 'own-proof' || access === 'operation.read') continue;
      const isPublic = access === 'everybody' && url !== '/resources/:id' && url !== '/api/resources/:id';
      const got = await refused(world.nobody, method, url);
      if ((got === null) !== isPublic && !(access === 'everybody')) wrong.push(`${method} ${url}: ${got}`);
    }
    expect(wrong).toEqual([]);
  });

  test.each(ROLE_NAMES)('%s', async (role) => {
    const browser = await world.as(role);
    const wrong: string[] = [];
    // Who signs out is somebody else afterwards.
    for (const { method, url, access } of routes().filter(({ url }) => !/^\/(sign-out|sign-in|me\/)/.test(url))) {
      if (access === 'own-proof' || access === 'operation.read') continue;
      const may =
        access === 'everybody' ||
        access === 'signed-in' ||
        (ROLES[role].permissions as readonly string[]).includes(access);
      const got = await refused(browser, method, url);
      if ((got === null) !== may) wrong.push(`${method} ${url}: ${got}, ${access}`);
    }
    expect(wrong).toEqual([]);
  });

  test('metrics are for the machine itself, or for who has the token', async () => {
    const from = (remoteAddress: string, headers = {}) =>
      world.server.inject({ url: '/metrics', remoteAddress, headers: { host: 'h', ...headers } });
    expect((await from('127.0.0.1')).statusCode).toBe(200);
    expect((await from('127.0.0.1', { 'x-forwarded-for': '10.0.0.1' })).statusCode).toBe(401);
    expect((await from('10.0.0.1')).statusCode).toBe(401);
    expect(
      (await (await world.as('system-admin')).send({ url: '/metrics', remoteAddress: '10.0.0.1' })).statusCode,
    ).toBe(200);
  });
});
