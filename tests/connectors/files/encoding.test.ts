import { describe, expect, test } from '@jest/globals';
import iconv from 'iconv-lite';
import type { Connector } from '../../../connectors/connector.ts';
import { csv } from '../../../connectors/csv/connector.ts';
import { dbf } from '../../../connectors/dbf/connector.ts';
import { encodingOf, suspectedEncoding, textCodec } from '../../../connectors/files/encoding.ts';
import { fixedWidth } from '../../../connectors/fixed-width/connector.ts';
import { xmlFiles } from '../../../connectors/xml-files/connector.ts';
import { dbfFile } from '../dbf/dbf-file.ts';
import { readStream, testContext, testFolder } from './folder.ts';

const CITY = 'Ürümqi';

async function read<Config>(
  { config, open }: Connector<Config>,
  files: Readonly<Record<string, Uint8Array | string>>,
  stream: object,
) {
  await using folder = await testFolder();
  for (const [name, bytes] of Object.entries(files)) await folder.write(name, bytes);
  await using source = await open(
    config.parse({ connection: { folder: folder.path, chunkBytes: 17 }, streams: { s: { key: ['ID'], ...stream } } }),
    testContext(),
  );
  const { records, rejects, error } = await readStream(source, 's');
  const report = await source.check();
  return { names: records.map(({ value }) => value?.['NAME']), rejects, error, report };
}

const table = (name: Uint8Array | string, codePage = 0): Buffer =>
  dbfFile({
    fields: [
      { name: 'ID', type: 'C', length: 4 },
      { name: 'NAME', type: 'C', length: 20 },
    ],
    rows: [{ cells: ['1', name] }],
    codePage,
  });
const dbfStream = { files: '*.dbf' };

describe('encodings have one meaning under each of their names', () => {
  test.each([
    ['GBK', 'gb18030'],
    ['cp936', 'gb18030'],
    ['ANSI 936', 'gb18030'],
    ['65001', 'utf-8'],
    ['UTF8', 'utf-8'],
    ['latin1', 'windows-1252'],
    ['ISO-8859-1', 'windows-1252'],
    ['88591', 'windows-1252'],
    ['cp1251', 'windows-1251'],
    ['1250', 'windows-1250'],
    ['Big5', 'big5'],
    ['950', 'big5'],
    ['Shift_JIS', 'shift_jis'],
    ['EUC-KR', 'euc-kr'],
    ['UTF-16LE', 'utf-16le'],
    ['OEM 437', null],
    ['', null],
  ])('%s is %s', (name, wanted) => expect(encodingOf(name)).toBe(wanted));
});

test('every byte of windows-1252 is its character, whatever the Node', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  const text = textCodec('windows-1252').decode(bytes) ?? '';
  // Five bytes stand for none.
  const open = [0x81, 0x8d, 0x8f, 0x90, 0x9d];
  const wanted = [...bytes].map((byte) =>
    open.includes(byte) ? String.fromCharCode(byte) : iconv.decode(Buffer.of(byte), 'win1252'),
  );
  expect([...text]).toEqual(wanted);
  expect(text[0x80]).toBe('€');
});

test.each([
  ['CSV', csv, 'csv', (text: string) => `ID,NAME\n1,${text}\n`, { encoding: 'latin1' }],
  [
    'XML',
    xmlFiles,
    'xml',
    (text: string) => `<l><r><ID>1</ID><NAME>${text}</NAME></r></l>`,
    { encoding: 'latin1', record: '/l/r', fields: { ID: 'ID', NAME: 'NAME' } },
  ],
] as const)('%s in Latin letters with signs that only windows-1252 has', async (_, connector, ending, textOf, more) => {
  const files = { [`a.${ending}`]: iconv.encode(textOf('5 € “Ürümqi” – ™'), 'win1252') };
  const found = await read(connector as never, files, { files: `*.${ending}`, ...more });
  expect(found).toMatchObject({ names: ['5 € “Ürümqi” – ™'], error: null });
});

