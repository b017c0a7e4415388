import { describe, expect, test } from '@jest/globals';
import type { Source } from '../../../connectors/connector.ts';
import { dbf } from '../../../connectors/dbf/connector.ts';
import { gb18030, readStream, type TestFolder, testContext, testFolder } from '../files/folder.ts';
import { dbfFile, type TestField, type TestRow } from './dbf-file.ts';

const ID: TestField = { name: 'ZCH', type: 'C', length: 4 };
const NAME: TestField = { name: 'QYMC', type: 'C', length: 10 };

const open = async (folder: TestFolder, stream: object = {}, connection: object = {}): Promise<Source> =>
  dbf.open(
    dbf.config.parse({
      connection: { folder: folder.path, ...connection },
      streams: { s: { files: '*.dbf', key: ['ZCH'], ...stream } },
    }),
    testContext(),
  );

async function readOne(bytes: Uint8Array, stream: object = {}) {
  await using folder = await testFolder();
  await folder.write('A.DBF', bytes);
  const source = await open(folder, stream);
  return { ...(await readStream(source, 's')), report: await source.check(), spec: (await source.discover())[0] };
}

const table = (rows: readonly TestRow[], extra: readonly TestField[] = []): Buffer =>
  dbfFile({ fields: [ID, NAME, ...extra], rows });
const row = (...cells: (string | Uint8Array)[]): TestRow => ({ cells });
const three = (): Buffer => table([row('1', '西宁'), row('2', '海东'), row('3', '玉树')]);

