import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fixedWidth } from '../../../connectors/fixed-width/connector.ts';
import type { BrokenFiles } from '../../contracts/broken-files.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { gb18030, readStream, testContext, testFolder } from '../files/folder.ts';

const layout = [
  { name: 'NO', at: 1, length: 6 },
  { name: 'MC', at: 7, length: 12 },
  { name: 'JE', at: 19, length: 9, decimals: 2 },
];
const stream = { files: '*.txt', encoding: 'gb18030', recordBytes: 27, layout, key: ['NO'] };
const padded = (text: string, length: number): Buffer =>
  Buffer.concat([gb18030(text), Buffer.alloc(length, ' ')]).subarray(0, length);
const record = (no: string, name: string, amount: string): Buffer =>
  Buffer.concat([padded(no, 6), padded(name, 12), Buffer.from(amount.padStart(9, '0'))]);
const lines = (...records: readonly Uint8Array[]): Buffer =>
  Buffer.concat(records.flatMap((one) => [one, Buffer.from('\r\n')]));

const brokenFiles: BrokenFiles = {
  ending: '.txt',
  write: (folder, name, keys) =>
    writeFile(
      join(folder, `${name}.txt`),
      Buffer.concat([
        ...keys.map((key) => record(key, '青海', '100')),
        padded(`TRL${String(keys.length).padStart(8, '0')}`, 27),
      ]),
    ),
  async open(folder, signal) {
    const trailer = { prefix: 'TRL', count: { at: 4, length: 8 } };
    const config = fixedWidth.config.parse({
      connection: { folder, batchRows: 1 },
      streams: { s: { ...stream, lineEnd: 'none', trailer } },
    });
    return { source: await fixedWidth.open(config, testContext(signal)), stream: 's' };
  },
  faults: {
    'cut in a record': (bytes) => bytes.subarray(0, -10),
    'cut before its trailer': (bytes) => bytes.subarray(0, -27),
    'a trailer that counts more': (bytes) => Buffer.concat([bytes.subarray(0, 27), bytes.subarray(54)]),
    'a trailer without a number': (bytes) => Buffer.concat([bytes.subarray(0, -24), Buffer.from('x'.repeat(24))]),
  },
};

for (const [lineEnd, chunkBytes] of [
  ['line', 31],
  ['none', 4_096],
] as const)
  sourceContract(
    `fixed-width, ${lineEnd}, ${chunkBytes} bytes at a time`,
    async () => {
      const folder = await testFolder();
      await folder.write('none/x', '');
      const expected: { key: string; value: Record<string, string | null> }[] = [];
      for (const file of [1, 2]) {
        const records: Buffer[] = [];
        for (let row = 0; row < 30; row++) {
          const NO = `${file}${String(row).padStart(4, '0')}`;
          const MC = row % 4 === 0 ? null : `海关${row}号`;
          records.push(record(NO, MC ?? '', `${row}05`));
          expected.push({ key: NO, value: { NO, MC, JE: `${row}.05` } });
        }
        const count = String(records.length).padStart(8, '0');
        const all = [padded('HDR20250601', 27), ...records, padded(`TRL${count}`, 27)];
        await folder.write(`${file}.txt`, lineEnd === 'line' ? lines(...all) : Buffer.concat(all));
      }
      const half = Buffer.from(record('3', '青海', '100'));
      // Half a character.
      half[10] = 0xc7;
      half[11] = 0x20;
      const bad = [
        record('1', '__proto__', '100'),
        half,
        record('', 'x', '1'),
        record('4', 'x', '1,5'),
        record('5', "';--", '7'),
      ];
      await folder.write('bad/1.txt', lineEnd === 'line' ? lines(...bad, Buffer.from('6 short')) : Buffer.concat(bad));
      const whole = { ...stream, lineEnd, header: 'HDR', trailer: { prefix: 'TRL', count: { at: 4, length: 8 } } };
      const open = (path: string, signal: AbortSignal, streams: object = { s: whole }) =>
        fixedWidth.open(
          fixedWidth.config.parse({ connection: { folder: path, batchRows: 7, chunkBytes }, streams }),
          testContext(signal),
        );
      return {
        ...{ stream: 's', expected },
        open: (signal) => open(folder.path, signal),
        openHostile: async (signal) => ({
          ...{ source: await open(`${folder.path}/bad`, signal, { s: { ...stream, lineEnd } }), stream: 's' },
          ...{ good: ['1', '4', '5'], rejects: lineEnd === 'line' ? 3 : 2 },
        }),
        openEmpty: async (signal) => ({ source: await open(`${folder.path}/none`, signal), stream: 's' }),
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      };
    },
    { brokenFiles },
  );

