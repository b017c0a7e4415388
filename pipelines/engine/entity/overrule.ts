import type { ClientBase } from 'pg';
import type { PastMoment } from '../../../schemas/base.ts';
import { copyText, plainText } from '../../../schemas/store/copy.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import type { AttributeValue } from '../../record.ts';
import type { Golden } from './golden.ts';
import type { Member } from './member.ts';

/** What a steward says in the place of the sources. It counts for the entity that holds its row. */
interface Override {
  readonly id: number;
  /** `system/stream key`. */
  readonly row: string;
  readonly attribute: string;
  readonly value: AttributeValue;
}

/** By row, oldest first. */
export type Overrides = ReadonlyMap<string, readonly Override[]>;

export const NO_OVERRIDES: Overrides = new Map();

/** Those that stand, or stood at the moment. */
export async function readOverrides(
  client: Pick<ClientBase, 'query'>,
  schema: string,
  rows: readonly string[],
  moment: PastMoment | null = null,
): Promise<Overrides> {
  if (rows.length === 0) return NO_OVERRIDES;
  // Known then: set and not yet withdrawn. Valid then: within its days; without such a time, not yet given way when known.
  const standing =
    moment === null
      ? 'withdrawn_at IS NULL AND expired_at IS NULL'
      : `set_at <= coalesce($2::timestamptz, 'infinity') AND coalesce(withdrawn_at > $2::timestamptz, withdrawn_at IS NULL)
         AND CASE WHEN $3::timestamptz IS NULL THEN coalesce(expired_at > $2::timestamptz, expired_at IS NULL)
           ELSE set_at <= $3::timestamptz AND ($3::timestamptz AT TIME ZONE 'Asia/Shanghai')::date <= until END`;
  const { rows: found } = await client.query<[number, string, string, AttributeValue]>({
    text: `SELECT override_id::float8, source_row, attribute, value FROM ${schema}.override AS o
      WHERE source_row = ANY ($1::text[]) AND ${standing} ORDER BY o.override_id`,
    values: [rows, ...(moment === null ? [] : [moment.knownAt ?? null, moment.validAt ?? null])],
    rowMode: 'array',
  });
  const overrides = new Map<string, Override[]>();
  for (const [id, row, attribute, value] of found) {
    const known = overrides.get(row);
    if (known === undefined) overrides.set(row, [{ id, row, attribute, value }]);
    else known.push({ id, row, attribute, value });
  }
  return overrides;
}

/**
 * The survivors with what stewards say in their place. Of several for one attribute the latest wins. An attribute whose
 * sources, or whose other stewards, say something else stays in conflict. What follows an overridden attribute described the
 * value that has lost, and goes.
 */
export function overrule(
  base: Pick<BaseDefinition, 'attributes'>,
  golden: Golden,
  members: readonly Member[],
  overrides: Overrides,
  isTrusted: (member: Member, attribute: string) => boolean,
): Golden {
  const own = members.flatMap((member) =>
    (overrides.get(member.order) ?? []).map((override) => ({ ...override, recordId: member.recordId })),
  );
  if (own.length === 0) return golden;
  const latest = new Map<string, (typeof own)[number]>();
  for (const one of own.sort((a, b) => a.id - b.id)) latest.set(one.attribute, one);

  const attributes = JSON.parse(plainText(golden.attributes)) as Record<string, AttributeValue>;
  const winners = JSON.parse(golden.winners) as Record<string, readonly [number, string, number?]>;
  const conflicts = new Set(golden.conflicts);
  for (const name of latest.keys())
    for (const [follower, { follows }] of Object.entries(base.attributes))
      if (follows === name) {
        delete attributes[follower];
        delete winners[follower];
      }
  for (const [name, { value, recordId, id }] of latest) {
    attributes[name] = value;
    winners[name] = [recordId, 'steward', id];
    const differs =
      members.some((member) => isTrusted(member, name) && member.attributes[name] !== value) ||
      own.some((other) => other.attribute === name && other.value !== value);
    if (differs) conflicts.add(name);
    else conflicts.delete(name);
  }
  return {
    attributes: copyText(JSON.stringify(attributes)),
    winners: JSON.stringify(winners),
    conflicts: Object.keys(base.attributes).filter((name) => conflicts.has(name)),
    sources: golden.sources,
  };
}
