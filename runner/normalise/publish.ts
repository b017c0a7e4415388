import { drainOutbox, type EntityChange } from '../../pipelines/engine/ingest/outbox.ts';
import {
  beginPublication,
  endPublication,
  publishedTo,
  publishState,
} from '../../pipelines/engine/ingest/publication.ts';
import { formatEntityId } from '../../schemas/entity-id.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import type { Hub, HubBase } from '../compose.ts';
import type { NewMessage } from '../log/event-log.ts';
import { changeTopic, changeTopicSpec } from '../log/topics.ts';
import type { SupervisedService } from '../services/supervise.ts';

/**
 * The value of a message, as JSON in UTF-8; a message without a value says that the entity of its key has no records any
 * more. The header `seq` (also here) grows within a partition: a subscriber that leaves out what is not greater than the
 * last it has seen sees every change once, also when a publisher crashed between two steps. Of each entity the topic keeps
 * its latest message for ever: whoever reads it from its start has the whole state.
 */
export interface PublishedChange {
  readonly seq: number;
  /** As people write it: `P0000004218`. */
  readonly id: string;
  readonly kind: Exclude<EntityChange['kind'], 'delete'>;
  /** What survived; null when the entity went into another one. */
  readonly attributes: EntityChange['attributes'];
  /** Where a merged entity goes on, for ever. */
  readonly into: string | null;
  /** ISO 8601. */
  readonly at: string;
}

function messageOf(
  { definition }: Pick<HubBase, 'definition'>,
  { seq, entityId, kind, attributes, into, at }: EntityChange,
): NewMessage {
  const id = (of: number): string => formatEntityId(definition.entityPrefix, of);
  const key = Buffer.from(id(entityId));
  const headers = { 'content-type': 'application/json', seq: String(seq), kind };
  if (kind === 'delete') return { key, value: null, headers };
  const value: PublishedChange = {
    ...{ seq, id: id(entityId), kind, attributes },
    into: into === null ? null : id(into),
    at: new Date(at).toISOString(),
  };
  return { key, value: Buffer.from(JSON.stringify(value)), headers };
}

/** Publishes what waits in the outbox of a base. @returns how many; null while another process does it */
export function publishOnce(
  hub: Pick<Hub, 'events'>,
  base: Pick<HubBase, 'pool' | 'definition'>,
  signal: AbortSignal,
): Promise<number | null> {
  return drainOutbox(base.pool, base.definition.schema, async (changes) => {
    await hub.events.append(
      changeTopic(base.definition.name),
      changes.map((change) => messageOf(base, change)),
      signal,
    );
  });
}

/**
 * Publishing begins, with the whole state, when the settings want it or a group reads the topic, and ends when neither is
 * so any more. @returns whether the base is published
 */
export async function decidePublication(
  { events, config }: Pick<Hub, 'events' | 'config'>,
  { pool, definition }: Pick<HubBase, 'pool' | 'definition'>,
): Promise<boolean> {
  const { name, schema } = definition;
  const spec = changeTopicSpec(name, config);
  // also without readers: nobody can subscribe to what is not there
  if (config.publish !== 'never') await events.ensureTopics([spec]);
  const wanted =
    config.publish === 'always' || (config.publish === 'auto' && (await events.readers(spec.name)).length > 0);
  const published = await publishedTo(pool, schema);
  if (wanted) {
    const { life } = await events.kept(spec.name);
    if (published !== life) await beginPublication(pool, schema, life);
  } else if (published !== null) await endPublication(pool, schema);
  return wanted;
}

const IDLE_MS = 500;
const ELSEWHERE_MS = 5_000;
/** A new subscriber waits at most so long for the state. */
const DECIDE_MS = 15_000;

/** Carries the changes of all bases to their topics, where somebody reads them, as long as the process lives. */
export function publishService(hub: Hub): SupervisedService {
  async function carry(base: HubBase, signal: AbortSignal): Promise<void> {
    let wanted = false;
    let decideAt = 0;
    while (!signal.aborted) {
      if (performance.now() >= decideAt) {
        wanted = await decidePublication(hub, base);
        decideAt = performance.now() + DECIDE_MS;
      }
      if (!wanted) {
        await pause(DECIDE_MS, signal);
        continue;
      }
      const count = await publishOnce(hub, base, signal);
      if (count === null) await pause(ELSEWHERE_MS, signal);
      else if (count === 0 && !(await publishState(base.pool, base.definition.schema))) await pause(IDLE_MS, signal);
    }
  }
  return {
    name: 'publish',
    order: 'pipelines',
    async run(signal) {
      await Promise.all([...hub.bases.values()].map((base) => carry(base, signal)));
    },
  };
}
