import type { Pool } from 'pg';
import { storeFailure } from '../../schemas/store/failure.ts';
import type { ColumnSpec } from '../../schemas/stream.ts';
import type { SystemFile } from '../../schemas/system.ts';
import type { CatalogBase } from '../options.ts';

export interface FeedSystem {
  readonly system: string;
  readonly spec: SystemFile;
  readonly enabled: boolean;
  readonly appliedAt: Date;
}

export interface FeedStream {
  readonly system: string;
  readonly stream: string;
  readonly state: 'ready' | 'paused' | 'halted';
  readonly rowEstimate: number | null;
  /** Keys that live, of a stream that feeds no base; null: nobody knows. */
  readonly living: number | null;
  /** By the source, since the stream is read. */
  readonly rowsRejected: number;
  readonly lastReadAt: Date | null;
  /** What differs at the source from what was agreed, until a person has looked. */
  readonly changes: readonly FeedChange[];
}

export interface FeedChange {
  readonly kind: 'added' | 'dropped' | 'renamed' | 'widened' | 'narrowed' | 'retyped';
  readonly column: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly decision: 'notice' | 'pause';
  /** ISO 8601. */
  readonly seenAt: string;
}

export interface FeedRun {
  readonly system: string;
  readonly state: string;
  readonly requestedAt: Date;
  readonly endedAt: Date | null;
  readonly errorCode: string | null;
}

/** What a base did with the messages of one topic, all batches summed. */
export interface FeedTopic {
  readonly topic: string;
  readonly read: number;
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly stale: number;
  readonly rejected: number;
  readonly lastCommittedAt: Date | null;
  readonly living: number;
}

/** Rows of a feed view. @throws HUB_STORE_UNAVAILABLE, HUB_INTERNAL */
export async function feedRows<Row extends object>(
  pool: Pool,
  what: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  try {
    return (await pool.query<Row>(sql, [...values])).rows;
  } catch (error) {
    throw storeFailure(error, `the catalog reads ${what}`);
  }
}

/** Changes when a system is applied, removed, switched on or off, or its columns are agreed anew. */
export async function feedVersion(hub: Pool): Promise<string> {
  const rows = await feedRows<{ version: string | null }>(
    hub,
    'the version of the systems',
    `SELECT concat_ws(' ',
       (SELECT md5(string_agg(concat_ws('|', system, applied_at, enabled), ',' ORDER BY system)) FROM hub.feed_system),
       (SELECT md5(string_agg(concat_ws('|', system, stream, columns::text), ',' ORDER BY system, stream))
        FROM hub.feed_stream)) AS version`,
  );
  return rows[0]?.version ?? '';
}

export const feedSystems = (hub: Pool): Promise<readonly FeedSystem[]> =>
  feedRows<FeedSystem>(
    hub,
    'systems',
    'SELECT system, spec, enabled, applied_at AS "appliedAt" FROM hub.feed_system ORDER BY system',
  );

/** Columns by `system/stream`, where they are known. */
export async function feedColumns(hub: Pool): Promise<ReadonlyMap<string, readonly ColumnSpec[]>> {
  const rows = await feedRows<{ place: string; columns: readonly ColumnSpec[] }>(
    hub,
    'columns',
    `SELECT system || '/' || stream AS place, columns FROM hub.feed_stream WHERE columns IS NOT NULL`,
  );
  return new Map(rows.map(({ place, columns }) => [place, columns]));
}

export const feedStreams = (hub: Pool): Promise<readonly FeedStream[]> =>
  feedRows<FeedStream>(
    hub,
    'streams',
    `SELECT system, stream, state, row_estimate::float8 AS "rowEstimate", living::float8 AS living, rows_rejected::float8 AS "rowsRejected",
       last_read_at AS "lastReadAt", coalesce((
         SELECT json_agg(json_build_object('kind', c.kind, 'column', c.column_name, 'before', c.before, 'after', c.after,
             'decision', c.decision, 'seenAt', c.seen_at) ORDER BY c.seen_at, c.column_name)
           FROM hub.feed_stream_change AS c
           WHERE c.system = s.system AND c.stream = s.stream AND c.closed_at IS NULL AND c.decision <> 'continue'
       ), '[]') AS changes
     FROM hub.feed_stream AS s ORDER BY system, stream`,
  );

/** The latest run of each system. */
export const feedRuns = (hub: Pool): Promise<readonly FeedRun[]> =>
  feedRows<FeedRun>(
    hub,
    'runs',
    `SELECT r.system, r.state, r.requested_at AS "requestedAt", r.ended_at AS "endedAt", r.error->>'code' AS "errorCode"
     FROM hub.feed_system AS s CROSS JOIN LATERAL (
       SELECT system, state, requested_at, ended_at, error FROM hub.feed_run
       WHERE system = s.system ORDER BY run_id DESC LIMIT 1) AS r`,
  );

export const feedTopics = ({ pool, schema, name }: CatalogBase): Promise<readonly FeedTopic[]> =>
  feedRows<FeedTopic>(
    pool,
    `the state of ${name}`,
    `SELECT topic, read::float8 AS read, inserted::float8 AS inserted, updated::float8 AS updated,
       unchanged::float8 AS unchanged, stale::float8 AS stale, rejected::float8 AS rejected, living::float8 AS living,
       last_committed_at AS "lastCommittedAt"
     FROM ${schema}.feed_stream_state ORDER BY topic`,
  );
