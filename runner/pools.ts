import type { Pool } from 'pg';
import type { Logger } from '../schemas/kernel/context.ts';
import { openPool, PATIENCE } from '../schemas/store/pool.ts';

/**
 * short: runs, inbox, registry, log. Nothing that holds one of its connections waits for another one of any pool.
 * work: batches, rules, reports, publishing; holding one may mean waiting for one of `short`.
 * catalog: what people and programs ask. It can starve nobody, and nobody starves it.
 */
type Purpose = 'short' | 'work' | 'catalog';

/** Of the connections of one process to one database; four are enough for each purpose to go on. */
export function shareOf(max: number): Readonly<Record<Purpose, number>> {
  const quarter = Math.floor(max / 4);
  return { short: quarter, catalog: quarter, work: max - 2 * quarter };
}

export interface Pools extends AsyncDisposable {
  /** The same pool for the same database and purpose; connections are opened when they are needed. */
  pool(url: string, purpose: Purpose): Pool;
}

export function openPools(max: number, log: Logger): Pools {
  const pools = new Map<string, Pool>();
  return {
    pool(url, purpose) {
      const name = `${purpose} ${url}`;
      let pool = pools.get(name);
      if (pool === undefined) {
        const patience = PATIENCE[purpose];
        pool = openPool({ url, name: `sanjiang ${purpose}`, max: shareOf(max)[purpose], patience, log });
        pools.set(name, pool);
      }
      return pool;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}
