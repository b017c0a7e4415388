import { Buffer } from 'node:buffer';
import { createRequire } from 'node:module';
import { describe, expect, jest, test } from '@jest/globals';
import { crc32c } from '../../../runner/log/crc32c.ts';
import { encodeProduce, installProduceEncoder, type ProduceRequest } from '../../../runner/log/kafka-produce.ts';

const require = createRequire(import.meta.url);
const v3 = require('kafkajs/src/protocol/requests/produce/v3/request.js') as (request: ProduceRequest) => {
  encode(): Promise<{ buffer: Buffer }>;
};

const request = (messages: ProduceRequest['topicData'][number]['partitions'][number]['messages']): ProduceRequest => ({
  acks: -1,
  timeout: 30_000,
  producerId: '4611686018427387905',
  producerEpoch: 3,
  topicData: [
    {
      topic: 'raw.社保.人员',
      partitions: [
        { partition: 2, firstSequence: 70_000, messages },
        { partition: 0, firstSequence: 0, messages },
      ],
    },
    { topic: 'raw.b', partitions: [{ partition: 11, firstSequence: 9, messages }] },
  ],
});

describe('produce encoder', () => {
  test('crc32c of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  });

  test('writes byte for byte what kafkajs writes', async () => {
    jest.useFakeTimers({ now: 1_700_000_000_123 });
    const messages = [
      { key: Buffer.from('k'), value: Buffer.from('v') },
      { key: null, value: Buffer.alloc(0) },
      { key: Buffer.alloc(0), value: null },
      { key: Buffer.alloc(200, 1), value: Buffer.alloc(70_000, 2), headers: { 来源: '公安厅', empty: '' } },
      ...Array.from({ length: 200 }, (_, i) => ({ key: Buffer.from(`${i}`), value: Buffer.alloc(i, i) })),
    ];
    const theirs = await v3(request(messages)).encode();
    const ours = encodeProduce(request(messages));
    jest.useRealTimers();
    expect(ours?.equals(theirs.buffer)).toBe(true);
  });

  test('leaves to kafkajs what it does not know', () => {
    expect(encodeProduce({ ...request([]), compression: 1 })).toBeNull();
    expect(encodeProduce(request([{ key: 'text', value: null }]))).toBeNull();
    expect(encodeProduce(request([{ key: null, value: null, headers: { a: [Buffer.from('x')] } }]))).toBeNull();
    expect(encodeProduce(request([{ key: null, value: null, timestamp: '1' }]))).toBeNull();
  });

  test('is put in place once, in the kafkajs that package.json asks for', () => {
    expect(installProduceEncoder()).toBe(true);
    expect(installProduceEncoder()).toBe(true);
  });
});
