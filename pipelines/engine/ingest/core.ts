import type { ClientBase, Pool, PoolClient } from 'pg';
import { inTransaction, type TransactionOptions } from '../../../schemas/store/transaction.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import type { Member } from '../entity/member.ts';
import { NO_OVERRIDES, readOverrides } from '../entity/overrule.ts';
import { type OrderOf, readMembers } from '../entity/read-members.ts';
import { createSurvivorship, type Survive } from '../entity/survive.ts';
import { withActiveModel } from '../match/model.ts';
import { type Linked, linkChanges } from './link.ts';
import { planRecords, STAGE_TABLES, sendRecords, surviveAgain, writeEntities, writeRedirects } from './write.ts';

/** The base inside one transaction: its sources, its active link model, and whether stewards override anything. */
export interface KnownBase {
  /** The base under its active link model. */
  readonly linking: BaseDefinition;
  readonly orderOf: OrderOf;
  /** Somebody reads what changes: it goes to the outbox. */
  readonly isPublished: boolean;
  /** Survivorship that knows what stewards say about these members. */
  survivorship(members: readonly Member[]): Promise<Survive>;
  /** Works the components of the entities out again, nothing having changed in their records. null: there are none. */
  relink(entityIds: readonly number[]): Promise<Linked | null>;
  /** Finds the survivors of the entities anew, what stewards say about them having changed. */
  surviveAnew(entityIds: readonly number[]): Promise<void>;
}

/**
 * When the caller may answer. flushed: once the commit is on the disk, as everything that a person decides. soon: at once;
 * the server flushes it within a second, and a crash before loses it together with everything committed after it.
 */
type Commit = 'flushed' | 'soon';

/** What the contracts over one base share. One transaction of a base at a time, over all processes. */
export interface BaseCore {
  readonly base: BaseDefinition;
  readonly pool: Pool;
  /** @throws HUB_STORE_UNAVAILABLE when a second try may help */
  transaction<T>(commit: Commit, what: string, work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** To be asked once a transaction, before anything is linked in it. */
  know(client: ClientBase): Promise<KnownBase>;
  /** A transaction in which the base is known. */
  knowing<T>(commit: Commit, what: string, work: (client: PoolClient, known: KnownBase) => Promise<T>): Promise<T>;
}

interface State {
  readonly source_id: number;
  readonly authority: string;
  readonly name: string;
  readonly model: string | null;
  readonly overridden: boolean;
  readonly published: boolean;
}

export function openBaseCore(pool: Pool, base: BaseDefinition): BaseCore {
  const { schema } = base;
  const sources = new Map<number, { readonly authority: string; readonly name: string }>();
  let active: { readonly model: string | null; readonly linking: BaseDefinition } = { model: null, linking: base };
  const survivors = createSurvivorship(base, (sourceId) => sources.get(sourceId)?.authority ?? '');
  const orderOf: OrderOf = (sourceId, key) => `${sources.get(sourceId)?.name} ${key}`;
  const staged = new WeakSet<ClientBase>();

  // Plans must not turn to whole-table scans while statistics lag behind a first load; the price that this puts on a scan
  // must not make PostgreSQL compile the plan.
  const optionsFor = (commit: Commit): TransactionOptions => ({
    settings: { enable_seqscan: 'off', jit: 'off', synchronous_commit: commit === 'flushed' ? 'on' : 'off' },
    alone: `sanjiang.${schema}`,
  });

  const core: BaseCore = {
    ...{ base, pool },

    transaction: (commit, what, work) =>
      inTransaction(
        pool,
        what,
        async (client) => {
          if (!staged.has(client)) await client.query(STAGE_TABLES);
          const result = await work(client);
          staged.add(client);
          return result;
        },
        optionsFor(commit),
      ),

    async know(client) {
      const { rows } = await client.query<State>(
        `SELECT source_id, authority, system || '/' || stream AS name,
           (SELECT version FROM ${schema}.link_model WHERE state = 'active') AS model,
           EXISTS (SELECT 1 FROM ${schema}.override WHERE withdrawn_at IS NULL AND expired_at IS NULL) AS overridden,
           EXISTS (SELECT FROM ${schema}.publication) AS published
         FROM ${schema}.source`,
      );
      for (const { source_id, authority, name } of rows) sources.set(source_id, { authority, name });
      const isOverridden = rows[0]?.overridden ?? false;
      const isPublished = rows[0]?.published ?? false;
      const model = rows[0]?.model ?? null;
      if (model !== active.model)
        active = { model, linking: model === null ? base : await withActiveModel(client, base) };
      const { linking } = active;

      async function overruled(members: readonly Member[]): Promise<Survive> {
        const rows = members.map(({ order }) => order);
        const overrides = await readOverrides(client, schema, rows);
        return overrides === NO_OVERRIDES ? survivors : (own) => survivors(own, overrides);
      }
      const survivorship = async (members: readonly Member[]): Promise<Survive> =>
        isOverridden ? overruled(members) : survivors;
      return {
        ...{ linking, orderOf, isPublished, survivorship },
        async relink(entityIds) {
          if (entityIds.length === 0) return null;
          const linked = await linkChanges(client, linking, 0, [], entityIds, orderOf);
          const survive = await survivorship(linked.entities.flatMap(({ members }) => members));
          const plan = planRecords({ schema, sourceId: 0, partition: 0 }, [], linked, () => 0);
          await sendRecords(client, schema, plan);
          await writeEntities(client, schema, linked, survive, [], isPublished);
          await writeRedirects(client, schema, linked);
          return linked;
        },
        async surviveAnew(entityIds) {
          if (entityIds.length === 0) return;
          const members = await readMembers(client, schema, entityIds, orderOf);
          await surviveAgain(client, schema, members, await overruled(members), isPublished);
        },
      };
    },

    knowing: (commit, what, work) =>
      core.transaction(commit, `${what} in ${base.name}`, async (client) => work(client, await core.know(client))),
  };
  return core;
}
