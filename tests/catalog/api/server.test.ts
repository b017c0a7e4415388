import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createCatalog } from '../../../catalog/api/server.ts';
import { CHINESE } from '../../../schemas/kernel/chinese-errors.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { ERRORS } from '../../../schemas/kernel/error-table.ts';
import { personBase } from '../entries.ts';

/* A server whose database does not answer. */

// nothing listens on port 1
const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
const routes: string[] = [];
let server: Awaited<ReturnType<typeof createCatalog>>;
beforeAll(async () => {
  server = await createCatalog({
    access: null,
    hub: pool,
    bases: [personBase(pool)],
    log: silentLogger,
    metrics: async () => ({ contentType: 'text/plain', body: 'a 1\n' }),
    ready: async () => [{ name: 'database', ok: false, message: 'refused' }],
  });
  const above: string[] = [];
  for (const line of server.printRoutes({ commonPrefix: false }).split('\n')) {
    const found = /^(.*)── (\S+) \((.+)\)$/.exec(line);
    if (found === null) continue;
    const [, indent = '', part = '', methods = ''] = found;
    const depth = Math.floor(indent.length / 4);
    above.length = depth;
    above.push(part);
    const path = above.join('/').replaceAll(/\/+/g, '/');
    for (const method of methods.split(', ')) if (method !== 'HEAD') routes.push(`${method} ${path}`);
  }
});
afterAll(async () => {
  await server.close();
  await pool.end();
});

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly summary?: string; readonly responses: object }>>>
  >;
}

describe('OpenAPI', () => {
  test('describes every route of the API and the probes', async () => {
    const { paths, openapi } = (await server.inject('/api/docs/json')).json<OpenApi>();
    expect(openapi).toMatch(/^3\.1/);
    const isPublic = (route: string): boolean => / \/(api\/(?!docs)|livez|readyz|metrics)/.test(route);
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(described.sort()).toEqual(routes.filter(isPublic).sort());
    expect(described).toContain('GET /api/bases/:base/entities/:id/why');
    expect(described).toContain('POST /api/bases/:base/lookup');
    expect(described).toHaveLength(15);
    for (const path of Object.values(paths))
      for (const operation of Object.values(path)) expect(operation.summary).toBeTruthy();
  });

  test('is shown without anything from elsewhere', async () => {
    const page = await server.inject('/api/docs');
    expect(page.statusCode).toBe(200);
    const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) {
      expect(link).toMatch(/^\/api\/docs\//);
      expect((await server.inject(link)).statusCode).toBe(200);
    }
  });
});

