import { HubError } from '../../schemas/kernel/errors.ts';
import type { Extent, Position } from './event-log.ts';

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly group: string;
}

export const positionOf = (said: Position | number | null | undefined): Position | null =>
  typeof said === 'number' ? { next: said, seenUntil: null } : (said ?? null);

/**
 * The offset with which to begin at a stored position: 0 means the first message kept.
 * @throws HUB_LOG_TRIMMED, HUB_LOG_BEHIND_BASE
 */
export function beginningAt(place: Place, position: number, extent: Extent): number {
  if (position === 0) return extent.first;
  requireKept(place, position, extent);
  return position;
}

/** @throws HUB_LOG_TRIMMED, HUB_LOG_BEHIND_BASE when the log does not have what a reader wants next */
export function requireKept({ topic, partition, group }: Place, position: number, { first, next }: Extent): void {
  const details = { ...{ topic, partition, group, position }, kept: { first, next } };
  if (position < first)
    throw new HubError(
      'HUB_LOG_TRIMMED',
      `${group} wants ${topic}/${partition} from offset ${position}, the log begins at ${first}: ${first - position} messages are gone`,
      details,
    );
  if (position > next)
    throw new HubError(
      'HUB_LOG_BEHIND_BASE',
      `${group} stands at offset ${position} of ${topic}/${partition}, the log ends at ${next}`,
      details,
    );
}

/**
 * The log goes as far as the reader does; what lies there must also be what the reader has taken.
 * @param before when the message before the position was appended; null: no longer kept
 * @throws HUB_LOG_BEHIND_BASE
 */
export function requireSame({ topic, partition, group }: Place, { next, seenUntil }: Position, before: number | null) {
  if (seenUntil === null || before === null || before <= seenUntil) return;
  throw new HubError(
    'HUB_LOG_BEHIND_BASE',
    `${group} stands at offset ${next} of ${topic}/${partition}; before it the log has a message of ${new Date(before).toISOString()}, the last that was taken is of ${new Date(seenUntil).toISOString()}`,
    { topic, partition, group, position: next },
  );
}

export const topicRenewed = (topic: string): HubError =>
  new HubError('HUB_LOG_TOPIC_RENEWED', `the topic ${topic} was deleted, and perhaps made again, while it was used`, {
    topic,
  });
