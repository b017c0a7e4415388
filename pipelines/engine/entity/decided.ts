import { type Assignment, assignEntities } from './assign.ts';
import type { Member } from './member.ts';

/** Where an id leads. To itself: it is an entity. */
export interface Redirect {
  readonly from: number;
  readonly to: number;
  /** Where it would lead if nobody had decided anything. */
  readonly natural: number;
  /** The oldest of the records that bear it, when it goes into another; null where none bears it. */
  readonly bearer: number | null;
}

/** An assignment with what it would be without the decisions of people. */
export interface NaturalAssignment extends Assignment {
  /** By record: the id that it would have, where that is another one. */
  readonly naturalIds: ReadonlyMap<number, number>;
  readonly redirects: readonly Redirect[];
  /** Ids that are new and that no entity bears while the decisions stand. */
  readonly hidden: readonly number[];
  /** Ids whose records are not, or may not be, all together any more: what leads to them may have to lead elsewhere. */
  readonly parted: readonly number[];
}

const NO_IDS: ReadonlyMap<number, number> = new Map();

/** Where nobody has decided anything. */
export const undecided = (assignment: Assignment): NaturalAssignment => ({
  ...assignment,
  naturalIds: NO_IDS,
  redirects: assignment.entities.flatMap(({ entityId, lost, members }) =>
    lost.map((from) => ({ from, to: entityId, natural: entityId, bearer: bearerOf(members, from) })),
  ),
  hidden: [],
  parted: partedOf(assignment),
});

const bearerOf = (members: readonly Member[], id: number): number | null => {
  const ids = members.flatMap(({ recordId, entityId }) => (entityId === id ? [recordId] : []));
  return ids.length === 0 ? null : Math.min(...ids);
};

const partedOf = ({ events }: Assignment): readonly number[] => [
  ...new Set(events.flatMap(({ kind, otherId }) => (kind === 'merge' ? [] : [otherId]))),
];

/** The id by keys and matches alone. */
export const naturalIdOf = ({ naturalId, entityId }: Pick<Member, 'naturalId' | 'entityId'>): number | null =>
  naturalId ?? entityId;

/**
 * Which ids the groups under decisions may bear. Each natural id goes to the group that has most records of its natural
 * group, at a tie to the one with the oldest; a group with several bears the oldest, the others lead there while the
 * decisions stand. A group with none keeps an id that a decision made, when most of its bearers are in it.
 * @param natural the assignment of the same records without decisions, by natural ids.
 * @param groups the partition under the decisions.
 */
export function claimDecided(
  natural: Assignment,
  groups: readonly (readonly Member[])[],
): Map<readonly Member[], readonly number[]> {
  const groupOf = new Map<number, readonly Member[]>();
  for (const group of groups) for (const { recordId } of group) groupOf.set(recordId, group);
  const claims = new Map<readonly Member[], number[]>(groups.map((group) => [group, []]));
  const taken = new Set<number>();
  for (const { entityId, members, lost } of natural.entities) {
    for (const id of [entityId, ...lost]) taken.add(id);
    const group = mostOf(
      members.map(({ recordId }) => [recordId, groupOf.get(recordId) as readonly Member[]] as const),
    );
    claims.get(group)?.push(entityId);
  }
  const bearers = new Map<number, (readonly [number, readonly Member[]])[]>();
  for (const group of groups)
    for (const { recordId, entityId } of group) {
      if (entityId === null || taken.has(entityId)) continue;
      const known = bearers.get(entityId);
      if (known === undefined) bearers.set(entityId, [[recordId, group]]);
      else known.push([recordId, group]);
    }
  for (const [made, own] of bearers) {
    const ids = claims.get(mostOf(own)) as number[];
    if (ids.every((id) => !taken.has(id))) ids.push(made);
  }
  for (const ids of claims.values()) ids.sort((a, b) => a - b);
  return claims;
}

/** The group of most of the records, at a tie that of the oldest. */
function mostOf(records: readonly (readonly [recordId: number, group: readonly Member[]])[]): readonly Member[] {
  const counts = new Map<readonly Member[], { count: number; oldest: number }>();
  for (const [recordId, group] of records) {
    const known = counts.get(group);
    if (known === undefined) counts.set(group, { count: 1, oldest: recordId });
    else {
      known.count += 1;
      known.oldest = Math.min(known.oldest, recordId);
    }
  }
  const [best] = [...counts].sort(([, a], [, b]) => b.count - a.count || a.oldest - b.oldest);
  return (best as readonly [readonly Member[], unknown])[0];
}

/**
 * The assignment under decisions, by the claims. An id that no entity bears any more stays readable and leads to where most
 * of its bearers are; one that is borne again leads nowhere.
 * @param before natural ids of all records that were looked at, deleted ones included.
 */
export function assignDecided(
  natural: Assignment,
  claims: ReadonlyMap<readonly Member[], readonly number[]>,
  newIds: Iterator<number>,
  before: Iterable<number>,
): NaturalAssignment {
  const borne = new Set<number>();
  for (const group of claims.keys()) for (const { entityId } of group) if (entityId !== null) borne.add(entityId);
  const alive = new Map(
    [...claims].map(([group, [kept, ...others]]) => {
      const lost = others.filter((id) => borne.has(id));
      return [group, kept === undefined ? [] : [kept, ...lost]] as const;
    }),
  );
  const { entities, events } = assignEntities(alive, newIds);
  const fresh = new Set(natural.entities.flatMap(({ isNew, entityId }) => (isNew ? [entityId] : [])));
  const homeOf = new Map<number, number>();
  for (const { entityId, members } of entities) for (const { recordId } of members) homeOf.set(recordId, entityId);
  const holderOf = new Map<number, number>();
  for (const [[first], ids] of claims)
    for (const id of ids) holderOf.set(id, homeOf.get((first as Member).recordId) as number);

  const naturalIds = new Map<number, number>();
  const redirects: Redirect[] = [];
  const settled = new Set<number>();
  for (const { entityId, members, lost } of natural.entities) {
    const to = holderOf.get(entityId) as number;
    for (const { recordId } of members) if (homeOf.get(recordId) !== entityId) naturalIds.set(recordId, entityId);
    for (const from of [entityId, ...lost]) {
      settled.add(from);
      const bearer = from === entityId ? null : bearerOf(members, from);
      const goal = bearer === null ? to : (homeOf.get(bearer) as number);
      redirects.push({ from, to: goal, natural: entityId, bearer });
    }
  }
  const living = new Set(entities.map(({ entityId }) => entityId));
  // Nobody bears it any more, as it would be without decisions.
  for (const from of before)
    if (!settled.has(from) && !living.has(from)) {
      settled.add(from);
      redirects.push({ from, to: from, natural: from, bearer: null });
    }
  // Made by a decision that is gone: it follows those who bore it.
  for (const entity of entities)
    for (const { entityId: from, recordId } of entity.members)
      if (from !== null && !living.has(from) && !settled.has(from)) {
        settled.add(from);
        redirects.push({
          ...{ from, to: entity.entityId, natural: naturalIds.get(recordId) ?? entity.entityId, bearer: recordId },
        });
      }
  return {
    entities: entities.map((entity) => ({ ...entity, isNew: entity.isNew || fresh.has(entity.entityId) })),
    ...{ events, naturalIds, redirects },
    hidden: [...fresh].filter((id) => !living.has(id)),
    parted: [...new Set([...partedOf(natural), ...natural.entities.map(({ entityId }) => entityId)])],
  };
}
