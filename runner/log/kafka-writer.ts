import { Buffer } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { NewMessage } from './event-log.ts';
import type { Message, Producer } from './kafka-client.ts';
import { isTopicMissing } from './kafka-errors.ts';
import { messageBytes, refuseOversize } from './limits.ts';
import { createPartitioner } from './partitioner.ts';
import { topicRenewed } from './positions.ts';

/** One record batch of a partition; below the broker's default `message.max.bytes` of 1,048,588. */
const PARTITION_BYTES = 1_000_000;
const REQUEST_BYTES = 4_000_000;
/** kafkajs groups messages by partition in time that grows with the square of this. */
const REQUEST_MESSAGES = 2_000;
/** For appends under way at the end; after that they fail. */
const CLOSE_MS = 3_000;

export interface KafkaWriter {
  /** One append after the other. Resolves when all in-sync replicas have all of it. */
  append(topic: string, partitions: number, messages: readonly NewMessage[], signal?: AbortSignal): Promise<void>;
  /** A topic is gone: kafkajs would ask for it for half a minute at each append, to whichever topic that goes. */
  renew(): void;
  /** Appends still under way after three seconds fail. */
  close(): Promise<void>;
}

/**
 * Writes through one idempotent producer at a time.
 *
 * After a send that failed for good nobody knows what the broker has. The producer is thrown away, because its next
 * batch would carry the same sequence numbers and the broker could take it for the lost one. For the same reason
 * appends never overlap, and the partition of every message is fixed here: kafkajs asks its partitioner again on
 * every attempt, which would move messages without a key.
 *
 * @param create gives a producer that is idempotent and not yet connected
 */
export function createKafkaWriter(create: () => Producer, log: Logger): KafkaWriter {
  const partitionOf = createPartitioner();
  let current: Producer | null = null;
  let closed = false;
  let queue: Promise<unknown> = Promise.resolve();

  async function producer(): Promise<Producer> {
    if (current !== null) return current;
    const fresh = create();
    try {
      // a producer that failed to connect would still send, only no longer idempotently
      await fresh.connect();
    } catch (error) {
      discard(fresh);
      throw error;
    }
    current = fresh;
    return fresh;
  }

  function discard(broken: Producer): void {
    broken.disconnect().catch((error: unknown) => log.debug({ error }, 'closing a broken producer failed'));
  }

  async function sendOne(topic: string, messages: readonly Message[]): Promise<void> {
    const sender = await producer();
    try {
      const written = await sender.send({ topic, acks: -1, messages: [...messages] });
      // kafkajs passes over messages for partitions that the topic does not have
      if (written.length < new Set(messages.map(({ partition }) => partition)).size) throw topicRenewed(topic);
    } catch (error) {
      current = null;
      discard(sender);
      throw error;
    }
  }

  async function send(topic: string, requests: readonly Message[][], signal: AbortSignal | undefined): Promise<void> {
    for (const [index, messages] of requests.entries()) {
      signal?.throwIfAborted();
      if (closed) throw new HubError('HUB_LOG_UNAVAILABLE', `The event log was closed during an append to ${topic}`);
      try {
        await sendOne(topic, messages);
      } catch (error) {
        if (index > 0 || !isTopicMissing(error)) throw error;
        // kafkajs asks for every topic that a producer has ever written to: another one may be gone. Nothing was written.
        await sendOne(topic, messages);
      }
    }
  }

  return {
    append(topic, partitions, messages, signal) {
      const requests = cut(topic, messages, (key) => partitionOf(key, partitions));
      const turn = queue.then(() => send(topic, requests, signal));
      queue = turn.catch(() => {});
      return turn;
    },
    renew() {
      queue = queue.then(() => {
        if (current !== null) discard(current);
        current = null;
      });
    },
    async close() {
      closed = true;
      await Promise.race([queue, sleep(CLOSE_MS, undefined, { ref: false })]);
      await current?.disconnect();
      current = null;
    },
  };
}

/** @throws HUB_LOG_MESSAGE_TOO_LARGE before anything is sent */
function cut(
  topic: string,
  messages: readonly NewMessage[],
  partitionOf: (key: Uint8Array | null) => number,
): Message[][] {
  const requests: Message[][] = [];
  let request: Message[] = [];
  let total = 0;
  let perPartition: number[] = [];
  messages.forEach((message, index) => {
    const bytes = messageBytes(message);
    refuseOversize(topic, index, bytes);
    const partition = partitionOf(message.key);
    const full =
      request.length >= REQUEST_MESSAGES ||
      total + bytes > REQUEST_BYTES ||
      (perPartition[partition] ?? 0) + bytes > PARTITION_BYTES;
    if (full) {
      requests.push(request);
      request = [];
      total = 0;
      perPartition = [];
    }
    total += bytes;
    perPartition[partition] = (perPartition[partition] ?? 0) + bytes;
    const { headers } = message;
    const wire = { key: bufferOf(message.key), value: bufferOf(message.value), partition };
    request.push(headers === undefined ? wire : { ...wire, headers: { ...headers } });
  });
  requests.push(request);
  return requests;
}

function bufferOf(bytes: Uint8Array | null): Buffer | null {
  if (bytes === null || Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
