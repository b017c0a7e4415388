import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dbf } from '../../../connectors/dbf/connector.ts';
import type { BrokenFiles } from '../../contracts/broken-files.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { testContext, testFolder } from '../files/folder.ts';
import { dbfFile, type TestRow } from './dbf-file.ts';

const FIELDS = [
  { name: 'ZCH', type: 'C', length: 15 },
  { name: 'QYMC', type: 'C', length: 60 },
  { name: 'ZCZB', type: 'N', length: 14, decimals: 2 },
  { name: 'RS', type: 'N', length: 6 },
  { name: 'CLRQ', type: 'D', length: 8 },
  { name: 'YX', type: 'L', length: 1 },
];

const brokenFiles: BrokenFiles = {
  ending: '.DBF',
  write: (folder, name, keys) =>
    writeFile(
      join(folder, `${name}.DBF`),
      dbfFile({
        fields: FIELDS,
        rows: keys.map((key) => ({ cells: [key, '西宁', '1.50', '1', '20010228', 'T'] })),
      }),
    ),
  async open(folder, signal) {
    const streams = { s: { files: '*.dbf', key: ['ZCH'] } };
    const config = dbf.config.parse({ connection: { folder, batchRows: 1 }, streams });
    return { source: await dbf.open(config, testContext(signal)), stream: 's' };
  },
  faults: {
    'cut in a record': (bytes) => bytes.subarray(0, -40),
    'cut in its head': (bytes) => bytes.subarray(0, 20),
    'another format': () => Buffer.from('PK\x03\x04'.padEnd(400, 'x')),
    'another column': (bytes) => Buffer.concat([bytes.subarray(0, 32), Buffer.from('XX\0'), bytes.subarray(35)]),
  },
};

for (const chunkBytes of [16, 65_536]) {
  sourceContract(
    `dbf, ${chunkBytes} bytes at a time`,
    async () => {
      const folder = await testFolder();
      await folder.write('none/QYDJ_0.DBF', dbfFile({ fields: FIELDS, rows: [] }));
      const expected: { key: string; op?: 'delete'; value: Record<string, string | boolean | null> | null }[] = [];
      for (const file of [1, 2]) {
        const rows: TestRow[] = [];
        for (let row = 0; row < 50; row += 1) {
          const ZCH = `63000${file}00000${String(row).padStart(4, '0')}`;
          const QYMC = row % 2 === 0 ? `西宁第${row}商贸有限公司` : `Company ${row}`;
          const deleted = row % 10 === 9;
          rows.push({
            deleted,
            cells: [ZCH, QYMC, `${row}.50`, row === 3 ? '' : String(row), '20010228', row % 2 === 0 ? 'T' : 'n'],
          });
          const value = {
            ZCH,
            QYMC,
            ZCZB: `${row}.50`,
            RS: row === 3 ? null : String(row),
            CLRQ: '2001-02-28',
            YX: row % 2 === 0,
          };
          expected.push(deleted ? { key: ZCH, op: 'delete', value: null } : { key: ZCH, value });
        }
        await folder.write(`QYDJ_${file}.DBF`, dbfFile({ fields: FIELDS, rows, endOfFile: file === 1 }));
      }
      const cells = (ZCH: string, amount: string, day = '20010228'): string[] => [ZCH, '"; --', amount, '1', day, 'T'];
      const rows = [
        cells('1', '1'),
        cells('', '2'),
        cells('3', '*'.repeat(14)),
        cells('4', '4', '2001-0-0'),
        cells('__proto__', '5'),
      ];
      await folder.write('bad/QYDJ_1.DBF', dbfFile({ fields: FIELDS, rows: rows.map((one) => ({ cells: one })) }));
      const open = (path: string, signal: AbortSignal) =>
        dbf.open(
          dbf.config.parse({
            connection: { folder: path, batchRows: 7, chunkBytes },
            streams: { enterprises: { files: 'QYDJ_?.dbf', key: ['ZCH'], columns: ['QYMC'] } },
          }),
          testContext(signal),
        );
      return {
        stream: 'enterprises',
        expected,
        open: (signal) => open(folder.path, signal),
        openEmpty: async (signal) => ({ source: await open(`${folder.path}/none`, signal), stream: 'enterprises' }),
        openHostile: async (signal) => ({
          ...{ source: await open(`${folder.path}/bad`, signal), stream: 'enterprises' },
          ...{ good: ['1', '3', '4', '__proto__'], rejects: 1 },
        }),
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      };
    },
    { brokenFiles },
  );
}
