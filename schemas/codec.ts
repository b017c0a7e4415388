import avsc from 'avsc';
import { asRawEnvelope, avroName, columnsOfSchema } from './avro.ts';
import type { AvroSchema } from './avro.ts';
import { compileGuard } from './guard.ts';
import type { GuardLimits } from './guard.ts';
import { HubError, toHubError } from './kernel/errors.ts';
import type { ColumnSpec, RawRecord, RawValue } from './stream.ts';

/** Confluent framing: one zero byte, the schema id (4 bytes, big-endian), then Avro binary. */
export const FRAME_BYTES = 5;
const SLAB_BYTES = 256 * 1024;

/** The schema id of a framed message. HUB_MESSAGE_MALFORMED when it is too short or the first byte is not 0. */
export function schemaIdOf(bytes: Uint8Array): number {
  if (bytes.length < FRAME_BYTES)
    throw new HubError('HUB_MESSAGE_MALFORMED', `a message of ${bytes.length} bytes has no schema id`, { position: 0 });
  if (bytes[0] !== 0)
    throw new HubError('HUB_MESSAGE_MALFORMED', `a message begins with byte ${bytes[0]} instead of 0`, { position: 0 });
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1);
}

export interface RawCodec {
  readonly schemaId: number;
  /**
   * Framed bytes, never overwritten later. Many messages share one slab of 256 KiB, so keeping one keeps its slab.
   * HUB_RECORD_INVALID with `details.column` when a value is not of its column's type or the column is not in the
   * schema: that row is to be rejected, the next ones are not affected.
   */
  encode(record: RawRecord): Uint8Array;
  /** Guarded. HUB_MESSAGE_MALFORMED with `details.position` for whatever is not such a message. */
  decode(bytes: Uint8Array): RawRecord;
}

type Fields = Record<string, unknown>;

/** @param schema a raw envelope (`rawSchema`), the one registered under `schemaId`. */
export function createRawCodec(schemaId: number, schema: AvroSchema, limits: GuardLimits = {}): RawCodec {
  const { stream } = asRawEnvelope(schema);
  const columns = columnsOfSchema(schema).map((column) => ({ ...column, field: avroName(column.name) }));
  const known: ReadonlySet<string> = new Set(columns.map((column) => column.name));
  const guard = compileGuard(schema, limits);
  const type = avscType(schema);
  // One object for all records: its shape never changes, which keeps avsc's generated writer fast.
  const envelope: Fields = { _op: '', _key: '', _observed_at: 0, _origin: '' };
  for (const column of columns) envelope[column.field] = null;
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let used = 0;

  function fill(record: RawRecord): void {
    envelope['_op'] = record.op;
    envelope['_key'] = record.key;
    envelope['_observed_at'] = record.observedAt;
    envelope['_origin'] = record.origin;
    requireText(record.key, '_key', record);
    requireText(record.origin, '_origin', record);
    const value = record.value ?? {};
    let present = 0;
    for (const { name, field } of columns) {
      const cell: RawValue | undefined = Object.hasOwn(value, name) ? value[name] : undefined;
      if (cell === undefined) {
        envelope[field] = null;
        continue;
      }
      present++;
      if (typeof cell === 'string') requireText(cell, name, record);
      envelope[field] = cell instanceof Uint8Array && !Buffer.isBuffer(cell) ? asBuffer(cell) : cell;
    }
    if (Object.keys(value).length !== present) {
      const extra = Object.keys(value).find((name) => !known.has(name) && value[name] !== undefined);
      if (extra !== undefined) throw unfit(record, extra, 'is not in the schema of the stream', { allowed: [...known] });
    }
  }

  return {
    schemaId,
    encode(record) {
      fill(record);
      try {
        let end = type.encode(envelope, slab, used + FRAME_BYTES);
        if (end < 0) {
          // avsc answers with the number of missing bytes, counted from where this message began.
          const length = slab.length - end - used;
          slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, length));
          used = 0;
          end = type.encode(envelope, slab, FRAME_BYTES);
        }
        slab[used] = 0;
        slab.writeUInt32BE(schemaId, used + 1);
        const message = slab.subarray(used, end);
        used = end;
        return message;
      } catch (error) {
        throw explain(record, columns, envelope, error);
      }
    },
    decode(bytes) {
      const id = schemaIdOf(bytes);
      if (id !== schemaId)
        throw new HubError('HUB_MESSAGE_MALFORMED', `a message of schema ${id} given to the codec of schema ${schemaId}`, { position: 1 });
      guard(bytes, FRAME_BYTES);
      const fields = decodeFields(type, bytes);
      const op = fields['_op'];
      if (op !== 'upsert' && op !== 'delete')
        throw new HubError('HUB_MESSAGE_MALFORMED', `operation ${JSON.stringify(op)} is neither upsert nor delete`, { position: FRAME_BYTES });
      const key = fields['_key'] as string;
      const observedAt = fields['_observed_at'] as number;
      const origin = fields['_origin'] as string;
      if (op === 'delete') return { stream, key, op, value: null, observedAt, origin };
      const value: Record<string, RawValue> = {};
      for (const { name, field } of columns) {
        if (name === '__proto__') Object.defineProperty(value, name, { value: fields[field], enumerable: true });
        else value[name] = fields[field] as RawValue;
      }
      return { stream, key, op, value, observedAt, origin };
    },
  };
}

