import { createReadStream, openSync, readFileSync, readSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { utils, write } from '@e965/xlsx';
import { SaxesParser } from 'saxes';
import yauzl from 'yauzl';
import { DbfLayout, DbfWriter } from '../../demo/world/dbf-file.ts';
import { FileWriter } from '../../demo/world/file-writer.ts';
import { COLUMNS, cells, keep, type Subject } from './subject.ts';

const CHUNK = 256 * 1024;
async function writeText(
  path: string,
  rows: number,
  head: string,
  line: (i: number) => string,
  tail = '',
): Promise<null> {
  await using out = await FileWriter.create(path);
  if (head !== '') out.text(head);
  for (let i = 0; i < rows; i++) {
    out.text(line(i));
    if (out.isFull) await out.flush();
  }
  if (tail !== '') out.text(tail);
  await out.finish();
  return null;
}

/** Lines of a file as text, decoded chunk by chunk. */
async function* linesOf(path: string, encoding: string): AsyncIterable<string> {
  const decoder = new TextDecoder(encoding);
  let rest = '';
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\r\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

export const FILE_SUBJECTS: readonly Subject[] = [
  {
    ...{ name: 'csv', connector: 'csv', mostRows: 100_000_000 },
    source: { files: '*.csv', encoding: 'gb18030', key: ['BH'] },
    prepare: (folder, rows) =>
      writeText(join(folder, 'a.csv'), rows, `${COLUMNS.join(',')}\r\n`, (i) => `${cells(i).join(',')}\r\n`),
    async plain(folder) {
      let count = -1;
      for await (const line of linesOf(join(folder, 'a.csv'), 'gb18030')) {
        const parts = line.split(',');
        keep.last = { BH: parts[0], MC: parts[1], DZ: parts[2], RQ: parts[3], JE: parts[4] };
        count += 1;
      }
      return count;
    },
  },
  {
    ...{ name: 'fixed-width', connector: 'fixed-width', mostRows: 100_000_000 },
    source: {
      files: '*.txt',
      encoding: 'gb18030',
      recordBytes: 40,
      key: ['BH'],
      layout: [
        { name: 'BH', at: 1, length: 12 },
        { name: 'RQ', at: 13, length: 10 },
        { name: 'JE', at: 23, length: 18, decimals: 2 },
      ],
    },
    prepare: (folder, rows) =>
      writeText(
        join(folder, 'a.txt'),
        rows,
        '',
        (i) => `${String(i).padStart(12, '0')}2024-01-1${i % 10}${String(i * 7).padStart(18, '0')}\r\n`,
      ),
    async plain(folder) {
      let count = 0;
      for await (const line of linesOf(join(folder, 'a.txt'), 'gb18030')) {
        keep.last = { BH: line.slice(0, 12), RQ: line.slice(12, 22).trim(), JE: line.slice(22, 40).trim() };
        count += 1;
      }
      return count;
    },
  },
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
    ...{ name: 'xml-files', connector: 'xml-files', mostRows: 10_000_000 },
    source: {
      files: '*.xml',
      encoding: 'gb18030',
      record: '/list/row',
      key: ['BH'],
      fields: Object.fromEntries(COLUMNS.map((name) => [name, name.toLowerCase()])),
    },
    prepare: (folder, rows) =>
      writeText(
        join(folder, 'a.xml'),
        rows,
        '<?xml version="1.0" encoding="GBK"?><list>',
        (i) =>
          `<row>${cells(i)
            .map((text, c) => `<${COLUMNS[c]?.toLowerCase()}>${text}</${COLUMNS[c]?.toLowerCase()}>`)
            .join('')}</row>\n`,
        '</list>',
      ),
    async plain(folder) {
      const parser = new SaxesParser({});
      let count = 0;
      let row: Record<string, string> = {};
      let text = '';
      parser.on('opentag', ({ name }) => {
        if (name === 'row') row = {};
        text = '';
      });
      parser.on('text', (part) => {
        text += part;
      });
      parser.on('closetag', ({ name }) => {
        if (name !== 'row') row[name] = text;
        else {
          count += 1;
          keep.last = row;
        }
      });
      const decoder = new TextDecoder('gb18030');
      for await (const chunk of createReadStream(join(folder, 'a.xml'), {
        highWaterMark: CHUNK,
      }) as AsyncIterable<Buffer>)
        parser.write(decoder.decode(chunk, { stream: true }));
      parser.close();
      return count;
    },
  },
  {
    ...{ name: 'geo-files', connector: 'geo-files', mostRows: 2_000_000 },
    source: { format: 'geojson', files: '*.geojson', crs: 'EPSG:4490', key: ['BH'], properties: ['BH', 'RQ'] },
    prepare: (folder, rows) =>
      writeText(
        join(folder, 'a.geojson'),
        rows,
        '{"type":"FeatureCollection","features":[',
        (i) =>
          `${i === 0 ? '' : ','}\n{"type":"Feature","properties":{"BH":"${i}","RQ":"2024-01-01"},"geometry":{"type":"Polygon","coordinates":[[[95.1,35.1],[95.1,35.2],[95.2,35.2],[95.2,35.1],[95.1,35.1]]]}}`,
        ']}',
      ),
    async plain(folder) {
      const { features } = JSON.parse(readFileSync(join(folder, 'a.geojson'), 'utf8')) as {
        features: { properties: object }[];
      };
      for (const { properties } of features) keep.last = { ...properties };
      return features.length;
    },
  },
  {
    ...{ name: 'xlsx', connector: 'xlsx', mostRows: 60_000 },
    source: { files: '*.xlsx', head: { rows: [1] }, key: ['BH'] },
    async prepare(folder, rows) {
      const table: string[][] = [COLUMNS];
      for (let i = 0; i < rows; i++) table.push(cells(i));
      const book = utils.book_new();
      utils.book_append_sheet(book, utils.aoa_to_sheet(table), 'a');
      await writeFile(
        join(folder, 'a.xlsx'),
        write(book, { type: 'buffer', bookType: 'xlsx', compression: true, bookSST: true }) as Buffer,
      );
      return null;
    },
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
