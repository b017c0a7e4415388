import { createHash } from 'node:crypto';
import { HubError, isAbort, isHubError, toHubError } from '../../schemas/kernel/errors.ts';

/** Notification that a topic has new messages; the payload is its topic_id. */
export const APPEND_CHANNEL = 'hub_log';
/** Notification that members of a group came, went or let go of a partition; the payload is the group. */
export const GROUP_CHANNEL = 'hub_log_group';

export interface Topic {
  readonly id: number;
  readonly name: string;
  readonly partitions: number;
  readonly life: string;
  /** Only the latest message of each key is wanted, or was: gaps between offsets are no loss. */
  readonly hasGaps: boolean;
}

/** What one partition holds. */
export interface Head {
  readonly topicId: number;
  readonly partition: number;
  readonly first: number;
  readonly next: number;
}

/** A 64-bit advisory lock key as PostgreSQL takes it, and as pg_locks shows it (two unsigned halves). */
export interface LockKey {
  readonly key: string;
  readonly high: number;
  readonly low: number;
}

export function lockKey(...parts: readonly (string | number)[]): LockKey {
  const digest = createHash('sha256')
    .update(JSON.stringify(['hub.log', ...parts]))
    .digest();
  return { key: digest.readBigInt64BE(0).toString(), high: digest.readUInt32BE(0), low: digest.readUInt32BE(4) };
}

// In the order of their names, so that two processes never wait for each other.
export const ENSURE_TOPICS = `
  WITH spec AS (
    SELECT topic, partitions, keep_ms, latest_only
    FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::boolean[]) AS s (topic, partitions, keep_ms, latest_only)
    ORDER BY topic
  ), made AS (
    INSERT INTO hub.log_topic AS t (topic, partitions, keep_ms, latest_only)
    SELECT topic, partitions, keep_ms, latest_only FROM spec
    ON CONFLICT (topic) DO NOTHING
    RETURNING topic_id, partitions
  ), changed AS (
    UPDATE hub.log_topic AS t SET keep_ms = spec.keep_ms, latest_only = spec.latest_only
    FROM spec
    WHERE t.topic = spec.topic AND (t.keep_ms IS DISTINCT FROM spec.keep_ms OR t.latest_only <> spec.latest_only)
  )
  INSERT INTO hub.log_partition (topic_id, partition)
  SELECT made.topic_id, n FROM made CROSS JOIN LATERAL generate_series(0, made.partitions - 1) AS n`;

export const TOPIC_BY_NAME = `
  SELECT topic_id AS id, topic AS name, partitions, life::text AS life,
    latest_only OR EXISTS (SELECT FROM hub.log_partition AS p WHERE p.topic_id = t.topic_id AND compacted_to > 0) AS "hasGaps"
  FROM hub.log_topic AS t WHERE topic = $1`;

export const HOW_KEPT = `
  SELECT topic, keep_ms::float8 AS "keepMs", latest_only AS "latestOnly" FROM hub.log_topic WHERE topic = ANY($1::text[])`;

export const APPEND = 'SELECT hub.log_append($1, $2, $3, $4, $5)';

/** What a topic holds and what a group has committed of it. */
export const KEPT = `
  SELECT t.life::text AS life, p.partition, p.first_offset::float8 AS first, p.next_offset::float8 AS next,
    o.next_offset::float8 AS committed
  FROM hub.log_topic AS t JOIN hub.log_partition AS p USING (topic_id)
  LEFT JOIN hub.log_group_offset AS o
    ON o.group_name = $2 AND o.topic_id = p.topic_id AND o.partition = p.partition
  WHERE t.topic = $1 ORDER BY p.partition`;

export const READERS = `
  SELECT DISTINCT group_name AS "group" FROM hub.log_group_offset JOIN hub.log_topic USING (topic_id)
  WHERE topic = $1 ORDER BY group_name`;

// A commit lost with the server's memory only means that a batch is seen again, which the contract allows.
// The keep-alives end the session, and with it the locks, of a machine that vanished; a process that stands still is silent
// for longer than a session that looks several times a second ever is, and finds its session ended when it wakes.
export const SESSION_SETTINGS = `
  SET synchronous_commit = off; SET idle_session_timeout = '10s'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
  LISTEN ${APPEND_CHANNEL}; LISTEN ${GROUP_CHANNEL}`;

export const JOIN = 'SELECT pg_advisory_lock_shared(k) FROM unnest($1::bigint[]) AS k';

/** Backends that hold the shared member lock of a topic, in the order that decides the shares. */
export const MEMBERS = `
  SELECT w.n - 1 AS topic, l.pid, l.pid = pg_backend_pid() AS self
  FROM pg_locks AS l
  JOIN unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS w (high, low, n)
    ON l.classid::bigint = w.high AND l.objid::bigint = w.low
  WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.mode = 'ShareLock' AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  ORDER BY l.pid`;

