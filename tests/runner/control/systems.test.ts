import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { CONNECTORS } from '../../../connectors/index.ts';
import { openSource, parseSystemFile, readSystemFile, validateSystem } from '../../../runner/control/systems.ts';
import { sourceSpecOf } from '../../../runner/normalise/pipelines.ts';
import type { Problem } from '../../../runner/settings/problems.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { projectPath } from '../../../schemas/kernel/paths.ts';
import { testContext } from '../../connectors/files/folder.ts';

const GOOD = `system: quality-codes
title: { zh: 组织机构代码, en: Organisation codes }
owner: { name: 青海省质量技术监督局, uscc: '116300000150040478' }
authority: quality-supervision
connector: csv
connection:
  folder: \${QUALITY_CODES_FOLDER}
schedule: '30 3 * * 1'
limits: { rowsPerSecond: 500, quietHours: ['08:00-18:00'] }
streams:
  codes:
    title: 组织机构代码信息
    source: { files: 'ZZJGDM*.csv', key: [机构代码], encoding: gb18030 }
    base: legal-entity
    detectDeletes: true
    mapping:
      organisationCode: { from: 机构代码, as: organisation-code }
      name: { from: 机构名称, as: entity-name }
      region: { from: 行政区划, as: region }
`;
const change = (from: string | RegExp, to: string): string => {
  const changed = GOOD.replace(from, to);
  expect(changed).not.toBe(GOOD);
  return changed;
};

function failure(work: () => unknown): { error: HubError; problems: readonly Problem[] } {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(HubError);
    return {
      error: error as HubError,
      problems: ((error as HubError).details['problems'] ?? []) as readonly Problem[],
    };
  }
  throw new Error('it was accepted');
}
const read = (text: string) => failure(() => readSystemFile(text, 'a.yaml'));

test('a good file is taken, with defaults', () => {
  const spec = readSystemFile(GOOD, 'a.yaml');
  expect(spec.connection).toEqual({ folder: '${QUALITY_CODES_FOLDER}' });
  expect(spec.limits).toEqual({ rowsPerSecond: 500, quietHours: ['08:00-18:00'] });
  expect(parseSystemFile(`\uFEFF${GOOD}`, 'a.yaml')).toEqual(spec);
});

test.each(readdirSync(projectPath('connectors/systems')).filter((name) => name.endsWith('.yaml')))(
  '%s is valid',
  (name) => {
    const spec = parseSystemFile(readFileSync(projectPath('connectors/systems', name), 'utf8'), name);
    if (Object.hasOwn(CONNECTORS, spec.connector)) expect(() => validateSystem(spec)).not.toThrow();
  },
);

describe('YAML', () => {
  test.each([
    ['a duplicate key', `${GOOD}connector: dbf\n`, /line 20: .*stands twice/],
    ['broken indentation', change('  folder:', '\tfolder:'), /line 7/],
    ['two documents', `${GOOD}---\n${GOOD}`, /line 20/],
    ['an unknown tag', change('csv\n', '!js csv\n'), /line 5/],
    ['many aliases', `${GOOD}x: &a [1]\ny: [${'*a,'.repeat(200)}]\n`, /alias/],
    ['a megabyte', `${GOOD}# ${'x'.repeat(1024 * 1024)}`, /longer/],
    ['a NUL, which no database text holds', change('en: Organisation codes', 'en: "a\\0b"'), /NUL/],
    ['half a character', change('en: Organisation codes', 'en: "\\ud800"'), /surrogate/],
    ['nothing at all', '', /must be a group of settings/],
  ])('%s', (_, text, message) => {
    const { error } = read(text);
    expect(error.code).toBe('HUB_CONFIG_INVALID');
    expect(error.message).toMatch(/^a\.yaml is not valid/);
    expect(error.message).toMatch(message);
  });
  test('a key __proto__ changes no prototype', () => {
    read(`${GOOD}__proto__: { polluted: true }\n`);
    expect('polluted' in {}).toBe(false);
  });
});

describe('shape, with line, what was given and what is allowed', () => {
  test('unknown keys', () => {
    expect(read(change('schedule:', 'shedule:')).problems).toEqual([
      {
        path: 'shedule',
        line: 8,
        problem: 'there is no such setting; did you mean schedule?',
        allowed: expect.arrayContaining(['system', 'streams', 'schedule']),
      },
    ]);
  });
  test('unknown keys inside a stream', () => {
    expect(read(change('detectDeletes', 'detectDelete')).problems[0]).toMatchObject({
      path: 'streams.codes.detectDelete',
      line: 15,
      problem: expect.stringContaining('did you mean detectDeletes?'),
    });
  });
  test('a number that should be text', () => {
    expect(read(change("'116300000150040478'", '116300000150040478')).problems[0]).toMatchObject({
      path: 'owner.uscc',
      line: 3,
      problem: expect.stringContaining('write it in quotes'),
    });
  });
  test('a missing field', () => {
    expect(read(change('authority: quality-supervision\n', '')).problems[0]).toMatchObject({
      path: 'authority',
      problem: expect.stringContaining('is missing'),
    });
  });
  test('a word that is not among the allowed ones', () => {
    expect(read(change('base: legal-entity', 'base: legal')).problems[0]).toMatchObject({
      path: 'streams.codes.base',
      line: 14,
      given: '"legal"',
      allowed: ['population', 'legal-entity', 'spatial', 'macroeconomic'],
    });
  });
  test('a name that is no identifier', () => {
    expect(read(change('system: quality-codes', 'system: 质监')).problems[0]?.path).toBe('system');
  });
  test('everything at once', () => {
    const text = change('schedule:', 'shedule:').replace('owner:', 'ower:').replace('title: 组织', 'titel: 组织');
    expect(
      read(text)
        .problems.map(({ path }) => path)
        .sort(),
    ).toEqual(['ower', 'owner', 'shedule', 'streams.codes.titel', 'streams.codes.title']);
  });
});

