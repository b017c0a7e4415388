import type { ClientBase } from 'pg';
import type { BaseDefinition } from '../pipeline.ts';
import { type Assignment, assignEntities, claimIds, countNewEntities } from './assign.ts';
import { groupMembers, type Member } from './group.ts';
import { readLinks, readMembers, takeIds } from './read.ts';
import type { Change } from './versions.ts';

export interface NumberedChange extends Change {
  readonly recordId: number;
}

export interface Linked extends Assignment {
  /** Every member that was looked at before this batch, replaced ones included: what the entities held until now. */
  readonly before: readonly Member[];
  /** `key entity` pairs known to exist. */
  readonly links: ReadonlySet<string>;
}

/** Each round finds entities through the keys of the ones found before. Beyond that a component is as good as never. */
const MAX_ROUNDS = 4;

export const linkPair = (key: string, entityId: number): string => `${key} ${entityId}`;

/**
 * Recomputes the components that the changed records touch, and nothing else: their old entities, the entities that share
 * a key with them, and so on. Insertion, correction, deletion, merge and split are the same computation.
 */
export async function linkChanges(
  client: ClientBase,
  base: BaseDefinition,
  sourceId: number,
  changes: readonly NumberedChange[],
  orderOf: (sourceId: number, key: string) => string,
): Promise<Linked> {
  const replaced = new Set<number>();
  const members: Member[] = [];
  const pendingEntities = new Set<number>();
  const pendingKeys = new Set<string>();
  for (const { stored, final, recordId } of changes) {
    if (stored !== null) {
      replaced.add(recordId);
      pendingEntities.add(stored.entityId);
    }
    if (final.deleted) continue;
    for (const key of final.keys) pendingKeys.add(key);
    members.push({
      recordId,
      sourceId,
      order: orderOf(sourceId, final.key),
      entityId: stored?.entityId ?? null,
      linkRule: null,
      attributes: final.attributes,
      attributesCopy: final.attributesCopy,
      issues: final.issues,
      keys: final.keys,
      observedAt: final.observedAt,
      changed: true,
    });
  }

  const before: Member[] = [];
  const links = new Set<string>();
  const askedKeys = new Set<string>();
  const askedEntities = new Set<number>();
  for (let round = 0; round < MAX_ROUNDS && pendingKeys.size + pendingEntities.size > 0; round++) {
    const keys = [...pendingKeys];
    pendingKeys.clear();
    for (const key of keys) askedKeys.add(key);
    for (const [key, entityId] of await readLinks(client, base.schema, keys)) {
      links.add(linkPair(key, entityId));
      pendingEntities.add(entityId);
    }
    const entities = [...pendingEntities].filter((entityId) => !askedEntities.has(entityId));
    pendingEntities.clear();
    for (const entityId of entities) askedEntities.add(entityId);
    for (const member of await readMembers(client, base.schema, entities, orderOf)) {
      before.push(member);
      for (const key of member.keys) links.add(linkPair(key, member.entityId as number));
      if (!replaced.has(member.recordId)) members.push(member);
      for (const key of member.keys) if (!askedKeys.has(key)) pendingKeys.add(key);
    }
  }

  const claims = claimIds(groupMembers(base, members));
  const newIds = await takeIds(client, `${base.schema}.entity`, 'entity_id', countNewEntities(claims));
  return { ...assignEntities(claims, newIds), before, links };
}
