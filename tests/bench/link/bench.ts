import type pg from 'pg';
import { openBaseCore } from '../../../pipelines/engine/ingest/core.ts';
import { type BaseSource, type Ingestion, openIngestion } from '../../../pipelines/engine/ingest/ingestion.ts';
import type { Decoder, LogMessage } from '../../../pipelines/engine/ingest/prepare.ts';
import { type CommittableBatch, runPipeline } from '../../../pipelines/engine/ingest/run-batch.ts';
import { compileMapping } from '../../../pipelines/mapping.ts';
import { migrateBase } from '../../../runner/control/migrate.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { openPool, PATIENCE } from '../../../schemas/store/pool.ts';
import type { RawRecord } from '../../../schemas/stream.ts';
import { perSecond } from '../ground.ts';
import type { LinkRow } from './link-row.ts';
import { type KindScore, type Partition, scored, type TruthRow } from './score.ts';
import type { SplinkFigures } from './splink.ts';
import type { LinkSubject } from './subjects.ts';

export interface LinkFigures {
  readonly base: string;
  readonly records: number;
  readonly subjects: number;
  /** Records that no identifier of their own joins to anybody. */
  readonly withoutIdentifier: number;
  readonly recordsPerSecond: number;
  /** The first line is about all of them. */
  readonly kinds: readonly KindScore[];
  /** Of all records those that wait for a person. */
  readonly reviewShare: number;
  readonly reviewShareOfOpen: number;
  readonly blocksSkipped: number;
  readonly entities: number;
  /** One changed record, alone in its batch, milliseconds. */
  readonly singleP50: number;
  readonly singleP99: number;
  /** null where there is none here. */
  readonly splink: SplinkFigures | null;
}

const BATCH = 2_500;
const PORTION = 50_000;

const decoder: Decoder = { prepare: async () => {}, decode: (bytes) => JSON.parse(String(bytes)) as RawRecord };

interface Given {
  readonly rows: number;
  readonly signal: AbortSignal;
  /** Records that are changed, each alone in its batch. */
  readonly singles?: number;
  /** Another program that links what the base holds. */
  readonly beside?: (pool: pg.Pool, truth: readonly TruthRow[]) => Promise<SplinkFigures>;
}

/** Rows of several systems about the same subjects into a base of its own. */
export async function benchLink(url: string, subject: LinkSubject, given: Given): Promise<LinkFigures> {
  const pool = openPool({ url, name: 'bench', max: 4, patience: PATIENCE.work });
  pool.on('error', () => {});
  try {
    await migrateBase(pool, subject.base, silentLogger);
    return await measure(pool, subject, given);
  } finally {
    await pool.end();
  }
}

async function measure(
  pool: pg.Pool,
  subject: LinkSubject,
  { rows: wanted, signal, beside, singles: changes = 500 }: Given,
): Promise<LinkFigures> {
  const subjects = Math.ceil(wanted / subject.rowsOfOne);
  const { base, mapping } = subject;
  const ingestion = openIngestion(openBaseCore(pool, base));
  const sources = new Map<string, BaseSource>();
  for (const { system, authority } of subject.systems)
    sources.set(
      system,
      await ingestion.source({ system, stream: 'rows', authority, topic: `raw.${system}.rows`, order: 'read' }),
    );
  const columns = Object.values(mapping).map(({ from }) => from);
  const normalizeOf = (system: string) =>
    compileMapping(base, mapping, columns, { system, stream: 'rows' }, () => '2025-06-30');

  const truth: TruthRow[] = [];
  const offsets = new Map<string, number>();
  let ms = 0;
  for (const rows of portions(subject.rows(subjects))) {
    signal.throwIfAborted();
    const [{ system }] = rows as readonly [LinkRow];
    for (const { key, value: _, ...known } of rows) truth.push({ ...known, row: `${system}/rows ${key}` });
    const from = offsets.get(system) ?? 0;
    const messages = messagesOf(rows, from);
    const source = sources.get(system) as BaseSource;
    const startedAt = performance.now();
    await runPipeline(batchesOf(source.topic, messages), {
      ingestion,
      decoder,
      source,
      normalize: normalizeOf(system),
    });
    ms += performance.now() - startedAt;
    offsets.set(system, from + rows.length);
  }

  const { partition, open } = await partitionOf(pool, subject);
  const { rows: states } = await pool.query<{ waiting: string; skipped: string }>(
    `SELECT (SELECT count(DISTINCT record_id) FROM ${base.schema}.choice WHERE state = 'review') AS waiting,
       (SELECT coalesce(sum(blocks_skipped), 0) FROM ${base.schema}.batch) AS skipped`,
  );
  const waiting = Number(states[0]?.waiting);
  const splink = (await beside?.(pool, truth)) ?? null;
  const last = subject.systems.at(-1)?.system ?? '';
  const single = await singles(ingestion, sources.get(last) as BaseSource, subject, {
    rows: subject.rows(subjects),
    from: offsets.get(last) ?? 0,
    normalize: normalizeOf(last),
    ...{ open, changes },
  });
  return {
    ...{ base: base.name, records: truth.length, subjects, withoutIdentifier: open.size },
    recordsPerSecond: perSecond(truth.length, ms),
    kinds: scored(truth, partition),
    ...{ reviewShare: share(waiting, truth.length), reviewShareOfOpen: share(waiting, open.size) },
    blocksSkipped: Number(states[0]?.skipped),
    entities: new Set(partition.entities.values()).size,
    ...single,
    splink,
  };
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : Number((part / whole).toFixed(5)));

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

