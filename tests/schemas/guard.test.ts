import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import type { AvroSchema } from '../../schemas/avro.ts';
import type { GuardLimits } from '../../schemas/guard.ts';
import { compileGuard } from '../../schemas/guard.ts';

const LIST: AvroSchema = { type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] };
const EVERYTHING: AvroSchema = {
  type: 'record',
  name: 'r.Everything',
  fields: [
    { name: 'nothing', type: 'null' },
    { name: 'flag', type: 'boolean' },
    { name: 'i', type: 'int' },
    { name: 'l', type: 'long' },
    { name: 'f', type: 'float' },
    { name: 'd', type: 'double' },
    { name: 's', type: 'string' },
    { name: 'b', type: 'bytes' },
    { name: 'x', type: { type: 'fixed', name: 'Four', size: 4 } },
    { name: 'e', type: { type: 'enum', name: 'Suit', symbols: ['A', 'B', 'C'] } },
    { name: 'm', type: { type: 'map', values: 'long' } },
    { name: 'a', type: { type: 'array', items: { type: 'array', items: 'string' } } },
    { name: 'u', type: ['null', 'int', 'string', 'Four'] },
    { name: 'n', type: LIST },
  ],
};
const avscType = (schema: AvroSchema): avsc.Type =>
  avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0], { wrapUnions: false });
const verdict = (schema: AvroSchema, bytes: Uint8Array, limits?: GuardLimits): string => {
  try {
    compileGuard(schema, limits)(bytes, 0);
    return 'passes';
  } catch (error) {
    const { code, details, message } = error as { code: string; message: string; details: { position: number } };
    expect(code).toBe('HUB_MESSAGE_MALFORMED');
    expect(details.position).toBeLessThanOrEqual(bytes.length);
    return message;
  }
};
const bytes = (...values: number[]): Buffer => Buffer.from(values);
const varint = (value: number): Buffer => avscType('long').toBuffer(value);

// avsc takes a little less than the safe integers
const long = fc.maxSafeInteger().map((value) => Math.trunc(value / 2));
const node = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.record({ next: fc.option(tie('node'), { maxDepth: 5 }) }),
})).node;
const everything = fc.record({
  nothing: fc.constant(null),
  flag: fc.boolean(),
  i: fc.integer(),
  l: long,
  f: fc.float(),
  d: fc.double(),
  s: fc.string({ unit: 'grapheme' }),
  b: fc.uint8Array().map((b) => Buffer.from(b)),
  x: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((b) => Buffer.from(b)),
  e: fc.constantFrom('A', 'B', 'C'),
  m: fc.dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    long,
  ),
  a: fc.array(fc.array(fc.string())),
  u: fc.oneof(fc.constant(null), fc.integer(), fc.string()),
  n: node,
});

