import type { ClientBase, Pool } from 'pg';
import { copyLines } from '../../../schemas/store/copy.ts';
import { storeFailure } from '../../../schemas/store/failure.ts';
import { flush } from '../../../schemas/store/flush.ts';
import { inTransaction } from '../../../schemas/store/transaction.ts';
import type { AttributeValue } from '../../record.ts';
import type { Entity } from '../entity/assign.ts';

/** One change of an entity, in the order in which they were committed. */
export interface EntityChange {
  /** Grows with every change of the base. */
  readonly seq: number;
  readonly entityId: number;
  readonly kind: 'upsert' | 'delete' | 'merge';
  readonly attributes: Readonly<Record<string, AttributeValue>> | null;
  readonly into: number | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export const upsertLine = (entityId: number, attributes: string): string => `${entityId}\tupsert\t${attributes}\t\\N`;

/** What a batch has changed: survivors, entities without records, and those that went into others. */
export async function writeOutbox(
  client: ClientBase,
  schema: string,
  upserts: readonly string[],
  emptied: Iterable<number>,
  entities: readonly Entity[],
): Promise<void> {
  const merged = entities.flatMap(({ entityId, lost }) => lost.map((loser) => [loser, entityId] as const));
  const losers = new Set(merged.map(([loser]) => loser));
  const lines = [
    ...merged.map(([loser, winner]) => `${loser}\tmerge\t\\N\t${winner}`),
    ...[...emptied].filter((id) => !losers.has(id)).map((id) => `${id}\tdelete\t\\N\t\\N`),
    ...upserts,
  ];
  await copyLines(client, `${schema}.outbox (entity_id, kind, attributes, into_id)`, lines);
}

interface OutboxRow {
  readonly seq: number;
  readonly entityId: number;
  readonly kind: EntityChange['kind'];
  readonly attributes: EntityChange['attributes'];
  readonly into: number | null;
  readonly at: number;
}

const CHUNK = 1_000;

/**
 * The last change that is on the disk with all that it rests on; null when none waits. A base does not wait for the disk
 * when it stores a batch, so a crash of its server may take back what was stored, and numbers with it.
 */
async function lastFlushed(pool: Pool, schema: string): Promise<number | null> {
  const what = `flushing the changes of ${schema}`;
  let last: number | null;
  try {
    const { rows } = await pool.query<{ last: number | null }>(`SELECT max(seq)::float8 AS last FROM ${schema}.outbox`);
    last = rows[0]?.last ?? null;
  } catch (error) {
    throw storeFailure(error, what);
  }
  if (last !== null) await flush(pool, what);
  return last;
}

/**
 * Hands the oldest changes to `publish` and forgets them when it has returned. Nothing is handed out before it is on the
 * disk: what has left the hub cannot be taken back. One publisher at a time over all processes. When `publish` succeeded
 * and the forgetting did not, the same changes are handed out again, with the same numbers.
 * @returns how many; null while another process publishes.
 */
export async function drainOutbox(
  pool: Pool,
  schema: string,
  publish: (changes: readonly EntityChange[]) => Promise<void>,
): Promise<number | null> {
  const last = await lastFlushed(pool, schema);
  if (last === null) return 0;
  return inTransaction(pool, `publishing the changes of ${schema}`, async (client) => {
    const { rows: locks } = await client.query<{ mine: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtextextended('sanjiang.outbox.${schema}', 0)) AS mine`,
    );
    if (locks[0]?.mine !== true) return null;
    const { rows } = await client.query<OutboxRow>(
      `SELECT seq::float8 AS seq, entity_id::float8 AS "entityId", kind, attributes, into_id::float8 AS "into",
         (extract(epoch FROM at) * 1000)::float8 AS at FROM ${schema}.outbox AS o WHERE o.seq <= $1 ORDER BY o.seq LIMIT ${CHUNK}`,
      [last],
    );
    if (rows.length > 0) {
      await publish(rows);
      await client.query(`DELETE FROM ${schema}.outbox WHERE seq <= $1`, [rows.at(-1)?.seq]);
    }
    return rows.length;
  });
}
