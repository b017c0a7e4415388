import type { BaseDefinition } from '../../pipeline.ts';
import type { Attributes } from '../../record.ts';
import { whyVeto } from '../../veto.ts';
import { anchorsDiffer, type Edge, evidenceOf, type Member, schemeOf } from './member.ts';

/** What people have said of pairs of rows. */
export interface Forbidding {
  isForbidden(a: string, b: string): boolean;
}

const NOTHING_FORBIDDEN: Forbidding = { isForbidden: () => false };

/** A key that so many records hold identifies nothing; comparing all of them would cost the square. */
const MAX_MEMBERS_A_KEY = 64;

/**
 * The partition of the members into entities: two that share a key belong together unless a veto keeps them apart. Keys
 * are taken strongest scheme first and records in their own `order`, so the result does not depend on which came first. A group
 * grows only when no pair across the two sides is vetoed; a match only looks at what is more than a matter of pairs.
 */
export function groupMembers(
  base: BaseDefinition,
  members: readonly Member[],
  edges: readonly Edge[] = [],
  decisions: Forbidding = NOTHING_FORBIDDEN,
): readonly (readonly Member[])[] {
  const clusters: Member[][] = members.map((member) => [member]);
  const clusterOf = new Map<Member, Member[]>();
  for (const cluster of clusters) clusterOf.set(cluster[0] as Member, cluster);

  for (const holders of sharedKeys(base, members)) {
    const seen: Member[][] = [];
    for (const holder of holders) {
      let own = clusterOf.get(holder) as Member[];
      if (seen.includes(own)) continue;
      for (let i = 0; i < seen.length; i++) {
        const other = seen[i] as Member[];
        if (areKeptApart(base, other, own, decisions)) continue;
        seen.splice(i, 1);
        own = unite(other, own);
        i = -1;
      }
      seen.push(own);
    }
  }
  const ofEntities = { ...base, vetoes: base.vetoes.filter(({ ofPairs }) => ofPairs !== true) };
  // Confirmed ones first, then the surest.
  const ordered = [...edges].sort(
    (x, y) =>
      y.weight - x.weight || (x.a.order < y.a.order ? -1 : x.a.order > y.a.order ? 1 : x.b.order < y.b.order ? -1 : 1),
  );
  for (const { a, b, by } of ordered) {
    const [left, right] = [clusterOf.get(a) as Member[], clusterOf.get(b) as Member[]];
    if (
      left !== right &&
      (by === 'match' ? areKeptApart(ofEntities, left, right, decisions) : isForbidden(left, right, decisions))
    )
      continue;
    a.joined ??= by;
    b.joined ??= by;
    if (left !== right) unite(left, right);
  }
  return clusters.filter((cluster) => cluster.length > 0);

  function unite(one: Member[], two: Member[]): Member[] {
    const [into, from] = one.length >= two.length ? [one, two] : [two, one];
    for (const member of from) {
      into.push(member);
      clusterOf.set(member, into);
    }
    from.length = 0;
    return into;
  }
}

/** Holders of each key that at least two members share: strongest scheme first, then by the key's text. */
function sharedKeys(base: BaseDefinition, members: readonly Member[]): readonly (readonly Member[])[] {
  const holders = new Map<string, Member | Member[]>();
  const shared: string[] = [];
  for (const member of members) {
    for (const key of member.keys) {
      const known = holders.get(key);
      if (known === undefined) holders.set(key, member);
      else if (Array.isArray(known)) known.push(member);
      else {
        holders.set(key, [known, member]);
        shared.push(key);
      }
    }
  }
  const strength = new Map(base.linkSchemes.map((scheme, rank) => [scheme, rank]));
  const rankOf = (key: string): number => strength.get(schemeOf(key)) ?? base.linkSchemes.length;
  shared.sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
  return shared.map((key) =>
    (holders.get(key) as Member[]).sort((a, b) => (a.order < b.order ? -1 : 1)).slice(0, MAX_MEMBERS_A_KEY),
  );
}

const isForbidden = (left: readonly Member[], right: readonly Member[], decisions: Forbidding): boolean =>
  left.some((a) => right.some((b) => decisions.isForbidden(a.order, b.order)));

function areKeptApart(
  base: BaseDefinition,
  left: readonly Member[],
  right: readonly Member[],
  decisions: Forbidding,
): boolean {
  const anchors = base.matching?.anchors;
  const anchored = (member: Member): readonly string[] => member.keys.filter((key) => anchors?.includes(schemeOf(key)));
  const evidence = right.map((member) => evidenceOf(member));
  for (const a of left) {
    const own = evidenceOf(a);
    for (const [i, b] of right.entries()) {
      if (decisions.isForbidden(a.order, b.order) || whyVeto(base, own, evidence[i] as Attributes) !== null)
        return true;
      if (anchors !== undefined && anchorsDiffer(anchored(a), anchored(b))) return true;
    }
  }
  return false;
}
