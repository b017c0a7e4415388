import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openHub } from '../../runner/compose.ts';
import { catalogService } from '../../runner/services/catalog.ts';
import { createMetrics } from '../../runner/services/metrics.ts';
import { supervise } from '../../runner/services/supervise.ts';
import { loadConfig } from '../../runner/settings/config.ts';
import { formatEntityId } from '../../schemas/entity-id.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { signedIn } from '../support/signed-in.ts';
import { until } from '../support/until.ts';
import { hub } from './program.ts';

/* The demo, and a stranger who reaches its catalog and knows nothing else. */

const PERSONS = '150';
const ENTITIES_LOOKED_AT = 60;
const PAGES = 1_500;

let folder: string;
let opened: Awaited<ReturnType<typeof openHub>>;
let address: string;
const stop = new AbortController();
let done: Promise<unknown>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sanjiang-strangers-'));
  const env = { HUB_DATA_FOLDER: folder, HUB_LOG_LEVEL: 'error', HUB_HTTP_PORT: '0' };
  const demo = await hub(['demo', '--exit', '--port', '0', '--persons', PERSONS, '--seed', '7'], env, folder);
  expect(demo).toMatchObject({ code: 0 });
  const own = { ...env, HUB_DATA_FOLDER: join(folder, 'demo') };
  opened = await openHub({ config: loadConfig({ env: own }), env: own, logger: silentLogger, migrations: 'apply' });
  const catalog = catalogService(opened, createMetrics(opened), () => []);
  done = supervise([catalog], { signal: stop.signal, log: silentLogger }).done;
  address = await until(() => catalog.address(), 'the catalog listens');
}, 240_000);
afterAll(async () => {
  stop.abort();
  await done;
  await opened?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

interface Stored {
  readonly id: number;
  readonly row: string;
  readonly key: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const records = async (base: string): Promise<readonly Stored[]> => {
  const { pool, definition } = opened.bases.get(base) as NonNullable<ReturnType<typeof opened.bases.get>>;
  const { rows } = await pool.query<Stored>(
    `SELECT r.entity_id::float8 AS id, s.system || '/' || s.stream || ' ' || r.source_key AS row, r.source_key AS key, r.attributes
     FROM ${definition.schema}.source_record r JOIN ${definition.schema}.source s USING (source_id) ORDER BY r.record_id`,
  );
  return rows;
};

const CITIZEN = /^[1-8]\d{5}(?:(?:19|20)\d{9}[\dX]|\d{2}[01]\d[0-3]\d{4})\d{0,5}$/;

/**
 * Values that nobody without a grant may see, long enough to be no accident, with where they are from. The credit code and the
 * address of an enterprise are open, also where it holds a mine or somebody lives at it.
 */
async function secrets(): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const open = new Set<unknown>();
  for (const [name, { definition }] of opened.bases) {
    const specs: Readonly<Record<string, { type: string; sensitivity: number }>> = definition.attributes;
    for (const { key, attributes } of await records(name)) {
      if (name === 'population' && key.length >= 6) found.set(key, `key of ${name}`);
      for (const [attribute, value] of Object.entries(attributes)) {
        const spec = specs[attribute];
        if (spec === undefined || typeof value !== 'string' || value.length < 8) continue;
        const isHidden = spec.sensitivity > 1 && (spec.type === 'identifier' || /phone$|address$/i.test(attribute));
        const isCitizen = spec.type === 'identifier' && value.length > 15 && CITIZEN.test(value);
        if (isHidden || isCitizen) found.set(value, `${name}.${attribute}`);
        else if (spec.sensitivity === 1) open.add(value);
      }
    }
  }
  return new Map([...found].filter(([value]) => !open.has(value)));
}

/** What the reader sends to be known. */
let reader: Readonly<Record<string, string>> = {};

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers: string;
}

async function get(path: string): Promise<Answer> {
  const reply = await fetch(`${address}${path}`, {
    redirect: 'manual',
    headers: { accept: 'text/html, */*;q=0.5', ...reader },
  });
  return {
    status: reply.status,
    type: reply.headers.get('content-type') ?? '',
    body: await reply.text(),
    headers: [...reply.headers].map((pair) => pair.join(': ')).join('\n'),
  };
}

/** Every address of OpenAPI, with everything that its parameters may be. */
async function described(): Promise<readonly string[]> {
  const api = JSON.parse((await get('/api/docs/json')).body) as { paths: Record<string, Record<string, unknown>> };
  const ids: [base: string, id: string][] = [];
  for (const [base, { definition }] of opened.bases) {
    const all = await records(base);
    // First those of persons in business: their numbers are where numbers of enterprises are.
    const sorted = [...all.filter(({ attributes }) => CITIZEN.test(String(attributes['taxNumber']))), ...all];
    const some = [...new Set(sorted.map(({ id }) => id))].slice(0, ENTITIES_LOOKED_AT);
    ids.push(...some.map((id): [string, string] => [base, formatEntityId(definition.entityPrefix, id)]));
  }
  const resources = JSON.parse((await get('/api/resources?limit=100')).body) as { resources: { id: string }[] };
  const systems = (await opened.systems.list()).map(({ spec }) => spec.system);
  return Object.entries(api.paths).flatMap(([path, methods]): string[] => {
    if (methods['get'] === undefined) return [];
    if (path.includes('/entities/{id}'))
      return ids.map(([base, id]) => path.replace('{base}', base).replace('{id}', id));
    if (path.startsWith('/api/resources/')) return resources.resources.map(({ id }) => path.replace('{id}', id));
    if (path.includes('{base}')) return [...opened.bases.keys()].map((base) => path.replace('{base}', base));
    if (path.includes('{system}')) return systems.map((system) => path.replace('{system}', system));
    return path.includes('{') ? [] : [path];
  });
}

const linksOf = ({ type, body }: Answer): readonly string[] => {
  const found = type.includes('html')
    ? [...body.matchAll(/href="([^"#]+)/g)].map(([, link]) => link as string)
    : [...body.matchAll(/"href":\s*"([^"]+)"/g)].map(([, link]) => link as string);
  return found
    .map((link) => link.replaceAll('&amp;', '&').replace(address, ''))
    .filter((link) => link.startsWith('/') && !link.startsWith('//'));
};

test.each(['nobody', 'a steward'])(
  'no address shows %s a number, a telephone number or an address of anybody, nor a key of a row',
  async (who) => {
    reader = who === 'nobody' ? {} : await signedIn(opened.pool);
    const hidden = await secrets();
    expect(hidden.size).toBeGreaterThan(300);
    expect([...hidden.values()].filter((from) => from === 'legal-entity.taxNumber').length).toBeGreaterThan(0);
    const waiting = [
      ...new Set(['/', '/?lang=en', '/quality', '/livez', '/readyz', '/metrics', '/api/docs', '/feeds/spatial']),
      ...(await described()),
    ];
    const seen = new Set(waiting);
    const statuses = new Map<number, number>();
    const told: string[] = [];
    let asked = 0;
    let length = 0;
    for (let at = 0; at < waiting.length && asked < PAGES; at++, asked++) {
      const path = waiting[at] as string;
      const answer = await get(path);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      length += answer.body.length;
      const text = `${path}\n${answer.headers}\n${answer.body}`;
      // Bytes and seconds have digits as well: there a number counts when it stands alone.
      const isIn = (value: string): boolean =>
        path === '/metrics' ? new RegExp(`(?<![\\d.])${value}(?![\\d.])`).test(text) : text.includes(value);
      for (const [value, from] of hidden) if (isIn(value)) told.push(`${path}: ${from}`);
      for (const link of linksOf(answer))
        if (!seen.has(link)) {
          seen.add(link);
          waiting.push(link);
        }
    }
    expect(told.slice(0, 20)).toEqual([]);
    expect(asked).toBeGreaterThan(300);
    expect(length).toBeGreaterThan(who === 'nobody' ? 100_000 : 1_000_000);
    expect([...statuses.keys()].filter((status) => status >= 500 && status !== 503)).toEqual([]);
    if (who !== 'nobody') expect(statuses.get(200) ?? 0).toBeGreaterThan(asked / 2);
  },
  240_000,
);

test.each(['nobody', 'a steward'])(
  '%s who guesses right is told nothing: 0 numbers',
  async (who) => {
    reader = who === 'nobody' ? {} : await signedIn(opened.pool);
    const people = (await records('population')).filter(({ attributes }) => attributes['citizenNumber'] != null);
    const recovered: string[] = [];
    const post = (path: string, type: string, body: string): Promise<Response> =>
      fetch(`${address}${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': type, ...reader },
        body,
      });
    const described = JSON.parse((await get('/api/bases')).body) as {
      bases: { name: string; lookupSchemes: { scheme: string }[] }[];
    };
    const told = new Set<number>();
    for (const { row, attributes } of people.slice(0, 60)) {
      const number = String(attributes['citizenNumber']);
      for (const { name, lookupSchemes } of described.bases)
        for (const { scheme } of lookupSchemes)
          for (const value of name === 'population' ? [number] : [number, `${number}00`]) {
            const form = new URLSearchParams({ scheme, value }).toString();
            const asked = [
              await post(`/api/bases/${name}/lookup`, 'application/json', JSON.stringify({ scheme, value })),
              await post(`/bases/${name}`, 'application/x-www-form-urlencoded', form),
            ];
            for (const { status } of asked) {
              told.add(status);
              if (status < 400) recovered.push(`${number} by ${scheme} of ${name}`);
            }
          }
      const pair = await post(
        '/api/bases/population/explain',
        'application/json',
        JSON.stringify({ left: row, right: row }),
      );
      told.add(pair.status);
      if (pair.status < 400) recovered.push(`${row} by explain`);
    }
    expect(people.length).toBeGreaterThan(60);
    expect(recovered).toEqual([]);
    expect([...told].sort()).toEqual(who === 'nobody' ? [401] : [403, 404]);
  },
  120_000,
);
