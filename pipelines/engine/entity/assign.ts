import { type Member, schemeOf } from './member.ts';

/** A group with its entity id. `lost` are entities that end here; their ids lead to this one for ever. */
export interface Entity {
  readonly entityId: number;
  readonly isNew: boolean;
  readonly members: readonly Member[];
  readonly lost: readonly number[];
}

interface EntityEvent {
  readonly kind: 'merge' | 'split' | 'move';
  readonly entityId: number;
  readonly otherId: number;
  readonly reason: string;
}

export interface Assignment {
  readonly entities: readonly Entity[];
  readonly events: readonly EntityEvent[];
}

const NONE: readonly number[] = [];
const byRecord = (a: Member, b: Member): number => a.recordId - b.recordId;
const oldest = (members: readonly Member[]): number => Math.min(...members.map((member) => member.recordId));

/** How many groups will need a new entity id: ask for that many before `assignEntities`. */
export const countNewEntities = (claims: ReadonlyMap<readonly Member[], readonly number[]>): number => {
  let count = 0;
  for (const ids of claims.values()) if (ids.length === 0) count++;
  return count;
};

/**
 * Which existing ids each group may keep. An entity that falls apart leaves its id to the group with most of its
 * records, at a tie to the one with the oldest record.
 */
export function claimIds(groups: readonly (readonly Member[])[]): Map<readonly Member[], readonly number[]> {
  const claims = new Map<readonly Member[], number[]>();
  const best = new Map<number, { group: readonly Member[]; count: number }>();
  for (const group of groups) {
    claims.set(group, []);
    if (group.length === 1 && group[0]?.entityId === null) continue;
    const counts = new Map<number, number>();
    for (const { entityId } of group) if (entityId !== null) counts.set(entityId, (counts.get(entityId) ?? 0) + 1);
    for (const [entityId, count] of counts) {
      const other = best.get(entityId);
      const wins =
        other === undefined || count > other.count || (count === other.count && oldest(group) < oldest(other.group));
      if (wins) best.set(entityId, { group, count });
    }
  }
  for (const [entityId, { group }] of best) claims.get(group)?.push(entityId);
  for (const ids of claims.values()) ids.sort((a, b) => a - b);
  return claims;
}

/** Gives each group its id: the oldest it claims, otherwise the next of `newIds`. Ids never change silently: see `events`. */
export function assignEntities(
  claims: ReadonlyMap<readonly Member[], readonly number[]>,
  newIds: Iterator<number>,
): Assignment {
  const entities: Entity[] = [];
  const events: EntityEvent[] = [];
  for (const [group, ids] of claims) {
    const [kept, ...lost] = ids;
    const entityId = kept ?? (newIds.next().value as number);
    if (group.length === 1 && ids.length === 0 && group[0]?.entityId === null) {
      entities.push({ entityId, isNew: true, members: group, lost: NONE });
      continue;
    }
    const members = [...group].sort(byRecord);
    entities.push({ entityId, isNew: kept === undefined, members, lost });
    for (const otherId of lost) {
      const reason = joinedBy(members.find((member) => member.entityId === otherId) as Member, members);
      events.push({ kind: 'merge', entityId, otherId, reason });
    }
    const left = new Set<number>();
    for (const member of members) {
      const from = member.entityId;
      if (from === null || from === entityId || lost.includes(from) || left.has(from)) continue;
      left.add(from);
      events.push({
        kind: kept === undefined ? 'split' : 'move',
        entityId,
        otherId: from,
        reason: joinedBy(member, members),
      });
    }
  }
  return { entities, events };
}

/** The strongest scheme that the member shares with another one of its group, `first` or `alone`. */
export function joinedBy(member: Member, members: readonly Member[]): string {
  if (members.length === 1) return member.keys.length === 0 ? 'alone' : 'first';
  for (const key of member.keys) {
    if (members.some((other) => other !== member && other.keys.includes(key))) return schemeOf(key);
  }
  return member.joined ?? (member.keys.length === 0 ? 'alone' : 'first');
}
