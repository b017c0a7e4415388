import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { openAccess } from '../../../catalog/access/access.ts';
import { createCatalog } from '../../../catalog/api/server.ts';
import { CHINESE } from '../../../schemas/kernel/chinese-errors.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { ERRORS } from '../../../schemas/kernel/error-table.ts';
import type { ErrorCode, ErrorEntry } from '../../../schemas/kernel/errors.ts';
import { projectPath, projectRoot } from '../../../schemas/kernel/paths.ts';
import { personBase } from '../../catalog/entries.ts';
import { EXAMPLES } from './error-examples.ts';
import { commandFault, faultsIn } from './spoken-words.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];
const ENTRIES: readonly (readonly [string, ErrorEntry])[] = Object.entries(ERRORS);

test('no remedy tells anybody to destroy what the hub holds', () => {
  const destroys =
    /\b(?:delet|remov|drop|eras|wip(?:e|ing)|truncat|purg|clear|reset|empt(?:y|ied)|afresh|rm\b|from scratch)/i;
  expect('free the port or delete the `.hub` folder to start afresh').toMatch(destroys);
  expect(ENTRIES.filter(([, { remedy }]) => destroys.test(remedy))).toEqual([]);
});

test('a service of ours that is not ready yet, and a database that is busy or slow, are tried again', () => {
  for (const code of ['HUB_STACK_NOT_READY', 'HUB_STORE_UNAVAILABLE', 'HUB_STORE_BUSY', 'HUB_STORE_SLOW'] as const)
    expect([code, ERRORS[code].recovery]).toEqual([code, 'retry']);
});

