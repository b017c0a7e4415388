import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { COLUMNS, cells, keep, type Subject } from './subject.ts';
import { chunksOf, linesOf, writeText } from './text.ts';

export const TEXT_SUBJECTS: readonly Subject[] = [
  {
    ...{ name: 'csv', connector: 'csv', mostRows: 100_000_000 },
    source: { files: '*.csv', encoding: 'gb18030', key: ['BH'] },
    prepare: (folder, rows) =>
      writeText(join(folder, 'a.csv'), rows, `${COLUMNS.join(',')}\r\n`, (i) => `${cells(i).join(',')}\r\n`),
    async plain(folder) {
      let count = -1;
      for await (const lines of linesOf(join(folder, 'a.csv'), 'gb18030', '\r\n'))
        for (const line of lines) {
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
      recordBytes: 70,
      key: ['BH'],
      layout: [
        { name: 'BH', at: 1, length: 12 },
        { name: 'MC', at: 13, length: 30 },
        { name: 'RQ', at: 43, length: 10 },
        { name: 'JE', at: 53, length: 18, decimals: 2 },
      ],
    },
    prepare: (folder, rows) =>
      writeText(join(folder, 'a.txt'), rows, '', (i) => {
        const [code = '', name = '', , day = ''] = cells(i);
        const padded = name + ' '.repeat(30 - [...name].reduce((sum, one) => sum + (one > '\xff' ? 2 : 1), 0));
        return `${code.padEnd(12)}${padded}${day}${String(i * 7).padStart(18, '0')}\r\n`;
      }),
    /** Cut by bytes, as places count bytes. */
    async plain(folder) {
      const decoder = new TextDecoder('gb18030');
      let count = 0;
      let rest = Buffer.alloc(0);
      for await (const chunk of chunksOf(join(folder, 'a.txt'))) {
        const bytes = Buffer.concat([rest, chunk]);
        let at = 0;
        for (; at + 72 <= bytes.length; at += 72) {
          const text = (from: number, to: number): string => decoder.decode(bytes.subarray(at + from, at + to));
          const sum = text(52, 70);
          const amount = `${sum.slice(0, 16).replace(/^0+(?=\d)/, '')}.${sum.slice(16)}`;
          keep.last = { BH: text(0, 12).trimEnd(), MC: text(12, 42).trimEnd(), RQ: text(42, 52), JE: amount };
          count += 1;
        }
        rest = bytes.subarray(at);
      }
      return count;
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
      for await (const chunk of chunksOf(join(folder, 'a.xml'))) parser.write(decoder.decode(chunk, { stream: true }));
      parser.close();
      return count;
    },
  },
];