function avscType(schema: AvroSchema): avsc.Type {
  try {
    return avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0], { wrapUnions: false, omitRecordMethods: true });
  } catch (error) {
    throw toHubError(error, 'HUB_SCHEMA_INVALID', 'avsc does not accept the schema');
  }
}

function decodeFields(type: avsc.Type, bytes: Uint8Array): Fields {
  try {
    const { value, offset } = type.decode(asBuffer(bytes), FRAME_BYTES) as { value: Fields; offset: number };
    if (offset === bytes.length) return value;
  } catch (error) {
    // a long beyond 2^53: avsc will not round
    throw toHubError(error, 'HUB_MESSAGE_MALFORMED', 'a message cannot be decoded', { position: FRAME_BYTES });
  }
  throw new HubError('HUB_MESSAGE_MALFORMED', 'a message does not end where its schema says', { position: bytes.length });
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

type MaybeWellFormed = string & { isWellFormed(): boolean };
/** UTF-8 has no lone surrogates: avsc would write bytes that nobody can read back. */
function requireText(value: string, column: string, record: RawRecord): void {
  if (typeof value === 'string' && !(value as MaybeWellFormed).isWellFormed())
    throw unfit(record, column, 'holds half of a surrogate pair, which UTF-8 cannot carry');
}

const unfit = (record: RawRecord, column: string, what: string, details: object = {}): HubError =>
  new HubError('HUB_RECORD_INVALID', `${record.origin}: column ${column} ${what}`, { column, origin: record.origin, ...details });

const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  integer: (value) => typeof value === 'number' && value === (value | 0),
  float: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  bytes: (value) => value instanceof Uint8Array,
};

/** avsc says that something did not fit; this finds out which column, without printing the value. */
function explain(record: RawRecord, columns: readonly (ColumnSpec & { readonly field: string })[], envelope: Fields, error: unknown): HubError {
  for (const { name, field, type } of columns) {
    const value = envelope[field];
    const fits = FITS[type] ?? ((cell: unknown): boolean => typeof cell === 'string');
    if (value !== null && !fits(value))
      return unfit(record, name, `is of type ${type} but the value is ${typeof value === 'number' ? 'a number outside it' : `a ${typeof value}`}`, { type });
  }
  return toHubError(error, 'HUB_RECORD_INVALID', `${record.origin}: the record has no valid key, time or origin`, { origin: record.origin });
}
