import avsc from 'avsc';
import type { AvroSchema } from './avro.ts';
import { asRawEnvelope, avroName, columnsOfSchema } from './avro.ts';
import type { GuardLimits } from './guard.ts';
import { compileGuard } from './guard.ts';
import { HubError, toHubError } from './kernel/errors.ts';
import { createRawWriter } from './raw-writer.ts';
import type { RawRecord, RawValue } from './stream.ts';

/** Confluent framing: one zero byte, the schema id (4 bytes, big-endian), then Avro binary. */
export const FRAME_BYTES = 5;

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
  const guard = compileGuard(schema, limits);
  const type = avscType(schema);
  return {
    schemaId,
    encode: createRawWriter(schemaId, columns),
    decode(bytes) {
      const id = schemaIdOf(bytes);
      if (id !== schemaId)
        throw new HubError(
          'HUB_MESSAGE_MALFORMED',
          `a message of schema ${id} given to the codec of schema ${schemaId}`,
          { position: 1 },
        );
      guard(bytes, FRAME_BYTES);
      const fields = decodeFields(type, bytes);
      const op = fields['_op'];
      if (op !== 'upsert' && op !== 'delete')
        throw new HubError('HUB_MESSAGE_MALFORMED', `operation ${JSON.stringify(op)} is neither upsert nor delete`, {
          position: FRAME_BYTES,
        });
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
    return avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0], {
      wrapUnions: false,
      omitRecordMethods: true,
    });
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
  throw new HubError('HUB_MESSAGE_MALFORMED', 'a message does not end where its schema says', {
    position: bytes.length,
  });
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