/** Entity of each row, the entities between which a person is asked, and the rows that are matched. */
async function partitionOf(
  pool: pg.Pool,
  { base: { schema, matching } }: LinkSubject,
): Promise<{ readonly partition: Partition; readonly open: ReadonlySet<string> }> {
  const { rows } = await pool.query<{ row: string; entity: string; anchored: boolean }>(
    `SELECT s.system || '/' || s.stream || ' ' || r.source_key AS row, r.entity_id AS entity,
       EXISTS (SELECT 1 FROM unnest(r.link_keys) AS k (key) WHERE split_part(k.key, ':', 1) = ANY ($1)) AS anchored
     FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id)`,
    [matching?.anchors ?? []],
  );
  const { rows: asked } = await pool.query<{ a: string; b: string }>(
    `SELECT a.entity_id AS a, b.entity_id AS b FROM ${schema}.choice c JOIN ${schema}.source_record a ON a.record_id = c.record_id
       JOIN ${schema}.source_record b ON b.record_id = c.other_id WHERE c.state = 'review'
     UNION SELECT a.entity_id, b.entity_id FROM ${schema}.kept_apart k JOIN ${schema}.link_key a USING (link_key)
       JOIN ${schema}.link_key b USING (link_key)`,
  );
  const pairs = new Set(asked.flatMap(({ a, b }) => [`${a} ${b}`, `${b} ${a}`]));
  return {
    partition: {
      entities: new Map(rows.map(({ row, entity }) => [row, entity])),
      isAsked: (a, b) => pairs.has(`${a} ${b}`),
    },
    open: new Set(rows.filter(({ anchored }) => !anchored).map(({ row }) => row)),
  };
}

/** One record a batch: a changed address of somebody without an identifier. */
async function singles(
  ingestion: Ingestion,
  source: BaseSource,
  { moved }: LinkSubject,
  given: {
    readonly rows: Iterable<LinkRow>;
    readonly from: number;
    readonly normalize: ReturnType<typeof compileMapping>;
    readonly open: ReadonlySet<string>;
    readonly changes: number;
  },
): Promise<{ readonly singleP50: number; readonly singleP99: number }> {
  const found: LinkRow[] = [];
  for (const row of given.rows) {
    if (row.system === source.system && given.open.has(`${row.system}/rows ${row.key}`)) found.push(row);
    if (found.length === given.changes) break;
  }
  const times: number[] = [];
  for (const [i, row] of found.entries()) {
    const messages = messagesOf([moved(row, i)], given.from + i, 1_700_000_100_000);
    const startedAt = performance.now();
    await runPipeline(batchesOf(source.topic, messages), { ingestion, source, normalize: given.normalize, decoder });
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const at = (part: number): number => Number((times[Math.floor(times.length * part)] ?? 0).toFixed(1));
  return { singleP50: at(0.5), singleP99: at(0.99) };
}
