import { appendFile, chmod, mkdir, rm, symlink, truncate, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { csv } from '../../../connectors/csv/connector.ts';
import { matchesGlob } from '../../../connectors/files/glob.ts';
import { connectorByType } from '../../../connectors/index.ts';
import { propertySeed } from '../../contracts/source.contract.ts';
import { readStream, testContext, testFolder } from './folder.ts';

const config = (folder: string, stream: object = {}, connection: object = {}) =>
  csv.config.parse({
    connection: { folder, ...connection },
    streams: { s: { files: '*.csv', encoding: 'utf-8', key: ['ID'], ...stream } },
  });
const open = (folder: string, stream: object = {}, connection: object = {}, now?: Date) =>
  csv.open(config(folder, stream, connection), testContext(undefined, now));
const keysOf = (result: { records: readonly { key: string }[] }): string[] =>
  result.records.map((record) => record.key);

describe('a pattern never leaves the folder', () => {
  for (const files of [
    '../*.csv',
    'a/b.csv',
    'a\\b.csv',
    '..',
    '.',
    '/etc/passwd',
    'C:x.csv',
    'x\0.csv',
    'x..csv',
    '',
  ]) {
    test(`refused: ${JSON.stringify(files)}`, () => expect(() => config('/tmp', { files })).toThrow());
  }

  test('a glob is matched without regard to case and is never slow', () => {
    expect(matchesGlob('QYDJ_*.DBF', 'qydj_2001.dbf')).toBe(true);
    expect(matchesGlob('a?c*', 'abc')).toBe(true);
    expect(matchesGlob('a?c', 'ac')).toBe(false);
    expect(matchesGlob('[a]+(b)', '[A]+(B)')).toBe(true);
    // One that tries all ways would not come back today.
    expect(matchesGlob(`${'*a'.repeat(90)}b`, 'a'.repeat(250))).toBe(false);
  });

  test('a glob agrees with the plain regular expression', () => {
    const part = fc.stringMatching(/^[ab*?]{0,8}$/);
    fc.assert(
      fc.property(part, fc.stringMatching(/^[ab]{0,10}$/), (pattern, name) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesGlob(pattern, name)).toBe(expression.test(name));
      }),
      { seed: propertySeed('glob'), numRuns: 500 },
    );
  });

  test('links out of the folder are refused and named; links inside are followed', async () => {
    await using outside = await testFolder();
    await using folder = await testFolder();
    const secret = await outside.write('secret.csv', 'ID\nsecret\n');
    await folder.write('real.txt', 'ID\n1\n');
    await symlink(secret, join(folder.path, 'link.csv'));
    await symlink(join(folder.path, 'real.txt'), join(folder.path, 'inside.csv'));
    await mkdir(join(folder.path, 'folder.csv'));
    const source = await open(folder.path);
    expect(keysOf(await readStream(source, 's'))).toEqual(['1']);
    const report = await source.check();
    expect(report.ok).toBe(false);
    expect(report.streams[0]?.message).toContain('link.csv: a link that leads out of the folder');
    expect(report.streams[0]?.message).toContain('folder.csv: not a regular file');
  });
});

describe('F21: a file still being delivered is left alone', () => {
  test('until two listings show it the same, whatever our clock says of its time', async () => {
    for (const hours of [-8, 0, 8]) {
      await using folder = await testFolder();
      const now = new Date();
      const seconds = now.getTime() / 1000 + hours * 3600;
      await folder.write('a.csv', 'ID\n1\n', seconds - 60);
      const growing = await folder.write('b.csv', 'ID\n2\n', seconds);
      await folder.write('c.csv', 'ID\n3\n', seconds);
      const source = await open(folder.path, {}, { stableSeconds: 1 }, now);
      const reading = readStream(source, 's');
      setTimeout(() => void appendFile(growing, '4\n'), 300);
      const first = await reading;
      expect([hours, keysOf(first)]).toEqual([hours, ['1', '3']]);
      // Nobody waits for what is finished, and what has come to rest is taken.
      const second = await readStream(source, 's', first.checkpoints.at(-1) ?? null);
      expect([hours, keysOf(second)]).toEqual([hours, ['2', '4']]);
      const began = performance.now();
      expect(keysOf(await readStream(source, 's', second.checkpoints.at(-1) ?? null))).toEqual([]);
      expect(performance.now() - began).toBeLessThan(900);
    }
  });

  test('until its marker is there', async () => {
    await using folder = await testFolder();
    await folder.write('a.csv', 'ID\n1\n');
    const source = await open(folder.path, {}, { doneSuffix: '.done' });
    expect(keysOf(await readStream(source, 's'))).toEqual([]);
    await folder.write('a.csv.done', '');
    expect(keysOf(await readStream(source, 's'))).toEqual(['1']);
  });

  test('a file modified while it is read is not finished, and is read again', async () => {
    await using folder = await testFolder();
    const path = await folder.write('a.csv', `ID\n${Array.from({ length: 50 }, (_, at) => `${100 + at}\n`).join('')}`);
    const source = await open(folder.path, {}, { batchRows: 10, chunkBytes: 40 });
    const read = async () => {
      let last = null;
      for await (const portion of source.read('s', null)) {
        if (last === null) await truncate(path, 100);
        last = portion.next;
      }
    };
    await expect(read()).rejects.toMatchObject({ code: 'HUB_SOURCE_READ_FAILED', recovery: 'retry' });
  });
});

