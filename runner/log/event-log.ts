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
  /** Of the topic, see `Kept`: an offset means something only together with it. */
  readonly life: string;
  readonly partition: number;
  readonly messages: readonly StoredMessage[];
  /** What is not committed is seen again. Commits this batch and all before it in the partition. Harmless when late. */
  commit(): Promise<void>;
}

/**
 * How long a topic keeps its messages: all of them; the latest of each key, an absent value (a tombstone) taking the key
 * away in the end; or each one for so many milliseconds at least.
 */
export type Keep = 'everything' | 'latest' | { readonly ms: number };

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Default: everything. */
  readonly keep?: Keep | undefined;
}

/** A topic that exists and is not kept as was said. */
export interface KeptOtherwise {
  readonly topic: string;
  /** In words of the log itself: settings of a topic in Kafka, of a row of the embedded log. */
  readonly found: string;
  readonly wanted: string;
}

/** What a partition holds: offsets from `first` to before `next`. */
export interface Extent {
  readonly first: number;
  readonly next: number;
}

export interface Kept {
  /** A topic that is deleted and made again begins another life, and counts its offsets from 0 again. */
  readonly life: string;
  /** By partition. */
  readonly partitions: readonly Extent[];
}

/** Where a reader stands in a partition of one life of a topic. */
export interface Position {
  /** The offset it wants next. 0: from the first message that is kept. */
  readonly next: number;
  /**
   * The latest timestamp among the messages before it, null when not known. The log must hold nothing later before
   * `next`: otherwise it was put back to an older state and has gone on from there with other messages.
   */
  readonly seenUntil: number | null;
}

export interface SubscribeOptions {
  readonly signal: AbortSignal;
  /** At most this many messages in a batch. Default 5,000. */
  readonly maxBatch?: number | undefined;
  /**
   * Where to start in a partition that was just assigned; null = the group's committed offset, or the beginning.
   * The reader whose truth lives elsewhere (a base database) answers with its own position in this life of the topic.
   */
  readonly position?: AskPosition | undefined;
}

export type AskPosition = (topic: string, partition: number, life: string) => Promise<Position | number | null>;

/**
 * The only port with two implementations of our own: tables in PostgreSQL, and Apache Kafka.
 * Both pass tests/contracts/event-log.contract.ts.
 */
export interface EventLog extends AsyncDisposable {
  /**
   * Creates what is missing, and returns when all of it can be written and read at once. Existing topics keep their
   * partitions and the way they are kept; see `keptOtherwise`.
   */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;
  /** Resolves when durable: every message is readable by a new subscriber, also after a crash. */
  append(topic: string, messages: readonly NewMessage[], signal?: AbortSignal): Promise<void>;
  /**
   * Batches of all topics, shared with the other members of the group. Ends cleanly soon after the signal aborts.
   * @throws HUB_LOG_TRIMMED, HUB_LOG_BEHIND_BASE when a position lies outside of what the log has, at the beginning or
   * later; HUB_LOG_TOPIC_RENEWED soon after a topic was deleted: subscribe again, to its next life.
   */
  subscribe(topics: readonly string[], group: string, options: SubscribeOptions): AsyncIterable<LogBatch>;
  /**
   * Messages appended but not committed by the group; exact at rest. What is no longer kept does not count.
   * @throws HUB_LOG_BEHIND_BASE when the group has committed more than the log has ever had
   */
  lag(topic: string, group: string): Promise<number>;
  /** Messages ever appended in this life, whether the log still has them or not: the end offsets of all partitions together. */
  end(topic: string): Promise<number>;
  kept(topic: string): Promise<Kept>;
  /** @throws HUB_LOG_TRIMMED, HUB_LOG_BEHIND_BASE as a reader would that subscribes at this position */
  checkPosition(topic: string, partition: number, position: Position): Promise<void>;
  /** When the first message that a topic keeps was appended, in milliseconds since 1970; null when it keeps none. */
  since(topic: string): Promise<number | null>;
  /** Those of the topics that exist and are kept otherwise than said here. */
  keptOtherwise(specs: readonly TopicSpec[]): Promise<readonly KeptOtherwise[]>;
  /** Groups that read the topic or have read it not long ago. */
  readers(topic: string): Promise<readonly string[]>;
  /**
   * Takes away what topics need not keep any more, a slice at a time. @returns how many messages went. On Kafka the
   * brokers do so by themselves, and this does nothing.
   */
  tidy(signal: AbortSignal): Promise<number>;
}
