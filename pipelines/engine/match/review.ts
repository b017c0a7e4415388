import type { Pool } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { storeFailure } from '../../../schemas/registry/store-failure.ts';
import { type FieldWeight, type MatchField, weigher } from '../../matching.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import { whyVeto } from '../../veto.ts';
import type { Member } from '../group.ts';
import { readMembersById } from '../read.ts';
import { matchRecord } from './records.ts';

export interface ReviewCandidate {
  /** `system/stream key`. */
  readonly row: string;
  readonly entityId: number;
  readonly weight: number;
}

/** A record without a deciding identifier, and whom it may be. */
export interface ReviewItem {
  readonly row: string;
  readonly entityId: number;
  readonly candidates: readonly ReviewCandidate[];
}

export interface PairExplanation {
  readonly rows: readonly [string, string];
  readonly together: boolean;
  /** Keys that both have. */
  readonly keys: readonly string[];
  /** Why they may not be one entity by rule; null when nothing forbids it. */
  readonly veto: string | null;
  readonly decision: {
    readonly id: number;
    readonly kind: string;
    readonly by: string;
    readonly reason: string;
  } | null;
  /** null for a base whose records never match without keys. */
  readonly match: {
    readonly model: string;
    readonly weight: number;
    readonly link: number;
    readonly review: number;
    readonly fields: readonly (FieldWeight &
      Pick<MatchField, 'zh' | 'en'> & { readonly zhLevel: string; readonly enLevel: string })[];
  } | null;
}

const ROW = `s.system || '/' || s.stream || ' ' || r.source_key`;

/** What waits for a person, the most likely first; decided pairs are left out. */
export async function listReview(pool: Pool, schema: string, limit: number): Promise<readonly ReviewItem[]> {
  const named = (alias: string): string => ROW.replaceAll('s.', `s${alias}.`).replaceAll('r.', `r${alias}.`);
  try {
    const { rows } = await pool.query<{ row: string; entity: string; candidates: ReviewCandidate[] }>(
      `SELECT ${named('a')} AS row, ra.entity_id AS entity,
         json_agg(json_build_object('row', ${named('b')}, 'entityId', rb.entity_id, 'weight', round(c.weight::numeric, 2))
           ORDER BY c.weight DESC, rb.record_id) AS candidates
       FROM ${schema}.choice c
       JOIN ${schema}.source_record ra ON ra.record_id = c.record_id JOIN ${schema}.source sa ON sa.source_id = ra.source_id
       JOIN ${schema}.source_record rb ON rb.record_id = c.other_id JOIN ${schema}.source sb ON sb.source_id = rb.source_id
       WHERE c.state = 'review' AND ra.entity_id <> rb.entity_id AND NOT EXISTS (
         SELECT 1 FROM ${schema}.decision d WHERE d.withdrawn_at IS NULL
           AND d.left_row = least(${named('a')}, ${named('b')}) AND d.right_row = greatest(${named('a')}, ${named('b')}))
       GROUP BY ra.record_id, 1, 2 ORDER BY max(c.weight) DESC, ra.record_id LIMIT $1`,
      [limit],
    );
    return rows.map(({ row, entity, candidates }) => ({ row, entityId: Number(entity), candidates }));
  } catch (error) {
    throw storeFailure(error, `reading what waits for review in ${schema}`);
  }
}

/** @throws HUB_CATALOG_NOT_FOUND for a row that the base does not have */
export async function readRow(pool: Pool, base: BaseDefinition, row: string): Promise<Member> {
  const at = row.indexOf(' ');
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ id: string }>(
      `SELECT r.record_id AS id FROM ${base.schema}.source_record r JOIN ${base.schema}.source s USING (source_id)
        WHERE s.system || '/' || s.stream = $1 AND r.source_key = $2 AND NOT r.deleted`,
      [row.slice(0, at), row.slice(at + 1)],
    );
    const [found] = await readMembersById(
      client,
      base.schema,
      rows.map(({ id }) => Number(id)),
      () => row,
    );
    if (found !== undefined) return found;
  } catch (error) {
    throw storeFailure(error, `reading ${base.name}`);
  } finally {
    client.release();
  }
  throw new HubError('HUB_CATALOG_NOT_FOUND', `${base.name} has no row "${row}"`, {
    allowed: '"system/stream key", as hub review list shows it',
  });
}

