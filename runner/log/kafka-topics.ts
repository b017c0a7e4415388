import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { Keep, KeptOtherwise, TopicSpec } from './event-log.ts';
import { type Admin, TOPIC_RESOURCE } from './kafka-client.ts';
import { isPassing } from './kafka-errors.ts';
import type { ShownTopic, Wire } from './kafka-wire.ts';

/** A broker of KRaft shows a new topic up to half a second late, under load later. */
const SHOWN_MS = 30_000;
const LOOK_MS = 20;
/** A topic that nobody here has made, and that is absent for a second, does not exist. */
const ABSENT_TRIES = 5;
const ABSENT_MS = 200;

export interface KafkaTopics {
  ensure(specs: readonly TopicSpec[]): Promise<void>;
  /** As known; `fresh` asks the brokers again. @throws HUB_LOG_TOPIC_MISSING, HUB_LOG_TOPIC_RENEWED when the hub had made it */
  get(topic: string, fresh?: boolean): Promise<ShownTopic>;
  forget(topic: string): void;
  keptOtherwise(specs: readonly TopicSpec[]): Promise<readonly KeptOtherwise[]>;
}

/** @param gone told when a topic is found to have been deleted */
export function createKafkaTopics(wire: Wire, admin: Admin, gone: () => void): KafkaTopics {
  const known = new Map<string, ShownTopic>();
  /** That these exist is our own doing: when one is missing, another try makes it again. */
  const made = new Set<string>();

  const isReady = (topic: ShownTopic | undefined): boolean => topic?.leaders.every((leader) => leader >= 0) ?? false;

  async function isShownBy(broker: number, names: readonly string[]): Promise<boolean> {
    try {
      const shown = await wire.describe(names, broker);
      return names.every((name) => isReady(shown.get(name)));
    } catch (error) {
      // a broker that does not answer is asked by nobody else either
      if (isPassing(error)) return true;
      throw error;
    }
  }

  /** Every broker shows the topics, and every leader answers for its partitions. */
  async function shown(names: readonly string[]): Promise<void> {
    const end = performance.now() + SHOWN_MS;
    for (let wait = LOOK_MS; ; wait = Math.min(wait * 2, 500)) {
      const brokers = await wire.brokers();
      const seen = await Promise.all(brokers.map((broker) => isShownBy(broker, names)));
      if (seen.every(Boolean) && (await wire.extents(names)).size === names.length) return;
      if (performance.now() > end)
        throw new HubError('HUB_LOG_UNAVAILABLE', `not every broker shows the new topics ${names.join(', ')}`);
      await sleep(wait);
    }
  }

  async function ensure(specs: readonly TopicSpec[]): Promise<void> {
    const names = [...new Set(specs.map(({ name }) => name))];
    const existing = await wire.describe(names);
    const missing = new Map(specs.filter(({ name }) => !existing.has(name)).map((spec) => [spec.name, spec]));
    if (missing.size > 0) {
      const replicas = Math.min(3, (await wire.brokers()).length);
      const inSync = replicas === 3 ? [{ name: 'min.insync.replicas', value: '2' }] : [];
      const topics = [...missing.values()].map(({ name, partitions, keep }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: replicas,
        configEntries: [...inSync, ...Object.entries(settingsOf(keep)).map(([key, value]) => ({ name: key, value }))],
      }));
      // kafkajs's own waiting fails at the first broker that does not know the topic yet
      await admin.createTopics({ topics, waitForLeaders: false, timeout: 10_000 });
    }
    const unready = names.filter((name) => !isReady(existing.get(name)));
    if (unready.length > 0) await shown(unready);
    if ([...missing.keys()].some((name) => made.has(name))) gone();
    for (const name of names) made.add(name);
    for (const name of missing.keys()) known.delete(name);
  }

  async function get(topic: string, fresh = false): Promise<ShownTopic> {
    const before = fresh ? undefined : known.get(topic);
    if (before !== undefined) return before;
    for (let attempt = 0; ; attempt++) {
      const found = (await wire.describe([topic])).get(topic);
      if (found !== undefined) {
        const { life } = known.get(topic) ?? found;
        if (life !== found.life) gone();
        known.set(topic, found);
        return found;
      }
      if (known.delete(topic)) gone();
      if (attempt === ABSENT_TRIES) break;
      await sleep(ABSENT_MS);
    }
    if (made.has(topic)) throw new HubError('HUB_LOG_TOPIC_RENEWED', `the topic ${topic} is gone`, { topic });
    throw new HubError('HUB_LOG_TOPIC_MISSING', `There is no topic ${topic}`, { topic });
  }

  async function keptOtherwise(specs: readonly TopicSpec[]): Promise<readonly KeptOtherwise[]> {
    const existing = await wire.describe(specs.map(({ name }) => name));
    const asked = new Map(specs.filter(({ name }) => existing.has(name)).map((spec) => [spec.name, spec]));
    if (asked.size === 0) return [];
    const { resources } = await admin.describeConfigs({
      resources: [...asked.keys()].map((name) => ({ type: TOPIC_RESOURCE, name, configNames: [...LOOKED_AT] })),
      includeSynonyms: false,
    });
    return resources.flatMap(({ resourceName, configEntries }) => {
      const found = Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue]));
      return differenceOf(resourceName, found, asked.get(resourceName)?.keep);
    });
  }

  return { ensure, get, forget: (topic) => known.delete(topic), keptOtherwise };
}

const DAY_MS = 86_400_000;

/** Settings of a topic in Kafka. Tombstones stay for a week, so that a subscriber that is away for so long sees them. */
function settingsOf(keep: Keep = 'everything'): Readonly<Record<string, string>> {
  if (keep === 'latest')
    return {
      'cleanup.policy': 'compact',
      'delete.retention.ms': String(7 * DAY_MS),
      'max.compaction.lag.ms': String(DAY_MS),
    };
  return {
    'cleanup.policy': 'delete',
    'retention.ms': keep === 'everything' ? '-1' : String(keep.ms),
    'retention.bytes': '-1',
  };
}

const LOOKED_AT = ['cleanup.policy', 'retention.ms', 'retention.bytes', 'delete.retention.ms'];

/** Only what takes away too much or, for a topic of latest values, too little: longer than wanted is no fault. */
function differenceOf(
  topic: string,
  found: Readonly<Record<string, string | undefined>>,
  keep: Keep | undefined,
): readonly KeptOtherwise[] {
  const wanted = settingsOf(keep);
  const isLess = (name: string): boolean => {
    const limit = Number(found[name]);
    const least = Number(wanted[name]);
    return limit >= 0 && (least < 0 || limit < least);
  };
  const wrong = LOOKED_AT.filter((name) =>
    name === 'cleanup.policy' ? found[name] !== wanted[name] : wanted[name] !== undefined && isLess(name),
  );
  if (wrong.length === 0) return [];
  const text = (of: Readonly<Record<string, string | undefined>>): string =>
    wrong.map((name) => `${name}=${of[name] ?? '(default)'}`).join(',');
  return [{ topic, found: text(found), wanted: text(wanted) }];
}
