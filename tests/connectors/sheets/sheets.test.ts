import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { utils, type WorkBook, write } from '@e965/xlsx';
import { describe, expect, test } from '@jest/globals';
import { parseReference, plainNumber, serialDate } from '../../../connectors/sheets/cells.ts';
import { xls } from '../../../connectors/xls/connector.ts';
import { xlsx } from '../../../connectors/xlsx/connector.ts';
import type { BrokenFiles, FileFault } from '../../contracts/broken-files.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { readStream, testContext, testFolder } from '../files/folder.ts';
import { workbookOf, zipOf } from './zip.ts';

/** An identity number as a spreadsheet keeps it that was given a number. */
const LOST = Number('632123198001010011');

const KINDS = [
  ['xlsx', xlsx, 'xlsx'],
  ['xls', xls, 'biff8'],
] as const;

const bookOf = (rows: readonly (readonly unknown[])[], merges: readonly string[] = [], name = 'Sheet1'): WorkBook => {
  const sheet = utils.aoa_to_sheet(rows as unknown[][]);
  sheet['!merges'] = merges.map((range) => utils.decode_range(range));
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, name);
  return book;
};
const bytesOf = (book: WorkBook, type: 'xlsx' | 'biff8'): Buffer =>
  write(book, { type: 'buffer', bookType: type }) as Buffer;

/** Of the entry that holds the sheet: where its packed bytes are. */
function packedSheet(bytes: Buffer): { readonly from: number; readonly length: number } {
  const name = bytes.lastIndexOf('xl/worksheets/sheet1.xml');
  const central = name - 46;
  const local = bytes.readUInt32LE(central + 42);
  const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  return { from, length: bytes.readUInt32LE(central + 20) };
}
const turned =
  (bit: (packed: { from: number; length: number }) => number): FileFault =>
  (bytes) => {
    const at = bit(packedSheet(bytes));
    bytes[at >> 3] = (bytes[at >> 3] as number) ^ (1 << (at & 7));
    return bytes;
  };
const XLSX_FAULTS: Readonly<Record<string, FileFault>> = {
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, i) => [
      `one bit turned in the packed bytes of its sheet, at ${i} eighths`,
      turned(({ from, length }) => from * 8 + Math.floor(length * i) + (i % 8)),
    ]),
  ),
  'cut in the middle': (bytes) => bytes.subarray(0, bytes.length >> 1),
  'without its directory': (bytes) => bytes.subarray(0, -40),
  'another format': () => Buffer.from('编号,名称\n1,2\n'),
  'an old workbook under its name': () => Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0, 0, 0, 0]),
};
const XLS_FAULTS: Readonly<Record<string, FileFault>> = {
  'cut in its head': (bytes) => bytes.subarray(0, 600),
  'another format': () => Buffer.from('<html><table><tr><td>编号</td></tr></table></html>'),
};