export interface EntityEdge {
  readonly rows: readonly [string, string];
  /** A link scheme, `match` or `steward`. */
  readonly by: string;
  /** Bits; null for keys and for what people have confirmed. */
  readonly weight: number | null;
}

/** What holds an entity together, the weakest first: keys and decisions hold better than any weight. */
export async function explainEdges(pool: Pool, base: BaseDefinition, entityId: number): Promise<readonly EntityEdge[]> {
  const { schema } = base;
  try {
    const { rows } = await pool.query<{ left: string; right: string; by: string; weight: number | null }>(
      `WITH member AS (
         SELECT r.record_id, r.link_keys, ${ROW} AS row FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id)
         WHERE r.entity_id = $1 AND NOT r.deleted)
       SELECT a.row AS left, b.row AS right, split_part(k.key, ':', 1) AS by, NULL::float8 AS weight
       FROM member a JOIN member b ON a.row COLLATE "C" < b.row COLLATE "C"
       CROSS JOIN LATERAL (SELECT key FROM unnest(a.link_keys) WITH ORDINALITY AS u (key, at)
         WHERE key = ANY (b.link_keys) ORDER BY at LIMIT 1) AS k
       UNION ALL
       SELECT a.row, b.row, 'match', c.weight::float8 FROM ${schema}.choice c
       JOIN member a ON a.record_id = c.record_id JOIN member b ON b.record_id = c.other_id WHERE c.state = 'auto'
       UNION ALL
       SELECT a.row, b.row, 'steward', NULL FROM ${schema}.decision d
       JOIN member a ON a.row = d.left_row JOIN member b ON b.row = d.right_row WHERE d.kind = 'confirmed' AND d.withdrawn_at IS NULL
       ORDER BY 4 NULLS LAST, 1, 2`,
      [entityId],
    );
    return rows.map(({ left, right, by, weight }) => ({ rows: [left, right], by, weight }));
  } catch (error) {
    throw storeFailure(error, `reading what holds an entity of ${base.name} together`);
  }
}

/** Why two rows are, or are not, one entity. */
export async function explainPair(
  pool: Pool,
  base: BaseDefinition,
  left: string,
  right: string,
): Promise<PairExplanation> {
  const [a, b] = [await readRow(pool, base, left), await readRow(pool, base, right)];
  const { matching } = base;
  const [low, high] = left < right ? [left, right] : [right, left];
  const { rows } = await pool.query<{ id: string; kind: string; by: string; reason: string }>(
    `SELECT decision_id AS id, kind, decided_by AS by, reason FROM ${base.schema}.decision
      WHERE left_row = $1 AND right_row = $2 AND withdrawn_at IS NULL`,
    [low, high],
  );
  const [decision] = rows;
  const explained = (): PairExplanation['match'] => {
    if (matching === undefined) return null;
    const [x, y] = [matchRecord(matching, a), matchRecord(matching, b)];
    const { explain, weight } = weigher(matching);
    const { version, link, review } = matching.model;
    return {
      ...{ model: version, weight: weight(x.features, y.features), link, review },
      fields: explain(x.features, y.features).map((part, i) => {
        const field = matching.fields[i] as MatchField;
        const level = field.levels[part.level];
        return {
          ...{ ...part, zh: field.zh, en: field.en },
          ...{ zhLevel: level?.zh ?? '一方无值', enLevel: level?.en ?? 'a side has no value' },
        };
      }),
    };
  };
  return {
    ...{ rows: [left, right], together: a.entityId === b.entityId, keys: a.keys.filter((key) => b.keys.includes(key)) },
    veto: whyVeto(base, a.attributes, b.attributes),
    decision: decision === undefined ? null : { ...decision, id: Number(decision.id) },
    match: explained(),
  };
}
