import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { environment } from '../../../runner/settings/config.ts';
import { projectPath } from '../../../schemas/kernel/paths.ts';
import { connect } from '../../../schemas/store/transaction.ts';
import { type KindScore, scored, type TruthRow } from './score.ts';
import type { LinkSubject } from './subjects.ts';

/** What Splink makes of the same records. */
export interface SplinkFigures {
  readonly seconds: number;
  /** The match weight with the best F1: Splink is given its best. */
  readonly weight: number;
  readonly kinds: readonly KindScore[];
}

const run = promisify(execFile);
const PROGRAM = projectPath('tests/bench/link/with_splink.py');
const python = (): string => environment()['SPLINK_PYTHON'] ?? 'python3';
const ASK = { maxBuffer: 64 * 1024 * 1024 };

/** Why Splink cannot stand beside; null where it can. */
export async function whyNoSplink(): Promise<string | null> {
  try {
    await run(python(), ['-c', 'import splink, duckdb']);
    return null;
  } catch {
    return `"${python()}" has no splink; "pip install splink", or name a Python that has it in SPLINK_PYTHON`;
  }
}

/** Links the records that the base holds, as the hub has cleaned them. */
export async function benchSplink(
  pool: pg.Pool,
  { base, columns }: Pick<LinkSubject, 'base' | 'columns'>,
  truth: readonly TruthRow[],
  folder: string,
): Promise<SplinkFigures> {
  const records = join(folder, `${base.schema}.csv`);
  const clusters = join(folder, `${base.schema}-clusters.csv`);
  const client = await connect(pool, `reading ${base.name}`);
  try {
    const named = Object.entries(columns).map(([name, expression]) => `${expression} AS ${name}`);
    const rows = `SELECT s.system || '/' || s.stream || ' ' || r.source_key AS unique_id, ${named.join(', ')}
      FROM ${base.schema}.source_record r JOIN ${base.schema}.source s USING (source_id)`;
    await pipeline(client.query(copyTo(`COPY (${rows}) TO STDOUT (FORMAT csv, HEADER)`)), createWriteStream(records));
  } finally {
    client.release();
  }
  const { stdout } = await run(python(), [PROGRAM, base.name, records, clusters], ASK);
  const { weights, seconds } = JSON.parse(stdout) as { weights: number[]; seconds: number };
  const read = await clustersOf(clusters, weights.length);
  // Nobody is asked; what nobody could decide is no miss of either.
  const isAsked = (): boolean => true;
  const all = weights.map((weight, at) => ({
    ...{ seconds, weight },
    kinds: scored(truth, { entities: read[at] as ReadonlyMap<string, string>, isAsked }),
  }));
  return all.reduce((best, one) => ((one.kinds[0]?.f1 ?? 0) > (best.kinds[0]?.f1 ?? 0) ? one : best));
}

/** Cluster of each record, by weight. No id has a comma or a quote in it. */
async function clustersOf(file: string, weights: number): Promise<readonly ReadonlyMap<string, string>[]> {
  const found = Array.from({ length: weights }, () => new Map<string, string>());
  let isHead = true;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const [id = '', ...clusters] = line.split(',');
    if (!isHead) for (const [at, cluster] of clusters.entries()) found[at]?.set(id, cluster);
    isHead = false;
  }
  return found;
}
