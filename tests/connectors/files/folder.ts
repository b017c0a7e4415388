import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import type { Checkpoint, RejectedRow, Source } from '../../../connectors/connector.ts';
import { type RunContext, silentLogger } from '../../../schemas/kernel/context.ts';
import type { HubError } from '../../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../../schemas/stream.ts';

export interface TestFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file with a modification time of its own, in seconds since 1970. */
  write(name: string, bytes: Uint8Array | string, mtimeSeconds?: number): Promise<string>;
}

export async function testFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'sanjiang-files-'));
  let clock = 1_700_000_000;
  return {
    path,
    async write(name, bytes, mtimeSeconds) {
      clock += 1;
      const file = join(path, name);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, bytes);
      await utimes(file, mtimeSeconds ?? clock, mtimeSeconds ?? clock);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export const testContext = (signal: AbortSignal = new AbortController().signal, now = new Date()): RunContext => ({
  signal,
  log: silentLogger,
  now: () => now,
});

export const gb18030 = (text: string): Buffer => iconv.encode(text, 'gb18030');

/** Bad bytes, NUL, cells too few, no key, a quote without end, and rows that only look dangerous. */
export const HOSTILE_CSV = {
  bytes: Buffer.concat([
    Buffer.from('ID,NAME\r\n1,__proto__\r\n2,'),
    Buffer.from([0xff, 0xff]),
    Buffer.from('\r\n3,a\0b\r\n4\r\n,x\r\n5,=1+1\r\n6,"open\r\n7,\'; DROP TABLE t; --\r\n'),
  ]),
  good: ['1', '5', '7'],
  rejects: 5,
};

export interface ReadResult {
  readonly records: RawRecord[];
  readonly rejects: RejectedRow[];
  readonly checkpoints: Checkpoint[];
  /** What the read threw at its end, if anything. */
  readonly error: HubError | null;
}

export async function readStream(source: Source, stream: string, after: Checkpoint | null = null): Promise<ReadResult> {
  const records: RawRecord[] = [];
  const rejects: RejectedRow[] = [];
  const checkpoints: Checkpoint[] = [];
  try {
    for await (const portion of source.read(stream, after)) {
      records.push(...portion.records);
      rejects.push(...portion.rejects);
      checkpoints.push(portion.next);
    }
  } catch (error) {
    return { records, rejects, checkpoints, error: error as HubError };
  }
  return { records, rejects, checkpoints, error: null };
}
