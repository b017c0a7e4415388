import type { Pool } from 'pg';
import {
  type LinkDecision,
  REVIEW_KINDS,
  type ReviewItem,
  type ReviewKind,
  type ReviewRow,
} from '../../../schemas/linkage.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import { connect } from '../../../schemas/store/transaction.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import { evidenceOf } from '../entity/member.ts';
import { readMembersById } from '../entity/read-members.ts';
import { openDecisions } from './decisions.ts';
import { readEdges } from './edges.ts';
import { withActiveModel } from './model.ts';

export interface ReviewOptions {
  readonly kind?: ReviewKind | undefined;
  /** Of each kind. */
  readonly limit: number;
}

/** More records are worth a look whoever they are about. */
export const LARGE = 20;
/** Entities with an unsure match that are looked at for bridges, the least sure first. */
const MOST_BRIDGED = 500;

const rowOf = (alias: string): string => `s${alias}.system || '/' || s${alias}.stream || ' ' || r${alias}.source_key`;

/** What waits for a person, the most likely pairs first. */
export async function listReview(
  pool: Pool,
  base: BaseDefinition,
  { kind, limit }: ReviewOptions,
): Promise<readonly ReviewItem[]> {
  const wanted = kind === undefined ? REVIEW_KINDS : [kind];
  try {
    const lists = { pair: pairs, apart: keptApart, second: seconds, bridge: bridges, large: largeOnes };
    const found: ReviewItem[] = [];
    for (const one of wanted) found.push(...(await lists[one](pool, base, limit)));
    return found;
  } catch (error) {
    throw storeFailure(error, `reading what waits for review in ${base.name}`);
  }
}

const NOTHING_MORE = { candidates: [], records: null, reasons: [], decision: null };

async function pairs(pool: Pool, { schema }: BaseDefinition, limit: number): Promise<readonly ReviewItem[]> {
  const { rows } = await pool.query<ReviewRow & Pick<ReviewItem, 'candidates'>>(
    `SELECT ${rowOf('a')} AS row, ra.record_id::float8 AS "recordId", ra.entity_id::float8 AS "entityId",
       json_agg(json_build_object('row', ${rowOf('b')}, 'recordId', rb.record_id, 'entityId', rb.entity_id, 'weight', c.weight)
         ORDER BY c.weight DESC, rb.record_id) AS candidates
     FROM ${schema}.choice c
     JOIN ${schema}.source_record ra ON ra.record_id = c.record_id AND NOT ra.deleted JOIN ${schema}.source sa ON sa.source_id = ra.source_id
     JOIN ${schema}.source_record rb ON rb.record_id = c.other_id AND NOT rb.deleted JOIN ${schema}.source sb ON sb.source_id = rb.source_id
     WHERE c.state = 'review' AND ra.entity_id <> rb.entity_id AND NOT EXISTS (
       SELECT 1 FROM ${schema}.decision d WHERE d.withdrawn_at IS NULL
         AND d.left_row = least((${rowOf('a')}) COLLATE "C", (${rowOf('b')}) COLLATE "C")
         AND d.right_row = greatest((${rowOf('a')}) COLLATE "C", (${rowOf('b')}) COLLATE "C"))
     GROUP BY ra.record_id, 1, 3 ORDER BY max(c.weight) DESC, ra.record_id LIMIT $1`,
    [limit],
  );
  return rows.map((item) => ({ ...NOTHING_MORE, ...item, kind: 'pair' }));
}

/** Keys that are looked at for a list of so many: some have been decided about. */
const LOOKED_AT = 5;

/** Bearers of one identifier whom a veto keeps apart, one record an entity, the latest first. */
async function keptApart(pool: Pool, base: BaseDefinition, limit: number): Promise<readonly ReviewItem[]> {
  const { schema } = base;
  type Bearer = ReviewRow & { readonly key: string };
  const { rows } = await pool.query<Bearer>(
    `WITH looked AS (SELECT link_key, since FROM ${schema}.kept_apart ORDER BY since DESC, link_key LIMIT $1)
     SELECT k.link_key AS key, f.row, f."recordId", l.entity_id::float8 AS "entityId"
     FROM looked k JOIN ${schema}.link_key l USING (link_key)
     CROSS JOIN LATERAL (SELECT ra.record_id::float8 AS "recordId", ${rowOf('a')} AS row FROM ${schema}.source_record ra
       JOIN ${schema}.source sa USING (source_id)
       WHERE ra.entity_id = l.entity_id AND NOT ra.deleted AND k.link_key = ANY (ra.link_keys) ORDER BY ra.record_id LIMIT 1) AS f
     ORDER BY k.since DESC, k.link_key, f."recordId"`,
    [limit * LOOKED_AT],
  );
  const client = await connect(pool, `reading records of ${schema}`);
  try {
    const members = await readMembersById(
      client,
      schema,
      rows.map(({ recordId }) => recordId),
      (_, key) => key,
    );
    const evidence = new Map(members.map((member) => [member.recordId, evidenceOf(member)]));
    const decided = await openDecisions(client, schema);
    await decided.ask(rows.map(({ row }) => row));
    const found: ReviewItem[] = [];
    for (const [at, { key, ...one }] of rows.entries()) {
      const candidates = rows
        .slice(at + 1)
        .filter((other) => other.key === key && other.entityId !== one.entityId)
        .filter((other) => !decided.isForbidden(one.row, other.row));
      const [first] = candidates;
      if (first === undefined || found.length >= limit) continue;
      const [a, b] = [evidence.get(one.recordId), evidence.get(first.recordId)];
      const reasons = a === undefined || b === undefined ? [] : base.vetoes.filter((veto) => veto.applies(a, b));
      found.push({
        ...{ ...NOTHING_MORE, kind: 'apart', ...one },
        reasons: reasons.map(({ zh, title }) => ({ zh, en: title })),
        candidates: candidates.map(({ key: _, ...other }) => ({ ...other, weight: null })),
      });
    }
    return found;
  } finally {
    client.release();
  }
}

