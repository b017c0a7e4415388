import { rawTopic, type SystemFile } from '../../schemas/system.ts';
import type { HubConfig } from '../settings/config.ts';
import type { EventLog, KeptOtherwise, TopicSpec } from './event-log.ts';

/* Which topics the hub has, and how long each is kept. */

interface TopicSettings extends Pick<HubConfig, 'partitions'> {
  readonly keepRawDays?: number | undefined;
}

const DAY_MS = 86_400_000;

/** The rows of a stream as they came: a base can be made from them anew, so they stay unless somebody says how long. */
export function rawTopicSpec(
  { system, streams }: Pick<SystemFile, 'system' | 'streams'>,
  stream: string,
  { partitions, keepRawDays }: TopicSettings,
): TopicSpec {
  const days = streams[stream]?.keepDays ?? keepRawDays;
  return {
    name: rawTopic(system, stream),
    partitions,
    keep: days === undefined ? 'everything' : { ms: days * DAY_MS },
  };
}

/** Where the changes of a base go: one message a change, keyed by entity. */
export const changeTopic = (base: string): string =>
  `base.${base}.${base === 'macroeconomic' ? 'observation' : 'entity'}`;

/** Of each entity its latest state: whoever subscribes later builds all of it from there. */
export const changeTopicSpec = (base: string, { partitions }: Pick<TopicSettings, 'partitions'>): TopicSpec => ({
  name: changeTopic(base),
  partitions,
  keep: 'latest',
});

/** Every topic of these systems and bases, as it should be. */
export const topicSpecs = (
  systems: readonly Pick<SystemFile, 'system' | 'streams'>[],
  bases: Iterable<string>,
  settings: TopicSettings,
): readonly TopicSpec[] => [
  ...systems.flatMap((spec) => Object.keys(spec.streams).map((stream) => rawTopicSpec(spec, stream, settings))),
  ...[...bases].map((base) => changeTopicSpec(base, settings)),
];

/** Topics of these systems and bases that exist and are kept for less than they should be. */
export async function checkTopics(
  events: Pick<EventLog, 'keptOtherwise'>,
  systems: readonly Pick<SystemFile, 'system' | 'streams'>[],
  bases: Iterable<string>,
  settings: TopicSettings,
): Promise<readonly KeptOtherwise[]> {
  return events.keptOtherwise(topicSpecs(systems, bases, settings));
}
