import type { PoolClient } from 'pg';
import type { BaseCore, KnownBase } from '../ingest/core.ts';
import { entitiesOfRows } from '../match/decisions.ts';
import { type DecisionResult, decideIn, type NewDecision, secondIn, withdrawIn } from './decide-rows.ts';
import { type DecisionEffect, effectOf } from './effect.ts';
import { expireIn, type NewOverride, type OverrideResult, overrideIn, withdrawOverrideIn } from './override-rows.ts';
import { personNamed } from './person.ts';
import { reopenIn, type Settlement, settleIn } from './settle.ts';

/**
 * What people say about a base. What follows from it is worked out at once; the answer waits until it is on the disk.
 * `by` is who says it, a name that is taken at its word (`person.ts`). @throws HUB_REQUEST_INVALID for an empty one
 */
export interface Stewardship {
  /**
   * A person says that two rows are one subject, or are not. A confirmation that would join entities of more than two
   * sources waits for a second person. A pair that was decided before gets the new decision.
   * @throws HUB_REVIEW_TEARS when it tears somebody else apart and `tearApart` does not say that this was seen
   */
  decide(decision: NewDecision): Promise<DecisionResult>;
  /** What it would do; nothing is kept of it. A decision that is to wait for a second person is shown as if it stood. */
  foresee(decision: Pick<NewDecision, 'left' | 'right' | 'kind'>): Promise<DecisionEffect>;
  /** What taking it back would do. */
  foreseeWithdrawal(decisionId: number): Promise<DecisionEffect>;
  /** The second pair of eyes. @throws HUB_REVIEW_REFUSED when it is the first one again */
  second(decisionId: number, by: string, tearApart?: boolean): Promise<DecisionResult>;
  /** As if it had never been decided. */
  withdraw(decisionId: number, by: string): Promise<DecisionResult>;
  /** A steward says a value in the place of the sources until a day. @throws HUB_REQUEST_INVALID, HUB_CATALOG_NOT_FOUND */
  override(override: NewOverride): Promise<OverrideResult>;
  withdrawOverride(overrideId: number, by: string): Promise<void>;
  /** Overrides whose last day lies before today give way to the sources. @returns how many */
  expireOverrides(today: string): Promise<number>;
  /**
   * A person is done with a rejected message. It does not come into the base any more, whatever rebuild, replay and remap
   * make of it; what the source sends anew is another message. @throws HUB_QUARANTINE_REFUSED when it is not open
   */
  settle(quarantineId: number, settlement: Settlement): Promise<void>;
  /** A dismissal is taken back. @throws HUB_QUARANTINE_REFUSED when it is not dismissed */
  reopen(quarantineId: number, who: { readonly by: string; readonly reason: string }): Promise<void>;
}

/** For what is not kept. */
const NOBODY = { by: '', reason: '', tearApart: true, alone: true };

export function openStewardship(core: BaseCore): Stewardship {
  const { base } = core;
  const { schema } = base;
  const relinking =
    (client: PoolClient, known: KnownBase) =>
    async (rows: readonly string[]): Promise<DecisionEffect> =>
      effectOf(await known.relink(await entitiesOfRows(client, schema, rows)));
  /** Decides and undoes it, all in one transaction. */
  const foreseen = (
    what: string,
    decide: (client: PoolClient, known: KnownBase) => Promise<DecisionResult>,
  ): Promise<DecisionEffect> =>
    core.knowing('soon', what, async (client, known) => {
      await client.query('SAVEPOINT foreseen');
      const { effect } = await decide(client, known);
      await client.query('ROLLBACK TO SAVEPOINT foreseen');
      return effect;
    });

  return {
    async decide(decision) {
      const by = personNamed(decision.by);
      return core.knowing('flushed', `deciding about ${decision.left}`, (client, known) =>
        decideIn(client, base, { ...decision, by }, relinking(client, known)),
      );
    },
    foresee: (decision) =>
      foreseen(`foreseeing a decision about ${decision.left}`, (client, known) =>
        decideIn(client, base, { ...decision, ...NOBODY }, relinking(client, known)),
      ),
    foreseeWithdrawal: (decisionId) =>
      foreseen(`foreseeing the end of decision ${decisionId}`, (client, known) =>
        withdrawIn(client, schema, decisionId, NOBODY.by, relinking(client, known)),
      ),
    async second(decisionId, who, tearApart = false) {
      const by = personNamed(who);
      return core.knowing('flushed', `seconding decision ${decisionId}`, (client, known) =>
        secondIn(client, schema, decisionId, by, tearApart, relinking(client, known)),
      );
    },
    async withdraw(decisionId, who) {
      const by = personNamed(who);
      return core.knowing('flushed', `withdrawing decision ${decisionId}`, (client, known) =>
        withdrawIn(client, schema, decisionId, by, relinking(client, known)),
      );
    },

    async override(override) {
      const by = personNamed(override.by);
      return core.knowing('flushed', `overriding ${override.attribute}`, (client, known) =>
        overrideIn(client, base, { ...override, by }, known.surviveAnew),
      );
    },
    async withdrawOverride(overrideId, who) {
      const by = personNamed(who);
      return core.knowing('flushed', `withdrawing override ${overrideId}`, (client, known) =>
        withdrawOverrideIn(client, base, overrideId, by, known.surviveAnew),
      );
    },
    // Nobody decides this one: the day decides, and it will be found over again.
    expireOverrides: (today) =>
      core.knowing('soon', 'ending overrides', (client, known) => expireIn(client, base, today, known.surviveAnew)),

    async settle(id, settlement) {
      const by = personNamed(settlement.by);
      return core.transaction('flushed', `settling entry ${id} of the quarantine of ${base.name}`, (client) =>
        settleIn(client, schema, id, { ...settlement, by }),
      );
    },
    async reopen(id, who) {
      const by = personNamed(who.by);
      return core.transaction('flushed', `opening entry ${id} of the quarantine of ${base.name} again`, (client) =>
        reopenIn(client, schema, id, { ...who, by }),
      );
    },
  };
}
