import { describeWith } from '../support/lanes.ts';
import { crashTest } from './crash.ts';

describeWith('kafka', (brokers) => {
  // A dead reader's partitions are free again only after its session: until then its successor only reads sources.
  const env = { KAFKA_BROKERS: brokers, KAFKA_SESSION_TIMEOUT_MS: '6000' };
  crashTest('Apache Kafka', { env, rowsPerSecond: 400, randomMs: 9_000 });
});
