import type { PoolClient } from 'pg';
import type { BaseDefinition } from '../../pipeline.ts';
import type { OrderOf } from '../entity/read-members.ts';
import { personNamed } from '../steward/person.ts';
import { requireMatching } from './model.ts';
import { type DecidedSlice, decideSlice, type Promotion, promoteIn } from './promote.ts';

/** The weights by which a base links records that share no identifier. Answers wait until they are on the disk: nobody repeats them. */
export interface LinkModels {
  /** Makes a link model the active one; what was decided before follows by `decideAnew`. */
  promote(promotion: Promotion): Promise<void>;
  /** The next slice of a promotion, a transaction of its own; nothing when all is done. */
  decideAnew(): Promise<DecidedSlice>;
}

/** Transactions of the base as promotion needs them: the core of the base gives them. */
export interface ModelledBase {
  readonly base: BaseDefinition;
  transaction<T>(commit: 'flushed', what: string, work: (client: PoolClient) => Promise<T>): Promise<T>;
  knowing<T>(
    commit: 'flushed',
    what: string,
    work: (
      client: PoolClient,
      known: {
        readonly linking: BaseDefinition;
        readonly orderOf: OrderOf;
        relink(entityIds: readonly number[]): Promise<unknown>;
      },
    ) => Promise<T>,
  ): Promise<T>;
}

export function openLinkModels(core: ModelledBase): LinkModels {
  const { base } = core;
  return {
    async promote(promotion) {
      const by = personNamed(promotion.by);
      // The base is not known here: the active model may be the one that does not fit any more.
      return core.transaction('flushed', `promoting ${promotion.version} in ${base.name}`, (client) =>
        promoteIn(client, requireMatching(base), { ...promotion, by }),
      );
    },
    decideAnew: () =>
      core.knowing('flushed', 'deciding anew', async (client, { linking, orderOf, relink }) => {
        const { entities, ...slice } = await decideSlice(client, requireMatching(linking), orderOf);
        await relink(entities);
        return slice;
      }),
  };
}
