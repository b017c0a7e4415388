import type { ClientBase } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import { rowNamed } from '../match/row.ts';
import { type DecisionEffect, refuseTearing } from './effect.ts';
import { isSamePerson } from './person.ts';

export interface NewDecision {
  /** `system/stream key`, or the number of the record. */
  readonly left: string;
  readonly right: string;
  readonly kind: 'confirmed' | 'forbidden';
  readonly by: string;
  readonly reason: string;
  /** Whoever decides has seen what it tears apart. */
  readonly tearApart?: boolean;
  /** Stands without a second person: for what is not kept. */
  readonly alone?: boolean;
}

export interface DecisionResult {
  readonly decisionId: number;
  /** It stands; otherwise it waits for a second person. */
  readonly stands: boolean;
  /** Nothing while it waits for a second person. */
  readonly effect: DecisionEffect;
}

type Relink = (rows: readonly string[]) => Promise<DecisionEffect>;

/** Joining entities of more sources than this takes two persons. */
const SOURCES_FOR_ONE = 2;

export async function decideIn(
  client: ClientBase,
  base: BaseDefinition,
  { left: one, right: other, kind, by, reason, tearApart = false, alone = false }: NewDecision,
  relink: Relink,
): Promise<DecisionResult> {
  const { schema } = base;
  const found = [await rowNamed(client, base, one), await rowNamed(client, base, other)] as const;
  const [left, right] = [found[0].row, found[1].row];
  if (left === right)
    throw new HubError('HUB_REVIEW_REFUSED', 'a row cannot be decided about with itself', { left, right });
  const [low, high] = left < right ? [left, right] : [right, left];
  const entities = [found[0].entityId, found[1].entityId];
  const needsSecond =
    !alone &&
    kind === 'confirmed' &&
    entities[0] !== entities[1] &&
    (await sourcesOf(client, schema, entities)) > SOURCES_FOR_ONE;
  await client.query(
    `UPDATE ${schema}.decision SET withdrawn_at = now(), withdrawn_by = $3
      WHERE left_row = $1 AND right_row = $2 AND withdrawn_at IS NULL`,
    [low, high, by],
  );
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO ${schema}.decision (left_row, right_row, kind, decided_by, reason, needs_second)
      VALUES ($1, $2, $3, $4, $5, $6) RETURNING decision_id AS id`,
    [low, high, kind, by, reason, needsSecond],
  );
  const effect = await relink([left, right]);
  if (!tearApart) refuseTearing(kind, [left, right], effect);
  return { decisionId: Number(rows[0]?.id), stands: !needsSecond, effect };
}

export async function secondIn(
  client: ClientBase,
  schema: string,
  decisionId: number,
  by: string,
  tearApart: boolean,
  relink: Relink,
): Promise<DecisionResult> {
  const { left, right, first, kind } = await standing(client, schema, decisionId);
  if (isSamePerson(first, by))
    throw new HubError('HUB_REVIEW_REFUSED', `${by} has decided it; somebody else must second it`, {
      decisionId,
      allowed: 'another person: letter case, width, blanks and dots of a name make none',
    });
  await client.query(`UPDATE ${schema}.decision SET seconded_by = $2 WHERE decision_id = $1`, [decisionId, by]);
  const effect = await relink([left, right]);
  if (!tearApart) refuseTearing(kind, [left, right], effect);
  return { decisionId, stands: true, effect };
}

export async function withdrawIn(
  client: ClientBase,
  schema: string,
  decisionId: number,
  by: string,
  relink: Relink,
): Promise<DecisionResult> {
  const { left, right } = await standing(client, schema, decisionId);
  await client.query(`UPDATE ${schema}.decision SET withdrawn_at = now(), withdrawn_by = $2 WHERE decision_id = $1`, [
    decisionId,
    by,
  ]);
  return { decisionId, stands: false, effect: await relink([left, right]) };
}

interface Standing {
  readonly left: string;
  readonly right: string;
  readonly kind: 'confirmed' | 'forbidden';
  readonly first: string;
}

async function standing(client: ClientBase, schema: string, decisionId: number): Promise<Standing> {
  const { rows } = await client.query<Standing>(
    `SELECT left_row AS left, right_row AS right, kind, decided_by AS first FROM ${schema}.decision
      WHERE decision_id = $1 AND withdrawn_at IS NULL`,
    [decisionId],
  );
  const [found] = rows;
  if (found !== undefined) return found;
  throw new HubError('HUB_CATALOG_NOT_FOUND', `no decision ${decisionId} stands`, {
    allowed: 'a number from hub review decisions',
  });
}

async function sourcesOf(client: ClientBase, schema: string, entities: readonly number[]): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(DISTINCT source_id)::int AS n FROM ${schema}.source_record WHERE entity_id = ANY ($1::bigint[]) AND NOT deleted`,
    [entities],
  );
  return rows[0]?.n ?? 0;
}
