import type { Pool } from 'pg';
import type { Delivery, Inbox } from '../../connectors/inbox.ts';
import type { Logger } from '../../schemas/kernel/context.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import { storeFailure } from '../../schemas/store/failure.ts';

export interface NewDelivery {
  readonly system: string;
  readonly stream: string;
  readonly delivery: string;
  readonly body: Uint8Array;
}

export interface HubInbox extends Inbox, AsyncDisposable {
  /** Resolves when it is durable. false: it was there already. @throws HUB_STORE_UNAVAILABLE */
  append(delivery: NewDelivery): Promise<boolean>;
}

interface Waiting extends NewDelivery {
  resolve(isNew: boolean): void;
  reject(error: unknown): void;
}

const MOST_AT_ONCE = 500;
const MOST_BYTES_AT_ONCE = 8 * 1024 * 1024;
/** Without a word from the database, readers look themselves. */
const LOOK_MS = 5_000;
/** As long as a sender may repeat itself within the largest tolerance of its signature, and then some. */
const KEPT = '3 hours';
const SETTLE_EVERY_MS = 60_000;

/** Pushes of all systems in one table. Those that come while one write is under way are written together by the next. */
export function openInbox(pool: Pool, log: Logger): HubInbox {
  const waiting: Waiting[] = [];
  const settledAt = new Map<string, number>();
  const listeners = new Set<() => void>();
  const closed = new AbortController();
  let writing: Promise<void> | null = null;
  let listening: Promise<void> | null = null;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const some = takeSome(waiting);
      const column = (of: (one: Waiting) => unknown): unknown[] => some.map(of);
      try {
        const { rows } = await pool.query<{ key: string }>(
          'SELECT k AS key FROM hub.inbox_append($1::text[], $2::text[], $3::text[], $4::bytea[]) AS k',
          [
            column((one) => one.system),
            column((one) => one.stream),
            column((one) => one.delivery),
            column((one) => one.body),
          ],
        );
        const fresh = new Set(rows.map(({ key }) => key));
        // The same delivery twice in one write: the first of the two is the new one.
        for (const one of some) one.resolve(fresh.delete(`${one.system}/${one.stream}/${one.delivery}`));
        ring();
      } catch (error) {
        const failure = storeFailure(error, 'taking a delivery');
        for (const one of some) one.reject(failure);
      }
    }
    // Not in a `finally` of the caller: who is woken by the last write may append before it runs.
    writing = null;
  }

  const ring = (): void => {
    for (const wake of listeners) wake();
  };

  /** Hears of deliveries that other processes took. */
  async function listen(): Promise<void> {
    while (!closed.signal.aborted) {
      try {
        const client = await pool.connect();
        let broken: Error | undefined;
        const lost = new Promise<void>((resolve) => {
          client.once('error', (error) => {
            broken = error;
            resolve();
          });
          closed.signal.addEventListener('abort', () => resolve(), { once: true });
        });
        try {
          client.on('notification', ring);
          await client.query('LISTEN hub_inbox');
          // What came before anybody listened was not heard.
          ring();
          await lost;
          if (broken === undefined) await client.query('UNLISTEN hub_inbox');
        } finally {
          client.removeListener('notification', ring);
          client.release(broken);
        }
      } catch (error) {
        log.warn({ error }, 'news of deliveries cannot be heard; readers look every few seconds');
      }
      await pause(LOOK_MS, closed.signal);
    }
  }

  async function read(system: string, stream: string, after: number, limit: number): Promise<readonly Delivery[]> {
    const sql = `SELECT inbox_id, delivery, received_at, body FROM hub.inbox
      WHERE system = $1 AND stream = $2 AND inbox_id > $3 ORDER BY inbox_id LIMIT $4`;
    try {
      const { rows } = await pool.query<InboxRow>(sql, [system, stream, after, limit]);
      return rows.map(toDelivery);
    } catch (error) {
      throw storeFailure(error, 'reading the inbox');
    }
  }

  return {
    append: (delivery) =>
      new Promise((resolve, reject) => {
        waiting.push({ ...delivery, resolve, reject });
        writing ??= write();
      }),

    read,

    async news(system, stream, after, signal) {
      listening ??= listen();
      const woken = new AbortController();
      const wake = (): void => woken.abort();
      listeners.add(wake);
      signal.addEventListener('abort', wake, { once: true });
      try {
        // What came between the last read and now rang before anybody listened.
        if (!signal.aborted && (await read(system, stream, after, 1)).length === 0) await pause(LOOK_MS, woken.signal);
      } finally {
        listeners.delete(wake);
        signal.removeEventListener('abort', wake);
      }
    },

    async settle(system, stream, upTo) {
      const key = `${system}/${stream}`;
      const now = performance.now();
      if (now - (settledAt.get(key) ?? Number.NEGATIVE_INFINITY) < SETTLE_EVERY_MS) return;
      settledAt.set(key, now);
      const sql = `DELETE FROM hub.inbox
        WHERE system = $1 AND stream = $2 AND inbox_id <= $3 AND received_at < now() - interval '${KEPT}'`;
      try {
        await pool.query(sql, [system, stream, upTo]);
      } catch (error) {
        throw storeFailure(error, 'clearing the inbox');
      }
    },

    async [Symbol.asyncDispose]() {
      closed.abort();
      ring();
      await Promise.all([writing, listening]);
    },
  };
}

interface InboxRow {
  readonly inbox_id: string;
  readonly delivery: string;
  readonly received_at: Date;
  readonly body: Buffer;
}

const toDelivery = (row: InboxRow): Delivery => ({
  id: Number(row.inbox_id),
  delivery: row.delivery,
  receivedAt: row.received_at,
  body: row.body,
});

function takeSome(waiting: Waiting[]): readonly Waiting[] {
  let bytes = 0;
  let count = 0;
  while (count < waiting.length && count < MOST_AT_ONCE && (count === 0 || bytes < MOST_BYTES_AT_ONCE)) {
    bytes += waiting[count]?.body.length ?? 0;
    count += 1;
  }
  return waiting.splice(0, count);
}
