import type { Pool, QueryResult, QueryResultRow } from 'pg';
import { storeFailure } from './failure.ts';
import { openClientBeside } from './pool.ts';
import { beginning, connect } from './transaction.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * The database as it was at one moment, read by statements that may give more rows than memory holds. It keeps a connection
 * until it is disposed of; the patience of the pool ends a statement that takes too long, and a reader who asks for nothing more.
 */
export interface Snapshot extends AsyncDisposable {
  /** @throws HUB_STORE_UNAVAILABLE, HUB_STORE_SLOW, HUB_INTERNAL */
  rows<Row extends QueryResultRow>(statement: Statement): Promise<readonly Row[]>;
  /**
   * Rows in portions, none of them empty; while one is taken the next is on its way, and no more. One stream at a time.
   * @param rowsOfAPortion twice as many are in memory.
   */
  stream<Row extends QueryResultRow>(statement: Statement, rowsOfAPortion: number): AsyncGenerator<readonly Row[]>;
}

const BEGIN = `${beginning({
  snapshot: true,
  // Everything will be read: a plan for the first rows would be the slower one.
  settings: { cursor_tuple_fraction: '1' },
})}; SELECT pg_backend_pid() AS pid`;

/**
 * @param what is being read, for the failure.
 * @param signal ends the statement that is under way on the server; what waits for it rejects with the reason.
 * @throws HUB_STORE_UNAVAILABLE, HUB_STORE_BUSY
 */
export async function openSnapshot(pool: Pool, what: string, signal: AbortSignal): Promise<Snapshot> {
  const failure = (error: unknown): unknown => (signal.aborted ? signal.reason : storeFailure(error, what));
  const client = await connect(pool, what);
  const quiet = (): void => {};
  let pid = 0;
  let cancelled: Promise<unknown> = Promise.resolve();
  const cancel = (): void => {
    cancelled = cancelStatement(pool, pid).catch(quiet);
  };

  async function ask<Row extends QueryResultRow>({ text, values }: Statement): Promise<QueryResult<Row>> {
    signal.addEventListener('abort', cancel, { once: true });
    try {
      signal.throwIfAborted();
      return await client.query<Row>(text, [...values]);
    } catch (error) {
      throw failure(error);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  const snapshot: Snapshot = {
    rows: async <Row extends QueryResultRow>(statement: Statement) => (await ask<Row>(statement)).rows,
    async *stream<Row extends QueryResultRow>({ text, values }: Statement, rowsOfAPortion: number) {
      const fetch = (): Promise<QueryResult<Row>> => {
        const portion = ask<Row>({ text: `FETCH ${rowsOfAPortion} FROM portions`, values: [] });
        // Nobody hears of it when the reader has stopped before.
        portion.catch(quiet);
        return portion;
      };
      await ask({ text: `DECLARE portions NO SCROLL CURSOR FOR ${text}`, values });
      let next = fetch();
      for (;;) {
        const { rows } = await next;
        const isLast = rows.length < rowsOfAPortion;
        if (!isLast) next = fetch();
        if (rows.length > 0) yield rows;
        if (isLast) break;
      }
      await ask({ text: 'CLOSE portions', values: [] });
    },
    async [Symbol.asyncDispose]() {
      // It must not reach whoever has the connection next.
      await cancelled;
      const broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
      client.release(broken);
    },
  };
  try {
    // Several statements in one message answer with several results.
    const begun = (await client.query(BEGIN)) as unknown as readonly QueryResult<{ pid: number }>[];
    pid = begun.at(-1)?.rows[0]?.pid ?? 0;
    return snapshot;
  } catch (error) {
    await snapshot[Symbol.asyncDispose]();
    throw failure(error);
  }
}

/** On a connection of its own: those of the pool may all be held by readers who have gone. */
async function cancelStatement(pool: Pool, pid: number): Promise<void> {
  const client = openClientBeside(pool, 'sanjiang cancel');
  try {
    await client.connect();
    await client.query('SELECT pg_cancel_backend($1)', [pid]);
  } finally {
    await client.end();
  }
}
