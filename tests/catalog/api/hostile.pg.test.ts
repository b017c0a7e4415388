import { METHODS } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Hub, openHub } from '../../../runner/compose.ts';
import { emergencyCommand } from '../../../runner/demo/departments/emergency-command.ts';
import { sampleSystemFiles } from '../../../runner/demo/stage.ts';
import { type CatalogService, catalogService } from '../../../runner/services/catalog.ts';
import { createMetrics } from '../../../runner/services/metrics.ts';
import { loadConfig } from '../../../runner/settings/config.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { testDatabase } from '../../support/postgres.ts';
import { askRaw, type RawAnswer, type RawRequest, sendRaw } from '../../support/raw-http.ts';
import { signedIn } from '../../support/signed-in.ts';

/* Whatever is asked, and however: one shape of failure, only statuses that are told, never a word of what was sent. */

const MARK = 'zq6301021990mark';
const HTML = { accept: 'text/html,*/*' };
const JSON_BODY = { 'content-type': 'application/json' };
const FORM_BODY = { 'content-type': 'application/x-www-form-urlencoded' };

let database: Awaited<ReturnType<typeof testDatabase>>;
let hub: Hub;
let catalog: CatalogService;
let port = 0;
let running: Promise<void>;
const stop = new AbortController();

beforeAll(async () => {
  database = await testDatabase();
  const place = { world: { persons: 2, entities: 1, seed: 3 }, folder: '', databaseUrl: database.url };
  const department = await emergencyCommand.open({ ...place, log: silentLogger, signal: stop.signal });
  const env = { ...department.env, DATABASE_URL: database.url, HUB_HTTP_PORT: '0' };
  hub = await openHub({ config: loadConfig({ env }), env, logger: silentLogger, migrations: 'apply' });
  await hub.systems.apply((await sampleSystemFiles()).find(({ system }) => system === 'emergency-command') as never);
  await fill();
  catalog = catalogService(hub, createMetrics(hub), () => []);
  running = catalog.run(stop.signal);
  await Promise.race([running, listening()]);
  port = Number(new URL(catalog.address() as string).port);
  steward = await signedIn(hub.pool);
}, 60_000);
afterAll(async () => {
  stop.abort();
  await running;
  await hub?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

async function listening(): Promise<void> {
  while (catalog.address() === null) await new Promise((resolve) => setImmediate(resolve));
}

/** One person, so that an id is answered. */
async function fill(): Promise<void> {
  await hub.pool.query('INSERT INTO population.entity (entity_id) VALUES (1)');
  await hub.pool.query(
    `INSERT INTO population.golden (entity_id, attributes, winners, conflicts, sources) VALUES (1, '{"name": "马某"}', '{}', '{}', 1)`,
  );
}
const PERSON = 'P0000000011';

let steward: Readonly<Record<string, string>> = {};
const ask = (request: RawRequest): Promise<RawAnswer> =>
  askRaw(port, { ...request, headers: { ...steward, ...request.headers } });
const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> =>
  ask({ method: 'GET', path, headers });

/** The status of an answer, after a look whether it has the one shape. */
function statusOf(answer: RawAnswer, asPage = false, isHead = false): number {
  const { status, headers, body } = answer;
  if (status < 400) return status;
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  if (isHead) return status;
  expect(body).not.toContain(MARK);
  expect(body).not.toMatch(/FST_|Error:|node_modules|is not a valid url|syntax/i);
  if (asPage) {
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(body).toMatch(/<code>HUB_[A-Z_]+<\/code>/);
    return status;
  }
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  const failure = JSON.parse(body) as Record<string, unknown>;
  expect(Object.keys(failure)).toEqual(['code', 'message', 'remedy', 'allowed']);
  expect(failure['code']).toMatch(/^HUB_/);
  return status;
}

describe('one shape of failure', () => {
  test.each([
    ['/', 200],
    ['//', 404],
    [`//${MARK}`, 404],
    [`///${MARK}/..`, 404],
    [`/${MARK}`, 404],
    ['/resources/%', 400],
    [`/resources/%zz${MARK}`, 400],
    ['/resources/%ff', 400],
    [`/resources/${'a'.repeat(101)}`, 404],
    [`/resources/${'a'.repeat(121)}`, 400],
    [`/resources/${MARK}${'a'.repeat(9_000)}`, 414],
    ['/?limit=%', 400],
    [`/?${MARK}=1`, 400],
    ['/?q=%00', 400],
    ['/?limit=1e400', 400],
    ['/bases/%00', 400],
    ['/bases/population/entities/%00', 400],
    ['/bases/population/pairs/1/999999999999999', 404],
    ['/bases/population/pairs/1/9999999999999999', 400],
    [`http://[${MARK}/`, 400],
  ])('GET %.60s as a page', async (path, status) => {
    const page = await get(path, HTML);
    expect(statusOf(page, true)).toBe(status);
    expect(statusOf(await get(path))).toBe(status);
  });

  test.each(['/feeds/nope', '/feeds/spatial/nope', '/feeds/macroeconomic/nope/x', '/hooks', '/hooks/a', '/api/nope'])(
    'nothing is served at %s',
    async (path) => {
      expect(statusOf(await get(path))).toBe(404);
      expect(statusOf(await ask({ method: 'POST', path, body: MARK }))).toBe(404);
    },
  );

  test.each(['%2e%2e', '..%2f..%2fx', 'nope.js', '%2e%2e/%2e%2e/json'])(
    'a static file %s is not found, which is no wrong method',
    async (name) => {
      expect(statusOf(await get(`/api/docs/static/${name}`))).toBe(404);
      expect(statusOf(await ask({ method: 'HEAD', path: `/api/docs/static/${name}` }), false, true)).toBe(404);
      expect(statusOf(await ask({ method: 'DELETE', path: `/api/docs/static/${name}` }))).toBe(405);
    },
  );

  test.each([
    ['/api/bases/population/lookup', JSON_BODY, `{"scheme":"citizen","value":"\\u0000${MARK}"}`],
    ['/api/bases/population/lookup', JSON_BODY, `{"scheme":"\\u0000","value":"1"}`],
    ['/api/bases/population/lookup', JSON_BODY, `{"scheme":"citizen","value":"1","\\u0000${MARK}":1}`],
    ['/api/bases/population/explain', JSON_BODY, `{"left":"a/b \\u0000${MARK}","right":"1"}`],
    ['/bases/population', FORM_BODY, 'scheme=citizen&value=%00'],
    ['/bases/population', FORM_BODY, 'scheme=id&value=P%00'],
    ['/api/bases/%00/lookup', JSON_BODY, '{"scheme":"citizen","value":"1"}'],
    ['/hooks/%00/x', JSON_BODY, '{}'],
    ['/hooks/emergency-command/%00', JSON_BODY, '{}'],
  ])('NUL in what is sent to %s', async (path, headers, body) => {
    expect(statusOf(await ask({ method: 'POST', path, headers, body }))).toBe(400);
  });

  test.each([
    `/api/bases/population/entities/${PERSON}?asKnownAt=`,
    `/api/bases/population/entities/${PERSON}?asValidAt=`,
    '/feeds/macroeconomic/data/MACRO?asOf=',
    '/feeds/macroeconomic/data/MACRO_DERIVED?asOf=',
    '/feeds/spatial/collections/water-body/items/S0000000011?asOf=',
  ])('a moment that never was, in %s', async (path) => {
    const never = [
      '0000-01-01',
      '2024-02-30',
      '2023-02-29',
      '2024-13-01',
      '2024-01-01T24:00',
      '2024-01-01T00:00+99:99',
    ];
    for (const moment of [...never, '-001-01-01', '2024-01-01T00:00:60Z', 'infinity', 'now', '1e400', ''])
      expect([moment, statusOf(await get(path + encodeURIComponent(moment)))]).toEqual([moment, 400]);
    for (const moment of ['0001-01-01', '9999-12-31T23:59:59.999999999+14:00', '2024-02-29', '2024-01-01T00:00-12:00'])
      expect([200, 404]).toContain(statusOf(await get(path + encodeURIComponent(moment))));
  });

  test.each([
    '/api/resources?limit=',
    '/api/resources?offset=',
    '/?limit=',
    '/api/bases/population/review?limit=',
    '/feeds/spatial/collections/water-body/items?limit=',
    '/feeds/spatial/collections/water-body/items?offset=',
    '/feeds/macroeconomic/data/MACRO?firstNObservations=',
    '/feeds/macroeconomic/data/MACRO?lastNObservations=',
  ])('a number that is none, in %s', async (path) => {
    for (const value of [
      '1e400',
      '-1e400',
      'NaN',
      'Infinity',
      '0x10g',
      '-1',
      '1.5',
      '',
      '99999999999999999999',
      '1&limit=2&offset=1',
    ])
      expect([value, statusOf(await get(path + value))]).toEqual([value, 400]);
  });

  test('a row that no number can name', async () => {
    const body = JSON.stringify({ left: '99999999999999999999999', right: '9223372036854775808' });
    const answer = await ask({ method: 'POST', path: '/api/bases/population/explain', headers: JSON_BODY, body });
    expect(statusOf(answer)).toBe(404);
  });

  test.each([
    ['/api/bases/population/lookup', 16 * 1024],
    ['/bases/population', 16 * 1024],
    ['/hooks/emergency-command/incidents', 4 * 1024 * 1024],
  ])('a body that is too large for %s', async (path, most) => {
    const answer = await ask({ method: 'POST', path, headers: FORM_BODY, body: `${MARK}${'a'.repeat(most)}` });
    expect([413, 415]).toContain(statusOf(answer));
    if (!path.startsWith('/api')) expect(JSON.parse(answer.body)).toMatchObject({ allowed: `at most ${most} bytes` });
  });

  test.each([
    ['application/json', `{"scheme":"${MARK}`, 400],
    ['application/json', '', 400],
    ['application/json', `{"__proto__":{"${MARK}":1}}`, 400],
    ['application/json', `[1,"${MARK}"]`, 400],
    ['application/json', 'null', 400],
    ['application/json; charset=utf-16', '{}', 400],
    ['text/plain', MARK, 415],
    ['application/x-www-form-urlencoded', `scheme=${MARK}`, 415],
    [`${MARK}`, MARK, 415],
    ['multipart/form-data', MARK, 415],
  ])('a body of type %s that says %s', async (type, body, status) => {
    const path = '/api/bases/population/lookup';
    const answer = await ask({ method: 'POST', path, headers: { 'content-type': type }, body });
    expect(statusOf(answer)).toBe(status);
  });

  test('a method that the address does not take says which it takes; nothing else is served under another method', async () => {
    for (const method of METHODS.filter((one) => !['CONNECT', 'GET', 'HEAD'].includes(one))) {
      const answer = await ask({ method, path: `/api/resources?q=${MARK}` });
      expect([method, statusOf(answer)]).toEqual([method, 405]);
      expect(answer.headers['allow']).toBe('GET, HEAD');
      expect(statusOf(await ask({ method, path: `/${MARK}` }))).toBe(404);
    }
    expect((await ask({ method: 'GET', path: '/api/bases/population/lookup' })).headers['allow']).toBe('POST');
    expect(statusOf(await ask({ method: 'DELETE', path: '/bases/population', headers: HTML }), true)).toBe(405);
    const head = await ask({ method: 'HEAD', path: `/${MARK}` });
    expect([statusOf(head, false, true), head.body]).toEqual([404, '']);
  });

  test.each([
    ['no request line', `${MARK}\r\n\r\n`, 400],
    ['a method that nobody knows', `${MARK} / HTTP/1.1\r\nhost: a\r\n\r\n`, 400],
    ['a version that nobody knows', 'GET / HTTP/7.3\r\nhost: a\r\n\r\n', 400],
    ['a header with a blank in its name', `GET / HTTP/1.1\r\nhost: a\r\nx y: ${MARK}\r\n\r\n`, 400],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na', 400],
    ['headers without end', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
    ['no host', 'GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['an expectation', `GET / HTTP/1.1\r\nhost: a\r\nexpect: ${MARK}\r\n\r\n`, 417],
  ])('bytes that are no request of HTTP: %s', async (_what, bytes, status) => {
    expect(statusOf(await sendRaw(port, bytes))).toBe(status);
  });

  test('a request of HTTP/1.0 needs no host', async () => {
    expect((await sendRaw(port, 'GET /livez HTTP/1.0\r\n\r\n')).status).toBe(200);
  });
});

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
}
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly statuses: readonly number[];
  readonly asPage: boolean;
}
type OpenApi = {
  readonly paths: Record<string, Record<string, { parameters?: readonly Parameter[]; responses: object }>>;
};

/** Pages are in no document. */
const PAGE_STATUSES = [200, 303, 400, 404, 413, 414, 415];
const PAGES = [
  ...['GET /', 'GET /quality', 'GET /resources/{id}', 'GET /bases/{base}', 'POST /bases/{base}'],
  ...['GET /bases/{base}/review', 'GET /bases/{base}/entities/{id}', 'GET /bases/{base}/pairs/{left}/{right}'],
].map((one): Operation => {
  const [method = '', path = ''] = one.split(' ');
  return { method, path, query: ['lang', 'q', 'limit'], statuses: PAGE_STATUSES, asPage: true };
});

async function operations(): Promise<readonly Operation[]> {
  const { paths } = JSON.parse((await get('/api/docs/json')).body) as OpenApi;
  const told = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], responses }]) => ({
      ...{ method: method.toUpperCase(), path, statuses: Object.keys(responses).map(Number), asPage: false },
      query: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
    })),
  );
  return [...told, ...PAGES];
}

