import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { type Logger, silentLogger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { EventLog, LogBatch, NewMessage, SubscribeOptions, TopicSpec } from './event-log.ts';
import { isCoordinatorBusy, isTopicMissing, kafkaError } from './kafka-errors.ts';
import { stillIdleConnections } from './kafka-idle.ts';
import { type KafkaMember, openKafkaMember } from './kafka-member.ts';
import { installProduceEncoder } from './kafka-produce.ts';
import { createKafkaWriter } from './kafka-writer.ts';

export type Consumer = kafkajs.Consumer;
export type EachBatchPayload = kafkajs.EachBatchPayload;
export type KafkaMessage = kafkajs.KafkaMessage;
export type Message = kafkajs.Message;
export type Producer = kafkajs.Producer;

/** Two seconds in all: the job layer does the long waiting. */
const RETRY = { retries: 5, initialRetryTime: 100, multiplier: 2, maxRetryTime: 1_000, factor: 0.2 };
/** Of 100 ms each: a broker that has just started loads its groups for seconds, and is not lost. */
const COORDINATOR_TRIES = 150;
/** Half a minute: a broker that restarts costs an append time, not a failed run. */
const PRODUCER_RETRY = { retries: 10, initialRetryTime: 100, multiplier: 2, maxRetryTime: 5_000, factor: 0.2 };
const DEFAULT_MAX_BATCH = 5_000;
/** How long an aborted loop waits for its member to leave the group; the rest happens behind it. */
const LEAVE_MS = 700;

export interface KafkaLogOptions {
  readonly brokers: readonly string[];
  readonly clientId?: string | undefined;
  readonly log?: Logger | undefined;
  readonly ssl?: kafkajs.KafkaConfig['ssl'];
  readonly sasl?: kafkajs.SASLOptions | undefined;
  /** After so long without a sign of life a reader's partitions go to another one. Default 15,000. */
  readonly sessionTimeoutMs?: number | undefined;
}

/**
 * The event log on Apache Kafka. An append that fails may have written some of its messages: append again.
 * New topics get three replicas (as many as there are brokers when fewer) and need two of three to be in sync.
 * @throws HUB_LOG_UNAVAILABLE when no broker answers, HUB_LOG_REFUSED when the login is wrong
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const log = (options.log ?? silentLogger).child({ part: 'kafka' });
  if (!installProduceEncoder()) log.info({}, 'another kafkajs than 2.2.4: appends use its own, slower encoder');
  stillIdleConnections();
  const client = (retry: kafkajs.RetryOptions = RETRY): kafkajs.Kafka =>
    new kafkajs.Kafka({
      clientId: options.clientId ?? 'hub',
      brokers: [...options.brokers],
      connectionTimeout: 3_000,
      requestTimeout: 30_000,
      // kafkajs has other defaults under NODE_ENV=test, so nothing is left to it
      retry: { restartOnFailure: async () => false, ...retry },
      logLevel: kafkajs.logLevel.INFO,
      logCreator: () => logTo(log),
      ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
      ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
    });

  const admin = client().admin();
  const patient = client(PRODUCER_RETRY);
  const writer = createKafkaWriter(
    () =>
      patient.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      }),
    log,
  );
  const partitionCounts = new Map<string, number>();
  const members = new Set<KafkaMember>();
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

  /** A topic made a moment ago may not have reached every broker; one that is absent for a second does not exist. */
  async function partitionsOf(topic: string): Promise<number> {
    const known = partitionCounts.get(topic);
    if (known !== undefined) return known;
    for (let attempt = 0; ; attempt++) {
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        const count = topics[0]?.partitions.length ?? 0;
        partitionCounts.set(topic, count);
        return count;
      } catch (error) {
        if (!isTopicMissing(error)) throw error;
        if (attempt === 5) throw new HubError('HUB_LOG_TOPIC_MISSING', `There is no topic ${topic}`, { topic });
        await sleep(200);
      }
    }
  }

  const ensureTopics = (specs: readonly TopicSpec[]): Promise<void> =>
    ask('Creating topics', async () => {
      const existing = new Set(await admin.listTopics());
      const missing = new Map(specs.filter(({ name }) => !existing.has(name)).map((spec) => [spec.name, spec]));
      if (missing.size === 0) return;
      const replicas = Math.min(3, (await admin.describeCluster()).brokers.length);
      const configEntries = replicas === 3 ? [{ name: 'min.insync.replicas', value: '2' }] : [];
      const topics = [...missing.values()].map(({ name, partitions }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: replicas,
        configEntries,
      }));
      await admin.createTopics({ topics, waitForLeaders: true, timeout: 10_000 });
    });

  const append = (topic: string, messages: readonly NewMessage[], signal?: AbortSignal): Promise<void> => {
    const work = async (): Promise<void> => {
      signal?.throwIfAborted();
      if (messages.length > 0) await writer.append(topic, await partitionsOf(topic), messages, signal);
    };
    return ask(`Appending to ${topic}`, work, signal);
  };

  const join = (topics: readonly string[], group: string, how: SubscribeOptions): Promise<KafkaMember> =>
    ask(`Subscribing to ${topics.join(', ')} as ${group}`, async () => {
      await Promise.all(topics.map(partitionsOf));
      let tries = 0;
      // kafkajs gives up a join at the first such answer; it begins again only when asked to
      const restartOnFailure = async (error: Error): Promise<boolean> =>
        isCoordinatorBusy(error) && ++tries <= COORDINATOR_TRIES;
      const consumer = client({ ...RETRY, restartOnFailure }).consumer({
        groupId: group,
        allowAutoTopicCreation: false,
        sessionTimeout: options.sessionTimeoutMs ?? 15_000,
        heartbeatInterval: 1_000,
        rebalanceTimeout: 60_000,
        // leaving waits for the fetch under way
        maxWaitTimeInMs: 250,
      });
      const maxBatch = Math.max(1, how.maxBatch ?? DEFAULT_MAX_BATCH);
      return openKafkaMember({ consumer, topics, group, maxBatch, position: how.position, log });
    });

  async function* subscribe(topics: readonly string[], group: string, how: SubscribeOptions): AsyncGenerator<LogBatch> {
    if (how.signal.aborted) return;
    const member = await join(topics, group, how);
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

  const lag = (topic: string, group: string): Promise<number> =>
    ask(`Measuring the lag of ${group} on ${topic}`, async () => {
      await partitionsOf(topic);
      const [stored] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const committed = new Map(stored?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      let total = 0;
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        // -1: nothing committed; below `low`: what lay there has been deleted
        const next = Math.max(committed.get(partition) ?? -1, Number(low));
        total += Math.max(0, Number(high) - next);
      }
      return total;
    });

  const end = (topic: string): Promise<number> =>
    ask(`Looking for the end of ${topic}`, async () => {
      await partitionsOf(topic);
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.reduce((sum, { high }) => sum + Number(high), 0);
    });

  async function dispose(): Promise<void> {
    closed = true;
    await Promise.all([...members].map((member) => member.close()));
    await writer.close();
    await admin.disconnect();
  }

  try {
    await admin.connect();
  } catch (error) {
    await admin.disconnect();
    throw kafkaError(error, `Connecting to ${options.brokers.join(', ')}`);
  }
  return { ensureTopics, append, subscribe, lag, end, [Symbol.asyncDispose]: dispose };
}

/** kafkajs calls an error what it then mends itself; what it cannot mend is thrown as a HubError. */
function logTo(log: Logger): (entry: kafkajs.LogEntry) => void {
  return ({ level, namespace, log: { message, logger: _logger, timestamp: _timestamp, ...fields } }) => {
    const text = `${namespace}: ${message}`;
    if (level === kafkajs.logLevel.ERROR) log.warn(fields, text);
    else log.debug(fields, text);
  };
}
