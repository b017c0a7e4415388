import { HubError } from './kernel/errors.ts';
import type { ColumnSpec, ColumnType, StreamSpec } from './stream.ts';
import { rawTopic } from './system.ts';

/** An Avro schema as JSON (Avro 1.11 specification). */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | { readonly type: AvroSchema; readonly [attribute: string]: unknown };

interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly [attribute: string]: unknown;
}

export type AvroRecordSchema = {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly fields: readonly AvroField[];
  readonly [attribute: string]: unknown;
};

const AVRO_TYPE: Readonly<Record<ColumnType, string>> = {
  text: 'string',
  bigint: 'string',
  decimal: 'string',
  date: 'string',
  time: 'string',
  timestamp: 'string',
  integer: 'int',
  float: 'double',
  boolean: 'boolean',
  bytes: 'bytes',
};

const ENVELOPE: readonly AvroField[] = [
  { name: '_op', type: 'string' },
  { name: '_key', type: 'string' },
  { name: '_observed_at', type: 'long' },
  { name: '_origin', type: 'string' },
];
const ENVELOPE_NAMES: ReadonlySet<string> = new Set(ENVELOPE.map((field) => field.name));

const LEGAL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ESCAPE = /_u[0-9A-F]{4}/;
const escapeUnit = (unit: string): string => `_u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * A column name as an Avro name: itself when that is legal and free, otherwise with `_uXXXX` for each UTF-16 unit that
 * is not. Different columns never share a name; `columnName` reverses it. Also escapes what JavaScript objects treat
 * specially (`__proto__`), because avsc loses such fields silently.
 */
export function avroName(column: string): string {
  const clashes = ENVELOPE_NAMES.has(column) || ESCAPE.test(column) || column in Object.prototype;
  if (LEGAL_NAME.test(column) && !clashes) return column;
  let name = '';
  for (let i = 0; i < column.length; i++) {
    const unit = column.charAt(i);
    const plain = /[A-Za-z_]/.test(unit) || (i > 0 && /[0-9]/.test(unit));
    const ambiguous = (i === 0 && clashes) || (unit === '_' && /^_u[0-9A-F]{4}/.test(column.slice(i)));
    name += plain && !ambiguous ? unit : escapeUnit(unit);
  }
  return name;
}

export const columnName = (name: string): string =>
  name.replace(/_u([0-9A-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

// System and stream identifiers have hyphens but never underscores, so this loses nothing for them.
const identifierName = (identifier: string): string =>
  /^[a-z][a-z0-9-]*$/.test(identifier) ? identifier.replaceAll('-', '_') : avroName(identifier);

/** The registry subject of a stream, named as Kafka's TopicNameStrategy does. */
export const rawSubject = (system: string, stream: string): string => `${rawTopic(system, stream)}-value`;

/**
 * The envelope of a stream's raw messages: operation, key, time and origin, then every column as `["null", T]`, so that
 * a column may come or go without breaking older readers. The field attributes hold what Avro cannot say.
 */
export function rawSchema(system: string, spec: StreamSpec): AvroRecordSchema {
  const columns = spec.columns.map(
    (column): AvroField => ({
      name: avroName(column.name),
      type: ['null', AVRO_TYPE[column.type]],
      default: null,
      ...(column.comment === undefined ? {} : { doc: column.comment }),
      column: column.name,
      columnType: column.type,
      sourceType: column.sourceType,
      nullable: column.nullable,
    }),
  );
  return {
    type: 'record',
    name: identifierName(spec.name),
    namespace: `raw.${identifierName(system)}`,
    system,
    stream: spec.name,
    key: [...spec.key],
    fields: [...ENVELOPE, ...columns],
  };
}

/** The columns a raw schema was made from, in order. HUB_SCHEMA_INVALID when it is not a raw envelope. */
export function columnsOfSchema(schema: AvroSchema): ColumnSpec[] {
  const envelope = asRawEnvelope(schema);
  return envelope.fields.slice(ENVELOPE.length).map((field) => {
    const type = field['columnType'];
    const avroType = Array.isArray(field.type) ? field.type[1] : undefined;
    if (typeof type !== 'string' || !Object.hasOwn(AVRO_TYPE, type) || AVRO_TYPE[type as ColumnType] !== avroType)
      throw new HubError(
        'HUB_SCHEMA_INVALID',
        `field ${field.name} of ${envelope.name} is not a column of a raw envelope`,
        {
          path: `${envelope.name}.${field.name}`,
          allowed: Object.keys(AVRO_TYPE),
        },
      );
    const { column, sourceType, nullable, doc } = field;
    return {
      name: typeof column === 'string' ? column : columnName(field.name),
      type: type as ColumnType,
      sourceType: typeof sourceType === 'string' ? sourceType : type,
      nullable: nullable !== false,
      ...(typeof doc === 'string' ? { comment: doc } : {}),
    };
  });
}

/** Narrows to a record that begins with the envelope fields; HUB_SCHEMA_INVALID otherwise. */
export function asRawEnvelope(schema: AvroSchema): AvroRecordSchema & { readonly stream: string } {
  if (typeof schema === 'object' && !Array.isArray(schema)) {
    const record = schema as AvroRecordSchema;
    const fields = Array.isArray(record.fields) ? record.fields : [];
    const whole = ENVELOPE.every(({ name, type }, i) => fields[i]?.name === name && fields[i]?.type === type);
    if (record.type === 'record' && whole && typeof record['stream'] === 'string')
      return record as AvroRecordSchema & { readonly stream: string };
  }
  throw new HubError('HUB_SCHEMA_INVALID', 'the schema is not the envelope of a raw stream', {
    expected: [...ENVELOPE_NAMES],
  });
}