const known = [
  'population',
  'macroeconomic',
  'spatial',
  PERSON,
  'MACRO',
  'MACRO_DERIVED',
  'water-body',
  'QHSTATS',
  'all',
  '1',
];
const nasty = [
  ...[
    '',
    '%',
    '%00',
    '%ff',
    '%c0%ae',
    '..',
    '%2e%2e%2f',
    '%2f',
    '%5c',
    '__proto__',
    'constructor',
    'toString',
    '*',
    ':id',
  ],
  ...[
    '1e400',
    '-1',
    '0',
    'NaN',
    '9007199254740993',
    '99999999999999999999',
    '0000-01-01',
    '2024-02-30',
    'true',
    'null',
  ],
  ...[
    `'%20OR%201=1--`,
    '%3Cscript%3E',
    '%F0%A0%AE%B7',
    '%EF%BF%BE',
    '%ED%A0%80',
    'a+b.c',
    '........',
    'M..GDP......',
    MARK,
  ],
  ...['a'.repeat(101), 'a'.repeat(4_001), '%00'.repeat(40)],
];
const word = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...known) },
  { weight: 3, arbitrary: fc.constantFrom(...nasty) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
  },
);
const bodies = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '{"scheme":"citizen","value":"1"}',
    '{"left":"1","right":"2"}',
    'scheme=id&value=1',
  ),
  fc.json({ maxDepth: 2 }),
  fc
    .record({ scheme: fc.string({ unit: 'binary' }), value: fc.string({ unit: 'binary' }) })
    .map((one) => JSON.stringify(one)),
  fc
    .record({ left: fc.string({ unit: 'binary' }), right: fc.string({ unit: 'binary' }) })
    .map((one) => JSON.stringify(one)),
);
const types = fc.constantFrom(
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'x',
  'application/json;charset=x',
);