for (const [kind, connector, type] of KINDS) {
  const brokenFiles: BrokenFiles = {
    ending: `.${kind}`,
    write: (folder, name, keys) =>
      writeFile(
        join(folder, `${name}.${kind}`),
        write(bookOf([['编号', '名称'], ...keys.map((key, i) => [key, `第${i}项 ${'青海'.repeat(i)}`])]), {
          ...{ type: 'buffer', bookType: type, compression: true },
        }),
      ),
    async open(folder, signal) {
      const streams = { s: { files: `*.${kind}`, head: { rows: [1] }, key: ['编号'] } };
      const config = connector.config.parse({ connection: { folder, batchRows: 1 }, streams });
      return { source: await connector.open(config as never, testContext(signal)), stream: 's' };
    },
    faults: kind === 'xlsx' ? XLSX_FAULTS : XLS_FAULTS,
    wounds: kind === 'xlsx' ? 30 : 2,
  };

  sourceContract(
    kind,
    async () => {
      const folder = await testFolder();
      await folder.write('none/x', '');
      const expected: { key: string; value: Record<string, string | null> }[] = [];
      for (const file of [1, 2]) {
        const rows: unknown[][] = [['统计表'], ['编号', '名称', '数值']];
        for (let i = 0; i < 25; i++) {
          const value = {
            编号: `0${file}${String(i).padStart(3, '0')}`,
            名称: i % 4 === 0 ? null : `第${i}项`,
            数值: String(i / 10),
          };
          expected.push({ key: value.编号, value });
          rows.push([value.编号, value.名称, i / 10]);
        }
        await folder.write(`${file}.${kind}`, bytesOf(bookOf(rows), type));
      }
      const bad = utils.aoa_to_sheet([
        ['编号', '名称', '__proto__x'],
        ['1', '=1+1', 1],
        [LOST, 'lost', 1],
        ['3', null, 1],
        [null, 'no key', 1],
        ['5', "'; --", 1],
      ]);
      bad['B4'] = { t: 'e', v: 0x2a };
      bad['A5'] = { t: 's', v: '  ' };
      const book = utils.book_new();
      utils.book_append_sheet(book, bad, '表');
      await folder.write(`bad/1.${kind}`, bytesOf(book, type));
      const stream = { files: `*.${kind}`, head: { contains: ['编号', '名称'] }, key: ['编号'] };
      const open = (path: string, signal: AbortSignal) =>
        connector.open(
          connector.config.parse({ connection: { folder: path, batchRows: 7 }, streams: { s: stream } }) as never,
          testContext(signal),
        );
      return {
        ...{ stream: 's', expected },
        open: (signal) => open(folder.path, signal),
        openEmpty: async (signal) => ({ source: await open(`${folder.path}/none`, signal), stream: 's' }),
        openHostile: async (signal) => ({
          ...{ source: await open(`${folder.path}/bad`, signal), stream: 's' },
          ...{ good: ['1', '5'], rejects: 2 },
        }),
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      };
    },
    { runs: kind === 'xls' ? 3 : 25, brokenFiles },
  );

  describe(`tables in ${kind}`, () => {
    const read = async (bytes: Uint8Array, stream: object) => {
      await using folder = await testFolder();
      await writeFile(join(folder.path, `a.${kind}`), bytes);
      const config = connector.config.parse({
        connection: { folder: folder.path },
        streams: { s: { files: `a.${kind}`, ...stream } },
      });
      await using source = await connector.open(config as never, testContext());
      return await readStream(source, 's');
    };

    test('a yearbook table: merged heads, months that become rows, the year from the title, notes that end it', async () => {
      const rows = [
        ['3-1 分地区社会消费品零售总额(2024年,亿元)'],
        [],
        ['地区', '指标', '本年累计', null, null],
        [null, null, '1-2月', '1-3月', '1- 4月'],
        ['全省', '总额', 149.8, 220.15, 294.24],
        [null, '限额以上', '…', 1e-7, 12],
        ['西宁市', '总额', 0.1 + 0.2, 123_456_789_012, 5],
        ['注：本表为快报数。'],
        ['全省', '不读', 1, 2, 3],
      ];
      const book = bookOf(rows, ['C3:E3', 'A3:A4', 'B3:B4', 'A5:A6']);
      const { records, rejects, error } = await read(bytesOf(book, type), {
        head: { rows: [3, 4] },
        title: { cell: 'A1', pattern: '(?<NF>\\d{4})年.(?<DW>..)' },
        unpivot: { columns: '^本年累计/(.*)$', name: 'YF', value: 'SZ' },
        fillDown: ['地区'],
        key: ['地区', '指标', 'YF'],
      });
      expect([error, rejects]).toEqual([null, []]);
      expect(records.map(({ value }) => Object.values(value ?? {}).join(' '))).toEqual([
        '全省 总额 1-2月 149.8 2024 亿元',
        '全省 总额 1-3月 220.15 2024 亿元',
        '全省 总额 1-4月 294.24 2024 亿元',
        '全省 限额以上 1-2月 … 2024 亿元',
        '全省 限额以上 1-3月 0.0000001 2024 亿元',
        '全省 限额以上 1-4月 12 2024 亿元',
        '西宁市 总额 1-2月 0.3 2024 亿元',
        '西宁市 总额 1-3月 123456789012 2024 亿元',
        '西宁市 总额 1-4月 5 2024 亿元',
      ]);
    });

    test('identity numbers that were typed as numbers are rejected, those typed as text are not', async () => {
      const rows = [
        ['证号', '额'],
        [LOST, 1],
        ['632123198001010011', LOST],
        [12_345, 2],
      ];
      const { records, rejects } = await read(bytesOf(bookOf(rows), type), { head: { rows: [1] }, key: ['证号'] });
      expect(records.map(({ key }) => key)).toEqual(['632123198001010011', '12345']);
      expect(rejects).toMatchObject([
        { origin: `a.${kind}#1`, message: expect.stringMatching(/A2 \(证号\).*lost digits/) },
      ]);
    });

    test('dates, booleans, errors', async () => {
      const sheet = utils.aoa_to_sheet([
        ['k', 'd', 't', 'b', 'e'],
        ['1', 45_292, 45_292.5, true, null],
        ['2', 59, 1.5, false, null],
      ]);
      for (const cell of ['B2', 'B3']) sheet[cell].z = 'yyyy-mm-dd';
      sheet['C2'].z = 'yyyy/m/d h:mm';
      sheet['E2'] = { t: 'e', v: 0x2a };
      sheet['E3'] = { t: 'n', v: 7 };
      const book = utils.book_new();
      utils.book_append_sheet(book, sheet, '表');
      const stream = { sheet: '表', head: { rows: [1] }, key: ['k'] };
      const strict = await read(bytesOf(book, type), stream);
      expect(strict.rejects).toMatchObject([{ message: expect.stringContaining('E2 (e) is #N/A') }]);
      const { records } = await read(bytesOf(book, type), { ...stream, errorCells: 'null' });
      expect(records.map(({ value }) => value)).toEqual([
        { k: '1', d: '2024-01-01', t: '2024-01-01 12:00:00', b: 'true', e: null },
        { k: '2', d: '1900-02-28', t: '1.5', b: 'false', e: '7' },
      ]);
    });

    test.each([
      [
        'no such sheet',
        bytesOf(bookOf([['a'], [1]]), type),
        { sheet: 'x', head: { rows: [1] }, key: ['a'] },
        'HUB_FILE_TABLE',
      ],
      [
        'no such head',
        bytesOf(bookOf([['a'], [1]]), type),
        { head: { contains: ['b'] }, key: ['b'] },
        'HUB_FILE_TABLE',
      ],
      [
        'a head twice',
        bytesOf(
          bookOf([
            ['a', 'a'],
            [1, 2],
          ]),
          type,
        ),
        { head: { rows: [1] }, key: ['a'] },
        'HUB_FILE_HEADER',
      ],
      [
        'a head __proto__',
        bytesOf(
          bookOf([
            ['a', '__proto__'],
            [1, 2],
          ]),
          type,
        ),
        { head: { rows: [1] }, key: ['a'] },
        'HUB_FILE_HEADER',
      ],
      [
        'another title',
        bytesOf(bookOf([['2024'], ['a'], [1]]), type),
        { head: { rows: [2] }, title: { cell: 'A1', pattern: '(?<Y>\\d{4})年' }, key: ['a'] },
        'HUB_FILE_TABLE',
      ],
      [
        'half a file',
        bytesOf(bookOf([['a'], [1]]), type).subarray(0, 700),
        { head: { rows: [1] }, key: ['a'] },
        'HUB_FILE_TRUNCATED',
      ],
      [
        'no workbook',
        Buffer.from('a,b\n1,2\n'),
        { head: { rows: [1] }, key: ['a'] },
        kind === 'xls' ? 'HUB_FILE_FORMAT' : 'HUB_FILE_TRUNCATED',
      ],
      [
        'the other kind',
        bytesOf(bookOf([['a'], [1]]), type === 'xlsx' ? 'biff8' : 'xlsx'),
        { head: { rows: [1] }, key: ['a'] },
        'HUB_FILE_FORMAT',
      ],
    ])('%s is refused', async (_, bytes, stream, code) => {
      expect((await read(bytes, stream)).error).toMatchObject({ code });
    });
  });
}

