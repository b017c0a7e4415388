import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { EventLog, Kept, LogBatch, NewMessage, SubscribeOptions } from './event-log.ts';
import { idempotentProducer, type KafkaLogOptions, kafkaClient, RETRY, topicsOfMember } from './kafka-client.ts';
import { isCoordinatorBusy, isTopicMissing, kafkaError } from './kafka-errors.ts';
import { stillIdleConnections } from './kafka-idle.ts';
import { beginningIn, type KafkaMember, openKafkaMember } from './kafka-member.ts';
import { installProduceEncoder } from './kafka-produce.ts';
import { createKafkaTopics } from './kafka-topics.ts';
import { openWire } from './kafka-wire.ts';
import { createKafkaWriter } from './kafka-writer.ts';
import { requireKept } from './positions.ts';

/** Of 100 ms each: a broker that has just started loads its groups for seconds, and is not lost. */
const COORDINATOR_TRIES = 150;
const DEFAULT_MAX_BATCH = 5_000;
/** How long an aborted loop waits for its member to leave the group; the rest happens behind it. */
const LEAVE_MS = 700;
const WATCH_MS = 5_000;

/**
 * The event log on Apache Kafka. An append that fails may have written some of its messages: append again.
 * New topics get three replicas (as many as there are brokers when fewer) and need two of three to be in sync.
 * @throws HUB_LOG_UNAVAILABLE when no broker answers, HUB_LOG_REFUSED when the login is wrong
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const log = (options.log ?? silentLogger).child({ part: 'kafka' });
  if (!installProduceEncoder()) log.info({}, 'another kafkajs than 2.2.4: appends use its own, slower encoder');
  stillIdleConnections();
  const admin = kafkaClient(options, log).admin();
  const wire = openWire(kafkaClient(options, log));
  const writer = createKafkaWriter(() => idempotentProducer(options, log), log);
  const topics = createKafkaTopics(wire, admin, writer.renew);
  const members = new Set<KafkaMember>();
  const over = new AbortController();
  let closed = false;

  async function ask<T>(what: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (closed) throw new HubError('HUB_LOG_UNAVAILABLE', 'The event log has been closed');
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw kafkaError(error, what);
    }
  }

  const append = (topic: string, messages: readonly NewMessage[], signal?: AbortSignal): Promise<void> => {
    const work = async (): Promise<void> => {
      signal?.throwIfAborted();
      if (messages.length === 0) return;
      const { leaders } = await topics.get(topic);
      try {
        await writer.append(topic, leaders.length, messages, signal);
      } catch (error) {
        topics.forget(topic);
        if (isTopicMissing(error)) await topics.get(topic);
        throw error;
      }
    };
    return ask(`Appending to ${topic}`, work, signal);
  };

  const join = (names: readonly string[], group: string, how: SubscribeOptions): Promise<KafkaMember> =>
    ask(`Subscribing to ${names.join(', ')} as ${group}`, async () => {
      await Promise.all(names.map((name) => topics.get(name, true)));
      let tries = 0;
      // kafkajs gives up a join at the first such answer; it begins again only when asked to
      const restartOnFailure = async (error: Error): Promise<boolean> =>
        isCoordinatorBusy(error) && ++tries <= COORDINATOR_TRIES;
      const consumer = kafkaClient(options, log, { ...RETRY, restartOnFailure }).consumer({
        groupId: group,
        allowAutoTopicCreation: false,
        sessionTimeout: options.sessionTimeoutMs ?? 10_000,
        heartbeatInterval: 1_000,
        rebalanceTimeout: 60_000,
        // leaving waits for the fetch under way
        maxWaitTimeInMs: 250,
      });
      const maxBatch = Math.max(1, how.maxBatch ?? DEFAULT_MAX_BATCH);
      return openKafkaMember({ consumer, topics: names, group, maxBatch, position: how.position, wire, log });
    });

  async function* subscribe(names: readonly string[], group: string, how: SubscribeOptions): AsyncGenerator<LogBatch> {
    if (how.signal.aborted) return;
    const member = await join(names, group, how);
    members.add(member);
    how.signal.addEventListener('abort', member.end, { once: true });
    try {
      if (how.signal.aborted || closed) return;
      for (let batch = await member.next(); batch !== null; batch = await member.next()) yield batch;
    } finally {
      how.signal.removeEventListener('abort', member.end);
      const left = member.close().then(() => void members.delete(member));
      await Promise.race([left, sleep(LEAVE_MS, undefined, { ref: false })]);
    }
  }

  async function keptOf(topic: string): Promise<Kept> {
    const found = (await wire.extents([topic])).get(topic);
    if (found !== undefined) return found;
    // says why; a topic that has come meanwhile is asked again
    await topics.get(topic, true);
    throw new HubError('HUB_LOG_UNAVAILABLE', `the brokers do not agree on ${topic}`, { topic });
  }

  const lag = (topic: string, group: string): Promise<number> =>
    ask(`Measuring the lag of ${group} on ${topic}`, async () => {
      const { partitions } = await keptOf(topic);
      const committed = await wire.committed(group, topic, partitions.length);
      let total = 0;
      for (const [partition, { first, next }] of partitions.entries()) {
        const position = Math.max(committed[partition] ?? 0, first);
        requireKept({ topic, partition, group }, position, { first, next });
        total += next - position;
      }
      return total;
    });

  /** Watches what is read: kafkajs itself would go on at the beginning of another topic of the same name. */
  async function watch(): Promise<void> {
    const pause = options.watchMs ?? WATCH_MS;
    while (!over.signal.aborted) {
      await sleep(pause, undefined, { ref: false, signal: over.signal }).catch(() => {});
      const seen = [...members].map((member) => member.watch());
      if (seen.length === 0 || over.signal.aborted) continue;
      try {
        const kept = await wire.extents([...new Set(seen.flatMap((one) => one.topics))]);
        for (const { against } of seen) against(kept);
      } catch (error) {
        log.debug({ error }, 'topics not looked at; the members notice by themselves when no broker answers');
      }
    }
  }

  const readers = (topic: string): Promise<readonly string[]> =>
    ask(`Looking for readers of ${topic}`, async () => {
      const { leaders } = await topics.get(topic);
      const { groups } = await admin.listGroups();
      const ids = groups.map(({ groupId }) => groupId);
      if (ids.length === 0) return [];
      const reading = new Set<string>();
      for (const { groupId, members: joined } of (await admin.describeGroups(ids)).groups)
        if (joined.some(({ memberMetadata }) => topicsOfMember(memberMetadata).includes(topic))) reading.add(groupId);
      for (const id of ids) {
        if (reading.has(id)) continue;
        const committed = await wire.committed(id, topic, leaders.length);
        if (committed.some((offset) => offset !== null)) reading.add(id);
      }
      return [...reading].sort();
    });

  async function dispose(): Promise<void> {
    closed = true;
    over.abort();
    await Promise.all([...members].map((member) => member.close()));
    await writer.close();
    await Promise.all([admin.disconnect(), wire[Symbol.asyncDispose]()]);
  }

  try {
    await Promise.all([admin.connect(), wire.connect()]);
  } catch (error) {
    await Promise.all([admin.disconnect(), wire[Symbol.asyncDispose]()]);
    throw kafkaError(error, `Connecting to ${options.brokers.join(', ')}`);
  }
  void watch();
  return {
    ensureTopics: (specs) => ask('Creating topics', () => topics.ensure(specs)),
    append,
    subscribe,
    lag,
    end: (topic) =>
      ask(`Looking for the end of ${topic}`, async () =>
        (await keptOf(topic)).partitions.reduce((sum, { next }) => sum + next, 0),
      ),
    checkPosition: (topic, partition, position) =>
      ask(`Looking for a position in ${topic}`, async () => {
        const extent = (await keptOf(topic)).partitions[partition] ?? { first: 0, next: 0 };
        await beginningIn(wire, { topic, partition, group: 'the reader' }, position, extent);
      }),
    since: (topic) => ask(`Looking for the beginning of ${topic}`, () => wire.since(topic)),
    kept: (topic) => ask(`Looking at what ${topic} holds`, () => keptOf(topic)),
    keptOtherwise: (specs) => ask('Reading how topics are kept', () => topics.keptOtherwise(specs)),
    readers,
    tidy: async () => 0,
    [Symbol.asyncDispose]: dispose,
  };
}
