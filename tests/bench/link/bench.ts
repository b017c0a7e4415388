import type pg from 'pg';
import { openBaseCore } from '../../../pipelines/engine/ingest/core.ts';
import { type BaseSource, type Ingestion, openIngestion } from '../../../pipelines/engine/ingest/ingestion.ts';
import type { Decoder, LogMessage } from '../../../pipelines/engine/ingest/prepare.ts';
import { type CommittableBatch, runPipeline } from '../../../pipelines/engine/ingest/run-batch.ts';
import { compileMapping } from '../../../pipelines/mapping.ts';
import { population } from '../../../pipelines/population/definition.ts';
import type { Normalize } from '../../../pipelines/record.ts';
import { migrateBase } from '../../../runner/control/migrate.ts';
import { worldSystemFiles } from '../../../runner/demo/stage.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { openPool, PATIENCE } from '../../../schemas/store/pool.ts';
import type { RawRecord } from '../../../schemas/stream.ts';
import { type Ground, perSecond } from '../ground.ts';
import { CLINIC_MAPPING, type LinkRow, linkRows } from './rows.ts';

export interface LinkFigures {
  readonly records: number;
  readonly persons: number;
  readonly withoutNumber: number;
  readonly recordsPerSecond: number;
  /** Of the pairs of records that are together, those that belong together. */
  readonly precision: number;
  /** Of the pairs that belong together, those that are together. */
  readonly recall: number;
  /** Recall by numbers alone. */
  readonly recallByNumber: number;
  /** Of the records without a number, those that wait for a person. */
  readonly reviewShare: number;
  readonly blocksSkipped: number;
  readonly entities: number;
  /** One changed record, alone in its batch, milliseconds. */
  readonly singleP50: number;
  readonly singleP99: number;
}

const BATCH = 2_500;
const PORTION = 50_000;
const SINGLES = 500;
const ROWS_A_PERSON = 2.35;

const decoder: Decoder = { prepare: async () => {}, decode: (bytes) => JSON.parse(String(bytes)) as RawRecord };

/** Rows of three systems about the same people, every sixth without a number, into a population base of its own. */
export async function benchLink(ground: Ground, rows: number, signal: AbortSignal): Promise<readonly LinkFigures[]> {
  const pool = openPool({ url: await ground.database('link'), name: 'bench', max: 4, patience: PATIENCE.work });
  pool.on('error', () => {});
  try {
    await migrateBase(pool, population, silentLogger);
    return [await measure(pool, Math.ceil(rows / ROWS_A_PERSON), signal)];
  } finally {
    await pool.end();
  }
}

async function measure(pool: pg.Pool, persons: number, signal: AbortSignal): Promise<LinkFigures> {
  const ingestion = openIngestion(openBaseCore(pool, population));
  const world = { persons, entities: 0, seed: 63 };
  const normalizers = await normalizersOf();
  const sources = new Map<LinkRow['system'], BaseSource>();
  for (const [system, authority] of [
    ['shield', 'public-security'],
    ['insurance', 'social-security'],
    ['clinic', 'health'],
  ] as const)
    sources.set(
      system,
      await ingestion.source({ system, stream: 'rows', authority, topic: `raw.${system}.rows`, order: 'read' }),
    );

  const subjects = new Map<string, number>();
  const offsets = new Map<LinkRow['system'], number>();
  let records = 0;
  let ms = 0;
  for (const rows of portions(linkRows(world))) {
    signal.throwIfAborted();
    const [{ system }] = rows as readonly [LinkRow];
    for (const { key, subject } of rows) subjects.set(`${system}/rows ${key}`, subject);
    const from = offsets.get(system) ?? 0;
    const messages = messagesOf(rows, from);
    const startedAt = performance.now();
    await runPipeline(batchesOf(`raw.${system}.rows`, messages), {
      ...{
        ingestion,
        decoder,
        source: sources.get(system) as BaseSource,
        normalize: normalizers.get(system) as Normalize,
      },
    });
    ms += performance.now() - startedAt;
    offsets.set(system, from + rows.length);
    records += rows.length;
  }

  const { entities, numbered } = await partition(pool);
  const withoutNumber = records - numbered.size;
  const { rows: states } = await pool.query<{ waiting: string; skipped: string }>(
    `SELECT (SELECT count(DISTINCT record_id) FROM population.choice WHERE state = 'review') AS waiting,
       (SELECT coalesce(sum(blocks_skipped), 0) FROM population.batch) AS skipped`,
  );
  const single = await singles(
    ingestion,
    sources.get('clinic') as BaseSource,
    world,
    offsets.get('clinic') ?? 0,
    normalizers.get('clinic') as Normalize,
  );
  return {
    ...{ records, persons, withoutNumber, recordsPerSecond: perSecond(records, ms) },
    ...compared(entities, subjects),
    recallByNumber: compared(numbered, subjects).recall,
    reviewShare: share(Number(states[0]?.waiting), withoutNumber),
    blocksSkipped: Number(states[0]?.skipped),
    entities: new Set(entities.values()).size,
    ...single,
  };
}

