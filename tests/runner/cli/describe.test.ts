import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { CONNECTORS } from '../../../connectors/index.ts';
import { createProgram } from '../../../runner/cli/program.ts';
import { schemaRows } from '../../../runner/settings/schema-rows.ts';

let said = '';
beforeEach(() => {
  said = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});
const describe_ = async (...args: string[]): Promise<string> => {
  said = '';
  await createProgram().parseAsync(['node', 'hub', 'describe', ...args]);
  return said;
};
const rowsOf = async (name: string) => JSON.parse(await describe_(name, '--json')) as Record<string, string | null>[];

test('a connector is told with every setting, where it stands in a system file, and where to read on', async () => {
  expect(await describe_('csv')).toMatch(/^Delimited text files.*connectors\/csv\/README\.md/);
  const rows = await rowsOf('csv');
  expect(rows).toContainEqual({
    ...{ setting: 'streams.<name>.source.encoding', allowed: 'text', default: 'required' },
    meaning: expect.stringContaining('gb18030'),
  });
  expect(rows).toContainEqual(expect.objectContaining({ setting: 'connection.folder', default: 'required' }));
  expect(rows).toContainEqual(expect.objectContaining({ setting: 'streams.<name>.source.delimiter', default: '","' }));
  // Of two forms of a server, one alone wants the key of the host.
  expect(rows).toContainEqual(expect.objectContaining({ setting: 'connection.remote.kind', allowed: 'sftp | ftp' }));
  expect(rows).toContainEqual(expect.objectContaining({ setting: 'connection.remote.hostKey', default: null }));
});

test.each(Object.keys(CONNECTORS))('every setting of %s is told once', async (name) => {
  const names = (await rowsOf(name)).map(({ setting }) => setting);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContainEqual(expect.stringMatching(/^connection\./));
  expect(names).toContainEqual(expect.stringMatching(/^streams\.<name>\.source\./));
});

test.each([
  ['system-file', /owner\.uscc.*streams\.<name>\.mapping/s],
  ['amount', /万元/],
  ['population', /citizenNumber/],
  ['featureClass', /要素类别/],
  ['P03', /P03/],
  ['HUB_STORE_BUSY', /HUB_DATABASE_CONNECTIONS.*数据库连接/s],
  ['HUB_HTTP_PORT', /http\.port/],
  ['http.port', /HUB_HTTP_PORT/],
])('%s can be asked for by its name', async (name, says) => {
  expect(await describe_(name)).toMatch(says);
});

test.each([
  ['cvs', 'csv'],
  ['HUB_STORE_BUZY', 'HUB_STORE_BUSY'],
  ['systemfile', 'system-file'],
])('%s is unknown, and %s is what may be meant', async (given, meant) => {
  await expect(describe_(given)).rejects.toMatchObject({
    ...{ code: 'HUB_ARGUMENT_INVALID', message: expect.stringContaining(`did you mean ${meant}?`) },
    details: { allowed: expect.arrayContaining(['connectors', 'system-file']) },
  });
});

test('settings of lists, names and forms', () => {
  const schema = z.strictObject({
    a: z.array(z.strictObject({ b: z.number().int().min(1).describe('many') })),
    c: z.record(z.string(), z.strictObject({ d: z.enum(['x', 'y']).default('x') })),
    e: z.union([z.strictObject({ f: z.string(), g: z.boolean() }), z.strictObject({ f: z.number() })]).optional(),
  });
  expect(schemaRows(schema).map((row) => [row.name, row.type, row.default, row.required])).toEqual([
    ['a', 'list of group', null, true],
    ['a[].b', 'integer, 1 and more', null, true],
    ['c', 'group', null, true],
    ['c.<name>.d', 'x | y', '"x"', false],
    ['e.f', 'text | number', null, true],
    ['e.g', 'boolean', null, false],
  ]);
});
