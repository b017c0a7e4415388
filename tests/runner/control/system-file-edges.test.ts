import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openSystemFile, readSystemFile } from '../../../runner/control/system-file.ts';
import { loadConfig } from '../../../runner/settings/config.ts';
import { projectPath } from '../../../schemas/kernel/paths.ts';
import { propertySeed } from '../../contracts/source.contract.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hub-yaml-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface File {
  readonly top?: string;
  readonly connection?: string;
  readonly connector?: string;
  readonly stream?: string;
  readonly base?: string;
  readonly source?: string;
  readonly mapping?: string;
  readonly more?: string;
}
const fileOf = ({
  top = '',
  connection = '{ folder: /d }',
  connector = 'csv',
  stream = 'codes',
  base = 'legal-entity',
  source = '{ files: "*.csv", key: [ID], encoding: utf-8 }',
  mapping = '',
  more = '',
}: File): string => `system: county-list
title: { zh: 甲, en: A }
owner: { name: 厅, uscc: 11630000015000097G }
authority: x
connector: ${connector}
connection: ${connection}
streams:
  ${stream}:
    title: t
    base: ${base}
    source: ${source}
    mapping:
      name: { from: N, as: text }
      ${mapping}
    ${more}
${top}`;

const asHub = (text: string): unknown => {
  const file = join(folder, 'hub.yaml');
  writeFileSync(file, text);
  return loadConfig({ env: {}, file });
};
const failureOf = (work: () => unknown): { code: string | undefined; message: string } => {
  try {
    work();
    return { code: undefined, message: 'nothing was thrown' };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { code, message };
  }
};

describe('names that every object has by itself', () => {
  test('a file without them is taken, and a column may have such a name', () => {
    const mapping = 'status: { from: constructor, as: text }';
    expect(readSystemFile(fileOf({ mapping }), 's.yaml').streams['codes']?.mapping['status']?.from).toBe('constructor');
  });

  test.each<[string, File, number, RegExp]>([
    ['a mapping constructor', { mapping: 'constructor: { from: N, as: text }' }, 14, /"constructor"/],
    ['a mapping toString', { mapping: 'toString: { from: N, as: text }' }, 14, /"toString"/],
    ['a mapping __proto__', { mapping: '__proto__: { from: N, as: text }' }, 14, /__proto__/],
    ['a mapping hasOwnProperty', { mapping: 'hasOwnProperty: { from: N, as: text }' }, 14, /"hasOwnProperty"/],
    ['a mapping that looks at one', { mapping: 'status: { from: N, as: text, at: constructor }' }, 14, /"constructor"/],
    ['a conversion', { mapping: 'status: { from: N, as: constructor }' }, 14, /"constructor"/],
    ['a stream constructor', { stream: 'constructor' }, 8, /constructor cannot be a name/],
    ['a stream __proto__', { stream: '__proto__' }, 8, /__proto__ cannot be a name/],
    ['a stream toString', { stream: 'toString' }, 8, /toString cannot be a name/],
    ['a base constructor', { base: 'constructor' }, 10, /"constructor"/],
    ['a base __proto__', { base: '__proto__' }, 10, /"__proto__"/],
    ['a connector constructor', { connector: 'constructor' }, 5, /no connector constructor/],
    ['a connector __proto__', { connector: '__proto__' }, 5, /no connector __proto__/],
    ['a setting constructor', { top: 'constructor: x' }, 16, /constructor/],
    ['a setting __proto__', { top: '__proto__: { system: x }' }, 16, /__proto__/],
    [
      'a setting of a source',
      { source: '{ files: "*.csv", key: [ID], encoding: utf-8, __proto__: x }' },
      11,
      /__proto__/,
    ],
    ['a setting of a connection', { connection: '{ folder: /d, __proto__: { x: y } }' }, 6, /__proto__/],
    ['a part of records', { more: 'records: { constructor: {} }' }, 15, /constructor cannot be a name/],
    ['an item', { more: 'resource: { items: { __proto__: x } }' }, 15, /__proto__/],
  ])('%s is refused with its line and its name', (_, file, line, name) => {
    const { code, message } = failureOf(() => readSystemFile(fileOf(file), 's.yaml'));
    expect(code).toMatch(/^HUB_(CONFIG|MAPPING)_INVALID$/);
    expect(message).toMatch(name);
    expect(message).toContain(`line ${line}`);
    expect(({} as { system?: string }).system).toBeUndefined();
  });

  test.each([
    ['constructor: 1', 1],
    ['http:\n  __proto__: { port: 1 }', 2],
    ['http:\n  constructor: 1', 2],
    ['\n\n__proto__: x', 3],
    ['log: { toString: debug }', 1],
  ])('hub.yaml: %j is refused with line %i', (text, line) => {
    const { code, message } = failureOf(() => asHub(text));
    expect([code, message]).toEqual(['HUB_CONFIG_INVALID', expect.stringContaining(`line ${line}`)]);
  });
});

