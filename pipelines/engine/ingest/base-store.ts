import type { ClientBase, Pool, PoolClient } from 'pg';
import { storeFailure } from '../../../schemas/store/failure.ts';
import { inTransaction } from '../../../schemas/store/transaction.ts';
import type { BaseDefinition, BatchResult } from '../../pipeline.ts';
import type { StoredRecord } from '../../record.ts';
import { type DecisionResult, decideIn, type NewDecision, secondIn, withdrawIn } from '../match/decide-rows.ts';
import { entitiesOfRows } from '../match/decisions.ts';
import { requireMatching, withActiveModel } from '../match/model.ts';
import { type DecidedSlice, decideSlice, type Promotion, promoteIn } from '../match/promote.ts';
import { NO_OVERRIDES, readOverrides } from '../steward/override.ts';
import {
  expireIn,
  type NewOverride,
  type OverrideResult,
  overrideIn,
  withdrawOverrideIn,
} from '../steward/override-rows.ts';
import { appliedPosition, assertBalanced, markReplayed, saveBatch, saveIssues, savePosition } from './books.ts';
import type { Member } from './group.ts';
import { linkChanges, type NumberedChange } from './link.ts';
import type { PreparedBatch, PreparedRecord } from './prepare.ts';
import { readMembers, readVersions, takeIds } from './read.ts';
import { createSurvivorship, type Survive } from './survive.ts';
import { compareVersions, type StoredVersion } from './versions.ts';
import {
  type Place,
  planRecords,
  STAGE_TABLES,
  sendRecords,
  surviveAgain,
  writeEntities,
  writeRejects,
} from './write.ts';

