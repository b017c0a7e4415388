import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import { avroName, columnName, columnsOfSchema, rawSchema, rawSubject } from '../../schemas/avro.ts';
import { createRawCodec, schemaIdOf } from '../../schemas/codec.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { createRawReader } from '../../schemas/raw-reader.ts';
import { parseSchema } from '../../schemas/registry/schema-graph.ts';
import type { ColumnType, RawValue } from '../../schemas/stream.ts';
import { COLUMN_TYPES, errorLike, recordOf, streamOf } from './sample.ts';

const TEXT: fc.Arbitrary<RawValue> = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const VALUE: Readonly<Record<ColumnType, fc.Arbitrary<RawValue>>> = {
  text: TEXT,
  bigint: TEXT,
  decimal: TEXT,
  date: TEXT,
  time: TEXT,
  timestamp: TEXT,
  integer: fc.integer(),
  float: fc.double(),
  boolean: fc.boolean(),
  bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
};
const columnNames = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }),
  fc.constantFrom('_op', '_key', '__proto__', 'constructor', '姓名', '_u4E2D', 'GMSFHM', 'a b'),
);
const table = fc
  .dictionary(columnNames, fc.constantFrom(...COLUMN_TYPES), { minKeys: 1, maxKeys: 8, noNullPrototype: false })
  .chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.tuple(...Object.values(columns).map((type) => fc.option(VALUE[type]))), { maxLength: 20 }),
    }),
  );

describe('the raw schema', () => {
  test('is valid Avro and gives its columns back, whatever they are called', () => {
    fc.assert(
      fc.property(table, ({ columns }) => {
        const spec = streamOf(columns);
        const schema = rawSchema('golden-tax', spec);
        parseSchema(schema);
        expect(columnsOfSchema(JSON.parse(JSON.stringify(schema)))).toEqual(spec.columns);
      }),
    );
  });

  test('names columns reversibly', () => {
    fc.assert(
      fc.property(columnNames, (name) => columnName(avroName(name)) === name && /^[A-Za-z_]\w*$/.test(avroName(name))),
    );
    expect(['GMSFHM', '姓名', '_op', 'a-b', '2x'].map(avroName)).toEqual([
      'GMSFHM',
      '_u59D3_u540D',
      '_u005Fop',
      'a_u002Db',
      '_u0032x',
    ]);
  });

  test('carries names, comments and nullability of the source', () => {
    const column = { name: 'XM', type: 'text', sourceType: 'varchar(50)', nullable: false, comment: '姓名' } as const;
    const schema = rawSchema('golden-shield', { ...streamOf({}), columns: [column] });
    expect(columnsOfSchema(schema)).toEqual([column]);
    expect(schema).toMatchObject({ namespace: 'raw.golden_shield', name: 't_czrk', stream: 't-czrk' });
    expect(rawSubject('golden-shield', 'czrk')).toBe('raw.golden-shield.czrk-value');
  });

  test('that is another record is HUB_SCHEMA_INVALID', () => {
    expect(() => columnsOfSchema({ type: 'record', name: 'a', fields: [] })).toThrow(HubError);
    expect(() => columnsOfSchema('string')).toThrow(HubError);
  });
});

