import { HubError } from '../../schemas/kernel/errors.ts';
import type { NewMessage } from './event-log.ts';

/** Key, value and headers together. Below Kafka's default `message.max.bytes` (1,048,588) with room for framing. */
export const MAX_MESSAGE_BYTES = 900_000;

/** An upper bound in bytes of one message on disk or on the wire, framing included. */
export function messageBytes(message: NewMessage): number {
  let bytes = 32 + (message.key?.length ?? 0) + (message.value?.length ?? 0);
  if (message.headers !== undefined) {
    for (const name in message.headers) {
      // no string takes more than 3 bytes a UTF-16 unit
      bytes += 10 + 3 * (name.length + message.headers[name]!.length);
    }
  }
  return bytes;
}

/** Refuses the whole append before any of it is written. */
export function refuseOversize(topic: string, index: number, bytes: number): void {
  if (bytes <= MAX_MESSAGE_BYTES) return;
  throw new HubError('HUB_LOG_MESSAGE_TOO_LARGE', `Message ${index} of an append to ${topic} has ${bytes} bytes`, {
    topic,
    index,
    bytes,
    allowed: MAX_MESSAGE_BYTES,
  });
}
