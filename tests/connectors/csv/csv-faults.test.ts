import { describe, expect, test } from '@jest/globals';
import type { Source } from '../../../connectors/connector.ts';
import { csv } from '../../../connectors/csv/connector.ts';
import { FootRows } from '../../../connectors/files/foot.ts';
import { gb18030, readStream, type TestFolder, testContext, testFolder } from '../files/folder.ts';

const open = (folder: TestFolder, stream: object = {}, connection: object = {}): Promise<Source> =>
  csv.open(
    csv.config.parse({
      connection: { folder: folder.path, ...connection },
      streams: { s: { files: '*.csv', encoding: 'utf-8', key: ['ID'], ...stream } },
    }),
    testContext(),
  );

/** Reads one file, and again in tiny chunks: the two must not differ. */
async function readOne(bytes: Uint8Array | string, stream: object = {}) {
  await using folder = await testFolder();
  await folder.write('a.csv', bytes);
  const whole = await readStream(await open(folder, stream), 's');
  const crumbs = await readStream(await open(folder, stream, { chunkBytes: 16, batchRows: 3 }), 's');
  expect(crumbs.records).toEqual(whole.records);
  expect(crumbs.rejects).toEqual(whole.rejects);
  return whole;
}

const ids = (result: { records: readonly { key: string }[] }): string[] => result.records.map((record) => record.key);
const bytes = (...parts: (string | readonly number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

describe('a bad record is rejected with its bytes, the rest flows', () => {
  test('F27: bytes that are not valid UTF-8', async () => {
    const bad = Buffer.concat([Buffer.from('2,'), gb18030('青海'), Buffer.from('\n')]);
    const result = await readOne(Buffer.concat([Buffer.from('ID,名称\n1,西宁\n'), bad, Buffer.from('3,海东\n')]));
    expect(ids(result)).toEqual(['1', '3']);
    expect(result.rejects).toHaveLength(1);
    expect(result.rejects[0]).toMatchObject({ code: 'HUB_FILE_ENCODING', origin: 'a.csv#2', stream: 's' });
    expect(Buffer.from(result.rejects[0]?.raw ?? [])).toEqual(bad);
    expect(result.rejects[0]?.message).toContain('from byte 19');
  });

  test('F27: UTF-8 bytes in a GB18030 file, and a character cut off before the comma', async () => {
    const file = Buffer.concat([
      gb18030('ID,MC\n1,青海\n'),
      Buffer.from('2,青\n'),
      Buffer.from([0x33, 0x2c, 0xc7, 0x0a]),
      gb18030('4,𠮷野\n'),
    ]);
    const result = await readOne(file, { encoding: 'gb2312' });
    expect(ids(result)).toEqual(['1', '4']);
    expect(result.records[1]?.value).toEqual({ ID: '4', MC: '𠮷野' });
    expect(result.rejects.map((row) => row.code)).toEqual(['HUB_FILE_ENCODING', 'HUB_FILE_ENCODING']);
  });

  test('F27: a replacement character, lost by an earlier program, is never stored', async () => {
    const result = await readOne('ID,MC\n1,李\ufffd\n2,王\n');
    expect(ids(result)).toEqual(['2']);
    expect(result.rejects[0]?.code).toBe('HUB_FILE_ENCODING');
  });

  test('bad bytes inside a quoted record of two lines reject both lines as one', async () => {
    const result = await readOne(bytes('ID,MC\n1,"a', [0xff], '\nb"\n2,c\n'));
    expect(ids(result)).toEqual(['2']);
    expect(result.rejects.map((row) => row.origin)).toEqual(['a.csv#1']);
    expect(result.records[0]?.origin).toBe('a.csv#2');
  });

  test('F29: NUL in a cell; control and bidi characters are kept', async () => {
    const result = await readOne('ID,MC\n1,a\0b\n2,a\u202eb\u0007\n');
    expect(result.records.map((record) => record.value)).toEqual([{ ID: '2', MC: 'a\u202eb\u0007' }]);
    expect(result.rejects[0]).toMatchObject({
      code: 'HUB_FILE_RECORD',
      message: expect.stringContaining('NUL in column MC'),
    });
  });

  test('wrong number of cells, blank key, key with the separator', async () => {
    const result = await readOne('ID,MC\n1,a,b\n2\n ,x\n\u001f,x\n5,ok\n\n\r\n6,ok');
    expect(ids(result)).toEqual(['5', '6']);
    expect(result.rejects.map((row) => row.origin)).toEqual(['a.csv#1', 'a.csv#2', 'a.csv#3', 'a.csv#4']);
    expect(result.records.map((row) => row.origin)).toEqual(['a.csv#5', 'a.csv#6']);
  });

  test('F26: a quote that is never closed costs one line, not the rest of the file', async () => {
    const result = await readOne('ID,MC\n1,a\n2,"open\n3,c\n4,d\n');
    expect(ids(result)).toEqual(['1', '3', '4']);
    expect(result.rejects).toHaveLength(1);
    expect(Buffer.from(result.rejects[0]?.raw ?? []).toString()).toBe('2,"open\n');
  });

  test('a stray quote does not swallow the good quoted record below it', async () => {
    const result = await readOne('ID,MC\n1,a"b\n2,x\n3,"c,d"\n4,"e"f\n5,"g\nh"\n');
    expect(ids(result)).toEqual(['2', '3', '5']);
    expect(result.records.at(-1)?.value).toEqual({ ID: '5', MC: 'g\nh' });
    expect(result.rejects.map((row) => Buffer.from(row.raw).toString())).toEqual(['1,a"b\n', '4,"e"f\n']);
  });

  test('F26: one cell of 50 MB is rejected, bounded, and not held in memory', async () => {
    await using folder = await testFolder();
    const filler = Buffer.alloc(50 * 1024 * 1024, 'x');
    await folder.write('a.csv', Buffer.concat([Buffer.from('ID,MC\n1,a\n2,"'), filler, Buffer.from('"\n3,c\n')]));
    const result = await readStream(await open(folder), 's');
    expect(ids(result)).toEqual(['1', '3']);
    expect(result.rejects).toHaveLength(1);
    expect(result.rejects[0]).toMatchObject({ code: 'HUB_FILE_RECORD', origin: 'a.csv#2' });
    expect(result.rejects[0]?.raw.length).toBe(64 * 1024);
    expect(result.error).toBeNull();
  });

  test('F26: a quoted cell over the limit that holds line feeds', async () => {
    const result = await readOne(`ID,MC\n1,"${'line\n'.repeat(100)}"\n2,b\n`, { maxRecordBytes: 200 });
    expect(ids(result)).toEqual(['2']);
    expect(result.rejects.length).toBeGreaterThan(0);
    expect(Buffer.concat(result.rejects.map((row) => row.raw)).toString()).toBe(`1,"${'line\n'.repeat(100)}"\n`);
  });

  test('many unclosed quotes stay cheap', async () => {
    await using folder = await testFolder();
    await folder.write('a.csv', `ID,MC\n${Array.from({ length: 20_000 }, (_, at) => `${at},"x${at}\n`).join('')}`);
    const started = Date.now();
    const result = await readStream(await open(folder), 's');
    expect(result.rejects).toHaveLength(20_000);
    expect(Date.now() - started).toBeLessThan(10_000);
  });
});

describe('a bad header refuses the file, by name', () => {
  const refused = async (header: string | Uint8Array, stream: object = {}, code = 'HUB_FILE_HEADER') => {
    const { error, records } = await readOne(header, stream);
    expect(records).toEqual([]);
    expect(error?.code).toBe(code);
    return error;
  };

  test('F30: duplicate and __proto__ headers, unnamed columns', async () => {
    const error = await refused('ID,A,A,__proto__,\n1,2,3,4,5\n');
    expect(error?.details).toMatchObject({ duplicate: ['A'], unsafe: ['__proto__'], unnamed: ['number 5'] });
    expect(error?.message).toContain('duplicate: A');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('a missing column, with what is there', async () => {
    const error = await refused('XH,MC\n1,2\n', { columns: ['MC', 'DZ'] });
    expect(error?.details).toMatchObject({ missing: ['DZ', 'ID'], found: ['XH', 'MC'] });
  });

  test('an empty file', async () =>
    expect((await readOne('')).error).toMatchObject({
      ...{ code: 'HUB_FILE_TRUNCATED', message: expect.stringContaining('is empty') },
    }));
  test('a header in another encoding', async () =>
    expect((await refused(gb18030('ID,名称\n1,青海\n'), {}, 'HUB_FILE_FORMAT'))?.message).toContain(
      'look like gb18030',
    ));
  test('a binary file', async () =>
    expect((await refused('ID\0,MC\n1,2\n', {}, 'HUB_FILE_FORMAT'))?.message).toContain('NUL'));

  for (const [name, mark, declared] of [
    ['utf-16le', [0xff, 0xfe], 'utf-8'],
    ['utf-16be', [0xfe, 0xff], 'gb18030'],
    ['utf-8', [0xef, 0xbb, 0xbf], 'gb18030'],
    ['gb18030', [0x84, 0x31, 0x95, 0x33], 'utf-8'],
  ] as const) {
    test(`F28: a ${name} byte order mark on a file declared as ${declared}`, async () => {
      const error = await refused(bytes(mark, 'ID,MC\n1,2\n'), { encoding: declared }, 'HUB_FILE_CONTRADICTION');
      expect(error?.message).toContain(`byte order mark says ${name}, the system file says ${declared}`);
    });
  }

  test('F28: the right byte order mark is skipped once', async () => {
    const utf8 = await readOne('\ufeffID,MC\n1,\ufeffa\n');
    expect(utf8.records[0]?.value).toEqual({ ID: '1', MC: '\ufeffa' });
    const gb = await readOne(Buffer.concat([Buffer.from([0x84, 0x31, 0x95, 0x33]), gb18030('ID\n青\n')]), {
      encoding: 'gbk',
    });
    expect(ids(gb)).toEqual(['青']);
  });

  test('another set of columns in a later file; another order is fine', async () => {
    await using folder = await testFolder();
    await folder.write('a.csv', 'ID,MC\n1,a\n');
    await folder.write('b.csv', 'ID,MX\n2,b\n');
    await folder.write('c.csv', 'MC,ID\nc,3\n');
    const result = await readStream(await open(folder), 's');
    expect(ids(result)).toEqual(['1', '3']);
    expect(result.error).toBeNull();
    expect(result.rejects).toMatchObject([{ code: 'HUB_FILE_UNREADABLE', origin: 'b.csv' }]);
    expect(result.rejects[0]?.message).toMatch(/HUB_FILE_HEADER.*missing: MC text; unexpected: MX text/);
  });
});

describe('cells', () => {
  test('F31: everything stays text: leading zeros, long numbers, 1e3', async () => {
    const value = { ID: '0110', A: '630102199001011234', B: '1e3', C: null, D: ' x ' };
    const { records } = await readOne('ID,A,B,C,D\n0110,630102199001011234,1e3,, x \n');
    expect(records[0]?.value).toEqual(value);
  });

  test('a delimiter that is also the second byte of a GB18030 character', async () => {
    // 0x7C is `|`: 渱 is 9C 7C in GB18030.
    const { records } = await readOne(gb18030('ID|MC\n1|渱\n'), { encoding: 'gb18030', delimiter: '|' });
    expect(records[0]?.value).toEqual({ ID: '1', MC: '渱' });
  });

  test('a composite key', async () => {
    const { records } = await readOne('ID,XH\n1,2\n', { key: ['ID', 'XH'] });
    expect(records[0]?.key).toBe('1\u001f2');
  });
});

test('a file over maxFileBytes is refused', async () => {
  const { error } = await readOne('ID\n1\n2\n3\n', { maxFileBytes: 5 });
  expect(error?.code).toBe('HUB_FILE_TOO_LARGE');
});

test('check proposes the encoding that the file looks like, and reads as declared', async () => {
  await using folder = await testFolder();
  await folder.write('a.csv', 'ID,MC\n1,青海省西宁市\n');
  const report = await (await open(folder, { encoding: 'gb18030' })).check();
  expect(report.notes.join()).toContain('look like utf-8');
});

test('the row estimate scales lines to the whole file', async () => {
  await using folder = await testFolder();
  await folder.write(
    'a.csv',
    `ID,MC\n${Array.from({ length: 100_000 }, (_, at) => `${100_000 + at},abcdefghijk\n`).join('')}`,
  );
  const [spec] = await (await open(folder)).discover();
  expect(spec?.rowEstimate).toBe(100_000);
  expect(spec?.columns[1]).toEqual({ name: 'MC', type: 'text', sourceType: 'text', nullable: true });
});

describe('how lines and files end', () => {
  test('lone carriage returns end lines where there is no line feed', async () => {
    expect(await readOne('ID,MC\r1,a\r2,"b\rc"\r3,d')).toMatchObject({
      records: [{ value: { ID: '1', MC: 'a' } }, { value: { ID: '2', MC: 'b\rc' } }, { value: { ID: '3', MC: 'd' } }],
      rejects: [],
    });
  });

  test('lines that end in two ways are said', async () => {
    expect((await readOne('ID,MC\n1,a\r2,b\r3,c\n')).rejects[0]?.message).toContain('do all lines end alike?');
  });

  test('a Ctrl-Z at the end is no record', async () => {
    for (const end of ['\n\x1a', '\x1a', `\r\n${'\x1a'.repeat(128)}`])
      expect(await readOne(`ID,MC\n1,a${end}`)).toMatchObject({
        records: [{ key: '1', value: { MC: 'a' } }],
        rejects: [],
      });
  });

  test('files put together: the mark in the middle is in no key, and the head again is no record', async () => {
    const result = await readOne('\ufeffID,MC\n1,a\n\ufeffID,MC\n\ufeff2,b\n');
    expect(ids(result)).toEqual(['1', '2']);
    expect(result.rejects).toMatchObject([
      { origin: 'a.csv#2', message: expect.stringContaining('the head of the file again') },
    ]);
  });
});

describe('what check says of rows', () => {
  const check = async (text: string, stream: object = {}) => {
    await using folder = await testFolder();
    await folder.write('a.csv', text);
    const report = await (await open(folder, stream)).check();
    return { ...report.streams[0], notes: report.notes.join('\n') };
  };

  test('they are counted as a run would, with what would be rejected', async () => {
    const report = await check(`ID,MC\n${Array.from({ length: 1_036 }, (_, at) => `${at},x\n`).join('')}7,8,9\n`);
    const message = '1 of 1 files good, 1037 rows, 1 of them would be rejected';
    expect(report).toMatchObject({ ok: false, isRead: true, message });
    expect(report.notes).toContain('a.csv#1037: 3 cells, but the header has 2 columns');
  });

  test('a file with bytes and without a record is not good', async () => {
    expect(await check('ID,MC\n')).toMatchObject({ ok: false, message: expect.stringContaining('no record in a.csv') });
    expect(await check('ID,MC\r1,a\r')).toMatchObject({ ok: true, message: '1 of 1 files good, 1 row' });
  });

  test('notes and sums under the table are said', async () => {
    const { notes } = await check('ID,MC,V\n1,a,5\n2,b,6\n合计,,11\n数据来源：省统计局,,\n');
    expect(notes).toMatch(/the last 2 rows look like a note or a sum under the table.*合计 \| 数据来源：省统计局/);
    expect((await check('ID,MC,V\n1,a,5\n2,,\n3,c,7\n')).notes).not.toContain('under the table');
  });
});

test('a row under the table is named by its key as people read it', () => {
  const foot = new FootRows();
  const value = { X: '合计', Y: null, Z: null };
  foot.see([{ stream: 's', key: '合计\u001f2023', op: 'upsert', value, observedAt: 0, origin: 'a.csv#1' }]);
  expect(foot.said('a.csv')).toContain('(合计 / 2023)');
});

test('a tab as the delimiter is written as people write it', async () => {
  for (const delimiter of ['\t', '\\t', 'tab'])
    expect((await readOne('ID\tMC\n1\ta\n', { delimiter })).records[0]?.value).toEqual({ ID: '1', MC: 'a' });
  const parsed = csv.config.safeParse({
    connection: { folder: 'x' },
    streams: { s: { files: '*', key: ['ID'], encoding: 'utf-8', delimiter: '||' } },
  });
  expect(parsed.error?.issues[0]?.message).toContain('one character that is no quote');
});