test('every route, asked hostilely, answers with a status that OpenAPI tells and in the one shape', async () => {
  const all = await operations();
  expect(all.length).toBeGreaterThan(40);
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2_147_483_647);
  process.stderr.write(`hostile requests: TEST_SEED=${seed}\n`);
  const hostile = fc.record({
    operation: fc.constantFrom(...all),
    words: fc.array(word, { minLength: 4, maxLength: 4 }),
    query: fc.array(fc.tuple(fc.nat(), word), { maxLength: 3 }),
    unknown: fc.option(word),
    body: bodies,
    type: types,
    wantsPage: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(hostile, async ({ operation, words, query, unknown, body, type, wantsPage }) => {
      let at = 0;
      const path = operation.path.replaceAll(/\{\w+\}/g, () => words[at++] as string);
      const asked = query.flatMap(([index, value]) => {
        const name = operation.query[index % Math.max(1, operation.query.length)];
        return name === undefined ? [] : [`${name}=${value}`];
      });
      const all = [...asked, ...(unknown === null ? [] : [`${unknown}=1`])];
      const isPost = operation.method === 'POST';
      const answer = await ask({
        ...{ method: operation.method, path: all.length === 0 ? path : `${path}?${all.join('&')}` },
        headers: { ...(wantsPage ? HTML : {}), ...(isPost ? { 'content-type': type } : {}) },
        ...(isPost ? { body } : {}),
      });
      const status = statusOf(answer, wantsPage && !path.startsWith('/api'));
      // An empty part of a path may make it the address of another route.
      const told = [
        ...operation.statuses.filter((one) => one < 500),
        ...(path.includes('//') || path.endsWith('/') ? [405] : []),
      ];
      expect(told).toContain(status);
    }),
    { seed, numRuns: 2_000, endOnFailure: true },
  );
});
