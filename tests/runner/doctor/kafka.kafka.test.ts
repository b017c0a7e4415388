import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { migrateHub } from '../../../runner/control/migrate.ts';
import { openSystemStore } from '../../../runner/control/systems.ts';
import { examine } from '../../../runner/doctor/examine.ts';
import { judge } from '../../../runner/doctor/finding.ts';
import { KAFKA_CHECKS } from '../../../runner/doctor/kafka.ts';
import { readKafkaSettings } from '../../../runner/log/kafka-settings.ts';
import { loadConfig } from '../../../runner/settings/config.ts';
import { silentLogger } from '../../../schemas/kernel/context.ts';
import { describeWith } from '../../support/lanes.ts';
import { testDatabase } from '../../support/postgres.ts';
import { until } from '../../support/until.ts';
import { systemOf } from '../pull/fake-source.ts';

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
      const found = judge(KAFKA_CHECKS, { ...readings, topics: own, keeps: new Map() }, 'Kafka').map((one) => [
        one.what,
        one.found,
      ]);
      expect(found).toEqual([
        ['brokers', '1'],
        ['retention of raw.*', `${name} (1 days)`],
      ]);
    } finally {
      await admin.deleteTopics({ topics: [name] });
      await admin.disconnect();
    }
  });

  test('a topic that is kept otherwise than its system file or the settings say is told with both', async () => {
    await using database = await testDatabase();
    const pool = new pg.Pool({ connectionString: database.url, max: 2 });
    await migrateHub(pool);
    const system = `doctor-${randomBytes(4).toString('hex')}`;
    const spec = systemOf(system, { short: { keepDays: 30 }, long: { keepDays: 10 }, plain: {} });
    await openSystemStore(pool).apply(spec);
    await pool.end();
    const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    const names = ['short', 'long', 'plain'].map((stream) => `raw.${system}.${stream}`);
    const configEntries = [{ name: 'retention.ms', value: String(20 * 86_400_000) }];
    const topics = names.map((topic) => ({ topic, numPartitions: 1, replicationFactor: 1, configEntries }));
    await admin.createTopics({ topics });
    try {
      const env = { DATABASE_URL: database.url, KAFKA_BROKERS: brokers, HUB_KEEP_RAW_DAYS: '25' };
      const found = await until(async () => {
        const { findings } = await examine({ config: loadConfig({ env }), env, url: database.url, log: silentLogger });
        const told = findings.filter((one) => one.found.includes(system)).map((one) => `${one.what}: ${one.found}`);
        return told.join().includes('plain') ? told : null;
      }, 'the broker shows the topics');
      const short = expect.stringContaining(`${names[0]} (20 days of 30 days agreed)`);
      expect(found).toEqual(expect.arrayContaining([short]));
      expect(found.join()).toContain(`${names[2]} (20 days of 25 days agreed)`);
      expect(found.join()).toContain(`retention beyond the system file: ${names[1]} (20 days, 10 days agreed)`);
    } finally {
      await admin.deleteTopics({ topics: names });
      await admin.disconnect();
    }
  });
});
