import type { ClientBase } from 'pg';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { VersionOrder } from '../../../schemas/stream.ts';
import type { BaseDefinition, BatchResult } from '../../pipeline.ts';
import type { StoredRecord } from '../../record.ts';
import { assertBalanced, saveBatch, saveIssues } from './books.ts';
import type { BaseCore } from './core.ts';
import { linkChanges, type NumberedChange } from './link.ts';
import type { PreparedBatch, PreparedRecord } from './prepare.ts';
import { markReplayed, readKnown, writeRejects } from './quarantine.ts';
import { readVersions, takeIds } from './read.ts';
import { readStanding, type Standing, savePosition, standAt } from './standing.ts';
import { type Change, compareVersions, type StoredVersion } from './versions.ts';
import { type Place, planRecords, sendRecords, writeEntities, writeRedirects } from './write.ts';

export interface SourceSpec {
  readonly system: string;
  readonly stream: string;
  readonly authority: string;
  readonly topic: string;
  readonly order: VersionOrder;
  /** Within so many days the department promises news; null or absent where it promises nothing. */
  readonly cycleDays?: number | null;
}

/** A stream as a base knows it. */
export interface BaseSource extends SourceSpec {
  readonly sourceId: number;
}

export interface ApplyOptions {
  /** A replay of messages from quarantine: positions are neither asked nor moved; what passes is marked there. */
  readonly replay?: boolean;
  /** Messages that were taken before, through another mapping perhaps: positions are neither asked nor moved, and of each row only its latest message counts. */
  readonly remap?: boolean;
}

/** What comes into a base. Everything a batch changes is one transaction, its log position included. */
export interface Ingestion {
  readonly base: BaseDefinition;
  /** Registers the stream on first use. The authority may change later; golden values follow when records change. */
  source(spec: SourceSpec): Promise<BaseSource>;
  /** Where the base stands in this life of the topic, or in whichever it reads. */
  position(topic: string, partition: number, life?: string): Promise<Standing>;
  /** Reads a partition from an offset on as if it had not been read before. Nothing that is stored goes. */
  standAt(place: Parameters<typeof standAt>[2]): Promise<void>;
  /**
   * Messages before the stored position were applied already and are left out of the counts. The commit need not wait for
   * the disk: rows and position are lost together if they are lost, and then the log is read again from there. What is
   * replayed or remapped has no position, and is waited for: nobody would repeat it.
   */
  apply(source: BaseSource, batch: PreparedBatch, options?: ApplyOptions): Promise<BatchResult>;
}

const NOTHING: BatchResult = { read: 0, inserted: 0, updated: 0, unchanged: 0, stale: 0, rejected: 0 };

