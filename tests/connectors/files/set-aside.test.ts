import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { csv } from '../../../connectors/csv/connector.ts';
import { fileFailure } from '../../../connectors/files/failure.ts';
import { xmlFiles } from '../../../connectors/xml-files/connector.ts';
import { readStream, type TestFolder, testContext, testFolder } from './folder.ts';

const open = (folder: string, stream: object = {}) =>
  csv.open(
    csv.config.parse({
      connection: { folder },
      streams: { s: { files: '*.csv', encoding: 'utf-8', key: ['ID'], ...stream } },
    }),
    testContext(),
  );
const read = async (folder: TestFolder, after: object | null = null, stream: object = {}) => {
  await using source = await open(folder.path, stream);
  const result = await readStream(source, 's', after as never);
  return {
    ...result,
    keys: result.records.map(({ key }) => key),
    aside: result.rejects.map(({ origin }) => origin),
    last: result.checkpoints.at(-1) ?? after,
  };
};

test('a file that was set aside is read when the settings of its stream are mended', async () => {
  await using folder = await testFolder();
  await folder.write('a.csv', 'ID,MC\n1,a\n');
  await folder.write('b.csv', 'ID,MC\n2,"a\tb"\n');
  await folder.write('c.csv', 'ID;MC\n3;c\n');
  const first = await read(folder);
  expect([first.keys, first.aside]).toEqual([['1', '2'], ['c.csv']]);
  expect((await read(folder, first.last)).aside).toEqual([]);
  // With these settings another file is the one that does not fit.
  const other = await read(folder, first.last, { delimiter: ';', columns: ['ID'] });
  expect([other.keys, other.error]).toEqual([['3'], null]);
});

test('a file that broke in the middle keeps what was read of it, and is read from its start when it is mended', async () => {
  await using folder = await testFolder();
  const doc = (id: number): string => `<doc><id>${id}</id></doc>`;
  const stream = { files: '*.xml', record: '/l/doc', key: ['ID'], fields: { ID: 'id' } };
  const pass = async (after: object | null, more: object = {}) => {
    const config = xmlFiles.config.parse({
      connection: { folder: folder.path, batchRows: 2, chunkBytes: 40 },
      streams: { s: { ...stream, ...more } },
    });
    await using source = await xmlFiles.open(config, testContext());
    const { records, rejects, checkpoints, error } = await readStream(source, 's', after as never);
    expect(error).toBeNull();
    return { keys: records.map(({ key }) => key), rejects, last: checkpoints.at(-1) ?? after };
  };
  await folder.write('a.xml', `<l>${[1, 2, 3, 4, 5].map(doc).join('')}<doc>`);
  await folder.write('b.xml', `<l>${doc(6)}</l>`);
  const first = await pass(null);
  expect(first.keys).toEqual(['1', '2', '3', '4', '5', '6']);
  expect(first.rejects).toMatchObject([{ origin: 'a.xml', message: expect.stringContaining('after 5 records') }]);
  expect(await pass(first.last)).toMatchObject({ keys: [], rejects: [] });
  // Other settings: tried once more, and the same break is told again, for those settings.
  const other = await pass(first.last, { separator: '|' });
  expect(other.keys).toEqual(['1', '2', '3', '4', '5']);
  expect(await pass(other.last, { separator: '|' })).toMatchObject({ keys: [], rejects: [] });
  await folder.write('a.xml', `<l>${[1, 2, 3, 4, 5, 7].map(doc).join('')}</l>`);
  expect(await pass(other.last, { separator: '|' })).toMatchObject({
    keys: ['1', '2', '3', '4', '5', '7'],
    rejects: [],
  });
});

test('a file that vanishes between the listing and its turn is named, the others are read', async () => {
  await using folder = await testFolder();
  for (const name of ['a', 'b', 'c']) await folder.write(`${name}.csv`, `ID\n${name}\n`);
  await using source = await open(folder.path);
  const keys: string[] = [];
  const rejects: object[] = [];
  for await (const portion of source.read('s', null)) {
    if (keys.length === 0) await rm(join(folder.path, 'b.csv'));
    keys.push(...portion.records.map(({ key }) => key));
    rejects.push(...portion.rejects);
  }
  expect(keys).toEqual(['a', 'c']);
  expect(rejects).toMatchObject([
    { code: 'HUB_FILE_UNREADABLE', origin: 'b.csv', message: expect.stringContaining('HUB_SOURCE_OBJECT_MISSING') },
  ]);
});

test('links that lead nowhere, in a circle or out of the folder are named, and mended links are followed', async () => {
  await using folder = await testFolder();
  await folder.write('a.csv', 'ID\n1\n');
  await symlink('nowhere', join(folder.path, 'b.csv'));
  await symlink('c.csv', join(folder.path, 'c.csv'));
  await symlink('/etc/hostname', join(folder.path, 'd.csv'));
  const first = await read(folder);
  expect([first.keys, first.aside, first.error]).toEqual([['1'], ['b.csv', 'c.csv', 'd.csv'], null]);
  expect((await read(folder, first.last)).aside).toEqual([]);
  await folder.write('nowhere', 'ID\n2\n');
  expect(await read(folder, first.last)).toMatchObject({ keys: ['2'], aside: [] });
});

