import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { csv } from '../../../connectors/csv/connector.ts';
import type { BrokenFiles } from '../../contracts/broken-files.ts';
import { sourceContract } from '../../contracts/source.contract.ts';
import { gb18030, HOSTILE_CSV, testContext, testFolder } from '../files/folder.ts';

const brokenFiles: BrokenFiles = {
  ending: '.csv',
  write: (folder, name, keys) =>
    writeFile(join(folder, `${name}.csv`), gb18030(`JGDM,JGMC\n${keys.map((key) => `${key},青海\n`).join('')}`)),
  async open(folder, signal) {
    const streams = { s: { files: '*.csv', encoding: 'gbk', key: ['JGDM'] } };
    const config = csv.config.parse({ connection: { folder, batchRows: 1 }, streams });
    return { source: await csv.open(config, testContext(signal)), stream: 's' };
  },
  faults: {
    'another head': () => Buffer.from('A,B\n1,2\n'),
    'a head that is not in its encoding': () => Buffer.from([0xff, 0xfe, 0x41, 0, 0x0a, 0]),
    'bytes of another format': () => Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'),
  },
};

for (const chunkBytes of [17, 4096]) {
  sourceContract(
    `csv, ${chunkBytes} bytes at a time`,
    async () => {
      const folder = await testFolder();
      await folder.write('none/README', '');
      const expected: { key: string; value: Record<string, string | null> }[] = [];
      for (const file of [1, 2, 3]) {
        const lines = ['JGDM,JGMC,BZ'];
        for (let row = 0; row < 40; row += 1) {
          const JGDM = `0${file}${String(row).padStart(4, '0')}`;
          const JGMC = `青海省第${row}中学𠮷`;
          const BZ = row % 3 === 0 ? null : row % 3 === 1 ? '带"引号",逗号' : '两\n行';
          lines.push([JGDM, JGMC, BZ === null ? '' : `"${BZ.replaceAll('"', '""')}"`].join(','));
          expected.push({ key: JGDM, value: { JGDM, JGMC, BZ } });
        }
        await folder.write(`ZZJGDM_${file}.CSV`, gb18030(`${lines.join('\r\n')}\r\n`));
      }
      const { bytes, ...hostile } = HOSTILE_CSV;
      await folder.write('bad/ZZJGDM_1.csv', bytes);
      const stream = { files: 'zzjgdm_*.csv', encoding: 'gbk', key: ['JGDM'] };
      const open = (path: string, signal: AbortSignal, more: object = {}) =>
        csv.open(
          csv.config.parse({
            connection: { folder: path, batchRows: 7, chunkBytes },
            streams: { codes: { ...stream, ...more } },
          }),
          testContext(signal),
        );
      return {
        stream: 'codes',
        expected,
        open: (signal) => open(folder.path, signal),
        openEmpty: async (signal) => ({ source: await open(`${folder.path}/none`, signal), stream: 'codes' }),
        openHostile: async (signal) => ({
          ...{ source: await open(`${folder.path}/bad`, signal, { key: ['ID'] }), stream: 'codes' },
          ...hostile,
        }),
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      };
    },
    { brokenFiles },
  );
}
