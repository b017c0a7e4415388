import { Buffer } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openKafkaLog } from '../../../runner/log/kafka.ts';
import { kafkaClient } from '../../../runner/log/kafka-client.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { eventLogContract } from '../../contracts/event-log.contract.ts';
import { describeWith } from '../../support/lanes.ts';

describeWith('kafka', (address) => {
  const brokers = address.split(',');

  const admin = kafkaClient({ brokers }, silentLogger).admin();
  beforeAll(() => admin.connect());
  afterAll(() => admin.disconnect());

  eventLogContract('Apache Kafka', () => openKafkaLog({ brokers, watchMs: 300 }), {
    async remove(topic) {
      await admin.deleteTopics({ topics: [topic] });
      while ((await admin.listTopics()).includes(topic)) await sleep(20);
    },
    async trim(topic, before) {
      // only topics that it has asked about
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(before) }] });
    },
  });

  test('no broker gives HUB_LOG_UNAVAILABLE within seconds', async () => {
    await expect(openKafkaLog({ brokers: ['127.0.0.1:1'] })).rejects.toMatchObject({
      code: 'HUB_LOG_UNAVAILABLE',
      recovery: 'retry',
      message: expect.stringContaining('127.0.0.1:1'),
    });
  }, 30_000);

  test('a topic name that Kafka does not allow is a configuration error', async () => {
    await using log = await openKafkaLog({ brokers });
    await expect(log.ensureTopics([{ name: 'not allowed', partitions: 1 }])).rejects.toMatchObject({
      code: 'HUB_CONFIG_INVALID',
    });
  });

  test('keys go where every other Kafka client would put them', async () => {
    await using log = await openKafkaLog({ brokers });
    const topic = `kafka.keys.${Date.now()}`;
    await log.ensureTopics([{ name: topic, partitions: 5 }]);
    await log.append(topic, [{ key: Buffer.from('foobar'), value: null }]);
    for await (const batch of log.subscribe([topic], `${topic}.group`, { signal: AbortSignal.timeout(30_000) })) {
      // murmur2('foobar') = -790332482
      expect(batch.partition).toBe((-790332482 & 0x7fffffff) % 5);
      break;
    }
  }, 40_000);
});
