import { Buffer } from 'node:buffer';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { NewMessage } from '../../../runner/log/event-log.ts';
import { createPartitioner } from '../../../runner/log/partitioner.ts';
import {
  createScratch,
  decodeBatch,
  encodeMessages,
  MAX_BATCH_BYTES,
  MAX_BATCH_MESSAGES,
} from '../../../runner/log/record-batch.ts';

const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);

const message = fc.record({
  key: fc.option(fc.uint8Array({ maxLength: 20 })),
  value: fc.option(fc.uint8Array({ maxLength: 300 })),
  headers: fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }), {
    maxKeys: 3,
  }),
});

const plain = ({ key, value, headers }: NewMessage) => ({
  key: key === null ? null : [...key],
  value: value === null ? null : [...value],
  headers: { ...headers },
});

describe('record batch', () => {
  test(`every message comes back, in order within its partition (seed ${SEED})`, () => {
    const scratch = createScratch();
    fc.assert(
      fc.property(fc.array(message, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (messages, partitions) => {
        const placed = new Map<number, NewMessage[]>();
        const partitionOf = createPartitioner();
        const spy = (key: Uint8Array | null, count: number): number => {
          const partition = partitionOf(key, count);
          order.push(partition);
          return partition;
        };
        const order: number[] = [];
        const { payload, batches } = encodeMessages('t', messages, partitions, spy, scratch);
        for (const [i, one] of messages.entries()) placed.set(order[i]!, [...(placed.get(order[i]!) ?? []), one]);
        let at = 0;
        let last = -1;
        for (const { partition, count, length } of batches) {
          expect(partition).toBeGreaterThan(last);
          last = partition;
          const decoded = decodeBatch(payload.subarray(at, at + length), count, 100, 5);
          expect(decoded.map(plain)).toEqual(placed.get(partition)!.map(plain));
          expect(decoded.map(({ offset }) => offset)).toEqual(decoded.map((_, i) => 100 + i));
          at += length;
        }
        expect(at).toBe(payload.length);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  test('a header named __proto__ is a header like any other', () => {
    const headers = JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>;
    const { payload } = encodeMessages('t', [{ key: null, value: null, headers }], 1, () => 0, createScratch());
    const [message] = decodeBatch(payload, 1, 0, 0);
    expect(Object.entries(message!.headers ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  test('batches are cut by messages and by bytes', () => {
    const small = Array.from({ length: MAX_BATCH_MESSAGES * 2 + 1 }, () => ({ key: null, value: null }));
    const one = () => 0;
    expect(encodeMessages('t', small, 1, one, createScratch()).batches.map(({ count }) => count)).toEqual([
      MAX_BATCH_MESSAGES,
      MAX_BATCH_MESSAGES,
      1,
    ]);
    const large = Array.from({ length: 10 }, () => ({ key: null, value: Buffer.alloc(400_000) }));
    const { batches } = encodeMessages('t', large, 1, one, createScratch());
    expect(batches.map(({ count }) => count)).toEqual([3, 3, 3, 1]);
    for (const { length } of batches) expect(length).toBeLessThan(MAX_BATCH_BYTES + 400_100);
  });

  test('damaged bytes are an error, never other messages', () => {
    const messages = [{ key: Buffer.from('k'), value: Buffer.from('value') }];
    const { payload } = encodeMessages('t', messages, 1, () => 0, createScratch());
    const code = 'HUB_INTERNAL';
    expect(() => decodeBatch(payload.subarray(0, payload.length - 2), 1, 0, 0)).toThrow(
      expect.objectContaining({ code }),
    );
    expect(() => decodeBatch(Buffer.concat([payload, payload]), 1, 0, 0)).toThrow(expect.objectContaining({ code }));
    expect(() => decodeBatch(payload, 2, 0, 0)).toThrow(expect.objectContaining({ code }));
    expect(() => decodeBatch(Buffer.concat([Buffer.from([9]), payload]), 1, 0, 0)).toThrow(
      expect.objectContaining({ code }),
    );
    expect(() => decodeBatch(Buffer.alloc(0), 1, 0, 0)).toThrow(expect.objectContaining({ code }));
  });
});