describe('the guard', () => {
  const type = avscType(EVERYTHING);
  const guard = compileGuard(EVERYTHING);

  test('passes whatever avsc encodes', () => {
    fc.assert(fc.property(everything, (value) => guard(type.toBuffer(value), 0)));
  });

  test('starts where it is told', () => {
    compileGuard('int')(bytes(9, 9, 2), 2);
    expect(verdict('int', bytes(9, 9, 2))).toContain('2 bytes too many');
  });

  test('refuses every cut and every byte too many', () => {
    fc.assert(
      fc.property(everything, fc.nat(), (value, seed) => {
        const message = type.toBuffer(value);
        expect(verdict(EVERYTHING, message.subarray(0, seed % message.length))).not.toBe('passes');
        expect(verdict(EVERYTHING, Buffer.concat([message, bytes(0)]))).not.toBe('passes');
      }),
      { numRuns: 50 },
    );
  });

  test('what passes, avsc decodes to the last byte, or refuses for a number beyond 2^53; noise and mutations', () => {
    const mutated = fc
      .tuple(everything, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
      .map(([value, changes]) => {
        const message = type.toBuffer(value);
        for (const [at, byte] of changes) message[at % message.length] = byte;
        return message;
      });
    const noise = fc.uint8Array({ maxLength: 200 }).map((b) => Buffer.from(b));
    fc.assert(
      fc.property(fc.oneof(mutated, noise), (message) => {
        if (verdict(EVERYTHING, message) !== 'passes') return;
        try {
          expect(type.decode(message, 0).offset).toBe(message.length);
        } catch (error) {
          expect((error as Error).message).toMatch(/precision/);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each<[string, AvroSchema, Buffer, string]>([
    [
      '20 million nulls in 5 bytes',
      { type: 'array', items: 'null' },
      Buffer.concat([varint(20_000_000), bytes(0)]),
      'items',
    ],
    [
      '5 million empty records',
      { type: 'array', items: { type: 'record', name: 'E', fields: [] } },
      Buffer.concat([varint(5_000_000), bytes(0)]),
      'items',
    ],
    [
      'nulls over many blocks',
      { type: 'array', items: 'null' },
      Buffer.concat([...Array.from({ length: 30 }, () => varint(900)), bytes(0)]),
      'without bytes',
    ],
    [
      'a block count beyond the message',
      { type: 'array', items: 'int' },
      Buffer.concat([varint(1000), bytes(2, 2, 0)]),
      'a block of 1000 items',
    ],
    [
      'a block count of 2^63',
      { type: 'array', items: 'int' },
      Buffer.concat([Buffer.alloc(9, 0xfe), bytes(0x01)]),
      'items',
    ],
    [
      'a negative block with a lying size',
      { type: 'array', items: 'int' },
      Buffer.concat([varint(-2), varint(3), bytes(2, 2, 0, 0, 0)]),
      'should end at',
    ],
    [
      'a negative block with a negative size',
      { type: 'array', items: 'int' },
      Buffer.concat([varint(-2), varint(-3), bytes(2, 2, 0)]),
      'a block of -3 bytes',
    ],
    ['a huge string', 'string', Buffer.concat([varint(2 ** 40), bytes(65)]), 'a length of'],
    ['a negative string', 'string', Buffer.concat([varint(-5), bytes(65)]), 'a length of -5'],
    ['huge bytes', 'bytes', Buffer.concat([varint(2 ** 31), bytes(65)]), 'a length of'],
    ['200,000 levels', LIST, Buffer.concat([Buffer.alloc(200_000, 2), bytes(0)]), 'deeper than 64'],
    ['a number without end', 'long', Buffer.alloc(1000, 0x80), 'too long'],
    ['an int of 33 bits', 'int', bytes(0xff, 0xff, 0xff, 0xff, 0x1f), 'too large'],
    ['a long of 65 bits', 'long', Buffer.concat([Buffer.alloc(9, 0xff), bytes(0x02)]), 'too large'],
    ['a union index past the end', ['null', 'int'], bytes(4), 'union index 2 of 2'],
    ['a negative union index', ['null', 'int'], bytes(1), 'union index -1 of 2'],
    ['an enum index past the end', { type: 'enum', name: 'E', symbols: ['A'] }, bytes(2), 'enum index 1 of 1'],
    ['a boolean of 2', 'boolean', bytes(2), 'boolean'],
    ['text that is not UTF-8', 'string', bytes(4, 0xff, 0xfe), 'not UTF-8'],
    [
      'a map key __proto__',
      { type: 'map', values: 'int' },
      Buffer.concat([bytes(2, 18), Buffer.from('__proto__'), bytes(2, 0)]),
      '__proto__',
    ],
    ['an empty message', 'int', bytes(), 'ends within'],
  ])('refuses %s', (_, schema, message, reason) => {
    expect(verdict(schema, message)).toContain(reason);
  });

  test('passes negative block counts with the right size', () => {
    expect(verdict({ type: 'array', items: 'int' }, Buffer.concat([varint(-2), varint(2), bytes(2, 2, 0)]))).toBe(
      'passes',
    );
  });

  test('limits can be set', () => {
    const strings: AvroSchema = { type: 'array', items: 'string' };
    const message = avscType(strings).toBuffer(['a', 'b', 'c']);
    expect(verdict(strings, message, { maxItems: 3 })).toBe('passes');
    expect(verdict(strings, message, { maxItems: 2 })).toContain('more than 2 items');
    expect(verdict(strings, message, { maxBytes: 4 })).toContain('more than 4');
    expect(verdict(LIST, bytes(2, 2, 0), { maxDepth: 3 })).toContain('deeper than 3');
  });

  test('records that double at each level do not hang it', () => {
    let schema: AvroSchema = { type: 'record', name: 'R0', fields: [] };
    for (let i = 1; i <= 50; i++)
      schema = {
        type: 'record',
        name: `R${i}`,
        fields: [
          { name: 'a', type: schema },
          { name: 'b', type: `R${i - 1}` },
        ],
      };
    expect(verdict(schema, bytes())).toContain('more than 100000 items');
  });
});