export function openIngestion(core: BaseCore): Ingestion {
  const { base, pool } = core;
  const { schema } = base;

  /** Links what has changed and writes it. @returns blocks that were too full to look for candidates in */
  async function store(
    client: ClientBase,
    { sourceId }: BaseSource,
    partition: number,
    changes: readonly Change[],
  ): Promise<number> {
    const known = await core.know(client);
    const fresh = changes.filter((change) => change.stored === null).length;
    const recordIds = await takeIds(client, `${schema}.source_record`, 'record_id', fresh);
    const numbered = changes.map((change) => ({
      ...change,
      recordId: change.stored?.recordId ?? (recordIds.next().value as number),
    }));
    const linked = await linkChanges(client, known.linking, sourceId, numbered, [], known.orderOf);
    const survive = await known.survivorship(linked.entities.flatMap(({ members }) => members));
    const passing = numbered.filter((change) => change.stored === null && change.final.deleted).length;
    const spare = await takeIds(client, `${schema}.entity`, 'entity_id', passing);
    const place: Place = { schema, sourceId, partition };
    const plan = planRecords(place, numbered, linked, () => spare.next().value as number);
    // Survivors are found while PostgreSQL takes the records; the connection keeps the statements in order.
    const sent = sendRecords(client, schema, plan);
    sent.catch(() => {});
    await writeEntities(client, schema, linked, survive, plan.emptyEntities, known.isPublished);
    await sent;
    await writeRedirects(client, schema, linked);
    await base.projection?.apply(client, schema, numbered.map(storedRecord));
    return linked.blocksSkipped;
  }

  async function applyIn(
    client: ClientBase,
    source: BaseSource,
    batch: PreparedBatch,
    { replay = false, remap = false }: ApplyOptions,
  ): Promise<BatchResult> {
    const again = replay || remap;
    const standing = await readStanding(client, schema, batch.topic, batch.partition, batch.life);
    const from = again ? 0 : standing.next;
    if (!again && batch.nextOffset <= from) return NOTHING;
    const rejects = dropBefore(batch.rejects, from);
    const known = await readKnown(client, schema, batch, again);
    const [taken, settled] = divide(dropBefore(batch.records, from), known.isSettled);

    const stored = await readVersions(client, schema, source.sourceId, distinctKeys(taken), standing.since);
    const records = remap ? taken.filter((record) => isLatest(record, batch.partition, stored)) : taken;
    const { changes, ...counts } = compareVersions(records, stored, batch.partition, { order: source.order, remap });
    const blocksSkipped = changes.length === 0 ? 0 : await store(client, source, batch.partition, changes);
    await writeRejects(client, schema, { ...source, topic: batch.topic, partition: batch.partition }, rejects);

    // A message counts once as rejected, however many of its records do not come in.
    const rejected = new Set([...rejects, ...settled].map(({ offset }) => offset));
    const result = { read: records.length + rejected.size, ...counts, rejected: rejected.size };
    assertBalanced(result);
    const offsets = new Set([...records.map(({ offset }) => offset), ...rejected]);
    const first = [...offsets].reduce((least, offset) => Math.min(least, offset), batch.nextOffset);
    const span = { first, messages: offsets.size, blocksSkipped, living: livingMore(changes) };
    const batchId = await saveBatch(client, schema, batch, span, result, again);
    await saveIssues(client, schema, batchId, [...records, ...rejects]);
    if (again) await markReplayed(client, schema, known, rejects);
    else await savePosition(client, schema, batch, first);
    return result;
  }

  return {
    base,
    async source(spec) {
      try {
        const { rows } = await pool.query<{ source_id: number }>(
          `INSERT INTO ${schema}.source AS s (system, stream, authority, topic, cycle_days) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (system, stream) DO UPDATE
             SET authority = EXCLUDED.authority, topic = EXCLUDED.topic, cycle_days = EXCLUDED.cycle_days
           RETURNING source_id`,
          [spec.system, spec.stream, spec.authority, spec.topic, spec.cycleDays ?? null],
        );
        return { ...spec, sourceId: rows[0]?.source_id as number };
      } catch (error) {
        throw storeFailure(error, `registering ${spec.system}/${spec.stream} in ${base.name}`);
      }
    },

    async position(topic, partition, life) {
      try {
        const { next, seenUntil } = await readStanding(pool, schema, topic, partition, life);
        return { next, seenUntil };
      } catch (error) {
        throw storeFailure(error, `reading the position of ${topic}/${partition} in ${base.name}`);
      }
    },

    standAt: (place) =>
      core.transaction(
        'flushed',
        `moving the position of ${place.topic}/${place.partition} in ${base.name}`,
        (client) => standAt(client, schema, place),
      ),

    apply: (source, batch, options = {}) =>
      core.transaction(
        options.replay === true || options.remap === true ? 'flushed' : 'soon',
        `storing ${batch.topic}/${batch.partition} before ${batch.nextOffset} in ${base.name}`,
        (client) => applyIn(client, source, batch, options),
      ),
  };
}

const storedRecord = ({ recordId, final }: NumberedChange): StoredRecord => {
  const { deleted, attributes, issues, observedAt } = final;
  return { recordId, deleted, attributes, issues, observedAt };
};

/** By how many the rows that live have become more. */
const livingMore = (changes: readonly Change[]): number =>
  changes.reduce(
    (sum, { stored, final }) => sum + (final.deleted ? 0 : 1) - (stored === null || stored.deleted ? 0 : 1),
    0,
  );

/** Versions of the row that came and went before the one that is stored have had their turn. */
function isLatest(record: PreparedRecord, partition: number, stored: ReadonlyMap<string, StoredVersion>): boolean {
  const known = stored.get(record.key);
  return known === undefined || known.partition !== partition || record.offset >= known.offset;
}

function dropBefore<T extends { readonly offset: number }>(items: readonly T[], from: number): readonly T[] {
  return items.length === 0 || (items[0] as T).offset >= from ? items : items.filter((item) => item.offset >= from);
}

const divide = <T>(items: readonly T[], isApart: (item: T) => boolean): readonly [readonly T[], readonly T[]] => {
  const apart = items.filter(isApart);
  return apart.length === 0 ? [items, apart] : [items.filter((item) => !isApart(item)), apart];
};

const distinctKeys = (records: readonly PreparedRecord[]): readonly string[] => [
  ...new Set(records.map((record) => record.key)),
];
