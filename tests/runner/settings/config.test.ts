import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  configWarnings,
  describeConfig,
  environment,
  loadConfig,
  printableConfig,
} from '../../../runner/settings/config.ts';
import type { Problem } from '../../../runner/settings/problems.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hub-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function yaml(text: string): string {
  const file = join(folder, `hub-${count++}.yaml`);
  writeFileSync(file, text);
  return file;
}

function failure(load: () => unknown): HubError {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(HubError);
    return error as HubError;
  }
  throw new Error('it was accepted');
}
const problems = (error: HubError): readonly Problem[] => error.details['problems'] as readonly Problem[];

test('with nothing given everything is embedded', () => {
  const config = loadConfig({ env: {}, file: yaml('') });
  expect(config.database).toEqual({ maxConnections: 16 });
  expect(config.kafka).toEqual({ ssl: false, sessionTimeoutMs: 10_000 });
  expect(config.redis).toEqual({});
  expect(config.http).toEqual({ host: '127.0.0.1', port: 8080, openLookup: false, openFeeds: ['sdmx'] });
  expect(config.dataFolder).toBe(resolve('.hub'));
  expect(config).toMatchObject({
    partitions: 4,
    batchRecords: 5000,
    drainMs: 20000,
    breaker: { share: 0.5, minRecords: 100 },
  });
});

test('the environment wins over hub.yaml, which wins over the defaults', () => {
  const file = yaml('http: { port: 9000, host: 0.0.0.0 }\npartitions: 12\n');
  const config = loadConfig({ env: { HUB_HTTP_PORT: '9100', HUB_PARTITIONS: '' }, file });
  expect(config.http).toEqual({ host: '0.0.0.0', port: 9100, openLookup: false, openFeeds: ['sdmx'] });
  expect(config.partitions).toBe(12);
});

test('lists, booleans and nested settings come from the environment too', () => {
  const { kafka } = loadConfig({
    file: yaml(''),
    env: {
      KAFKA_BROKERS: 'a:9092, b:9092',
      KAFKA_SSL: 'TRUE',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'hub',
      KAFKA_SASL_PASSWORD: '12345',
    },
  });
  expect(kafka).toEqual({
    brokers: ['a:9092', 'b:9092'],
    sessionTimeoutMs: 10_000,
    ssl: true,
    sasl: { mechanism: 'plain', username: 'hub', password: '12345' },
  });
});

test('a base may have a database of its own', () => {
  const env = { DATABASE_URL: 'postgres://h/hub', LEGAL_ENTITY_DATABASE_URL: 'postgres://other/le' };
  expect(loadConfig({ env, file: yaml('') }).database).toEqual({
    maxConnections: 16,
    url: 'postgres://h/hub',
    legalEntity: 'postgres://other/le',
  });
});

describe('secrets in clear in hub.yaml', () => {
  test('are said with their line and variable, and not said again', () => {
    const file = yaml(
      'http: { port: 1 }\ndatabase:\n  url: postgres://hub:GEHEIM@h/d\nkafka:\n  sasl:\n    mechanism: plain\n    username: hub\n    password: GEHEIM\n',
    );
    expect(configWarnings({ file })).toEqual([
      expect.stringMatching(/^database\.url in .* \(line 3\): .*DATABASE_URL/),
      expect.stringMatching(/^kafka\.sasl\.password in .* \(line 8\): .*KAFKA_SASL_PASSWORD/),
    ]);
    expect(configWarnings({ file }).join()).not.toContain('GEHEIM');
  });

  test.each(['postgres://hub@h/d', 'postgres://hub:${P}@h/d', '${DATABASE_URL}'])('%s holds none', (url) => {
    expect(configWarnings({ file: yaml(`database: { url: '${url}' }`) })).toEqual([]);
  });

  test('without a file there is nothing to warn of', () => expect(configWarnings({})).toEqual([]));
});

test('${NAME} in hub.yaml is read from the environment', () => {
  const file = yaml('redis: { url: "redis://:${REDIS_SECRET}@r:6379" }');
  expect(loadConfig({ env: { REDIS_SECRET: 's3' }, file }).redis.url).toBe('redis://:s3@r:6379');
  expect(failure(() => loadConfig({ env: {}, file })).code).toBe('HUB_CONFIG_SECRET_MISSING');
});

