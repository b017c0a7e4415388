import type { KafkaReadings, KafkaTopicReadings } from '../log/kafka-settings.ts';
import { MAX_MESSAGE_BYTES } from '../log/limits.ts';
import type { Check } from './finding.ts';

/** Key, value and headers of the largest message, and what Kafka puts around it. */
const LEAST_MESSAGE_BYTES = MAX_MESSAGE_BYTES + 4_096;
const NAMED = 3;

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

/** A topic that keeps the latest of each key loses nothing that its readers need. */
function retention({ name, settings }: KafkaTopicReadings): string | null {
  if (!name.startsWith('raw.') || settings['cleanup.policy'] === 'compact') return null;
  const [ms, bytes] = [Number(settings['retention.ms'] ?? -1), Number(settings['retention.bytes'] ?? -1)];
  if (ms >= 0) return `${(ms / 86_400_000).toLocaleString('en-US', { maximumFractionDigits: 1 })} days`;
  return bytes >= 0 ? `${bytes.toLocaleString('en-US')} bytes` : null;
}

export const KAFKA_CHECKS: readonly Check<KafkaReadings>[] = [
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
    ...{ what: 'retention of raw.*', severity: 'breaks', wanted: 'retention.ms=-1, or cleanup.policy=compact' },
    why: 'A base can be made again from its log (`hub rebuild`), and a reader that was away for long finds everything.',
    set: topicCommand('retention.ms=-1,retention.bytes=-1'),
    found: ({ topics }) => naming(topics, retention),
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