describe('meaning', () => {
  test.each([
    ['an unknown connector', change('connector: csv', 'connector: cvs'), 'connector', 5, /csv, dbf/],
    ['a wrong schedule', change("'30 3 * * 1'", "'30 25 * * 1'"), 'schedule', 8, /cron/],
    ['an hour that is none', change('08:00-18:00', '08:00-29:00'), 'limits.quietHours', 9, /time of day/],
    ['no streams', GOOD.replace(/streams:[\s\S]*/, 'streams: {}\n'), 'streams', 10, /no stream/],
    [
      'a connector setting that is unknown',
      change('encoding:', 'encodin:'),
      'streams.codes.source.encodin',
      13,
      /encoding/,
    ],
    [
      'a connector setting that is wrong',
      change('key: [机构代码]', 'key: []'),
      'streams.codes.source.key',
      13,
      /identify/,
    ],
    ['a connection setting that is unknown', change('  folder:', '  fodler:'), 'connection.fodler', 7, /folder/],
    ['a mapping without base', change('    base: legal-entity\n', ''), 'streams.codes.mapping', 15, /needs a base/],
  ])('%s', (_, text, path, line, message) => {
    const { error, problems } = read(text);
    expect(error.code).toBe('HUB_CONFIG_INVALID');
    const found = problems.find((problem) => problem.path === path);
    expect(found?.line).toBe(line);
    expect(error.message).toMatch(message);
  });

  test('all mistakes of a mapping, each with what is allowed', () => {
    const text = change('as: organisation-code', 'as: organization-code').replace('region: {', 'regoin: {');
    const { error, problems } = read(text);
    expect(error.code).toBe('HUB_MAPPING_INVALID');
    expect(problems).toEqual([
      expect.objectContaining({
        path: 'streams.codes.mapping.organisationCode',
        line: 17,
        problem: expect.stringContaining('organisation-code'),
      }),
      expect.objectContaining({
        path: 'streams.codes.mapping.regoin',
        line: 19,
        problem: expect.stringContaining('did you mean "region"?'),
      }),
    ]);
  });

  test('an "at" that leads to itself', () => {
    const text = change('as: region }', 'as: region, at: region }');
    expect(read(text).error.code).toBe('HUB_MAPPING_INVALID');
  });

  test('without a file the system is named', () => {
    const spec = parseSystemFile(change('connector: csv', 'connector: cvs'), 'a.yaml');
    expect(failure(() => validateSystem(spec)).error.message).toMatch(/^system quality-codes is not valid/);
  });
});

describe('opening a source', () => {
  const spec = readSystemFile(GOOD, 'a.yaml');
  test('needs its secrets', async () => {
    await expect(openSource(spec, {}, testContext())).rejects.toMatchObject({
      code: 'HUB_CONFIG_SECRET_MISSING',
      details: { missing: ['QUALITY_CODES_FOLDER'] },
    });
  });
  test('fills them in', async () => {
    await using source = await openSource(spec, { QUALITY_CODES_FOLDER: '/nowhere' }, testContext());
    expect(typeof source.read).toBe('function');
  });
  test('never shows what was filled in', async () => {
    const wrong = { ...spec, connection: { folder: '/x', batchRows: '${SECRET}' } };
    const error = await openSource(wrong, { SECRET: 'canary' }, testContext()).catch(
      (reason: unknown) => reason as HubError,
    );
    expect(error).toMatchObject({
      code: 'HUB_CONFIG_INVALID',
      message: expect.stringContaining('connection.batchRows'),
    });
    expect(JSON.stringify([(error as HubError).message, (error as HubError).details])).not.toContain('canary');
  });
});

test('a base is told of the update cycle in days, and of none where the file promises none', () => {
  const file = projectPath('connectors', 'systems', 'quality-codes.yaml');
  const spec = parseSystemFile(readFileSync(file, 'utf8'), file);
  expect(sourceSpecOf(spec, 'codes')).toMatchObject({ system: 'quality-codes', stream: 'codes', cycleDays: 7 });
  expect(sourceSpecOf(parseSystemFile(GOOD, 'good.yaml'), 'codes').cycleDays).toBeNull();
});
