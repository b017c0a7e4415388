import { silentLogger } from '../../schemas/kernel/context.ts';
import { type Admin, BROKER_RESOURCE, type KafkaLogOptions, kafkaClient, TOPIC_RESOURCE } from './kafka-client.ts';

/** Of one topic of the hub. Settings as Kafka writes them. */
export interface KafkaTopicReadings {
  readonly name: string;
  readonly replicas: number;
  /** `cleanup.policy`, `retention.ms`, ... with what applies where nothing is set. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface KafkaReadings {
  readonly brokers: number;
  /** Settings of the brokers; where they differ, that of the first one. */
  readonly settings: Readonly<Record<string, string>>;
  readonly topics: readonly KafkaTopicReadings[];
}

const OF_BROKERS = [
  'auto.create.topics.enable',
  'inter.broker.protocol.version',
  'message.max.bytes',
  'unclean.leader.election.enable',
];
const OF_TOPICS = [
  'cleanup.policy',
  'delete.retention.ms',
  'max.message.bytes',
  'min.insync.replicas',
  'retention.bytes',
  'retention.ms',
  'unclean.leader.election.enable',
];

/** What the brokers and the topics `raw.*` and `base.*` are set to. @throws what kafkajs throws */
export async function readKafkaSettings(
  address: Pick<KafkaLogOptions, 'brokers' | 'ssl' | 'sasl'>,
): Promise<KafkaReadings> {
  const retry = { retries: 2, initialRetryTime: 100 };
  const admin = kafkaClient({ ...address, clientId: 'hub-doctor' }, silentLogger, retry).admin();
  await admin.connect();
  try {
    const cluster = await admin.describeCluster();
    const names = (await admin.listTopics()).filter((name) => /^(?:raw|base)\./.test(name));
    const [ofBrokers = {}] = await describe(admin, {
      ...{ type: BROKER_RESOURCE, names: cluster.brokers.map(({ nodeId }) => String(nodeId)) },
      configNames: OF_BROKERS,
    });
    const ofTopics =
      names.length === 0 ? [] : await describe(admin, { type: TOPIC_RESOURCE, names, configNames: OF_TOPICS });
    const { topics } = names.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: names });
    const replicas = new Map(
      topics.map(({ name, partitions }) => [name, Math.min(...partitions.map((one) => one.replicas.length))]),
    );
    return {
      brokers: cluster.brokers.length,
      settings: ofBrokers,
      topics: names.map((name, i) => ({ name, replicas: replicas.get(name) ?? 0, settings: ofTopics[i] ?? {} })),
    };
  } finally {
    await admin.disconnect();
  }
}

/** One set of settings a name, in their order. */
async function describe(
  admin: Admin,
  { type, names, configNames }: { type: number; names: readonly string[]; configNames: string[] },
): Promise<readonly Readonly<Record<string, string>>[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type, name, configNames })),
  });
  const found = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
  return names.map((name) => found.get(name) ?? {});
}
