import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../schemas/kernel/context.ts';
import { createBell } from './bell.ts';
import type { LogBatch, StoredMessage } from './event-log.ts';
import { setHeader } from './headers.ts';
import type { Consumer, EachBatchPayload, KafkaMessage } from './kafka.ts';
import { isLostPartition, kafkaError } from './kafka-errors.ts';

/** While the consumer works on a batch; kafkajs sends no more than one per `heartbeatInterval`. */
const HEARTBEAT_MS = 1_000;
const JOIN_MS = 3_000;
const CLOSE_MS = 5_000;

export interface KafkaMemberOptions {
  /** Fresh, not connected, from a client of its own: members of one client share offsets and disturb each other. */
  readonly consumer: Consumer;
  readonly topics: readonly string[];
  readonly group: string;
  readonly maxBatch: number;
  readonly position?: ((topic: string, partition: number) => Promise<number | null>) | undefined;
  readonly log: Logger;
}

export interface KafkaMember {
  /** The next batch; the previous one counts as dealt with. Null after end or close. @throws HUB_LOG_UNAVAILABLE */
  next(): Promise<LogBatch | null>;
  /** No further batches; the one in the consumer's hands can still be committed. */
  end(): void;
  /** Leaves the group without committing anything. Idempotent. */
  close(): Promise<void>;
}

interface Offer {
  readonly batch: LogBatch;
  readonly done: () => void;
}

const slotKey = (topic: string, partition: number): string => `${topic}/${partition}`;

/** Turns kafkajs's callbacks into batches that are asked for: the callback waits until its batch is dealt with. */
export async function openKafkaMember(options: KafkaMemberOptions): Promise<KafkaMember> {
  const { consumer, topics, group, maxBatch, log } = options;
  const what = `Reading ${topics.join(', ')} for group ${group}`;
  const arrived = createBell();
  let offered: Offer | null = null;
  let inHand: Offer | null = null;
  let failure: unknown = null;
  let ending = false;
  let closing = false;
  /** Raised by every join: a batch of an earlier one can no longer commit. */
  let epoch = 0;
  /** Where the reader itself says each assigned partition begins; null = wherever the group stands. */
  let starts = new Map<string, Promise<number | null>>();
  let committed = new Map<string, number>();

  const fail = (error: unknown): void => {
    if (closing) return;
    failure ??= kafkaError(error, what);
    arrived.ring();
  };

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    epoch++;
    starts = new Map();
    committed = new Map();
    for (const [topic, partitions] of Object.entries(payload.memberAssignment)) {
      for (const partition of partitions) {
        log.debug({ topic, partition, group }, 'partition assigned');
        starts.set(slotKey(topic, partition), startOf(topic, partition, epoch));
      }
    }
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) fail(payload.error);
  });

  async function startOf(topic: string, partition: number, mine: number): Promise<number | null> {
    try {
      const own = (await options.position?.(topic, partition)) ?? null;
      if (own === null || mine !== epoch || closing) return own;
      // Also when nothing is fetched: the group may stand at the end while the reader needs what lies before.
      consumer.seek({ topic, partition, offset: String(own) });
      await commit(topic, partition, mine, own);
      return own;
    } catch (error) {
      fail(error);
      return null;
    }
  }

  async function commit(topic: string, partition: number, mine: number, next: number): Promise<void> {
    const key = slotKey(topic, partition);
    // The broker would take a commit of a partition that this member no longer has: it only checks the member.
    if (closing || mine !== epoch || next <= (committed.get(key) ?? -1)) return;
    committed.set(key, next);
    try {
      await consumer.commitOffsets([{ topic, partition, offset: String(next) }]);
    } catch (error) {
      if (isLostPartition(error)) log.debug({ topic, partition, group }, 'commit came after the partition was lost');
      else throw kafkaError(error, `Committing ${key} for group ${group}`);
    }
  }

  function offer(batch: LogBatch): Promise<void> {
    return new Promise((resolve) => {
      offered = { batch, done: resolve };
      arrived.ring();
    });
  }

  async function eachBatch({ batch, heartbeat, isRunning, isStale, resolveOffset }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const mine = epoch;
    const start = (await starts.get(slotKey(topic, partition))) ?? 0;
    // stale: the seek to the reader's own position has not been carried out yet
    if (ending || !isRunning() || isStale()) return;
    const messages: StoredMessage[] = [];
    for (const message of batch.messages) {
      const offset = Number(message.offset);
      if (offset >= start) messages.push(stored(offset, message));
    }
    let lost: unknown = null;
    const beat = setInterval(() => {
      heartbeat().catch((error: unknown) => {
        lost ??= error;
      });
    }, HEARTBEAT_MS);
    try {
      for (let from = 0; from < messages.length; from += maxBatch) {
        if (ending || failure !== null) return;
        // after this batch the group rebalances; the rest is fetched again by whoever gets the partition
        if (lost !== null) throw lost;
        const part = messages.slice(from, from + maxBatch);
        const last = part.at(-1)!.offset;
        await offer({ topic, partition, messages: part, commit: () => commit(topic, partition, mine, last + 1) });
        resolveOffset(String(last));
      }
    } finally {
      clearInterval(beat);
    }
  }

  await consumer.connect();
  let running: Promise<void>;
  let joined = false;
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    running = consumer
      .run({ autoCommit: false, partitionsConsumedConcurrently: 1, eachBatch })
      .then(() => {
        joined = true;
      })
      .catch(fail);
  } catch (error) {
    await consumer.disconnect();
    throw error;
  }

  const settle = (): void => {
    inHand?.done();
    inHand = null;
  };
  const end = (): void => {
    ending = true;
    offered?.done();
    offered = null;
    arrived.ring();
  };
  const quit = (): Promise<void> =>
    consumer.disconnect().catch((error: unknown) => log.debug({ error, group }, 'leaving the group failed'));
  const within = (work: Promise<void>, ms: number): Promise<void> =>
    Promise.race([work, sleep(ms, undefined, { ref: false })]);

  async function shut(): Promise<void> {
    closing = true;
    end();
    settle();
    // kafkajs forgets a stop that comes while it joins, and would then read on for nobody
    await within(running, JOIN_MS);
    if (!joined) void running.then(quit);
    await within(quit(), CLOSE_MS);
  }
  let closed: Promise<void> | null = null;

  return {
    async next() {
      settle();
      for (;;) {
        if (ending) return null;
        if (failure !== null) throw failure;
        if (offered !== null) {
          inHand = offered;
          offered = null;
          return inHand.batch;
        }
        await arrived.wait();
      }
    },
    end,
    close() {
      closed ??= shut();
      return closed;
    },
  };
}

function stored(offset: number, { key, value, headers, timestamp }: KafkaMessage): StoredMessage {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    const header = headers[name];
    setHeader(texts, name, String(Array.isArray(header) ? header.at(-1) : (header ?? '')));
  }
  return { offset, timestamp: Number(timestamp), key, value, headers: texts };
}
