import { openLocalKafka, whyNoKafka } from '../../../runner/stack/kafka.ts';
import type { TestService } from './service.ts';

export const kafka: TestService = {
  name: 'kafka',
  variable: 'TEST_KAFKA_BROKERS',
  missing: whyNoKafka,
  async start(folder, log) {
    const broker = await openLocalKafka({ folder, log });
    return { address: broker.brokers, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() };
  },
};