describe('a lying header refuses the file before a row is read', () => {
  const refused = async (bytes: Uint8Array, code: string, stream: object = {}) => {
    const { records, error, report } = await readOne(bytes, stream);
    expect(records).toEqual([]);
    expect(error?.code).toBe(code);
    expect(report.ok).toBe(false);
    expect(report.streams[0]?.message).toContain(code);
    return error;
  };

  test('F22: truncated at any byte, with both numbers', async () => {
    const whole = three();
    // The last byte is the end mark, which may be missing.
    for (const size of [1, 31, 32, 64, 97, 98, 112, whole.length - 2]) {
      const error = await refused(whole.subarray(0, size), 'HUB_FILE_TRUNCATED');
      expect(error?.details).toMatchObject({ size, expected: expect.any(Number) });
    }
    expect((await readOne(whole.subarray(0, -1))).records).toHaveLength(3);
  });

  test('F22: fewer records in the header than in the file, or bytes behind the end', async () => {
    const few = three();
    few.writeUInt32LE(2, 4);
    expect((await refused(few, 'HUB_FILE_TRUNCATED'))?.details).toMatchObject({ recordCount: 2, recordsPresent: 3 });
    await refused(Buffer.concat([three(), Buffer.from('xx')]), 'HUB_FILE_TRUNCATED');
    const noMark = three();
    noMark[noMark.length - 1] = 0x20;
    await refused(noMark, 'HUB_FILE_TRUNCATED');
  });

  test('F23: four thousand million records, refused before anything is allocated', async () => {
    const many = three();
    many.writeUInt32LE(0xffff_fff0, 4);
    const before = process.memoryUsage().rss;
    await refused(many, 'HUB_FILE_TOO_LARGE');
    await refused(many, 'HUB_FILE_TRUNCATED', { maxFileBytes: 2 ** 50 });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  test('lengths that contradict each other', async () => {
    const wrongRecord = table([]);
    wrongRecord.writeUInt16LE(14, 10);
    await refused(wrongRecord, 'HUB_FILE_FORMAT');
    const noRecord = table([]);
    noRecord.writeUInt16LE(0, 10);
    await refused(noRecord, 'HUB_FILE_FORMAT');
    const noRoom = table([]);
    noRoom.writeUInt16LE(10, 8);
    await refused(noRoom, 'HUB_FILE_FORMAT');
    const endless = table([]);
    endless[32 + 64] = 0x41;
    await refused(endless, 'HUB_FILE_FORMAT');
  });

  test('not a DBF, dBASE 7, encrypted', async () => {
    await refused(Buffer.from(`PK\x03\x04${'x'.repeat(100)}`), 'HUB_FILE_FORMAT');
    const seven = three();
    seven[0] = 0x04;
    await refused(seven, 'HUB_FILE_FORMAT');
    const locked = three();
    locked[15] = 1;
    await refused(locked, 'HUB_FILE_FORMAT');
  });

  test('duplicate, unsafe and missing columns, and names that cannot be decoded', async () => {
    const duplicate = await refused(dbfFile({ fields: [ID, NAME, NAME], rows: [] }), 'HUB_FILE_HEADER');
    expect(duplicate?.details).toMatchObject({ duplicate: ['QYMC'] });
    await refused(dbfFile({ fields: [ID, { ...NAME, name: '__proto__' }], rows: [] }), 'HUB_FILE_HEADER');
    const missing = await refused(three(), 'HUB_FILE_HEADER', { columns: ['DZ'], key: ['ZCH', 'XH'] });
    expect(missing?.details).toMatchObject({ missing: ['DZ', 'XH'], found: ['ZCH', 'QYMC'] });
    await refused(dbfFile({ fields: [ID, { ...NAME, name: Buffer.from([0xc7, 0xff]) }], rows: [] }), 'HUB_FILE_FORMAT');
  });

  test('a key that is a memo', async () => {
    await refused(dbfFile({ fields: [{ name: 'ZCH', type: 'M', length: 10 }, NAME], rows: [] }), 'HUB_FILE_HEADER');
  });
});

describe('a bad row is rejected with its bytes, the rest flows', () => {
  test('a character cut in half at the end of its column', async () => {
    const half = gb18030('青海省西宁市').subarray(0, 9);
    const { records, rejects, error } = await readOne(table([row('1', '西宁'), row('2', half), row('3', '玉树')]));
    expect(records.map((record) => record.value)).toEqual([
      { ZCH: '1', QYMC: '西宁' },
      { ZCH: '3', QYMC: '玉树' },
    ]);
    expect(rejects[0]).toMatchObject({
      code: 'HUB_FILE_ENCODING',
      origin: 'A.DBF#2',
      message: expect.stringContaining('QYMC'),
    });
    expect(Buffer.from(rejects[0]?.raw ?? []).toString('latin1')).toBe(` 2   ${half.toString('latin1')} `);
    expect(error).toBeNull();
  });

  test('a text with a line feed next to Chinese texts', async () => {
    const { records } = await readOne(table([row('1', '甲\n乙'), row('2', '丙')]));
    expect(records.map((record) => record.value?.QYMC)).toEqual(['甲\n乙', '丙']);
  });

  test('NUL inside, blank key, unknown deletion flag and logical', async () => {
    const fields = [
      { name: 'N', type: 'N', length: 3 },
      { name: 'D', type: 'D', length: 8 },
      { name: 'L', type: 'L', length: 1 },
    ];
    const good = ['12', '20200101', 'T'];
    const rows = [
      row('1', 'a\0b', ...good),
      row('', 'x', ...good),
      { deleted: 'Q', cells: ['3', 'x', ...good] },
      row('4', 'x', '***', '20200101', 'T'),
      row('5', 'x', '1.5', '20200101', 'T'),
      row('6', 'x', '1', '2020-1-1', 'T'),
      row('7', 'x', '1', '20200101', 'X'),
      row('8', 'ok', ...good),
    ];
    const { records, rejects } = await readOne(table(rows, fields));
    expect(rejects.map((reject) => reject.origin)).toEqual([1, 2, 3, 7].map((at) => `A.DBF#${at}`));
    expect(new Set(rejects.map((reject) => reject.code))).toEqual(new Set(['HUB_FILE_RECORD']));
    // A cell that nobody reads harms nobody: what is no number and no day travels as it stands there.
    expect(records.map(({ key, value }) => [key, value?.['N'], value?.['D']])).toEqual([
      ['4', '***', '2020-01-01'],
      ['5', '1.5', '2020-01-01'],
      ['6', '1', '2020-1-1'],
      ['8', '12', '2020-01-01'],
    ]);
  });

  test('asterisks and NA are null where the system file says so, and no key', async () => {
    const rows = [row('1', 'NA', '***'), row('NA', 'x', '1')];
    const bytes = table(rows, [{ name: 'N', type: 'N', length: 3 }]);
    const { records, rejects } = await readOne(bytes, { nulls: ['NA', '*'] });
    expect(records.map(({ value }) => value)).toEqual([{ ZCH: '1', QYMC: null, N: null }]);
    expect(rejects).toMatchObject([{ origin: 'A.DBF#2', message: expect.stringContaining('ZCH is NA') }]);
  });

  test('a key of asterisks is rejected', async () => {
    const { records, rejects } = await readOne(table([row('1', 'x', '***')], [{ name: 'N', type: 'N', length: 3 }]), {
      key: ['N'],
    });
    expect(records).toEqual([]);
    expect(rejects[0]?.message).toContain('overflowed');
  });

  test('a deleted row is a delete of its key, whatever its other cells hold, or is skipped', async () => {
    const bytes = table([
      row('1', 'a'),
      { deleted: true, cells: ['2', Buffer.from([0xff])] },
      { deleted: true, cells: ['', 'x'] },
    ]);
    const asDelete = await readOne(bytes);
    expect(asDelete.records.map(({ key, op, value }) => ({ key, op, none: value === null }))).toEqual([
      { key: '1', op: 'upsert', none: false },
      { key: '2', op: 'delete', none: true },
    ]);
    expect(asDelete.rejects.map((reject) => reject.origin)).toEqual(['A.DBF#3']);
    const skipped = await readOne(bytes, { deletedRows: 'skip' });
    expect([skipped.records.length, skipped.rejects.length]).toEqual([1, 0]);
  });

  test('rejected rows make delete detection refuse instead of deleting them', async () => {
    await using folder = await testFolder();
    await folder.write('A.DBF', table([row('1', Buffer.from([0xff]))]));
    const source = await open(folder);
    const keys = async () => {
      for await (const _ of source.keys?.('s') ?? []) void _;
    };
    await expect(keys()).rejects.toMatchObject({ code: 'HUB_FILE_RECORD' });
  });
});

describe('types', () => {
  test('numbers stay exact text, dates become ISO text, identifiers keep their zeros', async () => {
    const fields: TestField[] = [
      { name: 'SFZ', type: 'N', length: 18 },
      { name: 'JE', type: 'N', length: 20, decimals: 4 },
      { name: 'F', type: 'F', length: 12, decimals: 3 },
      { name: 'RQ', type: 'D', length: 8 },
      { name: 'BZ', type: 'M', length: 10 },
      { name: '名称', type: 'C', length: 6 },
    ];
    const rows = [
      row('0001', ' x', '630102199001011234', '9007199254740993.1000', '1.5E+10', '19990230', '', '青'),
      row('2', '', '', '', '', '00000000', ''),
    ];
    const { records, spec, report, error } = await readOne(table(rows, fields));
    expect(error).toBeNull();
    expect(records.map((record) => record.value)).toEqual([
      {
        ZCH: '0001',
        QYMC: ' x',
        SFZ: '630102199001011234',
        JE: '9007199254740993.100',
        F: '1.5E+10',
        RQ: '1999-02-30',
        名称: '青',
      },
      { ZCH: '2', QYMC: null, SFZ: null, JE: null, F: null, RQ: null, 名称: null },
    ]);
    expect(spec?.columns.map(({ name, type, sourceType }) => [name, type, sourceType])).toEqual([
      ['ZCH', 'text', 'C(4)'],
      ['QYMC', 'text', 'C(10)'],
      ['SFZ', 'bigint', 'N(18,0)'],
      ['JE', 'decimal', 'N(20,4)'],
      ['F', 'decimal', 'F(12,3)'],
      ['RQ', 'date', 'D'],
      ['名称', 'text', 'C(6)'],
    ]);
    expect(spec?.rowEstimate).toBe(2);
    expect(report.notes.join()).toContain('BZ M');
  });

  test('Visual FoxPro: integer, currency, double, datetime and null flags', async () => {
    const fields: TestField[] = [
      ID,
      { name: 'I', type: 'I', length: 4 },
      { name: 'Y', type: 'Y', length: 8 },
      { name: 'B', type: 'B', length: 8 },
      { name: 'T', type: 'T', length: 8 },
      { name: 'K', type: 'C', length: 3, flags: 2 },
      { name: 'J', type: 'I', length: 4, flags: 2 },
      { name: '_NullFlags', type: '0', length: 1, flags: 5 },
    ];
    const cell = (fill: (bytes: Buffer) => void, length: number): Buffer => {
      const bytes = Buffer.alloc(length);
      fill(bytes);
      return bytes;
    };
    const rows = [
      row(
        '1',
        cell((bytes) => bytes.writeInt32LE(-7), 4),
        cell((bytes) => bytes.writeBigInt64LE(-12_345n), 8),
        cell((bytes) => bytes.writeDoubleLE(0.25), 8),
        cell((bytes) => {
          bytes.writeInt32LE(2_451_545, 0);
          bytes.writeInt32LE(43_200_500, 4);
        }, 8),
        'abc',
        cell((bytes) => bytes.writeInt32LE(5), 4),
        Buffer.from([0b10]),
      ),
      row(
        '2',
        Buffer.alloc(4),
        Buffer.alloc(8),
        Buffer.alloc(8),
        Buffer.alloc(8),
        'abc',
        Buffer.alloc(4),
        Buffer.from([0b01]),
      ),
      row(
        '3',
        Buffer.alloc(4),
        Buffer.alloc(8),
        cell((bytes) => bytes.writeDoubleLE(Number.NaN), 8),
        Buffer.alloc(8),
        '',
        Buffer.alloc(4),
        Buffer.from([0]),
      ),
    ];
    const { records, rejects } = await readOne(dbfFile({ fields, rows, version: 0x30, endOfFile: true }));
    expect(records.map((record) => record.value)).toEqual([
      { ZCH: '1', I: -7, Y: '-1.2345', B: 0.25, T: '2000-01-01 12:00:00.500', K: 'abc', J: null },
      { ZCH: '2', I: 0, Y: '0.0000', B: 0, T: null, K: null, J: 0 },
    ]);
    expect(rejects.map((reject) => reject.origin)).toEqual(['A.DBF#3']);
  });

  test('a text column over 255 bytes', async () => {
    const long = '青'.repeat(150);
    const { records, report } = await readOne(
      dbfFile({ fields: [ID, { name: 'T', type: 'C', length: 300 }], rows: [row('1', long)] }),
    );
    expect(records[0]?.value).toEqual({ ZCH: '1', T: long });
    expect(report.ok).toBe(true);
  });
});
