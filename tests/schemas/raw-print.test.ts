import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rawSchema } from '../../schemas/avro.ts';
import { createRawCodec } from '../../schemas/codec.ts';
import { rawPrintOf } from '../../schemas/raw-print.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import { propertySeed } from '../contracts/source.contract.ts';

const columns = ['A', 'B'].map((name) => ({ name, type: 'text' as const, sourceType: 'text', nullable: true }));
const codecs = [7, 8].map((id) =>
  createRawCodec(id, rawSchema('y', { name: 's', columns, key: ['A'], rowEstimate: null })),
);

const text = fc.oneof(fc.constantFrom('', 'a', 'ab', 'x'.repeat(70), '人𠮷'), fc.string({ unit: 'grapheme' }));
const record = fc.record({
  ...{ op: fc.constantFrom('upsert' as const, 'delete' as const), key: text, A: text, B: fc.option(text) },
  ...{ observedAt: fc.integer({ min: -(2 ** 40), max: 2 ** 41 }), origin: text, codec: fc.nat(1) },
});
type Given = { [Key in 'op' | 'key' | 'A' | 'B' | 'observedAt' | 'origin' | 'codec']: unknown };

const printOf = ({ op, key, A, B, observedAt, origin, codec }: Given) => {
  const value = op === 'delete' ? null : { A, B };
  return rawPrintOf(
    codecs[codec as number]?.encode({ stream: 's', op, key, value, observedAt, origin } as RawRecord) as Uint8Array,
  );
};
const said = ({ op, key, A, B, codec }: Given): string =>
  JSON.stringify([op, key, op === 'delete' ? 0 : [A, B], codec]);

test('two messages have one print when they say the same of one key, wherever and whenever it was seen', () => {
  fc.assert(
    fc.property(record, record, text, fc.nat(2 ** 40), (one, other, origin, observedAt) => {
      expect(printOf({ ...one, origin, observedAt })).toEqual(printOf(one));
      expect(printOf(one).content === printOf(other).content).toBe(said(one) === said(other));
      expect(printOf(one).key === printOf(other).key).toBe(one.key === other.key);
    }),
    { seed: propertySeed('raw print'), numRuns: 500 },
  );
});