describe('failures', () => {
  test('a database that is down is 503 with code and remedy, and tells nothing of the inside', async () => {
    const answer = await server.inject('/api/resources');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({
      code: 'HUB_STORE_UNAVAILABLE',
      message: ERRORS.HUB_STORE_UNAVAILABLE.title,
      remedy: ERRORS.HUB_STORE_UNAVAILABLE.remedy,
      allowed: null,
    });
  });

  test('a number in the place of a text is refused, for its last digits are lost already', async () => {
    const answer = await server.inject({
      ...{ method: 'POST', url: '/api/bases/population/lookup', headers: { 'content-type': 'application/json' } },
      payload: '{"scheme":"citizen","value":630102199003070011}',
    });
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      expect.objectContaining({ message: 'body field "value" is not allowed as it is', allowed: 'must be string' }),
    ]);
    expect(answer.body).not.toContain('6301021990030700');
  });

  test('an unknown address is 404 in the same shape', async () => {
    const answer = await server.inject('/api/nope');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'HUB_CATALOG_NOT_FOUND', remedy: expect.any(String) });
  });

  test.each([
    ['/api/resources?limit=0', 'limit', 'must be >= 1'],
    ['/api/resources?limit=x', 'limit', 'must be integer'],
    ['/api/resources?limit=0x10', 'limit', 'must be integer'],
    ['/api/resources?limit=1e1', 'limit', 'must be integer'],
    ['/api/resources?limit=%2010', 'limit', 'must be integer'],
    ['/api/resources?limit=10.0', 'limit', 'must be integer'],
    ['/api/resources?limit=', 'limit', 'must be integer'],
    ['/api/resources?offset=-1', 'offset', 'must be >= 0'],
    ['/api/resources?sharing=all', 'sharing', ['unconditional', 'conditional', 'none']],
    [`/api/resources?q=${'a'.repeat(101)}`, 'q', 'must NOT have more than 100 characters'],
    ['/api/resources?qq=1', 'unknown field', ['q', 'base', 'owner', 'sharing', 'limit', 'offset']],
  ])('%s names the field and what is allowed', async (url, field, allowed) => {
    const answer = await server.inject(url);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      code: 'HUB_REQUEST_INVALID',
      message: expect.stringContaining(field),
      allowed,
    });
  });

  test('an unknown base lists the bases; a wrong scheme lists the schemes', async () => {
    expect((await server.inject('/api/bases/nope')).json()).toMatchObject({
      code: 'HUB_CATALOG_NOT_FOUND',
      allowed: ['population'],
    });
    const lookup = await server.inject({
      method: 'POST',
      url: '/api/bases/population/lookup',
      payload: { scheme: 'x', value: '1' },
    });
    expect(lookup.statusCode).toBe(400);
    expect(lookup.json()).toMatchObject({ allowed: ['citizen', 'residence-card'] });
  });

  test.each([
    ['not JSON', 'application/json', '{"scheme":', 400],
    ['a form', 'application/x-www-form-urlencoded', 'scheme=citizen&value=630102199003070011', 415],
    ['too large', 'application/json', JSON.stringify({ scheme: 'citizen', value: '6'.repeat(20_000) }), 413],
    ['too long', 'application/json', JSON.stringify({ scheme: 'citizen', value: '630102199003070011'.repeat(9) }), 400],
    ['a field too much', 'application/json', '{"scheme":"citizen","value":"1","630102199003070011":1}', 400],
  ])('a body that is %s is refused without quoting it', async (_what, type, payload, status) => {
    const answer = await server.inject({
      method: 'POST',
      url: '/api/bases/population/lookup',
      headers: { 'content-type': type },
      payload,
    });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code: 'HUB_REQUEST_INVALID' });
    expect(answer.body).not.toContain('630102199003070011');
  });

  test('browsers get a page', async () => {
    const headers = { accept: 'text/html,*/*' };
    const missing = await server.inject({ url: '/nope?lang=en', headers });
    expect([missing.statusCode, missing.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(missing.body).toContain('<h1>Not found</h1>');
    const down = await server.inject({ url: '/', headers });
    expect(down.statusCode).toBe(503);
    expect(down.body).toContain('HUB_STORE_UNAVAILABLE');
    expect(down.body).toContain(CHINESE.HUB_STORE_UNAVAILABLE.title);
    expect(down.body).not.toContain(ERRORS.HUB_STORE_UNAVAILABLE.title);
  });

  test('pages of failures speak Chinese, English where it is asked for, and say what is allowed', async () => {
    const headers = { accept: 'text/html' };
    const chinese = (await server.inject({ url: '/bases/nope', headers })).body;
    expect(chinese).toContain('<p>没有这个基础库</p>');
    expect(chinese).toContain('<p>允许：population</p>');
    expect(chinese).toContain('<code>hub status</code> 列出各系统');
    const english = (await server.inject({ url: '/bases/nope?lang=en', headers })).body;
    expect(english).toContain('<p>There is no such base database</p>');
    expect(english).toContain('<p>Allowed: population</p>');
    expect(english).toContain('<code>hub status</code> lists systems');
  });

  test.each([
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN'],
    ['zh', 'zh-CN'],
    ['fr, zh-TW;q=0.5, en;q=0.4', 'zh-CN'],
    ['en-GB, zh;q=0.9', 'en'],
    ['zh;q=0, en;q=0.1', 'en'],
    ['zhx, e', 'en'],
    ['zh;q=1e9', 'en'],
    ['*', 'en'],
    ['', 'en'],
    [undefined, 'en'],
  ])('the API answers %s in %s', async (accepted, lang) => {
    const headers = accepted === undefined ? {} : { 'accept-language': accepted };
    const answer = await server.inject({ url: '/api/bases/nope', headers });
    expect(answer.headers).toMatchObject({ 'content-language': lang, vary: 'accept-language' });
    expect(answer.json()).toEqual({
      code: 'HUB_CATALOG_NOT_FOUND',
      message: lang === 'en' ? 'There is no such base database' : '没有这个基础库',
      remedy: (lang === 'en' ? ERRORS : CHINESE).HUB_CATALOG_NOT_FOUND.remedy,
      allowed: ['population'],
    });
  });

  test('a field that is wrong, a method that is not taken and a body that is none are told in Chinese too', async () => {
    const headers = { 'accept-language': 'zh' };
    const said = async (request: object): Promise<unknown> =>
      (await server.inject({ headers, ...request })).json().message;
    expect(await said({ url: '/api/resources?limit=x' })).toBe('querystring 的字段 "limit" 的取值不被允许');
    expect(await said({ url: '/api/resources', method: 'DELETE' })).toBe('请求：此地址不接受该方法');
    const lookup = { url: '/api/bases/population/lookup', method: 'POST' };
    expect(await said({ ...lookup, payload: '{', headers: { ...headers, 'content-type': 'application/json' } })).toBe(
      '请求：正文不是有效的 JSON',
    );
  });
});

test('probes answer for themselves', async () => {
  expect((await server.inject('/livez')).json()).toEqual({ ok: true });
  const ready = await server.inject('/readyz');
  expect([ready.statusCode, ready.json()]).toEqual([
    503,
    { ok: false, checks: [{ name: 'database', ok: false, message: 'refused' }] },
  ]);
  const metrics = await server.inject('/metrics');
  expect([metrics.headers['content-type'], metrics.body]).toEqual([expect.stringContaining('text/plain'), 'a 1\n']);
});

test('every answer carries the security headers', async () => {
  for (const url of ['/livez', '/api/resources', '/nope', '/api/docs']) {
    const { headers } = await server.inject(url);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
    });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('http');
  }
});
