import type { ClientBase, Pool } from 'pg';
import type { LinkEdge } from '../../../schemas/linkage.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import { schemeOf } from '../entity/member.ts';

/** A living record of an entity, as its edges see it. */
interface EdgeMember {
  readonly recordId: number;
  readonly row: string;
  /** `scheme:value`, strongest first. */
  readonly keys: readonly string[];
}

/** Two members that a match or a person joins. */
interface JoinedPair {
  readonly left: number;
  readonly right: number;
  /** null: by a person. */
  readonly weight: number | null;
}

type Base = Pick<BaseDefinition, 'schema' | 'name' | 'linkSchemes' | 'matching'>;

/** The edges of one entity, the weakest first: keys hold better than any weight, and a person's word better than keys. */
function edgesOf(
  { linkSchemes }: Pick<Base, 'linkSchemes'>,
  members: readonly EdgeMember[],
  joined: readonly JoinedPair[],
): readonly LinkEdge[] {
  const found: Omit<LinkEdge, 'weakest' | 'bridge'>[] = [];
  const ordered = [...members].sort((a, b) => (a.row < b.row ? -1 : 1));
  for (const [i, a] of ordered.entries())
    for (const b of ordered.slice(i + 1)) {
      const key = a.keys.find((one) => b.keys.includes(one));
      if (key !== undefined)
        found.push({ rows: [a.row, b.row], records: [a.recordId, b.recordId], by: schemeOf(key), weight: null });
    }
  const byId = new Map(members.map((member) => [member.recordId, member]));
  for (const { left, right, weight } of joined) {
    const [a, b] = [byId.get(left), byId.get(right)];
    if (a === undefined || b === undefined) continue;
    const [low, high] = a.row < b.row ? [a, b] : [b, a];
    const by = weight === null ? 'steward' : 'match';
    found.push({ rows: [low.row, high.row], records: [low.recordId, high.recordId], by, weight });
  }
  const strength = ({ by }: (typeof found)[number]): number =>
    by === 'match' ? 0 : by === 'steward' ? linkSchemes.length + 2 : linkSchemes.length + 1 - linkSchemes.indexOf(by);
  found.sort(
    (x, y) =>
      strength(x) - strength(y) ||
      (x.weight ?? 0) - (y.weight ?? 0) ||
      (x.rows.join('\n') < y.rows.join('\n') ? -1 : 1),
  );
  const bridges = bridgesAmong(found.map(({ records }) => records));
  return found.map((edge, at) => ({ ...edge, weakest: at === 0, bridge: bridges.has(at) }));
}

/** Places of the edges without which something falls apart (Tarjan 1974); two edges between the same two are none. */
export function bridgesAmong(edges: readonly (readonly [number, number])[]): ReadonlySet<number> {
  const beside = new Map<number, { readonly to: number; readonly edge: number }[]>();
  for (const [edge, [a, b]] of edges.entries())
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const known = beside.get(from);
      if (known === undefined) beside.set(from, [{ to, edge }]);
      else known.push({ to, edge });
    }
  const seenAt = new Map<number, number>();
  const lowest = new Map<number, number>();
  const bridges = new Set<number>();
  for (const root of beside.keys()) {
    if (seenAt.has(root)) continue;
    // By hand instead of by recursion: an entity may be a long chain.
    const path = [{ node: root, by: -1, next: 0 }];
    seenAt.set(root, seenAt.size);
    lowest.set(root, seenAt.get(root) as number);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const step = beside.get(top.node)?.[top.next++];
      if (step === undefined) {
        path.pop();
        const parent = path.at(-1);
        if (parent === undefined) continue;
        const low = lowest.get(top.node) as number;
        if (low > (seenAt.get(parent.node) as number)) bridges.add(top.by);
        lowest.set(parent.node, Math.min(lowest.get(parent.node) as number, low));
      } else if (step.edge !== top.by) {
        const seen = seenAt.get(step.to);
        if (seen !== undefined) {
          lowest.set(top.node, Math.min(lowest.get(top.node) as number, seen));
          continue;
        }
        seenAt.set(step.to, seenAt.size);
        lowest.set(step.to, seenAt.get(step.to) as number);
        path.push({ node: step.to, by: step.edge, next: 0 });
      }
    }
  }
  return bridges;
}

