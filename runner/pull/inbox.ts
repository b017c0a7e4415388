import type { Pool } from 'pg';
import type { Delivery, Inbox } from '../../connectors/inbox.ts';
import type { Logger } from '../../schemas/kernel/context.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import { openClientBeside } from '../../schemas/store/pool.ts';

interface NewDelivery {
  readonly system: string;
  readonly stream: string;
  readonly delivery: string;
  /** Of everything that was signed: what is signed is taken once. */
  readonly proof: Uint8Array;
  readonly body: Uint8Array;
  readonly rememberDays: number;
}

/**
 * new: durable now. known: taken before, by its id or by what is signed. other-body: its id was given to another body;
 * other-stream: it was signed for another stream. Those two are not taken.
 */
type Taken = 'new' | 'known' | 'other-body' | 'other-stream';

export interface HubInbox extends Inbox, AsyncDisposable {
  /** Resolves when it is durable. @throws HUB_STORE_UNAVAILABLE */
  append(delivery: NewDelivery): Promise<Taken>;
}

interface Waiting extends NewDelivery {
  resolve(taken: Taken): void;
  reject(error: unknown): void;
}

const MOST_AT_ONCE = 500;
const MOST_BYTES_AT_ONCE = 8 * 1024 * 1024;
/** Without a word from the database, readers look themselves. */
const LOOK_MS = 5_000;
/** Of bodies that the log has: a stream whose `source` is changed reads them again. */
const KEPT = '3 hours';
/** Deliveries forgotten by one clearing, at most. */
const FORGOTTEN_AT_ONCE = 20_000;
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
        const { rows } = await pool.query<{ outcome: Taken }>(
          `SELECT outcome
            FROM hub.inbox_take($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::integer[])`,
          [
            column((one) => one.system),
            column((one) => one.stream),
            column((one) => one.delivery),
            column((one) => one.proof),
            column((one) => one.body),
            column((one) => one.rememberDays),
          ],
        );
        for (const [index, one] of some.entries()) one.resolve((rows[index] as { outcome: Taken }).outcome);
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
      // Beside the pool: it waits all its life, and others work with the connections of the pool.
      const client = openClientBeside(pool, 'sanjiang inbox');
      const lost = new Promise<void>((resolve) => {
        client.once('end', resolve);
        closed.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      try {
        client.on('notification', ring);
        await client.connect();
        await client.query('LISTEN hub_inbox');
        // What came before anybody listened was not heard.
        ring();
        await lost;
      } catch (error) {
        log.warn({ error }, 'news of deliveries cannot be heard; readers look every few seconds');
      } finally {
        await client.end().catch(() => {});
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
      const settled = `DELETE FROM hub.inbox
        WHERE system = $1 AND stream = $2 AND inbox_id <= $3 AND received_at < now() - interval '${KEPT}'`;
      const forgotten = `DELETE FROM hub.delivery WHERE proof IN (
        SELECT proof FROM hub.delivery WHERE forget_at < now() ORDER BY forget_at LIMIT ${FORGOTTEN_AT_ONCE})`;
      try {
        await pool.query(settled, [system, stream, upTo]);
        await pool.query(forgotten);
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

/** Up to the limits, and up to one that repeats another: whether it may be taken depends on what became of that one. */
function takeSome(waiting: Waiting[]): readonly Waiting[] {
  const seen = new Set<string>();
  let bytes = 0;
  let count = 0;
  while (count < waiting.length && count < MOST_AT_ONCE && (count === 0 || bytes < MOST_BYTES_AT_ONCE)) {
    const { system, stream, delivery, proof, body } = waiting[count] as Waiting;
    const names = [`${system}/${stream}/${delivery}`, Buffer.from(proof).toString('base64')];
    if (names.some((name) => seen.has(name))) break;
    for (const name of names) seen.add(name);
    bytes += body.length;
    count += 1;
  }
  return waiting.splice(0, count);
}
