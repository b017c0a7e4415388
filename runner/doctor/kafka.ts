import type { Keep } from '../log/event-log.ts';
import type { KafkaReadings, KafkaTopicReadings } from '../log/kafka-settings.ts';
import { MAX_MESSAGE_BYTES } from '../log/limits.ts';
import type { Check } from './finding.ts';

/** Key, value and headers of the largest message, and what Kafka puts around it. */
const LEAST_MESSAGE_BYTES = MAX_MESSAGE_BYTES + 4_096;
const NAMED = 3;
const DAY_MS = 86_400_000;
/** Of tombstones: so long may a subscriber of a compacted topic be away. */
const LEAST_TOMBSTONES_MS = 7 * DAY_MS;

/** What the brokers say, and what the hub was told of its topics. */
export interface KafkaFacts extends KafkaReadings {
  /** By system files, settings and bases. A topic `raw.*` that nobody speaks of is to keep everything. */
  readonly keeps: ReadonlyMap<string, Keep>;
}

const topicCommand = (setting: string): string =>
  `kafka-configs.sh --bootstrap-server <broker> --alter --entity-type topics --entity-name <topic> --add-config ${setting}`;
const brokerCommand = (setting: string): string =>
  `kafka-configs.sh --bootstrap-server <broker> --alter --entity-type brokers --entity-default --add-config ${setting}`;

/** `3 topics: a (7 days), b (7 days)`; null when there is none. */
function naming(
  topics: readonly KafkaTopicReadings[],
  text: (topic: KafkaTopicReadings) => string | null,
): string | null {
  const told = topics.flatMap((topic) => {
    const found = text(topic);
    return found === null ? [] : [`${topic.name} (${found})`];
  });
  if (told.length === 0) return null;
  const more = told.length > NAMED ? ` and ${told.length - NAMED} more` : '';
  return `${told.slice(0, NAMED).join(', ')}${more}`;
}

const inSync = ({ settings }: KafkaTopicReadings): number => Number(settings['min.insync.replicas'] ?? 1);

const days = (ms: number): string => `${(ms / DAY_MS).toLocaleString('en-US', { maximumFractionDigits: 1 })} days`;

/** Milliseconds for which rows are to stay; null: for ever. undefined: no topic of rows. */
function agreedMs({ name }: KafkaTopicReadings, keeps: KafkaFacts['keeps']): number | null | undefined {
  if (!name.startsWith('raw.')) return undefined;
  const keep = keeps.get(name) ?? 'everything';
  return typeof keep === 'object' ? keep.ms : null;
}

/** Kept for less than agreed. A topic that keeps the latest of each key loses nothing that its readers need. */
function tooShort(topic: KafkaTopicReadings, keeps: KafkaFacts['keeps']): string | null {
  const agreed = agreedMs(topic, keeps);
  const { settings } = topic;
  if (agreed === undefined || settings['cleanup.policy'] === 'compact') return null;
  const [ms, bytes] = [Number(settings['retention.ms'] ?? -1), Number(settings['retention.bytes'] ?? -1)];
  if (ms >= 0 && agreed === null) return days(ms);
  if (ms >= 0 && agreed !== null && ms < agreed) return `${days(ms)} of ${days(agreed)} agreed`;
  return bytes >= 0 ? `${bytes.toLocaleString('en-US')} bytes` : null;
}

function tooLong(topic: KafkaTopicReadings, keeps: KafkaFacts['keeps']): string | null {
  const agreed = agreedMs(topic, keeps);
  if (agreed === undefined || agreed === null) return null;
  if (topic.settings['cleanup.policy'] === 'compact') return `the latest of each key for ever, ${days(agreed)} agreed`;
  const ms = Number(topic.settings['retention.ms'] ?? -1);
  if (ms >= 0 && ms <= agreed) return null;
  return `${ms < 0 ? 'for ever' : days(ms)}, ${days(agreed)} agreed`;
}

/** Of the topics that are to keep the latest of each key. */
function notLatest({ name, settings }: KafkaTopicReadings, keeps: KafkaFacts['keeps']): string | null {
  if (keeps.get(name) !== 'latest') return null;
  const policy = settings['cleanup.policy'];
  if (policy !== 'compact') return `cleanup.policy=${policy ?? 'delete'}`;
  const tombstones = Number(settings['delete.retention.ms'] ?? LEAST_TOMBSTONES_MS);
  return tombstones < LEAST_TOMBSTONES_MS ? `deletions for ${days(tombstones)}` : null;
}

