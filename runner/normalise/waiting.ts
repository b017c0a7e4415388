import { standingsOf } from '../../pipelines/engine/reports/positions.ts';
import { isHubError } from '../../schemas/kernel/errors.ts';
import type { Hub } from '../compose.ts';
import type { StreamPipeline } from './pipelines.ts';
import { baseNamed } from './rebuild.ts';

type Asked = Pick<Hub, 'bases' | 'events'>;
type Fed = Pick<StreamPipeline, 'base' | 'topic'>;

/**
 * Messages in the log that the base has not taken yet, by the position that the base itself has: a crash of its server may
 * take back what it had stored last, and the offset that its group has committed to the log would not know. Of a log that
 * ends before the position nothing is known to have been taken.
 * @throws HUB_LOG_TOPIC_MISSING before the first message
 */
export async function waitingMessages({ bases, events }: Asked, { base, topic }: Fed): Promise<number> {
  const { pool, definition } = baseNamed({ bases }, base);
  const { life, partitions } = await events.kept(topic);
  const standings = await standingsOf(pool, definition.schema, topic, life);
  return partitions.reduce((sum, { first, next }, partition) => {
    const position = standings.get(partition)?.next ?? 0;
    return sum + next - (position > next ? first : Math.max(position, first));
  }, 0);
}

/** Also looks whether what the log has is what the base has taken: an older one may have grown as far again. */
export async function waitingOrOther(hub: Asked, pipeline: Fed): Promise<number> {
  const waiting = await waitingMessages(hub, pipeline);
  const { topic } = pipeline;
  const { pool, definition } = baseNamed(hub, pipeline.base);
  const { life, partitions } = await hub.events.kept(topic);
  let other = 0;
  for (const [partition, standing] of await standingsOf(pool, definition.schema, topic, life)) {
    try {
      await hub.events.checkPosition(topic, partition, standing);
    } catch (error) {
      if (!isHubError(error) || error.recovery !== 'stop') throw error;
      if (error.code !== 'HUB_LOG_BEHIND_BASE') continue;
      const { first, next } = partitions[partition] ?? { first: 0, next: 0 };
      other += next - first;
    }
  }
  return Math.max(waiting, other);
}