export interface SourceSpec {
  readonly system: string;
  readonly stream: string;
  readonly authority: string;
  readonly topic: string;
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

/** One base database. Everything a batch changes is one transaction, its log position included. */
export interface BaseStore {
  readonly base: BaseDefinition;
  /** Registers the stream on first use. The authority may change later; golden values follow when records change. */
  source(spec: SourceSpec): Promise<BaseSource>;
  /** Where the base stands: the offset it wants next. */
  position(topic: string, partition: number): Promise<number>;
  /**
   * Messages before the stored position were applied already and are left out of the counts. One batch of a base at a
   * time, over all processes. HUB_STORE_UNAVAILABLE when a second try may help.
   */
  apply(source: BaseSource, batch: PreparedBatch, options?: ApplyOptions): Promise<BatchResult>;
  /**
   * A person says that two rows are one subject, or are not; what follows from it is worked out at once. A confirmation
   * that would join entities of more than two sources waits for a second person. A pair that was decided before gets the
   * new decision.
   */
  decide(decision: NewDecision): Promise<DecisionResult>;
  /** The second pair of eyes. @throws HUB_REVIEW_REFUSED when it is the first one again */
  second(decisionId: number, by: string): Promise<DecisionResult>;
  /** As if it had never been decided. */
  withdraw(decisionId: number, by: string): Promise<DecisionResult>;
  /** A steward says a value in the place of the sources until a day. @throws HUB_REQUEST_INVALID, HUB_CATALOG_NOT_FOUND */
  override(override: NewOverride): Promise<OverrideResult>;
  withdrawOverride(overrideId: number, by: string): Promise<void>;
  /** Overrides whose last day lies before today give way to the sources. @returns how many */
  expireOverrides(today: string): Promise<number>;
  /** Makes a link model the active one; what was decided before follows by `decideAnew`. */
  promote(promotion: Promotion): Promise<void>;
  /** The next slice of a promotion, a transaction of its own; nothing when all is done. */
  decideAnew(): Promise<DecidedSlice>;
}

const NOTHING: BatchResult = { read: 0, inserted: 0, updated: 0, unchanged: 0, stale: 0, rejected: 0 };

export interface StoreOptions {
  /** Changes of entities are written to the outbox, from which somebody publishes them. */
  readonly outbox?: boolean;
}

export function openBaseStore(pool: Pool, base: BaseDefinition, { outbox = false }: StoreOptions = {}): BaseStore {
  const { schema } = base;
  const sources = new Map<number, { readonly authority: string; readonly name: string }>();
  /** The base under its active link model, and whether stewards override anything: as of the running transaction. */
  let linking = base;
  let activeModel: string | null = null;
  let isOverridden = false;
  const survivors = createSurvivorship(base, (sourceId) => sources.get(sourceId)?.authority ?? '');
  const orderOf = (sourceId: number, key: string): string => `${sources.get(sourceId)?.name} ${key}`;
  const staged = new WeakSet<ClientBase>();

  async function loadState(client: ClientBase): Promise<void> {
    interface State {
      readonly source_id: number;
      readonly authority: string;
      readonly name: string;
      readonly model: string | null;
      readonly overridden: boolean;
    }
    const { rows } = await client.query<State>(
      `SELECT source_id, authority, system || '/' || stream AS name,
         (SELECT version FROM ${schema}.link_model WHERE state = 'active') AS model,
         EXISTS (SELECT 1 FROM ${schema}.override WHERE withdrawn_at IS NULL AND expired_at IS NULL) AS overridden
       FROM ${schema}.source`,
    );
    for (const { source_id, authority, name } of rows) sources.set(source_id, { authority, name });
    isOverridden = rows[0]?.overridden ?? false;
    const model = rows[0]?.model ?? null;
    if (model === activeModel) return;
    linking = model === null ? base : await withActiveModel(client, base);
    activeModel = model;
  }

  /** Survivorship that knows what stewards say about these members. */
  async function surviveFor(
    client: ClientBase,
    { entities }: { readonly entities: readonly { readonly members: readonly Member[] }[] },
  ): Promise<Survive> {
    if (!isOverridden) return survivors;
    const rows = entities.flatMap(({ members }) => members.map(({ order }) => order));
    const overrides = await readOverrides(client, schema, rows);
    return overrides === NO_OVERRIDES ? survivors : (own) => survivors(own, overrides);
  }

  // Plans must not turn to whole-table scans while statistics lag behind a first load. The commit need not wait for the
  // disk: rows and position are lost together if they are lost, and then the log is read again from there.
  const BEGIN = `BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL synchronous_commit = off;
    SELECT pg_advisory_xact_lock(hashtextextended('sanjiang.${schema}', 0))`;

  const transaction = <T>(what: string, work: (client: PoolClient) => Promise<T>): Promise<T> =>
    inTransaction(
      pool,
      what,
      async (client) => {
        if (!staged.has(client)) await client.query(STAGE_TABLES);
        const result = await work(client);
        staged.add(client);
        return result;
      },
      BEGIN,
    );

  async function applyIn(
    client: ClientBase,
    source: BaseSource,
    batch: PreparedBatch,
    { replay = false, remap = false }: ApplyOptions,
  ): Promise<BatchResult> {
    const again = replay || remap;
    const from = again ? 0 : await appliedPosition(client, schema, batch.topic, batch.partition);
    if (!again && batch.nextOffset <= from) return NOTHING;
    const taken = dropBefore(batch.records, from);
    const rejects = dropBefore(batch.rejects, from);
    const place: Place = { schema, sourceId: source.sourceId, partition: batch.partition };

    const stored = await readVersions(client, schema, source.sourceId, distinctKeys(taken));
    const records = remap ? taken.filter((record) => isLatest(record, batch.partition, stored)) : taken;
    let blocksSkipped = 0;
    const { changes, ...counts } = compareVersions(records, stored, batch.partition, remap);
    if (changes.length > 0) {
      await loadState(client);
      const fresh = changes.filter((change) => change.stored === null).length;
      const recordIds = await takeIds(client, `${schema}.source_record`, 'record_id', fresh);
      const numbered = changes.map((change) => ({
        ...change,
        recordId: change.stored?.recordId ?? (recordIds.next().value as number),
      }));
      const linked = await linkChanges(client, linking, source.sourceId, numbered, [], orderOf);
      const survive = await surviveFor(client, linked);
      blocksSkipped = linked.blocksSkipped;
      const passing = numbered.filter((change) => change.stored === null && change.final.deleted).length;
      const spare = await takeIds(client, `${schema}.entity`, 'entity_id', passing);
      const plan = planRecords(place, numbered, linked, () => spare.next().value as number);
      // Survivors are found while PostgreSQL takes the records; the connection keeps the statements in order.
      const sent = sendRecords(client, schema, plan);
      sent.catch(() => {});
      await writeEntities(client, schema, linked, survive, plan.emptyEntities, outbox);
      await sent;
      await base.projection?.apply(client, schema, numbered.map(storedRecord));
    }
    await writeRejects(client, schema, { ...source, topic: batch.topic, partition: batch.partition }, rejects);

    const result = { read: records.length + rejects.length, ...counts, rejected: rejects.length };
    assertBalanced(result);
    const messages = new Set([...records, ...rejects].map(({ offset }) => offset)).size;
    const first = Math.min(records[0]?.offset ?? Infinity, rejects[0]?.offset ?? Infinity);
    const span = { first: Number.isFinite(first) ? first : batch.nextOffset, messages, blocksSkipped };
    const batchId = await saveBatch(client, schema, batch, span, result, again);
    await saveIssues(client, schema, batchId, [...records, ...rejects]);
    if (again) await markReplayed(client, schema, batch);
    else await savePosition(client, schema, batch);
    return result;
  }

  /** Works the components of the entities out again, nothing having changed in their records. */
  async function relinkEntities(client: ClientBase, seeds: readonly number[]): Promise<void> {
    if (seeds.length === 0) return;
    const linked = await linkChanges(client, linking, 0, [], seeds, orderOf);
    const survive = await surviveFor(client, linked);
    const plan = planRecords({ schema, sourceId: 0, partition: 0 }, [], linked, () => 0);
    await sendRecords(client, schema, plan);
    await writeEntities(client, schema, linked, survive, [], outbox);
  }
  const relink = async (client: ClientBase, rows: readonly string[]): Promise<void> =>
    relinkEntities(client, await entitiesOfRows(client, schema, rows));

  /** Finds the survivors of entities anew, what stewards say about them having changed. */
  async function resurvive(client: ClientBase, entityIds: readonly number[]): Promise<void> {
    if (entityIds.length === 0) return;
    await loadState(client);
    const members = await readMembers(client, schema, entityIds, orderOf);
    await surviveAgain(client, schema, members, await surviveFor(client, { entities: [{ members }] }), outbox);
  }

  /** A transaction of the base in which its sources and its active model are known. */
  const informed = <T>(what: string, work: (client: PoolClient) => Promise<T>): Promise<T> =>
    transaction(`${what} in ${base.name}`, async (client) => {
      await loadState(client);
      return await work(client);
    });

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

    async position(topic, partition) {
      try {
        return await appliedPosition(pool, schema, topic, partition);
      } catch (error) {
        throw storeFailure(error, `reading the position of ${topic}/${partition} in ${base.name}`);
      }
    },

    decide: (decision) =>
      informed(`deciding about ${decision.left}`, (client) =>
        decideIn(client, base, decision, (rows) => relink(client, rows)),
      ),
    second: (decisionId, by) =>
      informed(`seconding decision ${decisionId}`, (client) =>
        secondIn(client, schema, decisionId, by, (rows) => relink(client, rows)),
      ),
    withdraw: (decisionId, by) =>
      informed(`withdrawing decision ${decisionId}`, (client) =>
        withdrawIn(client, schema, decisionId, by, (rows) => relink(client, rows)),
      ),

    override: (override) =>
      informed(`overriding ${override.attribute}`, (client) =>
        overrideIn(client, base, override, (ids) => resurvive(client, ids)),
      ),
    withdrawOverride: (overrideId, by) =>
      informed(`withdrawing override ${overrideId}`, (client) =>
        withdrawOverrideIn(client, base, overrideId, by, (ids) => resurvive(client, ids)),
      ),
    expireOverrides: (today) =>
      informed('ending overrides', (client) => expireIn(client, base, today, (ids) => resurvive(client, ids))),

    promote: (promotion) =>
      // Not informed: the active model may be the one that does not fit any more.
      transaction(`promoting ${promotion.version} in ${base.name}`, (client) =>
        promoteIn(client, requireMatching(base), promotion),
      ),
    decideAnew: () =>
      informed('deciding anew', async (client) => {
        const { entities, ...slice } = await decideSlice(client, requireMatching(linking), orderOf);
        await relinkEntities(client, entities);
        return slice;
      }),

    apply: (source, batch, options = {}) =>
      transaction(`storing ${batch.topic}/${batch.partition} before ${batch.nextOffset} in ${base.name}`, (client) =>
        applyIn(client, source, batch, options),
      ),
  };
}

const storedRecord = ({ recordId, final }: NumberedChange): StoredRecord => {
  const { deleted, attributes, observedAt } = final;
  return { recordId, deleted, attributes, observedAt };
};

/** Versions of the row that came and went before the one that is stored have had their turn. */
function isLatest(record: PreparedRecord, partition: number, stored: ReadonlyMap<string, StoredVersion>): boolean {
  const known = stored.get(record.key);
  return known === undefined || known.partition !== partition || record.offset >= known.offset;
}

function dropBefore<T extends { readonly offset: number }>(items: readonly T[], from: number): readonly T[] {
  return items.length === 0 || (items[0] as T).offset >= from ? items : items.filter((item) => item.offset >= from);
}

const distinctKeys = (records: readonly PreparedRecord[]): readonly string[] => [
  ...new Set(records.map((record) => record.key)),
];
