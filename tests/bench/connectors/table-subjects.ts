import { openSync, readFileSync, readSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { read as readBook, utils, type WorkSheet, write } from '@e965/xlsx';
import { SaxesParser } from 'saxes';
import yauzl from 'yauzl';
import { DbfLayout, DbfWriter } from '../../../runner/demo/world/dbf-file.ts';
import { COLUMNS, cells, keep, type Subject } from './subject.ts';
import { CHUNK } from './text.ts';

async function writeBook(path: string, rows: number, bookType: 'xlsx' | 'biff8'): Promise<null> {
  const table: string[][] = [COLUMNS];
  for (let i = 0; i < rows; i++) table.push(cells(i));
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(table), 'a');
  await writeFile(path, write(book, { type: 'buffer', bookType, compression: true, bookSST: true }) as Buffer);
  return null;
}

export const TABLE_SUBJECTS: readonly Subject[] = [
  {
    ...{ name: 'dbf', connector: 'dbf', mostRows: 100_000_000 },
    source: { files: '*.DBF', key: ['BH'] },
    async prepare(folder, rows) {
      const layout = new DbfLayout(
        COLUMNS.map((name, i) => ({ name, type: `C(${[12, 30, 40, 10, 12][i]})`, title: '' })),
      );
      await using writer = await DbfWriter.create(join(folder, 'a.DBF'), layout, '20250630');
      for (let i = 0; i < rows; i++) await writer.add(layout.record(cells(i)));
      await writer.finish();
      return null;
    },
    async plain(folder) {
      const file = openSync(join(folder, 'a.DBF'), 'r');
      const head = Buffer.alloc(32);
      readSync(file, head, 0, 32, 0);
      const [rows, start, length] = [head.readUInt32LE(4), head.readUInt16LE(8), head.readUInt16LE(10)];
      const decoder = new TextDecoder('gb18030');
      const many = Math.floor(CHUNK / length);
      const buffer = Buffer.alloc(many * length);
      for (let at = 0; at < rows; at += many) {
        const got = readSync(file, buffer, 0, buffer.length, start + at * length);
        for (let r = 0; r < Math.min(many, rows - at) && r * length < got; r++) {
          const text = (from: number, to: number): string =>
            decoder.decode(buffer.subarray(r * length + from, r * length + to)).trimEnd();
          keep.last = { BH: text(1, 13), MC: text(13, 43), DZ: text(43, 83), RQ: text(83, 93), JE: text(93, 105) };
        }
      }
      return rows;
    },
  },
  {
    ...{ name: 'xlsx', connector: 'xlsx', mostRows: 200_000 },
    source: { files: '*.xlsx', head: { rows: [1] }, key: ['BH'] },
    prepare: (folder, rows) => writeBook(join(folder, 'a.xlsx'), rows, 'xlsx'),
    async plain(folder) {
      const strings = await textsIn(join(folder, 'a.xlsx'), 'xl/sharedStrings.xml', 'si', 't');
      let count = 0;
      await textsIn(join(folder, 'a.xlsx'), 'xl/worksheets/sheet1.xml', 'row', 'v', (values) => {
        keep.last = values.map((value) => strings[Number(value)]);
        count += 1;
      });
      return count - 1;
    },
  },
  {
    ...{ name: 'xls', connector: 'xls', mostRows: 20_000 },
    source: { files: '*.xls', head: { rows: [1] }, key: ['BH'] },
    prepare: (folder, rows) => writeBook(join(folder, 'a.xls'), rows, 'biff8'),
    async plain(folder) {
      const { Sheets, SheetNames } = readBook(readFileSync(join(folder, 'a.xls')), { dense: false });
      const rows = utils.sheet_to_json<string[]>(Sheets[SheetNames[0] as string] as WorkSheet, { header: 1 });
      for (const row of rows) keep.last = Object.fromEntries(COLUMNS.map((name, c) => [name, row[c]]));
      return rows.length - 1;
    },
  },
];
/** Texts of the elements `inner`, joined for each `outer`, of one part of a workbook. */
function textsIn(
  path: string,
  part: string,
  outer: string,
  inner: string,
  take?: (values: readonly string[]) => void,
): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const all: string[] = [];
    yauzl.open(path, { lazyEntries: true }, (error, zip) => {
      if (error !== null) return reject(error);
      zip.on('entry', (entry: yauzl.Entry) => {
        if (entry.fileName !== part) return zip.readEntry();
        zip.openReadStream(entry, (failure, stream) => {
          if (failure !== null) return reject(failure);
          const parser = new SaxesParser({});
          let values: string[] = [];
          let text: string | null = null;
          parser.on('opentag', ({ name }) => {
            if (name === inner) text = '';
          });
          parser.on('text', (more) => {
            if (text !== null) text += more;
          });
          parser.on('closetag', ({ name }) => {
            if (name === inner) {
              values.push(text ?? '');
              text = null;
            } else if (name === outer) {
              if (take === undefined) all.push(values.join(''));
              else take(values);
              values = [];
            }
          });
          const decoder = new TextDecoder();
          stream.on('data', (chunk: Buffer) => void parser.write(decoder.decode(chunk, { stream: true })));
          stream.on('end', () => resolve(all));
          stream.on('error', reject);
        });
      });
      zip.on('end', () => resolve(all));
      zip.readEntry();
    });
  });
}
