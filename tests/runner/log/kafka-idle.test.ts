import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { stillIdleConnections } from '../../../runner/log/kafka-idle.ts';

interface Queue {
  throttleCheckTimeoutId: unknown;
  pending: unknown[];
  maybeThrottle(forMs: number): void;
  scheduleCheckPendingRequests(): void;
  destroy(): void;
}
type QueueClass = new (options: object) => Queue;

test('a connection to Kafka on which nothing waits sets no timer; one that is throttled is looked at again', () => {
  expect(stillIdleConnections()).toBe(true);
  const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as QueueClass;
  const queue = new RequestQueue({
    ...{ maxInFlightRequests: 1, requestTimeout: 30_000, clientId: 'test', broker: 'b', isConnected: () => true },
    ...{ enforceRequestTimeout: false, logger: { debug() {} } },
  });
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();
  queue.maybeThrottle(60_000);
  queue.pending.push({});
  queue.scheduleCheckPendingRequests();
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  queue.destroy();
});
