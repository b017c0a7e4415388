import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FileWriter } from '../../../runner/demo/world/file-writer.ts';
import { performRun, runDeps } from '../../../runner/pull/run.ts';
import { type SystemFile, systemFile } from '../../../schemas/system.ts';
import { type Ground, maxRssMb, perSecond } from '../ground.ts';
import { measured } from './bench.ts';
import { COLUMNS, cells } from './subject.ts';

const GB = 1e9;
/** Lines that are written again and again; the number of the row comes in front of each. */
const LINES = 10_000;

/** A file of so many bytes in GB18030, each row with a key of its own. @returns its rows */
async function writeLarge(path: string, bytes: number): Promise<number> {
  const lines = Array.from({ length: LINES }, (_, i) => `${cells(i).slice(1).join(',')}\r\n`);
  await using out = await FileWriter.create(path);
  out.text(`${COLUMNS.join(',')}\r\n`);
  let rows = 0;
  while (statSync(`${path}.part`).size < bytes) {
    while (!out.isFull) out.text(`QH${String(rows).padStart(10, '0')},${lines[rows++ % LINES]}`);
    await out.flush();
  }
  await out.finish();
  return rows;
}

export interface LargeFigures {
  readonly what: string;
  readonly rows: number;
  readonly gigabytes: number;
  readonly rowsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly maxRssMb: number;
}

/** The reader of CSV alone, in a process of its own, over one large file. */
export async function benchLargeCsv(root: string, gigabytes: number): Promise<LargeFigures> {
  const folder = join(root, 'csv');
  mkdirSync(folder, { recursive: true });
  await writeLarge(join(folder, 'a.csv'), gigabytes * GB);
  const { size } = statSync(join(folder, 'a.csv'));
  const { rows, ms, maxRssMb: most } = await measured('csv', folder, 'read');
  rmSync(folder, { recursive: true });
  return figures('reader alone', rows, size, ms, most);
}

/** From the file to the embedded log, as a run of a hub: checkpoints and all. Its memory is that of this process. */
export async function benchLargePull(ground: Ground, gigabytes: number, signal: AbortSignal): Promise<LargeFigures> {
  const folder = join(ground.folder, 'csv');
  mkdirSync(folder, { recursive: true });
  await writeLarge(join(folder, 'a.csv'), gigabytes * GB);
  const { size } = statSync(join(folder, 'a.csv'));
  await using hub = await ground.hub('large', 'embedded', '');
  const spec = systemFile.parse({
    ...{ system: 'bench-csv', title: { zh: '大文件', en: 'large file' }, authority: 'bench', connector: 'csv' },
    owner: { name: 'bench', uscc: '11630000015000126U' },
    connection: { folder },
    streams: { rows: { title: 'rows', source: { files: '*.csv', encoding: 'gb18030', key: ['BH'] } } },
  }) as SystemFile;
  await hub.systems.apply(spec);
  const { runId } = await hub.runs.request(spec.system, 'bench');
  const startedAt = performance.now();
  const result = await performRun(runDeps(hub), runId, { signal, lastAttempt: true });
  const ms = performance.now() - startedAt;
  const rows = result?.streams.reduce((sum, { appended }) => sum + appended, 0) ?? 0;
  return figures('to the embedded log', rows, size, ms, maxRssMb());
}

const figures = (what: string, rows: number, size: number, ms: number, most: number): LargeFigures => ({
  ...{ what, rows, gigabytes: Number((size / GB).toFixed(2)), rowsPerSecond: perSecond(rows, ms) },
  ...{ megabytesPerSecond: Math.round(size / 1000 / ms), maxRssMb: most },
});
