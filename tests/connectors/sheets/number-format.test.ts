import { SSF, utils, write } from '@e965/xlsx';
import { describe, expect, test } from '@jest/globals';
import { asShown, numberFormat } from '../../../connectors/sheets/number-format.ts';
import { xls } from '../../../connectors/xls/connector.ts';
import { xlsx } from '../../../connectors/xlsx/connector.ts';
import { readStream, testContext, testFolder } from '../files/folder.ts';
import { workbookOf, zipOf } from './zip.ts';

const shown = (code: string | number, value: number | string): string =>
  asShown(String(value), typeof code === 'number' ? numberFormat(code, undefined) : numberFormat(200, code), false)
    .text;

describe('a cell is what its format shows, where that changes the meaning', () => {
  test.each<[string | number, number | string, string]>([
    // Shares, scales and units.
    ['0.0%', '5.2999999999999999E-2', '5.3%'],
    [9, 1, '100%'],
    [10, 0.12345, '12.345%'],
    ['0%', -0.5, '-50%'],
    ['#,##0.00', 1234.5, '1234.5'],
    ['#,##0,', 1_234_000, '1234'],
    ['0.0,,', 5_000_000, '5'],
    ['0.00"万元"', 12.5, '12.5万元'],
    ['0.00亿', 3, '3亿'],
    ['0!.0,"万"', 12_345, '1.2345万'],
    ['#\\.0000"万元"', 12_345, '1.2345万元'],
    ['[>=10000]0!.0,"万";0', 25_000, '2.5万'],
    ['[>=10000]0!.0,"万";0', 250, '250'],
    ['0.00"%"', 5.3, '5.3%'],
    ['0"人"', 12, '12'],
    ['000000', 12, '12'],
    // What stands there instead of a number.
    ['[=0]"-";0.0', 0, '-'],
    ['[=0]"-";0.0', 7, '7'],
    ['0;-0;"无"', 0, '无'],
    ['_(* #,##0_);_(* \\(#,##0\\);_(* "-"??_);_(@_)', 0, '0'],
    [';;;', 5, '5'],
    ['#,##0.00_ ;[Red]-#,##0.00\\ ', -3.25, '-3.25'],
    // Days and times.
    ...([14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((id) => [
      id,
      45_000,
      '2023-03-15',
    ]) as [number, number, string][]),
    ...([18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56].map((id) => [id, 0.5, '12:00:00']) as [
      number,
      number,
      string,
    ][]),
    [22, 45_000.5, '2023-03-15 12:00:00'],
    [46, 1.5, '36:00:00'],
    ['[h]:mm', 1.25, '30:00:00'],
    ['h:mm AM/PM', 0.75, '18:00:00'],
    ['yyyy年m月d日', 45_000, '2023-03-15'],
    ['yyyy"年"m"月"', 45_000, '2023-03-15'],
    ['m"月"', 45_000, '2023-03-15'],
    ['[$-804]yyyy"年"m"月"d"日";@', 45_000, '2023-03-15'],
    ['yyyy-mm-dd hh:mm:ss.000', 45_000.25, '2023-03-15 06:00:00'],
    ['上午/下午h"时"mm"分"', 0.25, '06:00:00'],
    // None of either.
    ['0.00E+00', 12_345, '12345'],
    ['0.00"d"', 2, '2'],
    ['General', 45_000, '45000'],
    ['G/通用格式', 45_000, '45000'],
    ['@', 45_000, '45000'],
    ['# ?/?', 0.5, '0.5'],
  ])('%s of %s is %s', (code, value, wanted) => expect(shown(code, value)).toBe(wanted));

  test('as another reader shows it', () => {
    const codes = ['0.0000%', '#,##0.0000000,', '0.00000000,,', '0.000000'];
    for (const code of codes)
      for (const value of [0, 1, -1, 525, 1_234.5, -98_700, 1_000_000]) {
        const theirs = SSF.format(code, value).replaceAll(',', '');
        const ours = shown(code, value);
        expect([code, value, Number.parseFloat(ours)]).toEqual([code, value, Number.parseFloat(theirs)]);
        expect([code, ours.endsWith('%')]).toEqual([code, theirs.endsWith('%')]);
      }
  });
});

for (const [kind, connector, type] of [
  ['xlsx', xlsx, 'xlsx'],
  ['xls', xls, 'biff8'],
] as const)
  test(`${kind}: shares, scales and days of a workbook`, async () => {
    const sheet = utils.aoa_to_sheet([
      ['ID', 'A', 'B', 'C'],
      ['1', 0.053, 1_234_000, 45_000],
    ]);
    Object.assign(sheet['B2'] as object, { z: '0.0%' });
    Object.assign(sheet['C2'] as object, { z: '#,##0,' });
    Object.assign(sheet['D2'] as object, { z: 'yyyy"年"m"月"d"日"' });
    const book = utils.book_new();
    utils.book_append_sheet(book, sheet, 's');
    await using folder = await testFolder();
    await folder.write(`a.${kind}`, write(book, { type: 'buffer', bookType: type }) as Buffer);
    const config = connector.config.parse({
      connection: { folder: folder.path },
      streams: { s: { files: `*.${kind}`, head: { rows: [1] }, key: ['ID'] } },
    });
    await using source = await connector.open(config as never, testContext());
    expect((await readStream(source, 's')).records[0]?.value).toEqual({
      ID: '1',
      A: '5.3%',
      B: '1234',
      C: '2023-03-15',
    });
    expect((await source.check()).streams[0]?.message).toBe('1 of 1 files good, 1 row');
  });

describe('what a sheet says beside its cells', () => {
  const read = async (rows: string, stream: object = {}) => {
    await using folder = await testFolder();
    await folder.write('a.xlsx', zipOf(workbookOf(`<worksheet><sheetData>${rows}</sheetData></worksheet>`)));
    const config = xlsx.config.parse({
      connection: { folder: folder.path },
      streams: { s: { files: '*.xlsx', head: { rows: [1] }, key: ['编号'], ...stream } },
    });
    await using source = await xlsx.open(config, testContext());
    return { ...(await readStream(source, 's')), check: await source.check() };
  };
  const row = (...cells: readonly string[]): string =>
    `<row>${cells.map((cell) => (cell.startsWith('<') ? cell : `<c t="inlineStr"><is><t>${cell}</t></is></c>`)).join('')}</row>`;

  test('a formula that was never calculated is no empty cell', async () => {
    const rows = row('编号', '值') + row('1', '<c><f>1+1</f></c>') + row('2', '<c t="str"><f>A1</f><v></v></c>');
    const { records, rejects } = await read(rows);
    expect(records.map(({ value }) => value)).toEqual([{ 编号: '2', 值: null }]);
    expect(rejects[0]?.message).toMatch(/cell B2 \(值\) is a formula without a stored value/);
    expect((await read(rows, { errorCells: 'null' })).records.map(({ key }) => key)).toEqual(['1', '2']);
  });

  test('heads are named as in the file, and another spelling is told the right one', async () => {
    const rows = row('编号', 'Date of birth', '单\n位') + row('1', 'x', 'y');
    expect((await read(rows)).records[0]?.value).toEqual({ 编号: '1', 'Date of birth': 'x', '单 位': 'y' });
    expect((await read(rows, { columns: ['Dateofbirth'] })).error?.message).toContain('did you mean "Date of birth"?');
    expect((await read(rows, { rename: { 单位: 'DW' } })).error?.message).toContain('did you mean "单 位"?');
    expect((await read(rows, { rename: { '单 位': 'DW' } })).records[0]?.value).toMatchObject({ DW: 'y' });
  });

  test('the head again in the middle is no record, and rows under the table are said', async () => {
    const rows = [
      ...[row('编号', '名称', '值'), row('1', 'a', 'b'), row('编号', '名称', '值'), row('2', 'c', 'd')],
      row('以上数据由各州统计局提供'),
    ].join('');
    const { records, rejects, check } = await read(rows);
    expect(records.map(({ key }) => key)).toEqual(['1', '2', '以上数据由各州统计局提供']);
    expect(rejects[0]?.message).toContain('the head of the table again');
    expect(check.notes.join()).toMatch(/the last row looks like a note.*以上数据由各州统计局提供/);
    expect((await read(`${rows}${row('数据来源：统计局')}`)).records).toHaveLength(3);
  });
});

test('a broken .xls is refused in our words', async () => {
  await using folder = await testFolder();
  const mark = Buffer.from('d0cf11e0a1b11ae1', 'hex');
  await folder.write('a.xls', Buffer.concat([mark, Buffer.alloc(600, 7)]));
  const config = xls.config.parse({
    connection: { folder: folder.path },
    streams: { s: { files: '*.xls', head: { rows: [1] }, key: ['ID'] } },
  });
  await using source = await xls.open(config, testContext());
  const message = async (): Promise<string | undefined> => (await source.check()).streams[0]?.message;
  expect(await message()).toBe(
    '0 of 1 files good, 0 rows; HUB_FILE_TRUNCATED: a.xls is no whole workbook: it was cut off or damaged on its way, or is no Excel file inside',
  );
  // Half a mark is none: the reader would take the rest for text.
  await folder.write('a.xls', Buffer.concat([mark.subarray(0, 4), Buffer.from('ID,V\n1,2\n')]));
  expect(await message()).toContain('HUB_FILE_FORMAT: a.xls is no .xls workbook, whatever its name says');
});
