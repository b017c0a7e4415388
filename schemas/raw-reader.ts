import type { asRawEnvelope } from './avro.ts';
import type { RawCodec } from './codec.ts';
import { createRawCodec, schemaIdOf } from './codec.ts';
import type { GuardLimits } from './guard.ts';
import { HubError, isHubError } from './kernel/errors.ts';
import type { SchemaRegistry } from './registry/registry.ts';
import type { RawRecord } from './stream.ts';

/** Reads raw messages of any registered schema, each with the schema it was written with. */
export interface RawReader {
  /**
   * Fetches the schemas these messages name; call it once a batch. Fails only for what is to be retried: a message
   * without a known schema fails in `decode`.
   */
  prepare(messages: Iterable<Uint8Array>): Promise<void>;
  /** HUB_MESSAGE_MALFORMED or HUB_SCHEMA_UNKNOWN: the message is to be rejected. Must have been prepared. */
  decode(message: Uint8Array): RawRecord;
}

export function createRawReader(registry: Pick<SchemaRegistry, 'byId'>, limits: GuardLimits = {}): RawReader {
  const codecs = new Map<number, RawCodec>();
  // Forgotten at the next `prepare`: an unknown id may be registered meanwhile.
  let failures = new Map<number, HubError>();

  async function load(id: number): Promise<void> {
    try {
      codecs.set(id, codecOf(id, await registry.byId(id), limits));
    } catch (error) {
      if (!isHubError(error) || error.recovery !== 'reject') throw error;
      failures.set(id, error);
    }
  }

  return {
    async prepare(messages) {
      failures = new Map();
      const wanted = new Set<number>();
      for (const message of messages) {
        if (message.length < 5 || message[0] !== 0) continue;
        const id = schemaIdOf(message);
        if (!codecs.has(id)) wanted.add(id);
      }
      for (const id of wanted) await load(id);
    },
    decode(message) {
      const id = schemaIdOf(message);
      const codec = codecs.get(id);
      if (codec !== undefined) return codec.decode(message);
      throw failures.get(id) ?? new HubError('HUB_SCHEMA_UNKNOWN', `schema ${id} was not prepared`, { schemaId: id });
    },
  };
}

/** A registered schema that is no raw envelope condemns the message that names it, not the reader. */
function codecOf(id: number, schema: Parameters<typeof asRawEnvelope>[0], limits: GuardLimits): RawCodec {
  try {
    return createRawCodec(id, schema, limits);
  } catch (error) {
    throw new HubError(
      'HUB_MESSAGE_MALFORMED',
      `schema ${id} is not that of a raw stream`,
      { schemaId: id, position: 1 },
      { cause: error },
    );
  }
}
