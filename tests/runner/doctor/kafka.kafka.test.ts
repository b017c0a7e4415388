import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { judge } from '../../../runner/doctor/finding.ts';
import { KAFKA_CHECKS } from '../../../runner/doctor/kafka.ts';
import { readKafkaSettings } from '../../../runner/log/kafka-settings.ts';
import { describeWith } from '../../support/lanes.ts';
import { until } from '../../support/until.ts';

describeWith('kafka', (brokers) => {
  test('brokers and topics tell their settings, also what was never set', async () => {
    const name = `raw.doctor.${randomBytes(4).toString('hex')}`;
    const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    const configEntries = [{ name: 'retention.ms', value: '86400000' }];
    await admin.createTopics({ topics: [{ topic: name, numPartitions: 2, replicationFactor: 1, configEntries }] });
    try {
      const ask = () => readKafkaSettings({ brokers: brokers.split(','), ssl: false, sasl: undefined });
      const readings = await until(async () => {
        const answer = await ask();
        return answer.topics.some((topic) => topic.name === name) ? answer : null;
      }, 'the broker shows the topic');
      expect(readings).toMatchObject({
        brokers: 1,
        settings: { 'auto.create.topics.enable': 'false', 'message.max.bytes': '1048588' },
      });
      const own = readings.topics.filter((topic) => topic.name === name);
      expect(own).toEqual([
        expect.objectContaining({
          replicas: 1,
          settings: expect.objectContaining({ 'retention.ms': '86400000', 'cleanup.policy': 'delete' }),
        }),
      ]);
      const found = judge(KAFKA_CHECKS, { ...readings, topics: own }, 'Kafka').map((one) => [one.what, one.found]);
      expect(found).toEqual([
        ['brokers', '1'],
        ['retention of raw.*', `${name} (1 days)`],
      ]);
    } finally {
      await admin.deleteTopics({ topics: [name] });
      await admin.disconnect();
    }
  });
});
