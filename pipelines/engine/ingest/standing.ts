import type { ClientBase } from 'pg';
import type { PreparedBatch } from './prepare.ts';

/** Where a base stands in a partition of one life of a topic. Structurally the `Position` of the event log. */
export interface Standing {
  /** The offset it wants next. */
  readonly next: number;
  /** The latest timestamp among the messages before it, in milliseconds since 1970; null when not known. */
  readonly seenUntil: number | null;
}

interface StoredStanding extends Standing {
  /** Since when, as PostgreSQL writes it: offsets of records stored before are of another life. */
  readonly since: string;
}

/** A life that the base has not read anything of: what is stored has offsets of earlier ones. */
const BEGINNING: StoredStanding = { next: 0, seenUntil: null, since: 'infinity' };

/** @param life undefined: the present one, for messages that were taken before */
export async function readStanding(
  client: Pick<ClientBase, 'query'>,
  schema: string,
  topic: string,
  partition: number,
  life: string | undefined,
): Promise<StoredStanding> {
  const { rows } = await client.query<StoredStanding>(
    `SELECT next_offset::float8 AS next, seen_until::float8 AS "seenUntil", began_at::text AS since
     FROM ${schema}.applied_position
     WHERE topic = $1 AND log_partition = $2 AND ($3::text IS NULL OR life IN ($3, ''))
     ORDER BY began_at DESC LIMIT 1`,
    [topic, partition, life ?? null],
  );
  return rows[0] ?? BEGINNING;
}

/** @param first offset of the first message of the batch: with it a life begins that the base has not read before */
export async function savePosition(
  client: ClientBase,
  schema: string,
  { topic, partition, life = '', nextOffset, seenUntil }: PreparedBatch,
  first: number,
): Promise<void> {
  await client.query(
    `WITH moved AS (
       UPDATE ${schema}.applied_position
       SET next_offset = $4, life = $3, seen_until = greatest(seen_until, $5::bigint)
       WHERE topic = $1 AND log_partition = $2 AND life = (
         SELECT max(life) FROM ${schema}.applied_position
         WHERE topic = $1 AND log_partition = $2 AND life IN ($3, ''))
       RETURNING 1)
     INSERT INTO ${schema}.applied_position (topic, log_partition, life, next_offset, seen_until, uncounted, began_at)
     SELECT $1, $2, $3, $4, $5, $6, now() WHERE NOT EXISTS (SELECT FROM moved)`,
    [topic, partition, life, nextOffset, seenUntil, first],
  );
}

/** The base reads a partition from an offset on as if it had not read it before. What it holds stays. */
export async function standAt(
  client: ClientBase,
  schema: string,
  place: { readonly topic: string; readonly partition: number; readonly life: string; readonly offset: number },
): Promise<void> {
  await client.query(
    `UPDATE ${schema}.applied_position
     SET uncounted = uncounted + $4 - next_offset, next_offset = $4, life = $3, seen_until = NULL, began_at = now()
     WHERE topic = $1 AND log_partition = $2 AND life IN ($3, '')`,
    [place.topic, place.partition, place.life, place.offset],
  );
}
