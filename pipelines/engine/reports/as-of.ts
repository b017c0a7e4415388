import type { Pool } from 'pg';
import type { PastMoment, PastValues } from '../../../schemas/base.ts';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { plainText } from '../../../schemas/store/copy.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import type { Attributes, AttributeValue } from '../../record.ts';
import type { Member } from '../entity/member.ts';
import { readOverrides } from '../entity/overrule.ts';
import { createSurvivorship } from '../entity/survive.ts';

export interface PastEntity extends PastValues {
  readonly attributes: Attributes;
  /** Record and rule, by attribute; where a steward overrides it, the number of the override too. */
  readonly winners: Readonly<Record<string, readonly [recordId: number, rule: string, override?: number]>>;
}

type Row = readonly [
  recordId: number,
  sourceId: number,
  order: string,
  authority: string,
  attributes: Record<string, AttributeValue>,
  issues: Member['issues'] | null,
  observedAt: number,
  /** Whether the base has ever had an override. */
  isOverridden: boolean,
  /** From when on the base knows who was where, if the moment asked for lies before it. */
  keptSince: Date | null,
];

const tooLongAgo = ({ name }: BaseDefinition, since: Date): HubError =>
  new HubError('HUB_REQUEST_INVALID', `${name} can say what it knew from ${since.toISOString()} on`, {
    allowed: `a moment from ${since.toISOString()} on`,
  });

/**
 * The records that were the entity's at `knownAt` (without it, those that are now), each in the version of that moment,
 * and what survives of them by today's rules and what stewards had said by then in their place. An id that has been
 * merged since answers for itself, as it was.
 * null when no record was there. Before what is kept of the past it is refused (HUB_REQUEST_INVALID). Both times may be given: what the hub knew in May about how things stood in March.
 */
export async function entityAsOf(
  pool: Pool,
  base: BaseDefinition,
  entityId: number,
  { knownAt, validAt }: PastMoment,
): Promise<PastEntity | null> {
  const { schema } = base;
  try {
    const { rows } = await pool.query<Row[]>({
      // Named, so that it is planned once a connection: planning takes longer than the lookup.
      name: `${schema} as of`,
      text: `WITH candidate AS (
          SELECT record_id, entity_id FROM ${schema}.source_record WHERE entity_id = $1::bigint
          UNION
          SELECT r.record_id, r.entity_id FROM ${schema}.membership_left l JOIN ${schema}.source_record r USING (record_id)
          WHERE l.entity_id = $1 AND l.left_at > $2::timestamptz),
        own AS (
          SELECT c.record_id FROM candidate c WHERE $1 = coalesce(
            (SELECT l.entity_id FROM ${schema}.membership_left l
              WHERE l.record_id = c.record_id AND l.left_at > $2::timestamptz ORDER BY l.left_at LIMIT 1), c.entity_id)),
        version AS (
          SELECT r.record_id, r.source_id, r.source_key, r.attributes, r.issues, r.observed_at, r.recorded_at, r.deleted,
            'infinity'::timestamptz AS superseded_at
          FROM ${schema}.source_record r JOIN own USING (record_id)
          UNION ALL
          SELECT h.record_id, h.source_id, h.source_key, h.attributes, h.issues, h.observed_at, h.recorded_at, h.deleted, h.superseded_at
          FROM ${schema}.source_record_history h JOIN own USING (record_id)),
        chosen AS (
          SELECT DISTINCT ON (record_id) record_id, source_id, source_key, attributes, issues, observed_at, deleted FROM version
          WHERE recorded_at <= coalesce($2::timestamptz, 'infinity') AND observed_at <= coalesce($3::timestamptz, 'infinity')
          ORDER BY record_id, recorded_at DESC, superseded_at DESC)
        SELECT c.record_id::float8, c.source_id, s.system || '/' || s.stream || ' ' || c.source_key, s.authority, c.attributes,
          c.issues, (extract(epoch FROM c.observed_at) * 1000)::float8, EXISTS (SELECT 1 FROM ${schema}.override),
          CASE WHEN $2::timestamptz < k.since THEN k.since END
        FROM (SELECT max(since) AS since FROM ${schema}.past_kept) AS k
        LEFT JOIN (chosen AS c JOIN ${schema}.source AS s USING (source_id)) ON NOT c.deleted`,
      values: [entityId, knownAt ?? null, validAt ?? null],
      rowMode: 'array',
    });
    const found = rows as unknown as readonly Row[];
    const keptSince = found[0]?.[8] ?? null;
    if (keptSince !== null) throw tooLongAgo(base, keptSince);
    const all = found.filter(([recordId]) => recordId !== null);
    if (all.length === 0) return null;
    const authorities = new Map(all.map(([, sourceId, , authority]) => [sourceId, authority]));
    const members = all.map(
      ([recordId, sourceId, order, , attributes, issues, observedAt]): Member => ({
        ...{ recordId, sourceId, order, entityId, naturalId: null, linkRule: null, attributes, attributesCopy: null },
        ...{ issues: issues ?? [], keys: [], observedAt, changed: false },
      }),
    );
    const asked = all[0]?.[7] === true ? members.map(({ order }) => order) : [];
    const overrides = await readOverrides(pool, schema, asked, { knownAt, validAt });
    const golden = createSurvivorship(base, (sourceId) => authorities.get(sourceId) ?? '')(members, overrides);
    return {
      attributes: JSON.parse(plainText(golden.attributes)) as Attributes,
      winners: JSON.parse(golden.winners) as PastEntity['winners'],
      ...{ conflicts: golden.conflicts, sources: golden.sources },
    };
  } catch (error) {
    throw storeFailure(error, `reading the past of an entity of ${base.name}`);
  }
}
