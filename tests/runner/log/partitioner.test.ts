import { Buffer } from 'node:buffer';
import { describe, expect, test } from '@jest/globals';
import { createPartitioner, murmur2 } from '../../../runner/log/partitioner.ts';

describe('murmur2', () => {
  // the vectors of Apache Kafka's UtilsTest
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('%s', (key, hash) => {
    expect(murmur2(Buffer.from(key))).toBe(hash);
  });

  test('is what kafkajs computes, for keys of every length and byte', async () => {
    const kafkajs = (await import('kafkajs')).default;
    const theirs = kafkajs.Partitioners.DefaultPartitioner();
    const ours = createPartitioner();
    const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({
      partitionId,
      leader: 1,
      replicas: [1],
      isr: [1],
      partitionErrorCode: 0,
    }));
    for (let n = 0; n < 300; n++) {
      const key = Buffer.from(Array.from({ length: n % 23 }, (_, i) => (n * 31 + i * 97) & 255));
      expect(ours(key, 7)).toBe(theirs({ topic: 't', partitionMetadata, message: { key, value: null } }));
    }
  });
});

test('messages without a key go round', () => {
  const partitionOf = createPartitioner();
  const seen = Array.from({ length: 6 }, () => partitionOf(null, 3));
  expect(new Set(seen.slice(0, 3)).size).toBe(3);
  expect(seen.slice(3)).toEqual(seen.slice(0, 3));
});
