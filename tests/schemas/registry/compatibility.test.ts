import { describe, expect, test } from '@jest/globals';
import type { AvroSchema } from '../../../schemas/avro.ts';
import { incompatibilities, requireCompatible } from '../../../schemas/registry/compatibility.ts';
import { errorLike } from '../sample.ts';

const record = (fields: readonly object[], more: object = {}): AvroSchema =>
  ({ type: 'record', name: 'myrecord', fields, ...more }) as AvroSchema;
const f1 = { type: 'string', name: 'f1' };
const f2 = { type: 'string', name: 'f2' };
const f2WithDefault = { ...f2, default: 'foo' };
const decimal = (precision: number, scale: number): AvroSchema => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});
const fixed = (name: string, size: number, more: object = {}): AvroSchema => ({ type: 'fixed', name, size, ...more });
const enumOf = (symbols: string[], more: object = {}): AvroSchema => ({ type: 'enum', name: 'E', symbols, ...more });
const list = (value: AvroSchema): AvroSchema =>
  record([
    { name: 'value', type: value },
    { name: 'next', type: ['null', 'myrecord'], default: null },
  ]);

// reader (new), writer (old); null = compatible, otherwise where it is not
const CASES: readonly [string, AvroSchema, AvroSchema, string | null][] = [
  ['the same', record([f1]), record([f1]), null],
  ['a field added with a default', record([f1, f2WithDefault]), record([f1]), null],
  ['a field added without a default', record([f1, f2]), record([f1]), '/f2'],
  ['a field removed', record([f1]), record([f1, f2]), null],
  ['a default removed from a field the writer has', record([f1, f2]), record([f1, f2WithDefault]), null],
  ['a field renamed with an alias', record([{ type: 'string', name: 'f1_new', aliases: ['f1'] }]), record([f1]), null],
  ['a field renamed without an alias', record([{ type: 'string', name: 'f1_new' }]), record([f1]), '/f1_new'],
  ['string to a union with null', record([{ name: 'f1', type: ['null', 'string'] }]), record([f1]), null],
  [
    'a union branch removed',
    record([{ name: 'f1', type: ['null', 'string'] }]),
    record([{ name: 'f1', type: ['null', 'string', 'int'] }]),
    '/f1',
  ],
  [
    'a union branch added',
    record([{ name: 'f1', type: ['null', 'string', 'int'] }]),
    record([{ name: 'f1', type: ['null', 'string'] }]),
    null,
  ],
  ['a union narrowed to its only branch', 'string', ['string'], null],
  ['null removed', 'string', ['null', 'string'], ''],
  ['int to long', 'long', 'int', null],
  ['int to double', 'double', 'int', null],
  ['long to float', 'float', 'long', null],
  ['float to double', 'double', 'float', null],
  ['string to bytes', 'bytes', 'string', null],
  ['bytes to string', 'string', 'bytes', null],
  ['long to int', 'int', 'long', ''],
  ['double to float', 'float', 'double', ''],
  ['int to string', 'string', 'int', ''],
  ['boolean to int', 'int', 'boolean', ''],
  ['int into a union that promotes', ['null', 'long'], 'int', null],
  ['enum symbols added', enumOf(['A', 'B']), enumOf(['A']), null],
  ['enum symbols removed', enumOf(['A']), enumOf(['A', 'B']), ''],
  ['enum symbols removed, with a default', enumOf(['A'], { default: 'A' }), enumOf(['A', 'B']), null],
  ['another fixed size', fixed('F', 4), fixed('F', 8), ''],
  ['another fixed name', fixed('G', 4), fixed('F', 4), ''],
  ['another fixed name with an alias', fixed('G', 4, { aliases: ['F'] }), fixed('F', 4), null],
  ['another namespace only', record([f1], { namespace: 'b' }), record([f1], { namespace: 'a' }), null],
  ['another record name', record([f1], { name: 'other' }), record([f1]), ''],
  ['another record name with an alias', record([f1], { name: 'other', aliases: ['myrecord'] }), record([f1]), null],
  ['decimal of the same precision and scale', decimal(10, 2), decimal(10, 2), null],
  ['decimal scale changed', decimal(10, 3), decimal(10, 2), ''],
  ['decimal precision changed', decimal(12, 2), decimal(10, 2), ''],
  ['array items promoted', { type: 'array', items: 'long' }, { type: 'array', items: 'int' }, null],
  ['array items changed', { type: 'array', items: 'int' }, { type: 'array', items: 'string' }, '/items'],
  ['map values changed', { type: 'map', values: 'int' }, { type: 'map', values: 'string' }, '/values'],
  ['array to map', { type: 'map', values: 'int' }, { type: 'array', items: 'int' }, ''],
  ['a recursive record', list('long'), list('int'), null],
  ['a recursive record that differs', list('int'), list('string'), '/value'],
];

describe('BACKWARD compatibility', () => {
  test.each(CASES)('%s', (_, reader, writer, path) => {
    expect(incompatibilities(reader, writer).map((problem) => problem.path)).toEqual(path === null ? [] : [path]);
  });

  test('names every problem with path and reason', () => {
    const writer = record([f1, { name: 'n', type: 'int' }]);
    const reader = record([{ ...f1, type: 'int' }, { name: 'n', type: 'long' }, f2]);
    expect(() => requireCompatible('raw.a.b-value', reader, writer)).toThrow(
      errorLike('HUB_SCHEMA_INCOMPATIBLE', {
        path: '/f1',
        problems: [
          { path: '/f1', reason: 'int cannot read string' },
          { path: '/f2', reason: 'a field was added without a default' },
        ],
      }),
    );
  });
});
