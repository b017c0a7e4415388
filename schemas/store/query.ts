import type { Pool, QueryResult, QueryResultRow } from 'pg';
import { storeFailure } from './failure.ts';
import { connect } from './transaction.ts';

/**
 * One statement on a connection of the pool.
 * @throws HUB_STORE_UNAVAILABLE, HUB_STORE_BUSY or HUB_STORE_SLOW when a second try may help; `what` says what was being done.
 */
export async function query<Row extends QueryResultRow>(
  pool: Pool,
  what: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<QueryResult<Row>> {
  const client = await connect(pool, what);
  let failure: Error | undefined;
  try {
    return await client.query<Row>(sql, [...values]);
  } catch (error) {
    failure = error as Error;
    throw storeFailure(error, what);
  } finally {
    client.release(failure);
  }
}
