import type { ClientBase } from 'pg';
import type { BaseDefinition } from '../../pipeline.ts';
import { assignEntities, claimIds, countNewEntities } from '../entity/assign.ts';
import { assignDecided, claimDecided, type NaturalAssignment, naturalIdOf, undecided } from '../entity/decided.ts';
import { groupMembers } from '../entity/group.ts';
import { type Edge, type Member, schemeOf } from '../entity/member.ts';
import { type OrderOf, readMembers } from '../entity/read-members.ts';
import { type Decisions, entitiesOfRows, openDecisions } from '../match/decisions.ts';
import { matchChanges } from '../match/match.ts';
import { entitiesOf, readAutoChoices, type StoredChoice } from '../match/store.ts';
import { readLinks, takeIds } from './read.ts';
import type { Change } from './versions.ts';

export interface NumberedChange extends Change {
  readonly recordId: number;
}

export interface Linked extends NaturalAssignment {
  /** Every member that was looked at before this batch, replaced ones included: what the entities held until now. */
  readonly before: readonly Member[];
  /** `key entity` pairs known to exist. */
  readonly links: ReadonlySet<string>;
  /** Blocks that were too full to look for candidates in. */
  readonly blocksSkipped: number;
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
  seeds: readonly number[],
  orderOf: OrderOf,
): Promise<Linked> {
  const replaced = new Set<number>();
  const members: Member[] = [];
  const pendingEntities = new Set<number>(seeds);
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
      naturalId: stored?.naturalId ?? null,
      linkRule: null,
      attributes: final.attributes,
      attributesCopy: final.attributesCopy,
      issues: final.issues,
      keys: final.keys,
      observedAt: final.observedAt,
      changed: true,
    });
  }

  const decisions = await openDecisions(client, base.schema);
  const { matching } = base;
  const matched =
    matching === undefined || changes.length === 0
      ? { touched: new Set<number>(), blocksSkipped: 0 }
      : await matchChanges(client, { ...base, matching }, members, [...replaced], orderOf);
  for (const id of await entitiesOf(client, base.schema, [...matched.touched])) pendingEntities.add(id);
  const choices = new Map<string, StoredChoice>();
  const askedRecords = new Set<number>();
  const askedRows = new Set<string>();
  /** Entities that lie beyond the members' choices and people's decisions. */
  const follow = async (found: readonly Member[]): Promise<void> => {
    if (matching !== undefined) {
      const ids = found.map(({ recordId }) => recordId).filter((id) => !askedRecords.has(id));
      for (const id of ids) askedRecords.add(id);
      const others = new Set<number>();
      for (const choice of await readAutoChoices(client, base.schema, ids)) {
        choices.set(`${choice.recordId} ${choice.otherId}`, choice);
        for (const id of [choice.recordId, choice.otherId]) if (!askedRecords.has(id)) others.add(id);
      }
      for (const id of await entitiesOf(client, base.schema, [...others])) pendingEntities.add(id);
    }
    await decisions.ask(found.map(({ order }) => order));
    const rows = found.flatMap(({ order }) => decisions.confirmedWith(order)).filter((row) => !askedRows.has(row));
    for (const row of rows) askedRows.add(row);
    for (const id of await entitiesOfRows(client, base.schema, rows)) pendingEntities.add(id);
  };
  await follow(members);

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
    const found = await readMembers(client, base.schema, entities, orderOf);
    for (const member of found) {
      before.push(member);
      for (const key of member.keys) links.add(linkPair(key, member.entityId as number));
      if (!replaced.has(member.recordId)) members.push(member);
      for (const key of member.keys) if (!askedKeys.has(key)) pendingKeys.add(key);
    }
    await follow(found.filter(({ recordId }) => !replaced.has(recordId)));
  }

  const matchedEdges = matchEdges(members, choices, matching?.anchors ?? []);
  const confirmed = confirmedEdges(members, decisions);
  const newIds = (count: number): Promise<Iterator<number>> =>
    takeIds(client, `${base.schema}.entity`, 'entity_id', count);
  const isDecided = members.some(({ order, naturalId }) => naturalId !== null || decisions.concern(order));
  const natural = isDecided ? asUndecided(members, matchedEdges) : { members, edges: matchedEdges };
  const naturalClaims = claimIds(groupMembers(base, natural.members, natural.edges));
  const assignment = assignEntities(naturalClaims, await newIds(countNewEntities(naturalClaims)));
  const rest = { before, links, blocksSkipped: matched.blocksSkipped };
  if (!isDecided) return { ...undecided(assignment), ...rest };
  const groups = groupMembers(base, members, [...matchedEdges, ...confirmed], decisions);
  const claims = claimDecided(assignment, groups);
  const bornBefore = new Set(before.map((member) => naturalIdOf(member) as number));
  return { ...assignDecided(assignment, claims, await newIds(countNewEntities(claims)), bornBefore), ...rest };
}

/** The records as they would be if nobody had decided anything; grouping marks what it joins, so they are others. */
function asUndecided(
  members: readonly Member[],
  edges: readonly Edge[],
): { readonly members: readonly Member[]; readonly edges: readonly Edge[] } {
  const natural = new Map(members.map((member) => [member, { ...member, entityId: naturalIdOf(member) }]));
  const of = (member: Member): Member => natural.get(member) as Member;
  return { members: [...natural.values()], edges: edges.map((edge) => ({ ...edge, a: of(edge.a), b: of(edge.b) })) };
}

/** A choice holds when the other one decides by its identifier, or has chosen back. */
function matchEdges(
  members: readonly Member[],
  choices: ReadonlyMap<string, StoredChoice>,
  anchors: readonly string[],
): readonly Edge[] {
  if (choices.size === 0) return [];
  const byId = new Map(members.map((member) => [member.recordId, member]));
  const isAnchored = (member: Member): boolean => member.keys.some((key) => anchors.includes(schemeOf(key)));
  const edges: Edge[] = [];
  for (const { recordId, otherId, weight } of choices.values()) {
    const [own, other] = [byId.get(recordId), byId.get(otherId)];
    if (own === undefined || other === undefined) continue;
    if (!isAnchored(other) && (recordId > otherId || !choices.has(`${otherId} ${recordId}`))) continue;
    const [a, b] = own.order < other.order ? [own, other] : [other, own];
    edges.push({ a, b, weight, by: 'match' });
  }
  return edges;
}

function confirmedEdges(members: readonly Member[], decisions: Decisions): readonly Edge[] {
  const byRow = new Map(members.map((member) => [member.order, member]));
  return members.flatMap((a) =>
    decisions
      .confirmedWith(a.order)
      .filter((row) => row > a.order)
      .flatMap((row) => {
        const b = byRow.get(row);
        return b === undefined ? [] : [{ a, b, weight: Number.POSITIVE_INFINITY, by: 'steward' as const }];
      }),
  );
}
