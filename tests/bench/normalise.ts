import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { accountOf } from '../../pipelines/engine/reports/account.ts';
import { population } from '../../pipelines/population/definition.ts';
import { drained } from '../../runner/cli/run.ts';
import type { Hub } from '../../runner/compose.ts';
import { migrateBase } from '../../runner/control/migrate.ts';
import { createPipelineService } from '../../runner/normalise/pipelines.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { openPool, PATIENCE } from '../../schemas/store/pool.ts';
import { type Ground, type LogKind, loadSystems, perSecond, pullOnce, ratio, worldOf } from './ground.ts';

export interface NormaliseResult {
  readonly log: LogKind;
  readonly records: number;
  readonly recordsPerSecond: number;
  /** COPY of the same final rows into the same tables with the same indexes. */
  readonly copyRecordsPerSecond: number;
  readonly ratioToCopy: number;
  /** Microseconds a record, for each 100,000 records; the last ones may have no second stream beside them. */
  readonly costs: readonly number[];
  readonly entities: number;
  readonly balanced: boolean;
}

const SYSTEMS = ['golden-shield', 'golden-insurance'] as const;
const ROWS_A_PERSON = 1.55;
const WINDOW = 100_000;
const TABLES = ['entity', 'source_record', 'link_key', 'golden'];

/** Log to base: decoded, converted, validated, linked, survived, stored. Two systems about the same people. */
export async function benchNormalise(
  ground: Ground,
  rows: number,
  logs: readonly LogKind[],
  signal: AbortSignal,
): Promise<readonly NormaliseResult[]> {
  const departments = await ground.database('departments');
  await loadSystems(SYSTEMS, worldOf(Math.ceil(rows / ROWS_A_PERSON)), departments, signal);
  const results: NormaliseResult[] = [];
  for (const log of logs) {
    if (log === 'kafka' && ground.kafka === null) continue;
    await using hub = await ground.hub(`normalise_${log}`, log, departments);
    for (const system of SYSTEMS) await pullOnce(hub, system, signal);
    const marks = await runPipelines(hub, signal);
    const records = marks.at(-1)?.records ?? 0;
    const ms = marks.at(-1)?.ms ?? 0;
    const base = hub.bases.get(population.name);
    if (base === undefined) throw new HubError('HUB_INTERNAL', 'there is no population base');
    const account = await accountOf(base.pool, population);
    const copyMs = await copyFinalRows(ground, hub, log);
    const rate = perSecond(records, ms);
    const copied = perSecond(records, copyMs);
    results.push({
      ...{ log, records, recordsPerSecond: rate, copyRecordsPerSecond: copied, ratioToCopy: ratio(rate, copied) },
      costs: costsOf(marks),
      ...{ entities: account.entities, balanced: account.balanced && account.read === records },
    });
  }
  return results;
}

interface Mark {
  readonly records: number;
  readonly ms: number;
}

export async function runPipelines(hub: Hub, signal: AbortSignal): Promise<readonly Mark[]> {
  const marks: Mark[] = [];
  let records = 0;
  const startedAt = performance.now();
  const service = createPipelineService(hub, {
    onBatch(_, { read }) {
      records += read;
      marks.push({ records, ms: performance.now() - startedAt });
    },
  });
  const stop = new AbortController();
  const running = service.run(AbortSignal.any([signal, stop.signal]));
  await drained(hub, await hub.systems.list(), signal, service.states);
  stop.abort();
  await running;
  return marks;
}

function costsOf(marks: readonly Mark[]): readonly number[] {
  const costs: number[] = [];
  let from: Mark = { records: 0, ms: 0 };
  for (const mark of marks) {
    if (mark.records - from.records < WINDOW) continue;
    costs.push(Number((((mark.ms - from.ms) * 1000) / (mark.records - from.records)).toFixed(1)));
    from = mark;
  }
  return costs;
}

/** Out into files first, so that only the way in is measured. */
export async function copyFinalRows(ground: Ground, hub: Hub, log: LogKind): Promise<number> {
  const url = await ground.database(`reference_${log}`);
  const pool = openPool({ url, name: 'bench', max: 1, patience: PATIENCE.work });
  await migrateBase(pool, population, silentLogger);
  const source = await hub.bases.get(population.name)?.pool.connect();
  const target = await pool.connect();
  const { schema } = population;
  try {
    const files = TABLES.map((table) => ({ table, file: join(ground.folder, `${log}-${table}.copy`) }));
    for (const { table, file } of files)
      await pipeline(
        (source as pg.PoolClient).query(copyTo(`COPY ${schema}.${table} TO STDOUT`)),
        createWriteStream(file),
      );
    const startedAt = performance.now();
    await target.query('BEGIN');
    for (const { table, file } of files)
      await pipeline(
        createReadStream(file, { highWaterMark: 1 << 18 }),
        target.query(copyFrom(`COPY ${schema}.${table} FROM STDIN`)),
      );
    await target.query('COMMIT');
    const ms = performance.now() - startedAt;
    for (const { file } of files) await rm(file);
    return ms;
  } finally {
    source?.release();
    target.release();
    await pool.end();
  }
}