describe('what YAML can say and plain data cannot be', () => {
  test.each([
    ['an anchor inside itself', 'a: &a\n  b: *a', 2, /\*a stands inside/],
    ['an anchor in a list of itself', '&a [1,\n *a]', 2, /\*a stands inside/],
    ['an anchor inside itself, further down', 'a: &a\n  b:\n    - c: *a', 3, /\*a stands inside/],
    ['two anchors around each other', 'a: &a { b: &b { c: *a,\n d: *b } }', 1, /\*a stands inside/],
    ['an alias without an anchor', 'a: 1\nb: *nope', 2, /nope/],
    ['an alias before its anchor', 'a: *b\nb: &b 1', 1, /b/],
    ['a key that is a map', '\n? { a: 1 }\n: x', 2, /a key is not a text/],
    ['a key that is missing', '\n? \n: x', 2, /a key is not a text/],
    ['a key that is an alias', 'a: &k x\n*k : y', 2, /a key is not a text/],
    ['bytes', 'a: !!binary YWJj', 1, /binary/],
    ['a set', 'a: 1\nb: !!set { x }', 2, /set/],
    ['a tag of a program', 'a: !!js/function "x"', 1, /js\/function/],
    ['a tag of its own', 'a: !mine x', 1, /mine/],
    ['a NUL', 'a: 1\nb: "x\\0"', 2, /NUL/],
    ['half of a pair in a key', 'a: 1\n"\\ud800": 2', 2, /surrogate/],
    ['a key twice', 'a: 1\na: 2', 2, /stands twice/],
    ['two documents', 'a: 1\n---\nb: 2', 2, /document/],
    ['a YAML of 2005', '%YAML 1.1\n---\na: yes', 1, /1\.1/],
    ['depth without end', `a: ${'['.repeat(200)}${']'.repeat(200)}`, 1, /deeper/],
    ['more depth than the reader has', '['.repeat(20_000), 1, /line 1/],
    [
      'aliases without end',
      `a: &a [${'x,'.repeat(9)}x]\nb: &b [${'*a,'.repeat(9)}*a]\nc: &c [${'*b,'.repeat(9)}*b]\nd: [${'*c,'.repeat(9)}*c]`,
      1,
      /alias/,
    ],
    ['a tab', 'a:\n\tb: 1', 2, /[Tt]ab/],
  ])('%s is refused with its line, in a system file and in hub.yaml', (_, text, line, why) => {
    for (const read of [() => readSystemFile(text, 's.yaml'), () => asHub(text)]) {
      const { code, message } = failureOf(read);
      expect([code, message]).toEqual(['HUB_CONFIG_INVALID', expect.stringMatching(why)]);
      expect(message).toContain(`line ${line}`);
      expect(message.length).toBeLessThan(2_500);
    }
  });
});

