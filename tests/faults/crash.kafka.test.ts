import { describeWith } from '../support/lanes.ts';
import { crashTest } from './crash.ts';

describeWith('kafka', (brokers) => {
  crashTest('Apache Kafka', { KAFKA_BROKERS: brokers, KAFKA_SESSION_TIMEOUT_MS: '6000' });
});