interface MemberRow extends EdgeMember {
  readonly entityId: number;
}

/** Edges of each of the entities. */
export async function readEdges(
  client: Pick<ClientBase, 'query'>,
  base: Base,
  entityIds: readonly number[],
): Promise<ReadonlyMap<number, readonly LinkEdge[]>> {
  const { schema, matching } = base;
  const { rows: members } = await client.query<MemberRow>(
    `SELECT r.record_id::float8 AS "recordId", r.entity_id::float8 AS "entityId", r.link_keys AS keys,
       s.system || '/' || s.stream || ' ' || r.source_key AS row
     FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id)
     WHERE r.entity_id = ANY ($1::bigint[]) AND NOT r.deleted`,
    [entityIds],
  );
  const byId = new Map(members.map((member) => [member.recordId, member]));
  const { rows: choices } = await client.query<{ left: number; right: number; weight: number }>(
    `SELECT record_id::float8 AS left, other_id::float8 AS right, weight::float8 AS weight FROM ${schema}.choice
      WHERE state = 'auto' AND record_id = ANY ($1::bigint[])`,
    [members.map(({ recordId }) => recordId)],
  );
  const { rows: confirmed } = await client.query<{ left: string; right: string }>(
    `SELECT left_row AS left, right_row AS right FROM ${schema}.decision WHERE kind = 'confirmed' AND withdrawn_at IS NULL
       AND (NOT needs_second OR seconded_by IS NOT NULL) AND left_row = ANY ($1::text[])`,
    [members.map(({ row }) => row)],
  );

  const made = new Set(choices.map(({ left, right }) => `${left} ${right}`));
  const isAnchored = ({ keys }: EdgeMember): boolean => keys.some((key) => matching?.anchors.includes(schemeOf(key)));
  const joined = new Map<number, JoinedPair[]>();
  const add = (a: MemberRow | undefined, b: MemberRow | undefined, weight: number | null): void => {
    if (a === undefined || a.entityId !== b?.entityId) return;
    const pair = { left: a.recordId, right: b.recordId, weight };
    const known = joined.get(a.entityId);
    if (known === undefined) joined.set(a.entityId, [pair]);
    else known.push(pair);
  };
  for (const { left, right, weight } of choices) {
    const other = byId.get(right);
    // As linkage takes it: a choice holds when the other one decides by its identifier, or has chosen back.
    if (other !== undefined && !isAnchored(other) && (left > right || !made.has(`${right} ${left}`))) continue;
    add(byId.get(left), other, weight);
  }
  const byRow = new Map(members.map((member) => [member.row, member]));
  for (const { left, right } of confirmed) add(byRow.get(left), byRow.get(right), null);

  const grouped = new Map<number, MemberRow[]>(entityIds.map((id) => [id, []]));
  for (const member of members) grouped.get(member.entityId)?.push(member);
  return new Map([...grouped].map(([entityId, own]) => [entityId, edgesOf(base, own, joined.get(entityId) ?? [])]));
}

/** Into which entity it was merged; itself when it was not. */
export async function survivorOf(pool: Pool, { schema, name }: Base, entityId: number): Promise<number> {
  try {
    const { rows } = await pool.query<{ survivor: number }>(
      `SELECT coalesce(merged_into, entity_id)::float8 AS survivor FROM ${schema}.entity WHERE entity_id = $1`,
      [entityId],
    );
    return rows[0]?.survivor ?? entityId;
  } catch (error) {
    throw storeFailure(error, `looking for an entity of ${name}`);
  }
}

/** What holds an entity together, the weakest first. An entity that was merged answers with its survivor's. */
export async function explainEdges(pool: Pool, base: Base, entityId: number): Promise<readonly LinkEdge[]> {
  const survivor = await survivorOf(pool, base, entityId);
  try {
    return (await readEdges(pool, base, [survivor])).get(survivor) ?? [];
  } catch (error) {
    throw storeFailure(error, `reading what holds an entity of ${base.name} together`);
  }
}