describe('faults', () => {
  const read = async (bytes: Uint8Array, more: object = {}) => {
    await using folder = await testFolder();
    await folder.write('a.txt', bytes);
    const config = fixedWidth.config.parse({
      connection: { folder: folder.path },
      streams: { s: { ...stream, ...more } },
    });
    await using source = await fixedWidth.open(config, testContext());
    return await readStream(source, 's');
  };

  test('a bad record is rejected with its place, the next one is read', async () => {
    const good = record('1', '青海', '100');
    const split = Buffer.from(good);
    // Half a character: a place that was counted in characters.
    split[10] = 0xc7;
    split[11] = 0x20;
    const bytes = lines(
      good,
      good.subarray(0, 20),
      split,
      record('4', 'a\0', '1'),
      record('5', 'x', '1x'),
      record('', 'x', '1'),
      Buffer.alloc(0),
      record('8', 'y', '12'),
    );
    const { records, rejects, error } = await read(bytes);
    expect(error).toBeNull();
    expect(records.map(({ key, value }) => [key, value?.['JE']])).toEqual([
      ['1', '1.00'],
      ['5', '00000001x'],
      ['8', '0.12'],
    ]);
    expect(rejects.map(({ origin, code }) => `${origin} ${code}`)).toEqual([
      'a.txt#2 HUB_FILE_RECORD',
      'a.txt#3 HUB_FILE_ENCODING',
      'a.txt#4 HUB_FILE_RECORD',
      'a.txt#6 HUB_FILE_RECORD',
      'a.txt#7 HUB_FILE_RECORD',
    ]);
  });

  test.each([
    ['1', '0.01'],
    ['12345', '123.45'],
    ['-12', '-0.12'],
    ['12-', '-0.12'],
    ['+7', '0.07'],
  ])('%s with two implied decimals is %s', async (digits, wanted) => {
    const line = Buffer.concat([padded('1', 6), padded('', 12), Buffer.from(digits.padStart(9, ' '))]);
    expect((await read(lines(line))).records[0]?.value?.['JE']).toBe(wanted);
  });

  test('a file that is cut off, a trailer that is missing or wrong, refuse the file', async () => {
    const good = record('1', '青海', '100');
    const trailer = { trailer: { prefix: 'TRL', count: { at: 4, length: 8 } } };
    expect((await read(good.subarray(0, 26), { lineEnd: 'none' })).error).toMatchObject({ code: 'HUB_FILE_TRUNCATED' });
    expect((await read(lines(good, good), trailer)).error).toMatchObject({ code: 'HUB_FILE_TRUNCATED' });
    const wrong = await read(lines(good, good, padded('TRL00000003', 27)), trailer);
    expect(wrong.error).toMatchObject({ code: 'HUB_FILE_TRUNCATED', details: { records: 2, trailer: 3 } });
    expect(wrong.records).toEqual([]);
  });

  test('a layout that does not fit is refused with the column', () => {
    const wrong = { ...stream, layout: [...layout, { name: 'X', at: 26, length: 5 }], key: ['Y'] };
    const issues = fixedWidth.config
      .safeParse({ connection: { folder: '/' }, streams: { s: wrong } })
      .error?.issues.map(({ message }) => message);
    expect(issues).toEqual(['Y is not in the layout: NO, MC, JE, X', 'X ends at byte 30, a record has 27']);
  });

  test('a line of many megabytes is one reject', async () => {
    const { records, rejects } = await read(
      lines(record('1', 'a', '1'), Buffer.alloc(3_000_000, 'x'), record('2', 'b', '1')),
    );
    expect([records.length, rejects.length]).toEqual([2, 1]);
    expect(rejects[0]?.raw.length).toBeLessThanOrEqual(65_536);
  });
});

