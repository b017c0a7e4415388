import type { RejectedRow, SourcePortion } from '../../connectors/connector.ts';
import type { RawCodec } from '../../schemas/codec.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { RawRecord } from '../../schemas/stream.ts';
import type { NewMessage } from '../log/event-log.ts';
import { MAX_MESSAGE_BYTES, messageBytes } from '../log/limits.ts';
import { rejectRecord } from './rejects.ts';

export interface EncodedPortion {
  readonly messages: readonly NewMessage[];
  /** The source's rejects and the records that the log cannot carry. */
  readonly rejects: readonly RejectedRow[];
  /** Of each message, where the source may give it again. */
  readonly places: readonly (number | null)[];
  /** Messages that say that their key is gone. */
  readonly deletes: ReadonlySet<NewMessage>;
}

/** A portion as messages. The message key is the record's key, so that the versions of a row stay in order. */
export function encodePortion(
  portion: Pick<SourcePortion, 'records' | 'rejects' | 'repeats'>,
  codec: RawCodec,
): EncodedPortion {
  const { repeats } = portion;
  const messages: NewMessage[] = [];
  const places: (number | null)[] = [];
  const deletes = new Set<NewMessage>();
  let rejects: RejectedRow[] | null = null;
  for (const record of portion.records) {
    const message = encodeRecord(record, codec);
    if (message instanceof HubError) {
      rejects ??= [...portion.rejects];
      rejects.push(rejectRecord(record, message));
    } else {
      messages.push(message);
      if (record.op === 'delete') deletes.add(message);
      if (repeats !== undefined) places.push(repeats.placeOf(record));
    }
  }
  return { messages, rejects: rejects ?? portion.rejects, places, deletes };
}

function encodeRecord(record: RawRecord, codec: RawCodec): NewMessage | HubError {
  try {
    const key = record.key === '' ? null : Buffer.from(record.key);
    const message = { key, value: codec.encode(record) };
    const bytes = messageBytes(message);
    if (bytes <= MAX_MESSAGE_BYTES) return message;
    return new HubError('HUB_LOG_MESSAGE_TOO_LARGE', `${record.origin} has ${bytes} bytes as a message`, {
      bytes,
      allowed: MAX_MESSAGE_BYTES,
    });
  } catch (error) {
    if (isHubError(error) && error.recovery === 'reject') return error;
    throw error;
  }
}
