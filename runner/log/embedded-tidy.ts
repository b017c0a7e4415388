import { Buffer } from 'node:buffer';
import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../schemas/store/transaction.ts';
import type { StoredMessage } from './event-log.ts';
import { decodeBatch, encodeCompacted } from './record-batch.ts';

/** Rows of the log in one transaction: at most about so many megabytes, and a moment of work. */
const SLICE = 32;
/** Keys whose latest offset is remembered at a time; a larger partition takes several rounds. */
const MOST_KEYS = 200_000;
/** Fewer new messages than this, or than half of what was compacted before, are not worth the walk. */
const LEAST_NEW = 1_000;
/** A subscriber that is away for so long still sees that a key has gone. As on Kafka. */
const TOMBSTONE_MS = 7 * 86_400_000;

interface Partition {
  readonly topicId: number;
  readonly partition: number;
  readonly keepMs: number | null;
  readonly first: number;
  readonly compactedTo: number;
  readonly next: number;
}

/**
 * Gives back what topics need not keep: messages past their time, and of topics of latest values those that a later
 * message of the same key has replaced. Slices are transactions of their own, and one process at a time does it.
 * @returns how many messages went
 */
export async function tidyLog(pool: Pool, signal: AbortSignal): Promise<number> {
  const { rows } = await pool.query<Partition>(
    `SELECT topic_id AS "topicId", partition, keep_ms::float8 AS "keepMs", first_offset::float8 AS first,
       compacted_to::float8 AS "compactedTo", next_offset::float8 AS next
     FROM hub.log_topic JOIN hub.log_partition USING (topic_id)
     WHERE keep_ms IS NOT NULL OR latest_only ORDER BY topic_id, partition`,
  );
  let gone = 0;
  for (const partition of rows) {
    if (signal.aborted) break;
    gone += await (partition.keepMs === null ? compact(pool, partition, signal) : trim(pool, partition, signal));
  }
  return gone;
}