describe('marks in and beside a file win over the default, and a statement that differs is refused with both', () => {
  test('the .cpg beside a DBF', async () => {
    const files = { 'a.dbf': table(iconv.encode(CITY, 'latin1')), 'a.cpg': 'ISO-8859-1' };
    expect(await read(dbf, files, dbfStream)).toMatchObject({ names: [CITY], error: null, report: { ok: true } });
    expect((await read(dbf, files, { ...dbfStream, encoding: 'gb18030' })).error).toMatchObject({
      code: 'HUB_FILE_CONTRADICTION',
      message: expect.stringMatching(/\.cpg says ISO-8859-1, the system file says gb18030/),
    });
  });

  test('the code page byte of a DBF, unless its owner says that it is wrong', async () => {
    const russian = { 'a.dbf': table(iconv.encode('Синин', 'win1251'), 0xc9) };
    expect((await read(dbf, russian, dbfStream)).names).toEqual(['Синин']);
    const chinese = { 'a.dbf': table('西宁市城东区', 0x03) };
    // The byte says latin letters, the texts are plainly Chinese: nothing is guessed.
    expect((await read(dbf, chinese, dbfStream)).error).toMatchObject({
      code: 'HUB_FILE_CONTRADICTION',
      message: expect.stringMatching(/0x03.*says windows-1252, but its texts look like gb18030/),
    });
    const stated = { ...dbfStream, encoding: 'gbk' };
    expect((await read(dbf, chinese, stated)).error?.message).toMatch(
      /says windows-1252, the system file says gb18030/,
    );
    expect((await read(dbf, chinese, { ...stated, codePageByte: 'ignored' })).names).toEqual(['西宁市城东区']);
  });

  test('the .cpg was written after the byte', async () => {
    const files = { 'a.dbf': table(Buffer.from('西宁'), 0x4d), 'a.cpg': 'UTF-8' };
    expect((await read(dbf, files, dbfStream)).names).toEqual(['西宁']);
  });

  test('byte order mark and declaration of XML', async () => {
    const xml = (declared: string): string =>
      `<?xml version="1.0" encoding="${declared}"?><l><r><ID>1</ID><NAME>${CITY}</NAME></r></l>`;
    const stream = { files: '*.xml', record: '/l/r', fields: { ID: 'ID', NAME: 'NAME' } };
    const latin = { 'a.xml': iconv.encode(xml('ISO-8859-1'), 'latin1') };
    expect((await read(xmlFiles, latin, stream)).names).toEqual([CITY]);
    expect((await read(xmlFiles, latin, { ...stream, encoding: 'latin1' })).names).toEqual([CITY]);
    for (const encoding of ['utf-16le', 'utf-16be'] as const) {
      const wide = { 'a.xml': iconv.encode(`\ufeff${xml('UTF-16')}`, encoding) };
      expect((await read(xmlFiles, wide, stream)).names).toEqual([CITY]);
    }
    const torn = { 'a.xml': `\ufeff${xml('GBK')}` };
    expect((await read(xmlFiles, torn, stream)).error?.message).toMatch(
      /declaration says GBK, its byte order mark says utf-8/,
    );
  });
});