describe('check says what to mend', () => {
  test('no such folder, and a folder that is a file', async () => {
    await using folder = await testFolder();
    await folder.write('file', '');
    for (const name of ['nowhere', 'file']) {
      const source = await open(join(folder.path, name));
      await expect(source.check()).rejects.toMatchObject({
        code: 'HUB_SOURCE_OBJECT_MISSING',
        message: expect.stringContaining(name),
      });
    }
  });

  test('no file matches: what is there instead', async () => {
    await using folder = await testFolder();
    await folder.write('data.txt', '');
    const source = await open(folder.path);
    const report = await source.check();
    expect(report).toMatchObject({
      ok: false,
      streams: [{ stream: 's', message: 'no file matches *.csv; the folder has data.txt' }],
    });
    expect(await source.discover()).toEqual([{ name: 's', columns: [], key: ['ID'], rowEstimate: null }]);
  });

  (process.getuid?.() === 0 ? test.skip : test)(
    'a file without the right to read (root may read everything)',
    async () => {
      await using folder = await testFolder();
      await chmod(await folder.write('a.csv', 'ID\n1\n'), 0);
      const report = await (await open(folder.path)).check();
      expect(report.streams[0]?.message).toContain('HUB_SOURCE_NO_RIGHTS');
    },
  );

  test('an unknown stream or connector names the allowed ones', async () => {
    await using folder = await testFolder();
    const { error } = await readStream(await open(folder.path), 'x');
    expect(error).toMatchObject({ code: 'HUB_SOURCE_OBJECT_MISSING', details: { allowed: ['s'] } });
    expect(connectorByType('csv')).toBe(csv);
    for (const type of ['xml', '__proto__', 'constructor']) {
      expect(() => connectorByType(type)).toThrow(expect.objectContaining({ code: 'HUB_CONFIG_INVALID' }));
    }
  });
});

describe('checkpoints', () => {
  test('only new and changed files are read on the next run', async () => {
    await using folder = await testFolder();
    await folder.write('a.csv', 'ID\n1\n');
    await folder.write('b.csv', 'ID\n2\n');
    const source = await open(folder.path);
    const first = await readStream(source, 's');
    expect(keysOf(first)).toEqual(['1', '2']);
    const saved = first.checkpoints.at(-1) ?? null;
    expect(keysOf(await readStream(source, 's', saved))).toEqual([]);
    await folder.write('c.csv', 'ID\n3\n');
    await folder.write('older.csv', 'ID\n0\n', 1_600_000_000);
    expect(keysOf(await readStream(source, 's', saved))).toEqual(['0', '3']);
    // Same name, size and time, other content: the digest of the head tells.
    const path = await folder.write('a.csv', 'ID\n9\n');
    await utimes(path, 1_700_000_001, 1_700_000_001);
    expect(keysOf(await readStream(source, 's', saved))).toEqual(['0', '9', '3']);
  });

  test('a bad file does not hold up the others, and is tried again', async () => {
    await using folder = await testFolder();
    await folder.write('a.csv', 'ID\n1\n');
    const bad = await folder.write('b.csv', 'ID,ID\n2,2\n');
    await folder.write('c.csv', 'ID\n3\n');
    const source = await open(folder.path);
    const first = await readStream(source, 's');
    expect(keysOf(first)).toEqual(['1', '3']);
    expect(first.error).toBeNull();
    expect(first.rejects).toMatchObject([
      { code: 'HUB_FILE_UNREADABLE', origin: 'b.csv', message: expect.stringContaining('HUB_FILE_HEADER') },
    ]);
    await rm(bad);
    await folder.write('b.csv', 'ID\n2\n');
    expect(keysOf(await readStream(source, 's', first.checkpoints.at(-1) ?? null))).toEqual(['2']);
  });

  test('stay under 4 KB for 600 files with long names, and lose none', async () => {
    await using folder = await testFolder();
    const name = (at: number) => `${'企业登记'.repeat(15)}${String(at).padStart(4, '0')}.csv`;
    for (let at = 0; at < 600; at += 1) await folder.write(name(at), `ID\n${at}\n`);
    const source = await open(folder.path);
    const first = await readStream(source, 's');
    expect(first.records).toHaveLength(600);
    for (const checkpoint of first.checkpoints)
      expect(Buffer.byteLength(JSON.stringify(checkpoint))).toBeLessThan(4096);
    const seed = propertySeed('600 files');
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 599 }), async (at) => {
        const rest = await readStream(source, 's', first.checkpoints[at] ?? null);
        expect(keysOf(rest)).toEqual(keysOf(first).slice(at + 1));
      }),
      { seed, numRuns: 5, examples: [[599], [450]] },
    );
    // A late file older than the folded ones is not missed; the folded ones are repeated, which is harmless.
    await folder.write('late.csv', 'ID\nlate\n', 1_500_000_000);
    expect(keysOf(await readStream(source, 's', first.checkpoints.at(-1) ?? null))).toContain('late');
  });

  test('a checkpoint of another connector is refused by name', async () => {
    await using folder = await testFolder();
    const { error } = await readStream(await open(folder.path), 's', { cursor: 1 });
    expect(error?.code).toBe('HUB_CONFIG_INVALID');
  });
});

test('keys refuse to answer when files are missing or waiting: nothing must be deleted by mistake', async () => {
  await using folder = await testFolder();
  const keys = async (source: Awaited<ReturnType<typeof open>>) => {
    const all: string[] = [];
    for await (const part of source.keys?.('s') ?? []) all.push(...part);
    return all;
  };
  await expect(keys(await open(folder.path))).rejects.toMatchObject({ code: 'HUB_SOURCE_READ_FAILED' });
  await folder.write('a.csv', 'ID\n1\n');
  expect(await keys(await open(folder.path))).toEqual(['1']);
  await expect(keys(await open(folder.path, {}, { doneSuffix: '.done' }))).rejects.toMatchObject({
    code: 'HUB_SOURCE_READ_FAILED',
  });
});
