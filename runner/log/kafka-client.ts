import kafkajs from 'kafkajs';
import type { Logger } from '../../schemas/kernel/context.ts';

/* The clients of the log. Its other files take from here what they need to know of kafkajs. */

export type Admin = kafkajs.Admin;
export type Consumer = kafkajs.Consumer;
export type EachBatchPayload = kafkajs.EachBatchPayload;
export type Kafka = kafkajs.Kafka;
export type KafkaMessage = kafkajs.KafkaMessage;
export type Message = kafkajs.Message;
export type Producer = kafkajs.Producer;
export type Retry = kafkajs.RetryOptions;

/** Two seconds in all: the job layer does the long waiting. */
export const RETRY: Retry = { retries: 5, initialRetryTime: 100, multiplier: 2, maxRetryTime: 1_000, factor: 0.2 };
/** Half a minute: a broker that restarts costs an append time, not a failed run. */
const PRODUCER_RETRY: Retry = { retries: 10, initialRetryTime: 100, multiplier: 2, maxRetryTime: 5_000, factor: 0.2 };

export interface KafkaLogOptions {
  readonly brokers: readonly string[];
  readonly clientId?: string | undefined;
  readonly log?: Logger | undefined;
  readonly ssl?: kafkajs.KafkaConfig['ssl'];
  readonly sasl?: kafkajs.SASLOptions | undefined;
  /** After so long without a sign of life a reader's partitions go to another one. Default 15,000. */
  readonly sessionTimeoutMs?: number | undefined;
  /** How often the topics that are read are looked at: whether they still live and hold what was read. Default 5,000. */
  readonly watchMs?: number | undefined;
}

/** A client for each use: those of one client share offsets and disturb each other. */
export function kafkaClient(options: KafkaLogOptions, log: Logger, retry: Retry = RETRY): Kafka {
  return new kafkajs.Kafka({
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
}

export const idempotentProducer = (options: KafkaLogOptions, log: Logger): Producer =>
  kafkaClient(options, log, PRODUCER_RETRY).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });

/** Topics that a member of a group says it reads; none when it says so in a way of its own. */
export function topicsOfMember(metadata: Buffer): readonly string[] {
  return kafkajs.AssignerProtocol.MemberMetadata.decode(metadata)?.topics ?? [];
}

/** As `describeConfigs` wants them. */
export const TOPIC_RESOURCE = kafkajs.ConfigResourceTypes.TOPIC;
export const BROKER_RESOURCE = kafkajs.ConfigResourceTypes.BROKER;

/** kafkajs calls an error what it then mends itself; what it cannot mend is thrown as a HubError. */
function logTo(log: Logger): (entry: kafkajs.LogEntry) => void {
  return ({ level, namespace, log: { message, logger: _logger, timestamp: _timestamp, ...fields } }) => {
    const text = `${namespace}: ${message}`;
    if (level === kafkajs.logLevel.ERROR) log.warn(fields, text);
    else log.debug(fields, text);
  };
}