/** Null when another process is at it. */
function slice<T>(pool: Pool, { topicId, partition }: Partition, work: (client: PoolClient) => Promise<T>) {
  return inTransaction(pool, `tidying partition ${partition} of topic ${topicId}`, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtextextended('sanjiang.log.tidy', $1)) AS mine`,
      [topicId * 1_000 + partition],
    );
    return rows[0]?.mine === true ? work(client) : null;
  });
}

async function trim(pool: Pool, of: Partition, signal: AbortSignal): Promise<number> {
  let first = of.first;
  while (!signal.aborted) {
    const next = await slice(pool, of, async (client) => {
      // From the front as far as it is old: what lies behind a younger batch stays.
      const { rows } = await client.query<{ next: number | null }>(
        `WITH front AS (
           SELECT base_offset, lead(base_offset) OVER (ORDER BY base_offset) AS next,
             appended_at < clock_timestamp() - $3 * interval '1 ms' AS old
           FROM hub.log_batch WHERE topic_id = $1 AND partition = $2 ORDER BY base_offset LIMIT ${SLICE}
         ), gone AS (
           DELETE FROM hub.log_batch AS b USING front AS f
           WHERE b.topic_id = $1 AND b.partition = $2 AND b.base_offset = f.base_offset
             AND NOT EXISTS (SELECT FROM front AS y WHERE NOT y.old AND y.base_offset <= f.base_offset)
           RETURNING f.next
         )
         UPDATE hub.log_partition SET first_offset =
           CASE WHEN EXISTS (SELECT FROM gone WHERE next IS NULL) THEN next_offset ELSE (SELECT max(next) FROM gone) END
         WHERE topic_id = $1 AND partition = $2 AND EXISTS (SELECT FROM gone)
         RETURNING first_offset::float8 AS next`,
        [of.topicId, of.partition, of.keepMs],
      );
      return rows[0]?.next ?? null;
    });
    if (next === null) break;
    first = next;
  }
  return first - of.first;
}

interface Row {
  readonly base: number;
  readonly count: number;
  readonly appended: number;
  readonly bytes: Buffer;
}

const BATCHES = `
  SELECT base_offset::float8 AS base, message_count AS count, bytes,
    floor(extract(epoch FROM appended_at) * 1000)::float8 AS appended
  FROM hub.log_batch WHERE topic_id = $1 AND partition = $2 AND base_offset >= $3 AND base_offset < $4
  ORDER BY base_offset LIMIT ${SLICE}`;

const keyOf = ({ key }: StoredMessage): string | null => (key === null ? null : Buffer.from(key).toString('latin1'));

async function compact(pool: Pool, of: Partition, signal: AbortSignal): Promise<number> {
  const fresh = of.next - of.compactedTo;
  if (fresh < LEAST_NEW) return 0;
  const { rows } = await pool.query<{ clean: number }>(
    `SELECT coalesce(sum(message_count), 0)::float8 AS clean FROM hub.log_batch
     WHERE topic_id = $1 AND partition = $2 AND base_offset < $3`,
    [of.topicId, of.partition, of.compactedTo],
  );
  if (fresh < (rows[0]?.clean ?? 0) / 2) return 0;
  let gone = 0;
  for (let from = of.compactedTo; from < of.next && !signal.aborted; ) {
    const { latest, until } = await latestOf(pool, of, from);
    const went = await rewrite(pool, of, latest, until, signal);
    if (went === null || until === from) break;
    gone += went;
    from = until;
  }
  return gone;
}

/** The latest offset of each key from an offset on, as far as memory allows. */
async function latestOf(
  pool: Pool,
  of: Partition,
  from: number,
): Promise<{ latest: Map<string, number>; until: number }> {
  const latest = new Map<string, number>();
  let until = from;
  while (until < of.next && latest.size < MOST_KEYS) {
    const { rows } = await pool.query<Row>(BATCHES, [of.topicId, of.partition, until, of.next]);
    for (const { base, count, appended, bytes } of rows) {
      const messages = decodeBatch(bytes, count, base, appended);
      for (const message of messages) {
        const key = keyOf(message);
        if (key !== null) latest.set(key, message.offset);
      }
      until = (messages.at(-1)?.offset ?? base) + 1;
    }
    if (rows.length === 0) until = of.next;
  }
  return { latest, until };
}

/** Null when another process is at it. */
async function rewrite(
  pool: Pool,
  of: Partition,
  latest: ReadonlyMap<string, number>,
  until: number,
  signal: AbortSignal,
): Promise<number | null> {
  const forgotten = Date.now() - TOMBSTONE_MS;
  const isWanted = (message: StoredMessage): boolean => {
    const key = keyOf(message);
    if (key === null) return true;
    return message.offset >= (latest.get(key) ?? 0) && (message.value !== null || message.timestamp > forgotten);
  };
  let gone = 0;
  for (let from = 0; from < until; ) {
    if (signal.aborted) return gone;
    const next = await slice(pool, of, async (client) => {
      const { rows } = await client.query<Row>(BATCHES, [of.topicId, of.partition, from, until]);
      for (const { base, count, appended, bytes } of rows) {
        const messages = decodeBatch(bytes, count, base, appended);
        const wanted = messages.filter(isWanted);
        gone += messages.length - wanted.length;
        if (wanted.length < messages.length) await replace(client, of, base, wanted);
      }
      const end = rows.length < SLICE ? until : (rows.at(-1)?.base ?? 0) + 1;
      if (end >= until)
        await client.query('UPDATE hub.log_partition SET compacted_to = $3 WHERE topic_id = $1 AND partition = $2', [
          of.topicId,
          of.partition,
          until,
        ]);
      return end;
    });
    if (next === null) return null;
    from = next;
  }
  return gone;
}

async function replace(
  client: PoolClient,
  { topicId, partition }: Partition,
  base: number,
  wanted: readonly StoredMessage[],
): Promise<void> {
  if (wanted.length === 0) {
    await client.query('DELETE FROM hub.log_batch WHERE topic_id = $1 AND partition = $2 AND base_offset = $3', [
      ...[topicId, partition, base],
    ]);
    return;
  }
  const bytes = encodeCompacted(base, wanted);
  await client.query(
    `UPDATE hub.log_batch SET bytes = $4, byte_count = $5, message_count = $6
     WHERE topic_id = $1 AND partition = $2 AND base_offset = $3`,
    [topicId, partition, base, bytes, bytes.length, wanted.length],
  );
}