describe('workbooks that are too much', () => {
  const read = async (kind: 'xlsx' | 'xls', bytes: Uint8Array, connection: object = {}) => {
    await using folder = await testFolder();
    await writeFile(join(folder.path, `a.${kind}`), bytes);
    const streams = { s: { files: `a.${kind}`, head: { rows: [1] }, key: ['k'] } };
    const connector = kind === 'xls' ? xls : xlsx;
    const config = connector.config.parse({ connection: { folder: folder.path }, streams });
    // Less than a system file may say, so that a small workbook is enough.
    const tight = { ...config, connection: { ...config.connection, ...connection } };
    await using source = await connector.open(tight as never, testContext());
    return await readStream(source, 's');
  };

  test('an .xlsx that unpacks to far more than it should is refused before it is unpacked', async () => {
    const sheet = deflateRawSync(Buffer.alloc(40_000_000, ' '), { level: 9 });
    const bomb = zipOf(workbookOf({ packed: sheet, bytes: 40_000_000 }));
    expect(bomb.length).toBeLessThan(60_000);
    const { records, error } = await read('xlsx', bomb);
    expect([records, error]).toMatchObject([
      [],
      { code: 'HUB_FILE_TOO_LARGE', message: expect.stringContaining('unpacks from') },
    ]);
  });

  test('a part whose bytes do not have its CRC ends the reading with an error', async () => {
    const cell = (row: number, text: string): string =>
      `<row r="${row}"><c r="A${row}" t="inlineStr"><is><t>${text}</t></is></c></row>`;
    const sheet = `<worksheet><sheetData>${cell(1, 'k')}${cell(2, 'a')}</sheetData></worksheet>`;
    const path = 'xl/worksheets/sheet1.xml';
    expect(await read('xlsx', zipOf(workbookOf(sheet)))).toMatchObject({
      records: [{ value: { k: 'a' } }],
      error: null,
    });
    expect((await read('xlsx', zipOf(workbookOf(sheet), path))).error).toMatchObject({
      code: 'HUB_FILE_TRUNCATED',
      message: expect.stringContaining('CRC'),
    });
  });

  test.each([
    ['memory', { memoryMb: 4 }, 'connection.memoryMb'],
    ['time', { seconds: 0.02 }, 'connection.seconds'],
  ])('the process that opens an .xls has little %s, and the hub lives on', async (_, limits, allowed) => {
    const bytes = bytesOf(bookOf([['k'], ...Array.from({ length: 2_000 }, (__, i) => [i])]), 'biff8');
    const { records, error } = await read('xls', bytes, limits);
    expect([records, error]).toMatchObject([[], { code: 'HUB_FILE_TOO_LARGE', details: { allowed } }]);
  });
});

test('references, serial days, formats, digits', () => {
  expect(parseReference('BC12')).toEqual({ column: 54, row: 12 });
  expect(parseReference('A0B')).toBeNull();
  expect([
    serialDate(1, false),
    serialDate(59, false),
    serialDate(60, false),
    serialDate(61, false),
    serialDate(45_292, false),
  ]).toEqual(['1900-01-01', '1900-02-28', null, '1900-03-01', '2024-01-01']);
  expect([serialDate(0, true), serialDate(1.25, true), serialDate(-1, false), serialDate(3e9, false)]).toEqual([
    '1904-01-01',
    '1904-01-02 06:00:00',
    null,
    null,
  ]);
  expect(
    ['1E5', '1e-7', '0.30000000000000004', '100', '-1.5E+3', '123456789012345678', '1.23456789012345E+17'].map(
      plainNumber,
    ),
  ).toEqual(['100000', '0.0000001', '0.3', '100', '-1500', '123456789012346000', '123456789012345000']);
});
