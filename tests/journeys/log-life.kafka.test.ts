import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaClient } from '../../runner/log/kafka-client.ts';
import { silentLogger } from '../../schemas/kernel/context.ts';
import type { StoredLog } from '../contracts/event-log-harness.ts';
import { describeWith } from '../support/lanes.ts';
import { logLifeJourney } from './log-life.ts';

describeWith('kafka', (brokers) => {
  const admin = kafkaClient({ brokers: brokers.split(',') }, silentLogger).admin();
  const stored: StoredLog & AsyncDisposable = {
    async remove(topic) {
      await admin.deleteTopics({ topics: [topic] });
      while ((await admin.listTopics()).includes(topic)) await sleep(20);
    },
    async trim(topic, before) {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(before) }] });
    },
    [Symbol.asyncDispose]: () => admin.disconnect(),
  };
  logLifeJourney('on Apache Kafka', { KAFKA_BROKERS: brokers, KAFKA_SESSION_TIMEOUT_MS: '6000' }, () => stored);
});