async function normalizersOf(): Promise<ReadonlyMap<LinkRow['system'], Normalize>> {
  const today = (): string => '2025-06-30';
  const files = await worldSystemFiles();
  const of = (system: string, name: LinkRow['system']): Normalize => {
    const stream = Object.values(files.find((file) => file.system === system)?.streams ?? {})[0];
    const mapping = stream?.mapping ?? {};
    const columns = Object.values(mapping).flatMap(({ from }) => from);
    return compileMapping(population, mapping, columns, { system: name, stream: 'rows' }, today);
  };
  const clinic = Object.values(CLINIC_MAPPING).map(({ from }) => from);
  return new Map([
    ['shield', of('golden-shield', 'shield')],
    ['insurance', of('golden-insurance', 'insurance')],
    ['clinic', compileMapping(population, CLINIC_MAPPING, clinic, { system: 'clinic', stream: 'rows' }, today)],
  ]);
}

/** Rows of one system at a time, as many as are worth a run of the pipeline and no trouble to hold. */
function* portions(rows: Iterable<LinkRow>): Generator<readonly LinkRow[]> {
  let kept: LinkRow[] = [];
  for (const row of rows) {
    if (kept.length === PORTION || (kept.length > 0 && kept[0]?.system !== row.system)) {
      yield kept;
      kept = [];
    }
    kept.push(row);
  }
  if (kept.length > 0) yield kept;
}

const messagesOf = (rows: readonly LinkRow[], from: number, at = 1_700_000_000_000): readonly LogMessage[] =>
  rows.map(({ system, key, value }, i) => {
    const record: RawRecord = { stream: 'rows', key, op: 'upsert', value, observedAt: at, origin: `${system}#${key}` };
    return { offset: from + i, value: Buffer.from(JSON.stringify(record)) };
  });

async function* batchesOf(topic: string, messages: readonly LogMessage[]): AsyncGenerator<CommittableBatch> {
  for (let at = 0; at < messages.length; at += BATCH)
    yield { topic, partition: 0, messages: messages.slice(at, at + BATCH), commit: async () => {} };
}

/** Entity and, where there is one, number of each row. */
async function partition(
  pool: pg.Pool,
): Promise<{ readonly entities: ReadonlyMap<string, string>; readonly numbered: ReadonlyMap<string, string> }> {
  const { rows } = await pool.query<{ row: string; entity: string; number: string | null }>(
    `SELECT s.system || '/' || s.stream || ' ' || r.source_key AS row, r.entity_id AS entity, r.link_keys[1] AS number
     FROM population.source_record r JOIN population.source s USING (source_id)`,
  );
  return {
    entities: new Map(rows.map(({ row, entity }) => [row, entity])),
    numbered: new Map(rows.flatMap(({ row, number }) => (number === null ? [] : [[row, number] as const]))),
  };
}

const pairs = (count: number): number => (count * (count - 1)) / 2;
const share = (part: number, whole: number): number => (whole === 0 ? 1 : Number((part / whole).toFixed(5)));

/** Precision and recall over pairs of records. */
function compared(
  found: ReadonlyMap<string, string>,
  subjects: ReadonlyMap<string, number>,
): { readonly precision: number; readonly recall: number } {
  const together = new Map<string, number>();
  const right = new Map<string, number>();
  const belong = new Map<number, number>();
  const add = <K>(counts: Map<K, number>, key: K): unknown => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const [row, subject] of subjects) {
    add(belong, subject);
    const entity = found.get(row);
    if (entity === undefined) continue;
    add(together, entity);
    add(right, `${entity} ${subject}`);
  }
  const sum = (counts: ReadonlyMap<unknown, number>): number => [...counts.values()].reduce((a, b) => a + pairs(b), 0);
  return { precision: share(sum(right), sum(together)), recall: share(sum(right), sum(belong)) };
}

/** One record a batch: a changed address of somebody without a number. */
async function singles(
  ingestion: Ingestion,
  source: BaseSource,
  world: { persons: number; entities: number; seed: number },
  from: number,
  normalize: Normalize,
): Promise<{ readonly singleP50: number; readonly singleP99: number }> {
  const open: LinkRow[] = [];
  for (const row of linkRows(world)) {
    if (row.system === 'clinic' && row.value['SFZH'] === null) open.push(row);
    if (open.length === SINGLES) break;
  }
  const times: number[] = [];
  for (const [i, row] of open.entries()) {
    const changed = { ...row, value: { ...row.value, DZ: `青海省西宁市城中区测试路${i}号` } };
    const messages = messagesOf([changed], from + i, 1_700_000_100_000);
    const startedAt = performance.now();
    await runPipeline(batchesOf(source.topic, messages), { ingestion, source, normalize, decoder });
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const at = (part: number): number => Number((times[Math.floor(times.length * part)] ?? 0).toFixed(1));
  return { singleP50: at(0.5), singleP99: at(0.99) };
}
