import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../schemas/kernel/context.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import { createBell } from './bell.ts';
import type { AskPosition, Extent, Kept, LogBatch, Position, StoredMessage } from './event-log.ts';
import { setHeader } from './headers.ts';
import type { Consumer, EachBatchPayload, KafkaMessage } from './kafka-client.ts';
import { isLostPartition, kafkaError } from './kafka-errors.ts';
import type { Wire } from './kafka-wire.ts';
import { beginningAt, type Place, positionOf, requireKept, requireSame, topicRenewed } from './positions.ts';

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
  readonly position?: AskPosition | undefined;
  readonly wire: Wire;
  readonly log: Logger;
}

export interface KafkaMember {
  /** The next batch; the previous one counts as dealt with. Null after end or close. @throws HUB_LOG_UNAVAILABLE */
  next(): Promise<LogBatch | null>;
  /** What it stands on, to be held against what its topics hold a moment later. */
  watch(): { readonly topics: readonly string[]; against(kept: ReadonlyMap<string, Kept>): void };
  /** No further batches; the one in the consumer's hands can still be committed. */
  end(): void;
  /** Leaves the group without committing anything. Idempotent. */
  close(): Promise<void>;
}

interface Offer {
  readonly batch: LogBatch;
  readonly done: () => void;
}

/** One partition, from one join to the next. */
interface Slot {
  readonly place: Place;
  readonly started: Promise<void>;
  /** Empty until started. */
  life: string;
  /** The offset wanted next; null until started. */
  next: number | null;
}

const slotKey = (topic: string, partition: number): string => `${topic}/${partition}`;

