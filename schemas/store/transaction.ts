import type { Pool, PoolClient } from 'pg';
import { storeFailure } from './failure.ts';

/** Opens a transaction whose commit is on the disk when it has returned, whatever the server's default. */
export const BEGIN_FLUSHED = 'BEGIN; SET LOCAL synchronous_commit = on';

/**
 * Rolls back whatever goes wrong; a connection that failed is not used again.
 * @param begin the statement that opens the transaction.
 * @throws HUB_STORE_UNAVAILABLE when a second try may help; `what` says what was being done.
 */
export async function inTransaction<T>(
  pool: Pool,
  what: string,
  work: (client: PoolClient) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw storeFailure(error, what);
  }
  let failure: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    failure = error as Error;
    await client.query('ROLLBACK').catch(() => {});
    throw storeFailure(error, what);
  } finally {
    client.release(failure);
  }
}