describe('every encoding of the platform is read', () => {
  test.each([
    ['latin1', 'latin1', CITY],
    ['windows-1251', 'win1251', 'Синин'],
    ['big5', 'big5', '臺北縣功'],
    ['shift_jis', 'shift_jis', '表示ソ'],
    ['euc-kr', 'euc-kr', '서울'],
    ['utf-16le', 'utf-16le', '青海 上海 \u0a0a\u0d0d\u2200'],
    ['utf-16be', 'utf-16be', '青海 上海 \u0a0a\u0d0d\u2200'],
  ])('%s in csv', async (encoding, written, name) => {
    const text = `ID,NAME\r\n1,"${name}"\r\n2,x\r\n`;
    const result = await read(csv, { 'a.csv': iconv.encode(text, written) }, { files: '*.csv', encoding });
    expect(result).toMatchObject({ names: [name, 'x'], rejects: [], error: null });
    expect(result.report.streams[0]).toMatchObject({ ok: true, message: expect.stringContaining('2 rows') });
  });

  test('bytes that are not valid UTF-16 reject their record alone', async () => {
    const bytes = Buffer.concat([
      iconv.encode('ID,NAME\n1,a\n2,', 'utf-16le'),
      Buffer.from([0x00, 0xd8]),
      iconv.encode('\n3,c\n', 'utf-16le'),
    ]);
    const result = await read(csv, { 'a.csv': bytes }, { files: '*.csv', encoding: 'utf-16le' });
    expect(result.names).toEqual(['a', 'c']);
    expect(result.rejects).toMatchObject([{ code: 'HUB_FILE_ENCODING', origin: 'a.csv#2' }]);
  });

  test('where columns are bytes, only what has a byte for a blank', () => {
    const stream = { files: '*', key: ['A'], encoding: 'utf-16le' };
    const parsed = dbf.config.safeParse({ connection: { folder: 'x' }, streams: { s: stream } });
    expect(JSON.stringify(parsed.error?.issues)).toContain('utf-16');
    const wide = { ...stream, recordBytes: 2, layout: [{ name: 'A', at: 1, length: 2 }] };
    expect(fixedWidth.config.safeParse({ connection: { folder: 'x' }, streams: { s: wide } }).success).toBe(false);
    const unknown = csv.config.safeParse({
      connection: { folder: 'x' },
      streams: { s: { ...stream, encoding: 'ebcdic' } },
    });
    expect(JSON.stringify(unknown.error?.issues)).toMatch(/ebcdic is no encoding that is read.*latin1/);
  });
});

describe('check says what the bytes look like', () => {
  test.each([
    ['a name in latin letters read as Chinese', iconv.encode(`1,${CITY}\n`, 'latin1'), 'gb18030', 'iso-8859-1'],
    ['a name in latin letters read as UTF-8', iconv.encode(`1,${CITY}\n`, 'latin1'), 'utf-8', 'iso-8859-1'],
    ['Chinese read as latin letters', iconv.encode('1,青海省\n', 'gb18030'), 'windows-1252', 'gb18030'],
    ['Chinese read as UTF-8', iconv.encode('1,青海省\n', 'gb18030'), 'utf-8', 'gb18030'],
    ['UTF-8 read as Chinese', Buffer.from('1,青海省\n'), 'gb18030', 'utf-8'],
    ['UTF-8 read as latin letters', Buffer.from(`1,${CITY}\n`), 'windows-1252', 'utf-8'],
    ['rare characters of GBK', iconv.encode('1,朱镕基 喆堃\n', 'gb18030'), 'gb18030', null],
    ['Big5 read as Chinese', iconv.encode('1,臺北市政府統計資料\n', 'big5'), 'gb18030', 'big5'],
    ['Big5 read as UTF-8', iconv.encode('1,臺北市政府統計資料\n', 'big5'), 'utf-8', 'big5'],
    ['GB18030 with letters of the west', iconv.encode('1,青海省统计局资料\n', 'gb18030'), 'gb18030', null],
    ['plain letters', Buffer.from('1,a\n'), 'gb18030', null],
  ] as const)('%s', (_, bytes, as, wanted) => expect(suspectedEncoding(bytes, as)).toBe(wanted));

  test('also where no column is found for it', async () => {
    const head = iconv.encode('年份,合计\n2023,1\n', 'gb18030');
    const { report } = await read(csv, { 'a.csv': head }, { files: '*.csv', encoding: 'windows-1252', key: ['年份'] });
    expect(JSON.stringify(report)).toMatch(
      /missing: 年份.*look like gb18030 text; if they are, state encoding: gb18030/,
    );
  });

  test('of the texts of a DBF', async () => {
    const { report } = await read(dbf, { 'a.dbf': table(iconv.encode(CITY, 'latin1')) }, dbfStream);
    expect(report.notes.join()).toContain('look like iso-8859-1');
  });
});