describe('what is wrong is said all at once', () => {
  test('unknown keys with the likely name, the line and the allowed names', () => {
    const error = failure(() => loadConfig({ env: {}, file: yaml('http:\n  port: 1\n  hots: x\npartition: 3\n') }));
    expect(error.code).toBe('HUB_CONFIG_INVALID');
    expect(problems(error)).toEqual([
      {
        path: 'http.hots',
        line: 3,
        problem: 'there is no such setting; did you mean host?',
        allowed: ['host', 'port', 'openLookup', 'publicUrl', 'metricsToken', 'openFeeds'],
      },
      expect.objectContaining({
        path: 'partition',
        line: 4,
        problem: expect.stringContaining('did you mean partitions?'),
      }),
    ]);
    expect(error.message).toContain('http.hots');
  });

  test('wrong values with what was given and what is allowed', () => {
    const error = failure(() =>
      loadConfig({
        env: { HUB_LOG_LEVEL: 'loud', HUB_HTTP_PORT: 'eighty', HUB_BREAKER_SHARE: '0', KAFKA_SASL_USERNAME: 'hub' },
        file: yaml('concurrency: 0\n'),
      }),
    );
    const byPath = new Map(problems(error).map((problem) => [problem.path, problem]));
    expect(byPath.get('HUB_LOG_LEVEL (log.level)')).toMatchObject({
      given: '"loud"',
      allowed: ['debug', 'info', 'warn', 'error'],
    });
    expect(byPath.get('HUB_HTTP_PORT (http.port)')?.given).toBe('"eighty"');
    expect(byPath.get('HUB_BREAKER_SHARE (breaker.share)')?.given).toBe('0');
    expect(byPath.get('concurrency')).toMatchObject({ line: 1, given: '0' });
    expect(byPath.get('kafka.sasl.password')?.problem).toContain('is missing');
  });

  test('a secret is never in the message', () => {
    const error = failure(() => loadConfig({ env: { DATABASE_URL: 'mysql://u:hunter2@h/x' }, file: yaml('') }));
    expect(error.message).toContain('DATABASE_URL');
    expect(JSON.stringify([error.message, error.details])).not.toContain('hunter2');
  });

  test.each([
    ['twice the same key', 'http: {port: 1}\nhttp: {port: 2}\n', 'line 2'],
    ['no YAML', 'http: {port: 1\n', 'line'],
    ['two documents', 'partitions: 2\n---\npartitions: 3\n', 'line'],
    ['a list', '- a\n', 'must be a group of settings'],
    ['an unknown tag', 'partitions: !secret x\n', 'line 1'],
    ['an alias bomb', `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`, 'alias'],
  ])('%s', (_, text, part) => {
    const error = failure(() => loadConfig({ env: {}, file: yaml(text) }));
    expect(error.code).toBe('HUB_CONFIG_INVALID');
    expect(error.message).toContain(part);
  });

  test('a file that is not there', () => {
    expect(failure(() => loadConfig({ env: {}, file: join(folder, 'none.yaml') })).code).toBe('HUB_ARGUMENT_INVALID');
  });
});

test('every setting is described, has a variable of its own and a type', () => {
  const rows = describeConfig();
  expect(rows.filter(({ text, env, type }) => text === '' || !/^[A-Z_]+$/.test(env) || type === '')).toEqual([]);
  expect(new Set(rows.map(({ env }) => env)).size).toBe(rows.length);
  expect(rows.find(({ name }) => name === 'http.port')).toEqual({
    name: 'http.port',
    env: 'HUB_HTTP_PORT',
    default: '8080',
    type: 'integer, 0 to 65535',
    text: 'port of the catalog; 0: any free one',
    secret: false,
  });
});

test('printed settings hide passwords', () => {
  const config = loadConfig({
    file: yaml(''),
    env: {
      DATABASE_URL: 'postgres://hub:p%40ss@db:5432/hub',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'hub',
      KAFKA_SASL_PASSWORD: 'canary',
    },
  });
  const printed = printableConfig(config);
  expect(printed['database.url']).toBe('postgres://hub:***@db:5432/hub');
  expect(printed['kafka.sasl.password']).toBe('***');
  expect(JSON.stringify(printed)).not.toMatch(/canary|p%40ss/);
});

test('environment() is that of the process', () => {
  expect(environment()['PATH']).toBe(process.env['PATH']);
});