describe('secrets in clear', () => {
  const connection = (text: string) => ({
    connector: 'sql-table',
    connection: text,
    source: '{ table: t, key: [ID] }',
  });
  test.each<[string, File, readonly string[]]>([
    ['a password', connection('{ client: pg, host: h, user: u, password: canary7 }'), ['COUNTY_LIST_PASSWORD']],
    ['a URL', connection("{ client: pg, url: 'postgres://u:canary7@h/d' }"), ['COUNTY_LIST_URL']],
    [
      'a URL with a name and a password in clear',
      connection("{ client: pg, url: 'postgres://${U}:canary7@h/d' }"),
      ['COUNTY_LIST_URL'],
    ],
    [
      'an HTTP key',
      {
        connector: 'rest-json',
        connection: "{ url: 'http://h/', auth: { kind: key, header: X, value: canary7 } }",
        source: '{ path: /a, key: [ID], columns: { ID: id } }',
      },
      ['COUNTY_LIST_VALUE'],
    ],
    [
      'a client secret',
      {
        connector: 'rest-json',
        connection:
          "{ url: 'http://h/', auth: { kind: oauth, tokenUrl: 'http://h/t', clientId: i, clientSecret: canary7 } }",
        source: '{ path: /a, key: [ID], columns: { ID: id } }',
      },
      ['COUNTY_LIST_CLIENT_SECRET'],
    ],
    [
      'secrets of a webhook',
      {
        connector: 'webhook',
        connection: "{ auth: { scheme: standard, secrets: ['${GOOD}', canary7canary7canary7] } }",
        source: '{ key: [ID], fields: { ID: id } }',
      },
      ['COUNTY_LIST_SECRETS'],
    ],
    [
      'half a placeholder',
      connection("{ client: pg, host: h, user: u, password: 'x${P}canary7' }"),
      ['COUNTY_LIST_PASSWORD'],
    ],
    [
      'a scheme before a placeholder is none, nor is an address made of one',
      {
        connector: 'rest-json',
        connection: "{ url: 'http://h/', auth: { kind: key, header: X, value: 'Bearer ${T}' } }",
        source: '{ path: /a, key: [ID], columns: { ID: id }, query: { token: "${T}", page: "1" } }',
      },
      [],
    ],
    ['none in a placeholder', connection("{ client: pg, url: '${GOLDEN_URL}' }"), []],
    ['none in parts', connection("{ client: pg, url: 'postgres://${U}:${P}@h/d' }"), []],
    ['none without one', connection('{ client: pg, host: h, user: u }'), []],
  ])('%s: a warning names the line and ${NAME}, and never the secret', (_, file, names) => {
    const { warnings } = openSystemFile(fileOf(file), 's.yaml');
    expect(warnings).toEqual(names.map((name) => expect.stringContaining(`(line 6): write \${${name}} there`)));
    expect(warnings.join()).not.toContain('canary7');
  });

  test('a secret in what each request carries is warned of with its line', () => {
    const file = fileOf({
      connector: 'rest-json',
      connection: "{ url: 'http://h/' }",
      source: '{ path: /a, key: [ID], columns: { ID: id }, query: { apikey: canary7 } }',
    });
    const { warnings } = openSystemFile(file, 's.yaml');
    expect(warnings).toEqual([
      expect.stringMatching(/^streams\.\w+\.source\.query\.apikey of .* \(line \d+\): write \$\{\w*APIKEY\} there/),
    ]);
    expect(warnings.join()).not.toContain('canary7');
  });

  test.each([
    ['a wrong type', '{ client: pg, host: h, password: { a: canary7 } }'],
    ['a wrong place', '{ client: pg, host: h, passwords: canary7 }'],
    ['a wrong URL', "{ client: pg, url: 'ftp://u:canary7@h/d' }"],
    ['one too many', "{ client: pg, url: 'postgres://u:canary7@h/d', host: 'https://u:canary7@h' , port: 'x' }"],
  ])('a secret is not in the message about %s', (_, text) => {
    const { code, message } = failureOf(() => readSystemFile(fileOf(connection(text)), 's.yaml'));
    expect(code).toBe('HUB_CONFIG_INVALID');
    expect(message).not.toContain('canary7');
  });
});

/* Whatever the text, it is read, or refused with a code, words and a line. */
describe('any text', () => {
  const samples = readdirSync(projectPath('connectors', 'systems'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(projectPath('connectors', 'systems', name), 'utf8'));
  const token = fc.constantFrom(
    ...[
      'a',
      '1',
      'x: y',
      ': ',
      '- ',
      '? ',
      '&a ',
      '*a',
      '!!set ',
      '!x ',
      '|',
      '>',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '#',
      '\n',
      '\n  ',
    ],
    ...[
      '---\n',
      '...\n',
      '%YAML 1.1\n',
      '__proto__',
      'constructor',
      '<<',
      '${A}',
      '\\u0000',
      '\t',
      '\r',
      '\u2028',
      'null',
      '~',
      '.inf',
      '0x1',
      '甲',
    ],
    ...[
      'system: ',
      'streams:\n',
      'mapping: ',
      'connector: csv\n',
      'connection: ',
      'title: { zh: 甲, en: A }\n',
      'from',
      'as',
      '2001-01-01',
    ],
  );
  const tokens = fc.array(token, { maxLength: 40 }).map((all) => all.join(''));
  const mutated = fc
    .tuple(
      fc.constantFrom(...samples),
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 12 }), token), { minLength: 1, maxLength: 4 }),
    )
    .map(([text, changes]) =>
      changes.reduce((now, [at, length, put]) => {
        const from = at % (now.length + 1);
        return now.slice(0, from) + put + now.slice(from + length);
      }, text),
    );
  const read = (work: () => unknown): void => {
    const { code, message } = failureOf(work);
    if (message === 'nothing was thrown') return;
    expect(code).toMatch(/^HUB_(CONFIG|MAPPING)_(INVALID|SECRET_MISSING)$/);
    if (code !== 'HUB_CONFIG_SECRET_MISSING') expect(message).toMatch(/line \d+/);
  };

  test('is a system file, or is refused with a line', () => {
    fc.assert(
      fc.property(fc.oneof(tokens, mutated, mutated), (text) => read(() => readSystemFile(text, 's.yaml'))),
      { seed: propertySeed('any system file'), numRuns: 400 },
    );
  });

  test('is a hub.yaml, or is refused with a line', () => {
    fc.assert(
      fc.property(tokens, (text) => read(() => asHub(text))),
      { seed: propertySeed('any hub.yaml'), numRuns: 300 },
    );
  });
});
