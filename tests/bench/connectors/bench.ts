import { execFile } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Inbox } from '../../../connectors/inbox.ts';
import { connectorByType } from '../../../connectors/index.ts';
import { HEAP_FLAGS } from '../../../runner/cli/memory.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { maxRssMb, perSecond, ratio } from '../ground.ts';
import { deliveries } from './service-subjects.ts';
import { folderOf, PLACE, placeOf, type Subject } from './subject.ts';
import { SUBJECTS } from './subjects.ts';

export interface ConnectorFigures {
  readonly connector: string;
  readonly rows: number;
  /** Of the files; null where there is none. */
  readonly megabytes: number | null;
  readonly rowsPerSecond: number;
  readonly plainRowsPerSecond: number;
  /** To the plainest loop over the same library, in the same run. */
  readonly ratio: number;
  readonly maxRssMb: number;
}

const HUB = fileURLToPath(new URL('../../../runner/cli/program.js', import.meta.url));
const run = promisify(execFile);

/** Each connector alone, in a process of its own so that memory is its own; the plain loop in another. */
export async function benchConnectors(
  root: string,
  rows: number,
  only: string | undefined,
): Promise<readonly ConnectorFigures[]> {
  const wanted = SUBJECTS.filter(({ name }) => only === undefined || name === only);
  if (wanted.length === 0)
    throw new HubError('HUB_CONFIG_INVALID', `no connector ${only} is measured`, {
      allowed: SUBJECTS.map(({ name }) => name),
    });
  const figures: ConnectorFigures[] = [];
  for (const subject of wanted) {
    const folder = await folderOf(root, subject.name.replaceAll(/\W+/g, '-'));
    const served = await subject.prepare(folder, Math.min(rows, subject.mostRows));
    if (served !== null) writeFileSync(join(folder, PLACE), JSON.stringify(served));
    const bytes = (await readdir(folder)).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    const read = await measured(subject.name, folder, 'read');
    const plain = await measured(subject.name, folder, 'plain');
    figures.push({
      ...{ connector: subject.name, rows: read.rows, megabytes: served !== null ? null : Math.round(bytes / 1e6) },
      ...{ rowsPerSecond: perSecond(read.rows, read.ms), plainRowsPerSecond: perSecond(plain.rows, plain.ms) },
      ratio: ratio(perSecond(read.rows, read.ms), perSecond(plain.rows, plain.ms)),
      maxRssMb: read.maxRssMb,
    });
    await served?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
  return figures;
}

interface Measured {
  readonly rows: number;
  readonly ms: number;
  readonly maxRssMb: number;
}

/** One subject, read or looped over, in a process of its own so that memory is its own. */
export async function measured(name: string, folder: string, how: 'read' | 'plain'): Promise<Measured> {
  const program = `import(${JSON.stringify(new URL('./one.js', import.meta.url).href)}).then((one) => one.measure(...process.argv.slice(1)))`;
  const { stdout } = await run(process.execPath, [...HEAP_FLAGS, '-e', program, name, folder, how], {
    cwd: join(HUB, '..'),
  });
  return JSON.parse(stdout) as Measured;
}

/** Reads everything once, as the runner would. */
export async function readOnce(subject: Subject, folder: string): Promise<Measured> {
  const connector = connectorByType(subject.connector);
  const { connection, after = null, pushed } = placeOf(folder);
  const config = connector.config.parse({ connection, streams: { s: subject.source } });
  const context = {
    ...{ signal: new AbortController().signal, log: silentLogger, now: () => new Date() },
    ...(pushed === undefined ? {} : { system: 'bench', inbox: inboxOf(pushed) }),
  };
  const source = await connector.open(config, context);
  const startedAt = performance.now();
  let rows = 0;
  for await (const portion of source.read('s', after)) rows += portion.records.length;
  const ms = performance.now() - startedAt;
  await source[Symbol.asyncDispose]();
  return { rows, ms, maxRssMb: maxRssMb() };
}

/** Deliveries made when they are asked for. */
const inboxOf = (count: number): Inbox => ({
  async read(_system, _stream, after, limit) {
    return deliveries(after, Math.max(0, Math.min(limit, count - after))).map((body, i) => ({
      ...{ id: after + i + 1, delivery: `${after + i}`, receivedAt: new Date(0), body },
    }));
  },
  news: async () => {},
  settle: async () => {},
});