export const KAFKA_CHECKS: readonly Check<KafkaFacts>[] = [
  {
    ...{ what: 'version', severity: 'costs', wanted: 'Apache Kafka 4' },
    why: 'The tests of the hub run on 4.1; older ones are tried nowhere.',
    set: 'upgrade the brokers, one after the other',
    found: ({ settings }) => {
      // Kafka 4 has no such setting any more
      const version = settings['inter.broker.protocol.version'];
      return version === undefined || Number.parseInt(version, 10) >= 4 ? null : version;
    },
  },
  {
    ...{ what: 'brokers', severity: 'breaks', wanted: '3 or more, on machines of their own' },
    why: 'Nothing is lost: what was acknowledged goes with the disk of the one machine that has it.',
    set: 'add brokers to the cluster, then kafka-reassign-partitions.sh for the topics that are there',
    found: ({ brokers }) => (brokers >= 3 ? null : String(brokers)),
  },
  {
    ...{ what: 'replication factor', severity: 'breaks', wanted: '3 for topics raw.* and base.*' },
    why: 'Nothing is lost: what was acknowledged goes with the machines that have it.',
    set: 'kafka-reassign-partitions.sh --bootstrap-server <broker> --execute --reassignment-json-file <three replicas a partition>',
    // too few brokers are told of above
    found: ({ topics, brokers }) =>
      brokers < 3 ? null : naming(topics, ({ replicas }) => (replicas >= 3 ? null : String(replicas))),
  },
  {
    ...{ what: 'min.insync.replicas', severity: 'breaks', wanted: '2 for topics with 3 replicas' },
    why: 'Nothing leaves before it is durable: an append is acknowledged while one machine alone has it.',
    set: topicCommand('min.insync.replicas=2'),
    found: ({ topics }) =>
      naming(topics, (topic) => (topic.replicas < 3 || inSync(topic) >= 2 ? null : String(inSync(topic)))),
  },
  {
    ...{ what: 'unclean.leader.election.enable', severity: 'breaks', wanted: 'false' },
    why: 'Nothing is lost: a replica that lags may become leader, and what it lacks is gone though it was acknowledged.',
    set: brokerCommand('unclean.leader.election.enable=false'),
    found: ({ settings, topics }) =>
      settings['unclean.leader.election.enable'] === 'true'
        ? 'true'
        : naming(topics, (topic) => (topic.settings['unclean.leader.election.enable'] === 'true' ? 'true' : null)),
  },
  {
    ...{ what: 'auto.create.topics.enable', severity: 'breaks', wanted: 'false' },
    why: 'Topics say how long they are kept: whoever asks for a topic by name makes it, with one replica and 7 days.',
    set: 'auto.create.topics.enable=false in server.properties of every broker, then restart them one after the other',
    found: ({ settings }) => (settings['auto.create.topics.enable'] === 'true' ? 'true' : null),
  },
  {
    ...{ what: 'retention of raw.*', severity: 'breaks' },
    wanted: 'retention.ms=-1 or cleanup.policy=compact; where `keepDays` or `keepRawDays` says how long, that at least',
    why: 'A base can be made again from its log (`hub rebuild`), and a reader that was away for long finds everything.',
    set: topicCommand('retention.ms=-1,retention.bytes=-1'),
    found: ({ topics, keeps }) => naming(topics, (topic) => tooShort(topic, keeps)),
  },
  {
    ...{ what: 'retention beyond the system file', severity: 'costs' },
    wanted: 'retention.ms of `keepDays` of the stream, or of `keepRawDays`',
    why: 'Rows stay for longer than was agreed, and so does the disk that they take: a system file changed later changes no topic.',
    set: topicCommand('retention.ms=<days * 86400000>,cleanup.policy=delete'),
    found: ({ topics, keeps }) => naming(topics, (topic) => tooLong(topic, keeps)),
  },
  {
    ...{ what: 'cleanup.policy of base.*', severity: 'breaks', wanted: 'compact, deletions kept for 7 days' },
    why: 'Whoever subscribes to a base later builds all of it from its topic, and whoever was away hears of what is gone.',
    set: topicCommand(`cleanup.policy=compact,delete.retention.ms=${LEAST_TOMBSTONES_MS}`),
    found: ({ topics, keeps }) => naming(topics, (topic) => notLatest(topic, keeps)),
  },
  {
    ...{ what: 'message.max.bytes', severity: 'breaks', wanted: `${LEAST_MESSAGE_BYTES} or more (Kafka: 1048588)` },
    why: `A record of up to ${MAX_MESSAGE_BYTES} bytes is taken at the source and would be refused by the broker.`,
    set: brokerCommand('message.max.bytes=1048588'),
    found: ({ settings, topics }) => {
      const broker = Number(settings['message.max.bytes'] ?? LEAST_MESSAGE_BYTES);
      if (broker < LEAST_MESSAGE_BYTES) return String(broker);
      return naming(topics, (topic) => {
        const most = Number(topic.settings['max.message.bytes'] ?? LEAST_MESSAGE_BYTES);
        return most < LEAST_MESSAGE_BYTES ? String(most) : null;
      });
    },
  },
];