async function seconds(pool: Pool, { schema }: BaseDefinition, limit: number): Promise<readonly ReviewItem[]> {
  interface Waiting extends ReviewRow {
    readonly decision: NonNullable<ReviewItem['decision']>;
    readonly candidate: ReviewItem['candidates'][number];
  }
  const side = (alias: string, column: string): string =>
    `JOIN ${schema}.source s${alias} ON s${alias}.system || '/' || s${alias}.stream = split_part(d.${column}, ' ', 1)
     JOIN ${schema}.source_record r${alias} ON r${alias}.source_id = s${alias}.source_id AND NOT r${alias}.deleted
       AND r${alias}.source_key = substr(d.${column}, strpos(d.${column}, ' ') + 1)`;
  const { rows } = await pool.query<Waiting>(
    `SELECT d.left_row AS row, ra.record_id::float8 AS "recordId", ra.entity_id::float8 AS "entityId",
       json_build_object('row', d.right_row, 'recordId', rb.record_id, 'entityId', rb.entity_id, 'weight', NULL) AS candidate,
       json_build_object('id', d.decision_id, 'by', d.decided_by, 'reason', d.reason) AS decision
     FROM ${schema}.decision d ${side('a', 'left_row')} ${side('b', 'right_row')}
     WHERE d.withdrawn_at IS NULL AND d.needs_second AND d.seconded_by IS NULL ORDER BY d.decision_id LIMIT $1`,
    [limit],
  );
  return rows.map(({ candidate, ...item }) => ({ ...NOTHING_MORE, ...item, kind: 'second', candidates: [candidate] }));
}

/** An entity that only a match holds together whose weight would hardly have sufficed; a confirmed pair is held by more. */
async function bridges(pool: Pool, definition: BaseDefinition, limit: number): Promise<readonly ReviewItem[]> {
  const base = await withActiveModel(pool, definition);
  if (base.matching === undefined) return [];
  const { link, margin } = base.matching.model;
  const { rows } = await pool.query<{ id: number }>(
    `SELECT ra.entity_id::float8 AS id FROM ${base.schema}.choice c
     JOIN ${base.schema}.source_record ra ON ra.record_id = c.record_id JOIN ${base.schema}.source_record rb ON rb.record_id = c.other_id
     WHERE c.state = 'auto' AND c.weight < $1 AND ra.entity_id = rb.entity_id AND NOT ra.deleted AND NOT rb.deleted
     GROUP BY ra.entity_id ORDER BY min(c.weight), 1 LIMIT ${MOST_BRIDGED}`,
    [link + margin],
  );
  const entities = await readEdges(
    pool,
    base,
    rows.map(({ id }) => id),
  );
  const found: ReviewItem[] = [];
  for (const [entityId, edges] of entities)
    for (const { by, bridge, weight, rows: ends, records } of edges) {
      if (by !== 'match' || !bridge || weight === null || weight >= link + margin) continue;
      found.push({
        ...{ ...NOTHING_MORE, kind: 'bridge', row: ends[0], recordId: records[0], entityId },
        candidates: [{ row: ends[1], recordId: records[1], entityId, weight }],
      });
    }
  return found.sort((a, b) => (a.candidates[0]?.weight ?? 0) - (b.candidates[0]?.weight ?? 0)).slice(0, limit);
}

async function largeOnes(pool: Pool, { schema }: BaseDefinition, limit: number): Promise<readonly ReviewItem[]> {
  // The inner count needs the index on entity_id alone; deleted rows are left out of the few that it finds.
  const { rows } = await pool.query<ReviewRow & { readonly records: number }>(
    `SELECT l.entity_id::float8 AS "entityId", l.records::int AS records, f.record_id::float8 AS "recordId", f.row
     FROM (SELECT r.entity_id, count(*) AS records FROM ${schema}.source_record r
       WHERE NOT r.deleted AND r.entity_id IN (
         SELECT entity_id FROM ${schema}.source_record GROUP BY entity_id HAVING count(*) > ${LARGE})
       GROUP BY r.entity_id HAVING count(*) > ${LARGE}) AS l
     CROSS JOIN LATERAL (SELECT ra.record_id, ${rowOf('a')} AS row FROM ${schema}.source_record ra
       JOIN ${schema}.source sa ON sa.source_id = ra.source_id WHERE ra.entity_id = l.entity_id AND NOT ra.deleted
       ORDER BY (${rowOf('a')}) COLLATE "C" LIMIT 1) AS f
     ORDER BY l.records DESC, l.entity_id LIMIT $1`,
    [limit],
  );
  return rows.map((item) => ({ ...NOTHING_MORE, ...item, kind: 'large' }));
}

export interface StandingDecision extends LinkDecision {
  readonly rows: readonly [string, string];
}

/** Decisions that have not been withdrawn, the latest first. */
export async function listDecisions(pool: Pool, schema: string, limit: number): Promise<readonly StandingDecision[]> {
  try {
    const { rows } = await pool.query<StandingDecision>(
      `SELECT decision_id::float8 AS id, ARRAY[left_row, right_row] AS rows, kind, decided_by AS by, reason,
         decided_at AS "decidedAt", seconded_by AS "secondedBy", needs_second AND seconded_by IS NULL AS waits
       FROM ${schema}.decision WHERE withdrawn_at IS NULL ORDER BY decision_id DESC LIMIT $1`,
      [limit],
    );
    return rows;
  } catch (error) {
    throw storeFailure(error, `reading the decisions of ${schema}`);
  }
}