/** Turns kafkajs's callbacks into batches that are asked for: the callback waits until its batch is dealt with. */
export async function openKafkaMember(options: KafkaMemberOptions): Promise<KafkaMember> {
  const { consumer, topics, group, maxBatch, wire, log } = options;
  const what = `Reading ${topics.join(', ')} for group ${group}`;
  const arrived = createBell();
  let offered: Offer | null = null;
  let inHand: Offer | null = null;
  let failure: unknown = null;
  let ending = false;
  let closing = false;
  /** Raised by every join: a batch of an earlier one can no longer commit. */
  let epoch = 0;
  let slots = new Map<string, Slot>();
  let committed = new Map<string, number>();

  const fail = (error: unknown): void => {
    if (closing) return;
    failure ??= kafkaError(error, what);
    arrived.ring();
  };

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    epoch++;
    slots = new Map();
    committed = new Map();
    if (closing) return;
    const assigned = Object.entries(payload.memberAssignment);
    const kept = wire.extents(assigned.map(([topic]) => topic));
    kept.catch(() => {}); // told by each partition; there may be none
    for (const [topic, partitions] of assigned) {
      // kafkajs would begin anew by itself where the group stands outside of the log, and forget where it stood
      consumer.pause([{ topic, partitions }]);
      for (const partition of partitions) {
        log.debug({ topic, partition, group }, 'partition assigned');
        const mine = epoch;
        const slot: Slot = {
          place: { topic, partition, group },
          ...{ life: '', next: null },
          started: Promise.resolve().then(() => start(slot, mine, kept).catch(fail)),
        };
        slots.set(slotKey(topic, partition), slot);
      }
    }
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) fail(payload.error);
  });

  /** @throws HUB_LOG_TRIMMED, HUB_LOG_BEHIND_BASE, HUB_LOG_TOPIC_RENEWED, and what `position` throws */
  async function start(slot: Slot, mine: number, kept: Promise<ReadonlyMap<string, Kept>>): Promise<void> {
    const { topic, partition } = slot.place;
    const found = (await kept).get(topic);
    const extent = found?.partitions[partition];
    if (found === undefined || extent === undefined) throw topicRenewed(topic);
    slot.life = found.life;
    const own = positionOf(await options.position?.(topic, partition, found.life));
    if (own === null) {
      const stored = (await wire.committed(group, topic, found.partitions.length))[partition] ?? null;
      slot.next = stored === null ? extent.first : beginningAt(slot.place, stored, extent);
      if (mine === epoch && !closing) consumer.resume([{ topic, partitions: [partition] }]);
      return;
    }
    let next: number;
    try {
      next = await beginningIn(wire, slot.place, own, extent);
    } catch (error) {
      // nothing of this log is known to have been taken: let lag say so
      if (isHubError(error) && error.code === 'HUB_LOG_BEHIND_BASE') await commit(topic, partition, mine, extent.first);
      throw error;
    }
    if (mine !== epoch || closing) return;
    // Also when nothing is fetched: the group may stand at the end while the reader needs what lies before.
    consumer.seek({ topic, partition, offset: String(next) });
    slot.next = next;
    consumer.resume([{ topic, partitions: [partition] }]);
    await commit(topic, partition, mine, next);
  }

  /** Offsets that are missing may have been compacted away, or taken away, or the log is another one. */
  async function explainGap({ place, life }: Slot, wanted: number): Promise<void> {
    const found = (await wire.extents([place.topic])).get(place.topic);
    if (found === undefined || found.life !== life) throw topicRenewed(place.topic);
    try {
      requireKept(place, wanted, found.partitions[place.partition] ?? { first: 0, next: 0 });
    } catch (error) {
      // kafkajs has put the group to the beginning: it stands where it stood, until somebody decides
      const { topic, partition } = place;
      await consumer.commitOffsets([{ topic, partition, offset: String(wanted) }]);
      throw error;
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
    const slot = slots.get(slotKey(topic, partition));
    if (slot === undefined) return;
    await slot.started;
    // stale: the seek to the reader's own position has not been carried out yet
    if (ending || failure !== null || slot.next === null || !isRunning() || isStale()) return;
    if (Number(batch.firstOffset()) !== slot.next) {
      await explainGap(slot, slot.next).catch(fail);
      if (failure !== null) return;
    }
    const messages: StoredMessage[] = [];
    for (const message of batch.messages) {
      const offset = Number(message.offset);
      if (offset >= slot.next) messages.push(stored(offset, message));
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
        slot.next = last + 1;
        await offer({
          ...{ topic, partition, life: slot.life, messages: part },
          commit: () => commit(topic, partition, mine, last + 1),
        });
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
    watch() {
      const seen = [...slots.values()].map((slot) => ({ ...slot }));
      const against = (kept: ReadonlyMap<string, Kept>): void => {
        try {
          for (const { place, life, next } of seen) {
            if (next === null) continue;
            const found = kept.get(place.topic);
            const extent = found?.partitions[place.partition];
            if (found?.life !== life || extent === undefined) throw topicRenewed(place.topic);
            requireKept(place, next, extent);
          }
        } catch (error) {
          fail(error);
        }
      };
      return { topics, against };
    },
    end,
    close() {
      closed ??= shut();
      return closed;
    },
  };
}

/** The offset with which a reader begins. @throws HUB_LOG_TRIMMED, HUB_LOG_BEHIND_BASE */
export async function beginningIn(wire: Wire, place: Place, own: Position, extent: Extent): Promise<number> {
  const next = beginningAt(place, own.next, extent);
  if (own.seenUntil === null || next === extent.first) return next;
  const later = await wire.offsetAt(place.topic, place.partition, own.seenUntil + 1);
  if (later !== null && later.offset < next) requireSame(place, own, later.at);
  return next;
}

function stored(offset: number, { key, value, headers, timestamp }: KafkaMessage): StoredMessage {
  const texts: Record<string, string> = {};
  for (const name in headers) {
    const header = headers[name];
    setHeader(texts, name, String(Array.isArray(header) ? header.at(-1) : (header ?? '')));
  }
  return { offset, timestamp: Number(timestamp), key, value, headers: texts };
}