export const TRY_LOCK = 'SELECT k::text AS key FROM unnest($1::bigint[]) AS k WHERE pg_try_advisory_lock(k)';
export const UNLOCK = `SELECT pg_notify('${GROUP_CHANNEL}', $2) FROM (SELECT bool_and(pg_advisory_unlock(k)) FROM unnest($1::bigint[]) AS k) AS released`;
export const LEAVE = `SELECT pg_notify('${GROUP_CHANNEL}', $3) FROM (
  SELECT (SELECT bool_and(pg_advisory_unlock(k)) FROM unnest($1::bigint[]) AS k),
    (SELECT bool_and(pg_advisory_unlock_shared(k)) FROM unnest($2::bigint[]) AS k)) AS released`;
export const NOTIFY = 'SELECT pg_notify($1, $2)';

export const COMMITTED =
  'SELECT topic_id, partition, next_offset::float8 AS next FROM hub.log_group_offset WHERE group_name = $1 AND topic_id = ANY($2::integer[])';

export const COMMIT = `
  INSERT INTO hub.log_group_offset (group_name, topic_id, partition, next_offset) VALUES ($1, $2, $3, $4)
  ON CONFLICT (group_name, topic_id, partition)
  DO UPDATE SET next_offset = excluded.next_offset, committed_at = now()`;

export const HEADS = `
  SELECT topic_id AS "topicId", partition, first_offset::float8 AS first, next_offset::float8 AS next
  FROM hub.log_partition WHERE topic_id = ANY($1::integer[])`;

/** When the message before an offset was appended. */
export const APPENDED_BEFORE = `
  SELECT floor(extract(epoch FROM appended_at) * 1000)::float8 AS at FROM hub.log_batch
  WHERE topic_id = $1 AND partition = $2 AND base_offset < $3 ORDER BY base_offset DESC LIMIT 1`;

export const SINCE = `
  SELECT floor(extract(epoch FROM min(appended_at)) * 1000)::float8 AS at
  FROM hub.log_topic AS t
  CROSS JOIN LATERAL generate_series(0, t.partitions - 1) AS p
  CROSS JOIN LATERAL (
    SELECT appended_at FROM hub.log_batch WHERE topic_id = t.topic_id AND partition = p ORDER BY base_offset LIMIT 1) AS b
  WHERE topic = $1`;

export const NEXT_BATCH = `
  SELECT base_offset::float8 AS base FROM hub.log_batch
  WHERE topic_id = $1 AND partition = $2 AND base_offset > $3 ORDER BY base_offset LIMIT 1`;

/** Stored batches from the one that holds $3 on: up to $4 messages and $5 bytes, rounded up to whole batches. */
export const READ = `
  SELECT base, message_count AS count, appended, bytes
  FROM (
    SELECT base_offset::float8 AS base, message_count, bytes,
      floor(extract(epoch FROM appended_at) * 1000)::float8 AS appended,
      sum(byte_count) OVER (ORDER BY base_offset) - byte_count AS bytes_before
    FROM hub.log_batch
    WHERE topic_id = $1 AND partition = $2 AND base_offset < $3::bigint + $4::integer
      AND base_offset >= coalesce((
        SELECT b.base_offset FROM hub.log_batch AS b
        WHERE b.topic_id = $1 AND b.partition = $2 AND b.base_offset <= $3::bigint
        ORDER BY b.base_offset DESC LIMIT 1), $3::bigint)
  ) AS window_of_batches
  WHERE bytes_before < $5
  ORDER BY base`;

/** PostgreSQL's undefined_table and undefined_function: the migration has not been run. */
const NOT_MIGRATED = new Set(['42P01', '42883', '3F000']);

/** no_data_found: the topic of an append has no such partition any more. */
export const isGone = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'P0002';

/** invalid_password, invalid_authorization_specification, insufficient_privilege. */
const REFUSED = new Set(['28P01', '28000', '42501']);

export function embeddedError(error: unknown, what: string): unknown {
  if (isHubError(error) || isAbort(error)) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && NOT_MIGRATED.has(code)) return toHubError(error, 'HUB_STORE_MIGRATION', what);
  if (typeof code === 'string' && REFUSED.has(code)) return toHubError(error, 'HUB_LOG_REFUSED', what);
  return toHubError(error, 'HUB_LOG_UNAVAILABLE', what);
}

export const topicMissing = (topic: string): HubError =>
  new HubError('HUB_LOG_TOPIC_MISSING', `There is no topic ${topic}`, { topic });

export const logClosed = (): HubError => new HubError('HUB_LOG_UNAVAILABLE', 'The event log has been closed');
