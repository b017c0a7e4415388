import type { Pool } from 'pg';
import { FLUSHED, inTransaction } from './transaction.ts';

/**
 * Resolves when everything that was committed before is on the disk, and on a synchronous standby where there is one.
 * To be asked before something leaves the hub that rests on a commit for which nobody has waited.
 * @throws HUB_STORE_UNAVAILABLE when a second try may help; `what` says what was being done.
 */
export async function flush(pool: Pool, what: string): Promise<void> {
  await inTransaction(
    pool,
    what,
    async (client) => {
      // A commit that is waited for takes those before it to the disk, if it has written something: a message for nobody.
      await client.query(`SELECT pg_logical_emit_message(true, 'sanjiang', '')`);
    },
    FLUSHED,
  );
}