describe('the raw codec', () => {
  test('gives every record back, and its bytes never change afterwards', () => {
    fc.assert(
      fc.property(table, ({ columns, rows }) => {
        const codec = createRawCodec(258, rawSchema('golden-tax', streamOf(columns)));
        const records = rows.map((row) =>
          recordOf(Object.fromEntries(Object.keys(columns).map((name, i) => [name, row[i] ?? null]))),
        );
        const messages = records.map((record) => codec.encode(record));
        const copies = messages.map((message) => Buffer.from(message));
        records.forEach((record, i) => {
          expect(codec.decode(messages[i] as Uint8Array)).toEqual(record);
          expect(copies[i]?.equals(messages[i] as Uint8Array)).toBe(true);
        });
      }),
    );
  });

  test('writes exactly what avsc writes', () => {
    fc.assert(
      fc.property(table, ({ columns, rows }) => {
        const schema = rawSchema('golden-tax', streamOf(columns));
        const codec = createRawCodec(7, schema);
        const type = avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0], { wrapUnions: false });
        for (const row of rows) {
          const names = Object.keys(columns);
          const { key, op, observedAt, origin } = recordOf({});
          const fields = Object.fromEntries(names.map((name, i) => [avroName(name), row[i] ?? null]));
          const expected = type.toBuffer({ _op: op, _key: key, _observed_at: observedAt, _origin: origin, ...fields });
          const message = codec.encode(recordOf(Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]))));
          expect(Buffer.from(message.subarray(5)).equals(expected)).toBe(true);
        }
      }),
    );
  });

  test.each([0, 1, 20, 21, 22, 41, 42, 63, 64, 65, 2730, 2731, 8191, 8192, 8193, 100_000])(
    'carries text of %d characters of every width',
    (length) => {
      for (const unit of ['a', 'é', '江', '𠮷']) {
        const record = recordOf({ t: unit.repeat(length), n: null, b: null });
        expect(codec.decode(codec.encode(record))).toEqual(record);
      }
    },
  );

  const codec = createRawCodec(258, rawSchema('golden-tax', streamOf({ n: 'integer', t: 'text', b: 'bytes' })));

  test('frames with one zero byte and the schema id', () => {
    const message = codec.encode(recordOf({ n: 1, t: null, b: null }));
    expect([...message.subarray(0, 5)]).toEqual([0, 0, 0, 1, 2]);
    expect(schemaIdOf(message)).toBe(258);
  });

  test('a delete has no value', () => {
    expect(codec.decode(codec.encode(recordOf(null)))).toEqual(recordOf(null));
  });

  test('a missing column is null', () => {
    expect(codec.decode(codec.encode(recordOf({ n: 1 }))).value).toEqual({ n: 1, t: null, b: null });
  });

  test('records cross the ends of slabs unharmed, also when larger than one', () => {
    const sizes = [1, 100_000, 200_000, 262_130, 262_144, 700_000, 3, 262_100, 262_000];
    const records = sizes.map((size) =>
      recordOf({ n: size, t: '江'.repeat(Math.floor(size / 3)), b: Buffer.alloc(size % 1000, 7) }),
    );
    const messages = records.map((record) => codec.encode(record));
    expect(messages.map((message) => codec.decode(message))).toEqual(records);
  });

  test.each<[Record<string, RawValue>, string]>([
    [{ n: 'text' }, 'n'],
    [{ n: 1.5 }, 'n'],
    [{ n: 2 ** 31 }, 'n'],
    [{ t: 5 }, 't'],
    [{ t: true }, 't'],
    [{ b: 'text' }, 'b'],
    [{ t: '\ud800' }, 't'],
    [{ t: '\udc00x' }, 't'],
    [{ t: `${'x'.repeat(50)}\ud800` }, 't'],
    [{ n: 1, other: 'x' }, 'other'],
  ])('%j is HUB_RECORD_INVALID for column %s, and the next record is not affected', (value, column) => {
    const before = codec.encode(recordOf({ n: 1, t: 'good' }));
    expect(() => codec.encode(recordOf(value))).toThrow(errorLike('HUB_RECORD_INVALID', { column }));
    expect(codec.decode(codec.encode(recordOf({ n: 2, t: 'next' }))).value).toMatchObject({ n: 2, t: 'next' });
    expect(codec.decode(before).value).toMatchObject({ t: 'good' });
  });

  test('the message of a refused value does not show the value', () => {
    expect(() => codec.encode(recordOf({ n: '630105199001011234' }))).toThrow(/^(?!.*6301)/);
  });

  const malformed = errorLike('HUB_MESSAGE_MALFORMED');
  test.each([[''], ['00'], ['00000001'], ['0100000102'], ['0000000102'], ['7b7d7b7d7b7d']])(
    'bytes %s are malformed',
    (hex) => {
      expect(() => codec.decode(Buffer.from(hex, 'hex'))).toThrow(malformed);
    },
  );

  test('a message of another schema, with a cut or with one byte more is malformed', () => {
    const message = codec.encode(recordOf({ n: 1, t: 'x', b: null }));
    expect(() => createRawCodec(259, rawSchema('a', streamOf({ n: 'integer' }))).decode(message)).toThrow(malformed);
    for (let length = 0; length < message.length; length++)
      expect(() => codec.decode(message.subarray(0, length))).toThrow(malformed);
    expect(() => codec.decode(Buffer.concat([message, Buffer.of(0)]))).toThrow(malformed);
  });
});

describe('the raw reader', () => {
  const older = rawSchema('golden-tax', streamOf({ n: 'integer' }));
  const newer = rawSchema('golden-tax', streamOf({ n: 'integer', t: 'text' }));
  const known = new Map<number, ReturnType<typeof rawSchema> | { type: 'array'; items: string }>([
    [1, older],
    [2, newer],
    [3, { type: 'array', items: 'null' }],
  ]);
  const registry = {
    calls: 0,
    async byId(id: number) {
      this.calls++;
      const schema = known.get(id);
      if (schema === undefined) throw new HubError('HUB_SCHEMA_UNKNOWN', `no ${id}`);
      return schema;
    },
  };

  test('reads each message with its own schema and asks the registry once for each', async () => {
    const reader = createRawReader(registry);
    const messages = [
      createRawCodec(1, older).encode(recordOf({ n: 1 })),
      createRawCodec(2, newer).encode(recordOf({ n: 2, t: 'x' })),
    ];
    await reader.prepare(messages);
    await reader.prepare(messages);
    expect(messages.map((message) => reader.decode(message).value)).toEqual([{ n: 1 }, { n: 2, t: 'x' }]);
    expect(registry.calls).toBe(2);
  });

  test('an unknown id, a foreign schema and noise are rejected alone', async () => {
    const reader = createRawReader(registry);
    const good = createRawCodec(1, older).encode(recordOf({ n: 1 }));
    const unknown = Buffer.from('000000006300', 'hex');
    const foreign = Buffer.from('000000000300', 'hex');
    const noise = Buffer.from('noise');
    await reader.prepare([unknown, foreign, noise, good]);
    const code = (message: Uint8Array): string => {
      try {
        return reader.decode(message).op;
      } catch (error) {
        return (error as HubError).code;
      }
    };
    expect([unknown, foreign, noise, good].map(code)).toEqual([
      'HUB_SCHEMA_UNKNOWN',
      'HUB_MESSAGE_MALFORMED',
      'HUB_MESSAGE_MALFORMED',
      'upsert',
    ]);
  });
});
