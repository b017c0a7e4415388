import { takenOf } from '../../pipelines/engine/reports/positions.ts';
import type { Hub } from '../compose.ts';
import type { StreamPipeline } from './pipelines.ts';
import { baseNamed } from './rebuild.ts';

/**
 * Messages in the log that the base has not taken yet, by the position that the base itself has: a crash of its server may
 * take back what it had stored last, and the offset that its group has committed to the log would not know.
 * @throws HUB_LOG_TOPIC_MISSING before the first message
 */
export async function waitingMessages(
  hub: Pick<Hub, 'bases' | 'events'>,
  { base, topic }: Pick<StreamPipeline, 'base' | 'topic'>,
): Promise<number> {
  const { pool, definition } = baseNamed(hub, base);
  const [appended, taken] = await Promise.all([hub.events.end(topic), takenOf(pool, definition.schema, topic)]);
  return Math.max(0, appended - taken);
}
