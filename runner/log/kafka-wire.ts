import { Buffer } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { Extent } from './event-log.ts';
import type { Kafka } from './kafka-client.ts';
import { isPassing } from './kafka-errors.ts';

/*
 * What kafkajs 2.2.4 does not ask a broker: the id of a topic, which only the Metadata requests of today carry, and what
 * one named broker knows. Its admin client also mixes up topics: one that was deleted makes every later question fail.
 * Connections, TLS, login and framing stay with kafkajs; the questions are our own.
 */

/** A topic as one broker shows it. */
export interface ShownTopic {
  /** The id that Kafka gave it when it was made. */
  readonly life: string;
  /** The node that leads each partition, by partition; below 0 while there is none. */
  readonly leaders: readonly number[];
}

interface Listed {
  readonly offset: number;
  /** Of the message there, milliseconds since 1970; -1 where the question has none. */
  readonly at: number;
}

export interface Wire extends AsyncDisposable {
  connect(): Promise<void>;
  /** Nodes that the cluster has just now. */
  brokers(): Promise<readonly number[]>;
  /** What a broker (that one, or any that answers) knows of the topics. Those that it does not have are absent. */
  describe(topics: readonly string[], broker?: number): Promise<ReadonlyMap<string, ShownTopic>>;
  /** First offset kept and next to come, of each partition of those topics that exist. Each leader is asked. */
  extents(topics: readonly string[]): Promise<ReadonlyMap<string, { life: string; partitions: readonly Extent[] }>>;
  /** The first message that is not older than `time`, where there is one. */
  offsetAt(topic: string, partition: number, time: number): Promise<Listed | null>;
  /** When the first message kept was appended, milliseconds since 1970; null without messages. */
  since(topic: string): Promise<number | null>;
  /** What a group has committed, by partition; null where it has not. */
  committed(group: string, topic: string, partitions: number): Promise<readonly (number | null)[]>;
}

interface Request {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  };
  readonly response: { decode(payload: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> };
}

interface ListedOffsets {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly offset: string;
      readonly timestamp?: string;
    }[];
  }[];
}

interface Broker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: { send(request: Request): Promise<unknown> };
  listOffsets(asked: {
    replicaId: number;
    isolationLevel: number;
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[];
  }): Promise<ListedOffsets>;
  offsetFetch(asked: {
    groupId: string;
    topics: { topic: string; partitions: { partition: number }[] }[];
  }): Promise<ListedOffsets>;
}

interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  getNodeIds(): readonly string[];
  findBroker(of: { nodeId: number | string }): Promise<Broker>;
  findGroupCoordinator(of: { groupId: string }): Promise<Broker>;
}

const METADATA = 3;
/** The first with ids of topics that may still be asked for by name alone: Kafka 3.1 and later. */
const METADATA_VERSION = 12;
const EARLIEST = -2;
const LATEST = -1;
const TRIES = 6;
const FIRST_WAIT_MS = 50;