describe('when many cannot be read', () => {
  test('a stream in which none can be read stops the run: its settings are wrong, or all were sent wrong', async () => {
    await using folder = await testFolder();
    for (const name of ['a', 'b']) await folder.write(`${name}.csv`, 'X\n1\n');
    const { rejects, error } = await read(folder);
    expect(rejects).toEqual([]);
    expect(error).toMatchObject({
      code: 'HUB_FILE_HEADER',
      message: expect.stringContaining('2 files were not taken'),
    });
  });

  test('more than two dozen are reported like the others, the good ones are read, and no checkpoint is too long', async () => {
    await using folder = await testFolder();
    await folder.write('0.csv', 'ID\n0\n');
    for (let at = 0; at < 30; at++) await folder.write(`${'坏'.repeat(60)}${at}.csv`, 'X\n1\n');
    await folder.write('1.csv', 'ID\n1\n');
    const first = await read(folder);
    expect([first.keys, first.aside.length, first.error]).toEqual([['0', '1'], 30, null]);
    for (const checkpoint of first.checkpoints)
      expect(Buffer.byteLength(JSON.stringify(checkpoint))).toBeLessThan(4096);
    // Those that the checkpoint has no room for are tried again; their reports are the same ones.
    const again = await read(folder, first.last);
    expect([again.keys, again.error]).toEqual([[], null]);
    expect(first.rejects).toEqual(expect.arrayContaining(again.rejects));
  });
});

test('broken files among hundreds of finished ones: none is read twice, also when they are mended', async () => {
  await using folder = await testFolder();
  const isBroken = (at: number): boolean => at % 100 === 7;
  const name = (at: number): string => `${'企业登记'.repeat(14)}${String(at).padStart(4, '0')}.csv`;
  // Another encoding than agreed, as its mark says.
  const broken = (at: number): Buffer =>
    Buffer.concat([Buffer.from([0x84, 0x31, 0x95, 0x33]), Buffer.from(`ID\n${at}\n`)]);
  for (let at = 0; at < 500; at++) await folder.write(name(at), isBroken(at) ? broken(at) : `ID\n${at}\n`);
  const first = await read(folder);
  expect([first.keys.length, first.aside.length, first.error]).toEqual([495, 5, null]);
  for (const checkpoint of first.checkpoints) expect(Buffer.byteLength(JSON.stringify(checkpoint))).toBeLessThan(4096);
  const again = await read(folder, first.last);
  expect([again.keys, again.aside]).toEqual([[], []]);
  await folder.write(name(107), 'ID\n107\n');
  const mended = await read(folder, again.last);
  expect([mended.keys, mended.aside]).toEqual([['107'], []]);
  // Mended by the settings, so that they lie where they were, among the finished ones.
  const others = await read(folder, mended.last, { encoding: 'gb18030' });
  expect([others.keys, others.aside]).toEqual([['7', '207', '307', '407'], []]);
  expect((await read(folder, others.last, { encoding: 'gb18030' })).keys).toEqual([]);
});

test('keys refuse to answer while a file cannot be read: nothing must be deleted by mistake', async () => {
  await using folder = await testFolder();
  await folder.write('a.csv', 'ID\n1\n');
  await folder.write('b.csv', 'X\n1\n');
  await using source = await open(folder.path);
  const keys = async (): Promise<void> => {
    for await (const _ of source.keys?.('s') ?? []);
  };
  await expect(keys()).rejects.toMatchObject({ code: 'HUB_SOURCE_READ_FAILED', details: { file: 'b.csv' } });
});

test.each([
  ['of a library', new RangeError('Invalid array length'), 'HUB_FILE_UNREADABLE'],
  [
    'of the packer',
    Object.assign(new Error('incorrect data check'), { code: 'Z_DATA_ERROR', errno: -3 }),
    'HUB_FILE_UNREADABLE',
  ],
  [
    'of the disk',
    Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5 }),
    'HUB_SOURCE_UNREACHABLE',
  ],
  ['of rights', Object.assign(new Error('EACCES'), { code: 'EACCES', errno: -13 }), 'HUB_SOURCE_NO_RIGHTS'],
  ['that is none', 'oops', 'HUB_FILE_UNREADABLE'],
])('no raw error passes without a code and the name of the file: %s', (_, error, code) => {
  const failure = fileFailure(error, { name: 'a.xlsx', path: '/in/a.xlsx' });
  expect(failure).toMatchObject({ code, message: expect.stringContaining('a.xlsx') });
});