test('every code is told in Chinese, with the same commands, settings and addresses', () => {
  const spoken = (text: string): readonly string[] =>
    [...text.matchAll(/`[^`]+`|\b[A-Z]+(?:_[A-Z]+)+\b/g)].map(([word]) => word).sort();
  const wrong = ENTRIES.flatMap(([code, { title, remedy }]) => {
    const chinese = CHINESE[code as ErrorCode];
    return [
      ...([chinese.title, chinese.remedy].every((text) => /^\P{Ideographic}*\p{Ideographic}/u.test(text))
        ? []
        : [`${code}: no Chinese`]),
      ...(String(spoken(title + remedy)) === String(spoken(chinese.title + chinese.remedy))
        ? []
        : [`${code}: names something else`]),
    ];
  });
  expect(wrong).toEqual([]);
});

test('what the catalog itself refuses is told in Chinese with its own words', () => {
  const files = filesBelow(['catalog'], /\.ts$/).filter((path) => !path.startsWith('catalog/feeds/'));
  const wrong = files.flatMap((path) => {
    const text = readFileSync(projectPath(path), 'utf8');
    return [...text.matchAll(/new HubError\(\s*'(?!HUB_INTERNAL|HUB_CATALOG_BUSY)\w+'[\s\S]*?\);/g)]
      .filter(([thrown]) => !/\bzh\b/.test(thrown))
      .map(([thrown]) => `${path}: ${thrown}`);
  });
  expect(wrong).toEqual([]);
});

describe('every code is raised by the product', () => {
  const codeOf = (raised: unknown): unknown => (raised as { code?: unknown } | null | undefined)?.code;

  test.each(CODES)('%s', async (code) => {
    const example = EXAMPLES[code];
    if (typeof example === 'function') {
      let raised: unknown;
      try {
        raised = await example();
      } catch (error) {
        raised = error;
      }
      expect(codeOf(raised)).toBe(code);
      expect((raised as Error).message).toMatch(/\S{3}/);
      return;
    }
    expect([example.shownBy, existsSync(projectPath(example.shownBy))]).toEqual([example.shownBy, true]);
    expect([example.shownBy, expects(readFileSync(projectPath(example.shownBy), 'utf8'), code)]).toEqual([
      example.shownBy,
      true,
    ]);
  });

  /** The code stands in an expectation, and not only in what a test raises itself. */
  function expects(text: string, code: string): boolean {
    const lines = text.split('\n');
    return lines.some((line, at) => {
      if (!line.includes(code) || /new HubError\(/.test(line)) return false;
      const name = /^const (\w+) =/.exec(line)?.[1];
      if (name !== undefined)
        return new RegExp(`\\b${name}\\b`).test(text.replace(line, '')) && /\bexpect\b/.test(text);
      return lines.slice(Math.max(0, at - 12), at + 13).some((near) => /\bexpect\b/.test(near));
    });
  }

  test('an expectation is told from what a test raises itself', () => {
    expect(expects("await expect(x).rejects.toMatchObject({ code: 'HUB_A' })", 'HUB_A')).toBe(true);
    expect(expects("expect(() => f(new HubError('HUB_A', 'x')))", 'HUB_A')).toBe(false);
  });
});

const filesBelow = (folders: readonly string[], ending: RegExp): readonly string[] =>
  folders.flatMap((folder) =>
    readdirSync(projectPath(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && ending.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(projectRoot.length + 1)),
  );

/** A command as a text has it: what is filled in stands for one argument, dots for any, a bracket for what may be left out. */
const asTyped = (text: string): string =>
  text
    .replaceAll(/\$\{[^}]*\}/g, '<x>')
    .replace(/ \|.*/, '')
    .replaceAll(/[[\]]/g, '')
    .replace(/,? *(?:…|\.\.\.|,.*)?$/, '');

describe('what a text tells somebody to do can be done', () => {
  const pool = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none' });
  let server: Awaited<ReturnType<typeof createCatalog>>;
  beforeAll(async () => {
    server = await createCatalog({
      access: openAccess({ pool, log: silentLogger, metricsToken: null, publicUrl: null }),
      ...{ hub: pool, bases: [personBase(pool)], log: silentLogger, ready: async () => [] },
      metrics: async () => ({ contentType: 'text/plain', body: '' }),
    });
  });
  afterAll(async () => {
    await server.close();
    await pool.end();
  });
  const served = (path: string): boolean => server.hasRoute({ method: 'GET', url: path });

  test('remedies name commands, settings, fields and addresses that are there', () => {
    const wrong = ENTRIES.flatMap(([code, { title, remedy }]) =>
      [title, remedy].flatMap((text) => faultsIn(text, served).map((fault) => `${code}: ${fault}`)),
    );
    expect(wrong).toEqual([]);
  });

  test('so do messages of the program and its pages of help: each command in backticks can be typed', () => {
    const sources = ['connectors', 'pipelines', 'catalog', 'schemas', 'runner'];
    const wrong = filesBelow(sources, /\.(?:ts|md|yaml)$/).flatMap((path) =>
      [...readFileSync(projectPath(path), 'utf8').matchAll(/\\?`(hub [a-z][^`\\\n]*)\\?`/g)].flatMap(
        ([, text = '']) => {
          const fault = commandFault(asTyped(text));
          return fault === null ? [] : [`${path}: ${fault}`];
        },
      ),
    );
    expect(wrong).toEqual([]);
  });

  test.each([
    ['Use `hub aply`.', /no command "hub aply"/],
    ['Use `hub review foresee`, then `--tear-up`.', /no command here takes --tear-up/],
    ['Use `hub rebuild <base> --sistem <system>`.', /no option --sistem/],
    ['Use `hub review confirm <base> <row>`.', /fewer than/],
    ['Set `http.openLookups: true`.', /no setting or field/],
    ['Set HUB_DATABASE_CONECTIONS.', /no environment variable/],
    ['See `/api/dox`.', /nothing is served at/],
    ['The README of the webhoook connector.', /there is no README/],
  ])('%s would be found', (text, fault) => {
    expect(faultsIn(text, served)).toEqual([expect.stringMatching(fault)]);
  });
});