export function openWire(kafka: Kafka): Wire {
  const cluster = clusterOf(kafka);

  /** Tries again what passes by itself: leaders move, connections end. Under two seconds in all. */
  async function insist<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (attempt >= TRIES || !isPassing(error)) throw error;
        await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
        // the next try finds the brokers of now
        await cluster.refreshMetadata().catch(() => {});
      }
    }
  }

  async function ask(broker: Broker, topics: readonly string[]): Promise<ReadonlyMap<string, ShownTopic>> {
    if ((broker.versions?.[METADATA]?.maxVersion ?? 0) < METADATA_VERSION)
      throw new HubError('HUB_CONFIG_INVALID', 'the brokers are older than Kafka 3.1 and tell no topic ids', {
        allowed: 'Apache Kafka 3.1 or later; 4.x is what is tested',
      });
    return (await broker.connectionPool.send(metadataRequest(topics))) as ReadonlyMap<string, ShownTopic>;
  }

  async function anyBroker(topics: readonly string[]): Promise<ReadonlyMap<string, ShownTopic>> {
    let failure: unknown = new HubError('HUB_LOG_UNAVAILABLE', 'no broker answers');
    for (const nodeId of cluster.getNodeIds()) {
      try {
        return await ask(await cluster.findBroker({ nodeId }), topics);
      } catch (error) {
        failure = error;
        if (!isPassing(error)) throw error;
      }
    }
    throw failure;
  }

  async function listed(
    asked: ReadonlyMap<string, ShownTopic>,
    timestamp: number,
  ): Promise<Map<string, Map<number, Listed>>> {
    const byLeader = new Map<number, Map<string, { partition: number; timestamp: number }[]>>();
    for (const [topic, { leaders }] of asked)
      for (const [partition, leader] of leaders.entries()) {
        const topics = byLeader.get(leader) ?? new Map<string, { partition: number; timestamp: number }[]>();
        byLeader.set(leader, topics);
        topics.set(topic, [...(topics.get(topic) ?? []), { partition, timestamp }]);
      }
    const found = new Map([...asked.keys()].map((topic) => [topic, new Map<number, Listed>()]));
    await Promise.all(
      [...byLeader].map(async ([nodeId, topics]) => {
        const broker = await cluster.findBroker({ nodeId });
        const { responses } = await broker.listOffsets({
          ...{ replicaId: -1, isolationLevel: 0 },
          topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
        });
        for (const { topic, partitions } of responses)
          for (const { partition, offset, timestamp: at = '-1' } of partitions)
            found.get(topic)?.set(partition, { offset: Number(offset), at: Number(at) });
      }),
    );
    return found;
  }

  return {
    async connect() {
      await cluster.connect();
      await cluster.refreshMetadata();
    },

    brokers: () =>
      insist(async () => {
        await cluster.refreshMetadata();
        return cluster.getNodeIds().map(Number);
      }),

    describe: (topics, nodeId) =>
      insist(async () =>
        nodeId === undefined ? anyBroker(topics) : ask(await cluster.findBroker({ nodeId }), topics),
      ),

    extents: (topics) =>
      insist(async () => {
        const shown = await anyBroker(topics);
        const [first, next] = await Promise.all([listed(shown, EARLIEST), listed(shown, LATEST)]);
        return new Map(
          [...shown].map(([topic, { life, leaders }]) => {
            const partitions = leaders.map((_, partition) => ({
              first: first.get(topic)?.get(partition)?.offset ?? 0,
              next: next.get(topic)?.get(partition)?.offset ?? 0,
            }));
            return [topic, { life, partitions }];
          }),
        );
      }),

    offsetAt: (topic, partition, time) =>
      insist(async () => {
        const found = (await listed(await anyBroker([topic]), time)).get(topic)?.get(partition);
        return found === undefined || found.offset < 0 ? null : found;
      }),

    since: (topic) =>
      insist(async () => {
        // the first message that is not older than 1970
        const found = [...((await listed(await anyBroker([topic]), 0)).get(topic)?.values() ?? [])];
        const times = found.filter(({ offset, at }) => offset >= 0 && at >= 0).map(({ at }) => at);
        return times.length === 0 ? null : Math.min(...times);
      }),

    committed: (groupId, topic, partitions) =>
      insist(async () => {
        const coordinator = await cluster.findGroupCoordinator({ groupId });
        const all = Array.from({ length: partitions }, (_, partition) => ({ partition }));
        const { responses } = await coordinator.offsetFetch({ groupId, topics: [{ topic, partitions: all }] });
        const found = new Map(responses[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
        return all.map(({ partition }) => {
          const offset = found.get(partition) ?? -1;
          return offset < 0 ? null : offset;
        });
      }),

    [Symbol.asyncDispose]: () => cluster.disconnect(),
  };
}

/** What kafkajs makes its own clients of. */
function clusterOf(kafka: Kafka): Cluster {
  const name = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (name === undefined) throw new HubError('HUB_INTERNAL', 'another kafkajs than 2.2.4: its cluster is not found');
  const inner = kafka as unknown as Readonly<Record<symbol, (of: object) => Cluster>>;
  return (inner[name] as (of: object) => Cluster)({ allowAutoTopicCreation: false, metadataMaxAge: 300_000 });
}

const UNKNOWN_TOPIC = 3;
const LEADER_NOT_AVAILABLE = 5;
const TOPIC_AUTHORIZATION_FAILED = 29;

function metadataRequest(topics: readonly string[]): Request {
  return {
    request: {
      ...{ apiKey: METADATA, apiVersion: METADATA_VERSION, apiName: 'Metadata' },
      async encode() {
        const names = topics.map((topic) => {
          const name = Buffer.from(topic);
          // no id: asked by name; length + 1, and an empty list of tagged fields behind
          return Buffer.concat([Buffer.alloc(16), varint(name.length + 1), name, Buffer.alloc(1)]);
        });
        // the header of a request of this kind ends with its tagged fields, which kafkajs does not write
        const buffer = Buffer.concat([Buffer.alloc(1), varint(names.length + 1), ...names, Buffer.alloc(3)]);
        return { buf: buffer, buffer };
      },
    },
    response: { decode: async (payload) => decodeMetadata(payload), parse: async (decoded) => decoded },
  };
}

/** @throws HUB_LOG_REFUSED */
function decodeMetadata(payload: Buffer): ReadonlyMap<string, ShownTopic> {
  const reader = new Reader(payload);
  reader.tags();
  reader.skip(4); // throttle
  reader.list(() => {
    reader.skip(4);
    reader.text();
    reader.skip(4);
    reader.text();
    reader.tags();
  });
  reader.text(); // cluster
  reader.skip(4); // controller
  const shown = new Map<string, ShownTopic>();
  reader.list(() => {
    const failure = reader.int16();
    const name = reader.text() ?? '';
    const life = reader.uuid();
    reader.skip(1); // internal
    const leaders: number[] = [];
    reader.list(() => {
      const partitionFailure = reader.int16();
      const partition = reader.int32();
      const leader = reader.int32();
      leaders[partition] = partitionFailure === LEADER_NOT_AVAILABLE ? -1 : leader;
      reader.skip(4); // epoch of the leader
      for (let i = 0; i < 3; i++) reader.list(() => reader.skip(4)); // replicas, in sync, offline
      reader.tags();
    });
    reader.skip(4); // what may be done with it
    reader.tags();
    if (failure === TOPIC_AUTHORIZATION_FAILED)
      throw new HubError('HUB_LOG_REFUSED', `the brokers refuse to describe ${name}`, { topic: name });
    if (failure !== UNKNOWN_TOPIC && leaders.length > 0) shown.set(name, { life, leaders });
  });
  return shown;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  uuid(): string {
    this.#at += 16;
    return this.#bytes.toString('hex', this.#at - 16, this.#at);
  }

  text(): string | null {
    const length = this.#varint() - 1;
    if (length < 0) return null;
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  list(each: () => void): void {
    for (let left = this.#varint() - 1; left > 0; left--) each();
  }

  tags(): void {
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint();
      this.skip(this.#varint());
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }
}
