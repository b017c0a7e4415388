/** A message on its way in. `key` chooses the partition: equal keys keep their order. */
export interface NewMessage {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Offsets are JavaScript numbers: 2^53 messages in a partition is out of reach. */
export interface StoredMessage extends NewMessage {
  readonly offset: number;
  /** Milliseconds since 1970, when appended. */
  readonly timestamp: number;
}

/** Messages of one partition, in order. */
export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly StoredMessage[];
  /** What is not committed is seen again. Commits this batch and all before it in the partition. Harmless when late. */
  commit(): Promise<void>;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
}

export interface SubscribeOptions {
  readonly signal: AbortSignal;
  /** At most this many messages in a batch. Default 5,000. */
  readonly maxBatch?: number | undefined;
  /**
   * Where to start in a partition that was just assigned; null = the group's committed offset, or the beginning.
   * The reader whose truth lives elsewhere (a base database) answers with its own position.
   */
  readonly position?: ((topic: string, partition: number) => Promise<number | null>) | undefined;
}

/**
 * The only port with two implementations of our own: tables in PostgreSQL, and Apache Kafka.
 * Both pass tests/contracts/event-log.contract.ts.
 */
export interface EventLog extends AsyncDisposable {
  /** Creates what is missing; existing topics keep their partitions. */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;
  /** Resolves when durable: every message is readable by a new subscriber, also after a crash. */
  append(topic: string, messages: readonly NewMessage[], signal?: AbortSignal): Promise<void>;
  /** Batches of all topics, shared with the other members of the group. Ends cleanly soon after the signal aborts. */
  subscribe(topics: readonly string[], group: string, options: SubscribeOptions): AsyncIterable<LogBatch>;
  /** Messages appended but not committed by the group; exact at rest. */
  lag(topic: string, group: string): Promise<number>;
  /** Messages ever appended, whether the log still has them or not: the end offsets of all partitions together. */
  end(topic: string): Promise<number>;
}
