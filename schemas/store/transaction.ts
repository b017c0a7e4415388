import type { ClientBase, Pool, PoolClient } from 'pg';
import { HubError } from '../kernel/errors.ts';
import { carriesCode, storeFailure } from './failure.ts';

export interface TransactionOptions {
  /** Settings of the server for this transaction alone, such as `enable_seqscan: 'off'`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Nothing is written, and what is read does not change meanwhile. */
  readonly snapshot?: boolean;
  /** Over all processes one transaction at a time has this name; the others wait for it. */
  readonly alone?: string;
}

/** The commit is on the disk when it has returned, whatever the server's default. */
export const FLUSHED: TransactionOptions = { settings: { synchronous_commit: 'on' } };

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What opens a transaction, in one message to the server. */
export function beginning({ settings = {}, snapshot = false, alone }: TransactionOptions): string {
  return [
    snapshot ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN',
    ...Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = ${literal(value)}`),
    ...(alone === undefined ? [] : [`SELECT pg_advisory_xact_lock(hashtextextended(${literal(alone)}, 0))`]),
  ].join('; ');
}

/** @throws HUB_STORE_BUSY when all connections of the pool are taken for too long, HUB_STORE_UNAVAILABLE */
export async function connect(pool: Pool, what: string): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    const taken = pool.totalCount >= (pool.options.max ?? 0) && pool.idleCount === 0;
    if (carriesCode(error) || !taken) throw storeFailure(error, what);
    throw new HubError(
      'HUB_STORE_BUSY',
      `${what}: all ${pool.totalCount} connections were taken`,
      {},
      { cause: error },
    );
  }
}

/**
 * Rolls back whatever goes wrong; a connection that failed is not used again.
 * @throws HUB_STORE_UNAVAILABLE, HUB_STORE_BUSY or HUB_STORE_SLOW when a second try may help; `what` says what was being done.
 */
export async function inTransaction<T>(
  pool: Pool,
  what: string,
  work: (client: PoolClient) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const client = await connect(pool, what);
  let failure: Error | undefined;
  try {
    return await transactionOn(client, work, options);
  } catch (error) {
    failure = error as Error;
    throw storeFailure(error, what);
  } finally {
    client.release(failure);
  }
}

/** The same on a connection of the caller's own, which throws what the server said. */
export async function transactionOn<Client extends ClientBase, T>(
  client: Client,
  work: (client: Client) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  try {
    await client.query(beginning(options));
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
