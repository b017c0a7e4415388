import { describeWith } from '../support/lanes.ts';
import { restartTest } from './restart.ts';

describeWith('kafka', (brokers) => {
  restartTest('Apache Kafka', { KAFKA_BROKERS: brokers }, { restarts: 2, sessions: 8 });
});