test('what transfers and editors do to a file is named or passed by', async () => {
  const read = async (bytes: Uint8Array, more: object = {}) => {
    await using folder = await testFolder();
    await folder.write('a.txt', bytes);
    const config = fixedWidth.config.parse({
      connection: { folder: folder.path },
      streams: { s: { ...stream, ...more } },
    });
    await using source = await fixedWidth.open(config, testContext());
    return { ...(await readStream(source, 's')), check: (await source.check()).streams[0] };
  };
  const keys = ({ records }: { records: readonly { key: string }[] }): string[] => records.map(({ key }) => key);
  const head = Buffer.from('HDR');
  const trailer = (count: number): Buffer => Buffer.from(`TRL${String(count).padStart(8, '0')}`);
  const agreed = { header: 'HDR', trailer: { prefix: 'TRL', count: { at: 4, length: 8 } } };
  const two = [record('1', '青海', '100'), record('2', '', '200')];

  // I16: a blank line and a Ctrl-Z behind the trailer.
  for (const rest of ['', '\x1a', '\r\n', '\r\n  \r\n\x1a\x1a', '\n'.repeat(9_000)]) {
    const result = await read(Buffer.concat([lines(head, ...two, trailer(2)), Buffer.from(rest)]), agreed);
    expect([rest.length, keys(result), result.rejects, result.error]).toEqual([rest.length, ['1', '2'], [], null]);
  }
  // A trailer that counts header and trailer too.
  const all = lines(head, ...two, trailer(4));
  expect((await read(all, agreed)).error?.message).toContain('counts: all');
  expect(keys(await read(all, { ...agreed, trailer: { ...agreed.trailer, counts: 'all' } }))).toEqual(['1', '2']);
  // Lines whose blanks were cut off.
  const short = lines(...[Buffer.from('1     青')].map((line) => gb18030(line.toString())), record('2', '', '200'));
  expect((await read(short)).rejects[0]?.message).toContain('shortLines: pad');
  expect((await read(short, { shortLines: 'pad' })).records.map(({ value }) => value)).toEqual([
    { NO: '1', MC: '青', JE: null },
    { NO: '2', MC: null, JE: '2.00' },
  ]);
  // Records without line ends that are followed by a Ctrl-Z.
  expect(keys(await read(Buffer.concat([...two, Buffer.from([0x1a])]), { lineEnd: 'none' }))).toEqual(['1', '2']);
});

test('zoned and packed numbers are read with their signs', async () => {
  const read = async (bytes: Buffer, form: string, length: number) => {
    await using folder = await testFolder();
    await folder.write('a.txt', bytes);
    const layout = [
      { name: 'NO', at: 1, length: 1 },
      { name: 'JE', at: 2, length, decimals: 2, form },
    ];
    const config = fixedWidth.config.parse({
      connection: { folder: folder.path },
      streams: { s: { ...stream, lineEnd: 'none', recordBytes: 1 + length, layout } },
    });
    const { records, rejects } = await readStream(await fixedWidth.open(config, testContext()), 's');
    expect(rejects).toEqual([]);
    return records.map(({ value }) => value?.['JE']);
  };
  // The letters of COBOL in ASCII: {A..I and }J..R, p..y of some compilers, and no sign at all.
  expect(await read(Buffer.from('100123E200123N300123u400012350012-X'), 'zoned', 6)).toEqual([
    ...['12.35', '-12.35', '-12.35', '1.23', '0012-X'],
  ]);
  const packed = Buffer.from([0x31, 0x01, 0x23, 0x4d, 0x32, 0x01, 0x23, 0x4c, 0x33, 0x00, 0x0a, 0x0f, 0x34, 0, 0, 0]);
  expect(await read(packed, 'packed', 3)).toEqual(['-12.34', '12.34', '0x000a0f', null]);
});
