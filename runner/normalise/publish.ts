import { drainOutbox, type EntityChange } from '../../pipelines/engine/ingest/outbox.ts';
import { formatEntityId } from '../../schemas/entity-id.ts';
import { pause } from '../../schemas/kernel/pause.ts';
import type { Hub, HubBase } from '../compose.ts';
import type { NewMessage } from '../log/event-log.ts';
import type { SupervisedService } from '../services/supervise.ts';

/** Where the changes of a base go: one message a change, keyed by entity. */
export const changeTopic = (base: string): string =>
  `base.${base}.${base === 'macroeconomic' ? 'observation' : 'entity'}`;

/**
 * The value of a message, as JSON in UTF-8. `seq` grows within a partition: a subscriber that leaves out what is not
 * greater than the last it has seen sees every change once, also when a publisher crashed between two steps.
 */
export interface PublishedChange {
  readonly seq: number;
  /** As people write it: `P0000004218`. */
  readonly id: string;
  readonly kind: EntityChange['kind'];
  /** What survived; null when the entity has no records any more, or went into another one. */
  readonly attributes: EntityChange['attributes'];
  /** Where a merged entity goes on, for ever. */
  readonly into: string | null;
  /** ISO 8601. */
  readonly at: string;
}

function messageOf({ definition }: Pick<HubBase, 'definition'>, change: EntityChange): NewMessage {
  const id = (entityId: number): string => formatEntityId(definition.entityPrefix, entityId);
  const value: PublishedChange = {
    ...{ seq: change.seq, id: id(change.entityId), kind: change.kind, attributes: change.attributes },
    into: change.into === null ? null : id(change.into),
    at: new Date(change.at).toISOString(),
  };
  return {
    key: Buffer.from(value.id),
    value: Buffer.from(JSON.stringify(value)),
    headers: { 'content-type': 'application/json', seq: String(change.seq) },
  };
}

/** Publishes what waits in the outbox of a base. @returns how many; null while another process does it */
export function publishOnce(
  hub: Pick<Hub, 'events' | 'config'>,
  base: HubBase,
  signal: AbortSignal,
): Promise<number | null> {
  return drainOutbox(base.pool, base.definition.schema, async (changes) => {
    const topic = changeTopic(base.definition.name);
    await hub.events.ensureTopics([{ name: topic, partitions: hub.config.partitions }]);
    await hub.events.append(
      topic,
      changes.map((change) => messageOf(base, change)),
      signal,
    );
  });
}

const IDLE_MS = 500;
const ELSEWHERE_MS = 5_000;

/** Carries the changes of all bases to their topics, as long as the process lives. */
export function publishService(hub: Hub): SupervisedService {
  return {
    name: 'publish',
    order: 'pipelines',
    async run(signal) {
      await Promise.all(
        [...hub.bases.values()].map(async (base) => {
          while (!signal.aborted) {
            const count = await publishOnce(hub, base, signal);
            if (count === null) await pause(ELSEWHERE_MS, signal);
            else if (count === 0) await pause(IDLE_MS, signal);
          }
        }),
      );
    },
  };
}
