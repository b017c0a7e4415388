import { describe, expect, test } from '@jest/globals';
import type { AvroSchema } from '../../../schemas/avro.ts';
import { parseSchema } from '../../../schemas/registry/schema-graph.ts';
import { errorLike } from '../sample.ts';

const record = (...fields: object[]): unknown => ({ type: 'record', name: 'a.R', fields });

describe('parseSchema', () => {
  test.each<[string, unknown, string]>([
    ['an unknown type', record({ name: 'f', type: 'strin' }), '/f'],
    ['no type', record({ name: 'f' }), '/f'],
    ['an illegal field name', record({ name: 'a-b', type: 'int' }), ''],
    ['two fields of one name', record({ name: 'f', type: 'int' }, { name: 'f', type: 'int' }), ''],
    ['a field that JavaScript would lose', record({ name: '__proto__', type: 'int' }), ''],
    ['a default of another type', record({ name: 'f', type: 'int', default: 'x' }), '/f'],
    ['a default of the second branch', record({ name: 'f', type: ['null', 'int'], default: 1 }), '/f'],
    ['a union in a union', ['null', ['int']], ''],
    ['a branch twice', ['int', 'int'], ''],
    ['an empty union', [], ''],
    ['a name defined twice', record({ name: 'f', type: { type: 'fixed', name: 'a.R', size: 1 } }), '/f'],
    ['an enum without symbols', { type: 'enum', name: 'E' }, ''],
    ['an enum default outside it', { type: 'enum', name: 'E', symbols: ['A'], default: 'B' }, ''],
    ['a fixed without size', { type: 'fixed', name: 'F' }, ''],
    ['a record without fields', { type: 'record', name: 'R' }, ''],
    ['a name of a primitive', { type: 'record', name: 'int', fields: [] }, ''],
    ['null', null, ''],
  ])('refuses %s', (_, schema, path) => {
    expect(() => parseSchema(schema as AvroSchema)).toThrow(errorLike('HUB_SCHEMA_INVALID', { path }));
  });

  test('refuses nesting that would exhaust the stack', () => {
    let schema: AvroSchema = 'int';
    for (let i = 0; i < 100_000; i++) schema = { type: 'array', items: schema };
    expect(() => parseSchema(schema)).toThrow(errorLike('HUB_SCHEMA_INVALID'));
  });

  test('resolves names in their namespace, and recursion', () => {
    const node = parseSchema(record({ name: 'next', type: ['null', 'R'], default: null }) as AvroSchema);
    expect(node).toMatchObject({ kind: 'record', name: 'a.R' });
    if (node.kind !== 'record' || node.fields[0]?.type.kind !== 'union') throw new Error('unexpected');
    expect(node.fields[0].type.branches[1]).toBe(node);
  });
});
