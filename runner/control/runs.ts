import type { Pool, QueryResult } from 'pg';
import type { JsonValue } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { query as ask } from '../../schemas/store/query.ts';

type RunState = 'pending' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** Rows since the last report, not totals. */
export interface RunCounters {
  readonly read: number;
  readonly appended: number;
  /** Given again by the source as the log has them. */
  readonly unchanged: number;
  readonly rejected: number;
}

/** What a steward sees of a failure; never the whole error, which may hold a row. */
export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
}

interface Run {
  readonly runId: number;
  readonly system: string;
  readonly state: RunState;
  readonly epoch: number;
  readonly attempts: number;
  readonly requestedBy: string;
  readonly requestedAt: Date;
  readonly startedAt: Date | null;
  readonly heartbeatAt: Date | null;
  readonly endedAt: Date | null;
  readonly rowsRead: number;
  readonly rowsAppended: number;
  readonly rowsUnchanged: number;
  readonly rowsRejected: number;
  readonly error: RunError | null;
}

interface OpenRun {
  readonly runId: number;
  readonly requestedBy: string;
  readonly heartbeatAt: Date | null;
  /** Nobody works on it: `take` would give it. */
  readonly isFree: boolean;
}

/** Proof that a worker holds a run. Every write carries it; the newest epoch alone may write. */
export interface Lease {
  readonly runId: number;
  readonly epoch: number;
}

type StoredCheckpoint = { readonly [key: string]: JsonValue };

interface CheckpointUpdate {
  readonly system: string;
  readonly stream: string;
  readonly checkpoint: StoredCheckpoint;
  readonly counters: RunCounters;
}

/**
 * The truth of runs (`hub.run`, `hub.stream`); the job queue only wakes workers.
 * pending -> take -> running -> finish -> succeeded | failed; running -> release or recoverStale -> pending.
 * Writes of a worker whose run was taken over, released, recovered or ended throw HUB_RUN_FENCED and change nothing.
 */
export interface RunStore {
  /** The run of the system that has not ended; null when there is none. */
  open(system: string): Promise<OpenRun | null>;
  /** HUB_RUN_PENDING when the system has an open run (`details.runId`). */
  request(system: string, by: string): Promise<{ readonly runId: number }>;
  /**
   * Takes an open run that nobody works on: one that waits, or whose holder has given no sign of life for `LEASE_MS`. null
   * when there is nothing to do: it has ended, or somebody has it; should that one die, the run comes back by
   * `recoverStale`.
   */
  take(runId: number): Promise<(Lease & { readonly system: string; readonly attempts: number }) | null>;
  heartbeat(lease: Lease, counters?: RunCounters): Promise<void>;
  /** The position and the counts in one statement with the check of the epoch. The checkpoint is less than 4 KB. */
  saveCheckpoint(lease: Lease, update: CheckpointUpdate): Promise<void>;
  /** null when the stream was never read. */
  checkpoint(system: string, stream: string): Promise<StoredCheckpoint | null>;
  /** Back to pending: the job layer tries again later. */
  release(lease: Lease, error: RunError): Promise<void>;
  finish(lease: Lease, state: 'succeeded' | 'failed', error?: RunError): Promise<void>;
  /** true when the run was open. Its worker learns it at its next write. */
  cancel(runId: number): Promise<boolean>;
  /** Running runs without a sign of life go back to pending. */
  recoverStale(olderThanMs: number): Promise<readonly { readonly runId: number; readonly system: string }[]>;
  pending(): Promise<readonly { readonly runId: number; readonly system: string }[]>;
  /** Newest first. */
  recent(limit: number, system?: string): Promise<readonly Run[]>;
  byId(runId: number): Promise<Run | null>;
}

/** By whom a run is requested that is followed. */
export const FOLLOWER = 'follow';
/**
 * Whoever works on a run writes several times as often, so that another process takes over within seconds when it dies; one
 * that was only slow or frozen finds itself fenced, and nothing is lost but its last portion.
 */
export const LEASE_MS = 10_000;
const IS_FREE = `(state = 'pending' OR state = 'running' AND heartbeat_at < now() - interval '${LEASE_MS} milliseconds')`;
const MAX_CHECKPOINT_BYTES = 4096;
const COLUMNS = `run_id, system, state, epoch, attempts, requested_by, requested_at, started_at, heartbeat_at, ended_at,
  rows_read, rows_appended, rows_unchanged, rows_rejected, error`;
const ZERO: RunCounters = { read: 0, appended: 0, unchanged: 0, rejected: 0 };

const countsOf = ({ read, appended, unchanged, rejected }: RunCounters): readonly number[] => [
  read,
  appended,
  unchanged,
  rejected,
];

type Row = Record<string, unknown>;

const toRun = (row: Row): Run => ({
  runId: Number(row['run_id']),
  system: row['system'] as string,
  state: row['state'] as RunState,
  epoch: row['epoch'] as number,
  attempts: row['attempts'] as number,
  requestedBy: row['requested_by'] as string,
  requestedAt: row['requested_at'] as Date,
  startedAt: row['started_at'] as Date | null,
  heartbeatAt: row['heartbeat_at'] as Date | null,
  endedAt: row['ended_at'] as Date | null,
  rowsRead: Number(row['rows_read']),
  rowsAppended: Number(row['rows_appended']),
  rowsUnchanged: Number(row['rows_unchanged']),
  rowsRejected: Number(row['rows_rejected']),
  error: row['error'] as RunError | null,
});
const toOpen = (row: Row): { runId: number; system: string } => ({
  runId: Number(row['run_id']),
  system: row['system'] as string,
});

export function openRunStore(pool: Pool): RunStore {
  const query = (what: string, sql: string, values: readonly unknown[] = []): Promise<QueryResult<Row>> =>
    ask<Row>(pool, what, sql, values);

  /** `sql` must change a row only for the lease in $1, $2. */
  async function fenced(lease: Lease, what: string, sql: string, values: readonly unknown[] = []): Promise<void> {
    const { rowCount } = await query(`${what} of run ${lease.runId}`, sql, [lease.runId, lease.epoch, ...values]);
    if (rowCount === 0)
      throw new HubError(
        'HUB_RUN_FENCED',
        `${what} of run ${lease.runId} refused: epoch ${lease.epoch} no longer holds it`,
        { ...lease },
      );
  }
  const LEASE = "run_id = $1 AND epoch = $2 AND state = 'running'";

  return {
    async request(system, by) {
      const sql = `INSERT INTO hub.run (system, requested_by) VALUES ($1, $2)
        ON CONFLICT (system) WHERE state IN ('pending', 'running') DO NOTHING RETURNING run_id`;
      const { rows } = await query(`requesting a run of ${system}`, sql, [system, by]);
      if (rows[0] !== undefined) return { runId: Number(rows[0]['run_id']) };
      const open = await query(
        `looking for the open run of ${system}`,
        "SELECT run_id, state FROM hub.run WHERE system = $1 AND state IN ('pending', 'running')",
        [system],
      );
      const runId = open.rows[0] === undefined ? null : Number(open.rows[0]['run_id']);
      throw new HubError('HUB_RUN_PENDING', `system ${system} has an open run already`, {
        system,
        runId,
        state: open.rows[0]?.['state'],
      });
    },

    async open(system) {
      const sql = `SELECT run_id, requested_by, heartbeat_at, ${IS_FREE} AS is_free FROM hub.run
        WHERE system = $1 AND state IN ('pending', 'running')`;
      const row = (await query(`looking for the open run of ${system}`, sql, [system])).rows[0];
      if (row === undefined) return null;
      return {
        ...{ runId: Number(row['run_id']), requestedBy: row['requested_by'] as string },
        ...{ heartbeatAt: row['heartbeat_at'] as Date | null, isFree: row['is_free'] as boolean },
      };
    },

    async take(runId) {
      const sql = `UPDATE hub.run SET state = 'running', epoch = epoch + 1, attempts = attempts + 1,
          started_at = coalesce(started_at, now()), heartbeat_at = now(), error = NULL
        WHERE run_id = $1 AND ${IS_FREE}
        RETURNING run_id, system, epoch, attempts`;
      const row = (await query(`taking run ${runId}`, sql, [runId])).rows[0];
      return row === undefined
        ? null
        : { ...toOpen(row), epoch: row['epoch'] as number, attempts: row['attempts'] as number };
    },

    async heartbeat(lease, counters = ZERO) {
      const sql = `UPDATE hub.run SET heartbeat_at = now(), rows_read = rows_read + $3, rows_appended = rows_appended + $4,
        rows_unchanged = rows_unchanged + $5, rows_rejected = rows_rejected + $6 WHERE ${LEASE}`;
      await fenced(lease, 'heartbeat', sql, countsOf(counters));
    },

    async saveCheckpoint(lease, { system, stream, checkpoint, counters }) {
      const text = JSON.stringify(checkpoint);
      const bytes = Buffer.byteLength(text);
      if (bytes >= MAX_CHECKPOINT_BYTES)
        throw new HubError('HUB_INTERNAL', `the checkpoint of ${system}/${stream} has ${bytes} bytes`, {
          system,
          stream,
          allowed: `less than ${MAX_CHECKPOINT_BYTES}`,
        });
      const sql = `WITH held AS (
          UPDATE hub.run SET heartbeat_at = now(), rows_read = rows_read + $3, rows_appended = rows_appended + $4,
            rows_unchanged = rows_unchanged + $5, rows_rejected = rows_rejected + $6
          WHERE ${LEASE} AND system = $7 RETURNING run_id)
        INSERT INTO hub.stream AS s
          (system, stream, checkpoint, rows_read, rows_appended, rows_unchanged, rows_rejected, last_read_at)
        SELECT $7, $8, $9::jsonb, $3, $4, $5, $6, now() FROM held
        ON CONFLICT (system, stream) DO UPDATE SET checkpoint = EXCLUDED.checkpoint, last_read_at = EXCLUDED.last_read_at,
          rows_read = s.rows_read + EXCLUDED.rows_read, rows_appended = s.rows_appended + EXCLUDED.rows_appended,
          rows_unchanged = s.rows_unchanged + EXCLUDED.rows_unchanged, rows_rejected = s.rows_rejected + EXCLUDED.rows_rejected`;
      await fenced(lease, `saving ${system}/${stream}`, sql, [...countsOf(counters), system, stream, text]);
    },

    async checkpoint(system, stream) {
      const sql = 'SELECT checkpoint FROM hub.stream WHERE system = $1 AND stream = $2';
      const { rows } = await query(`reading the checkpoint of ${system}/${stream}`, sql, [system, stream]);
      return (rows[0]?.['checkpoint'] as StoredCheckpoint | null | undefined) ?? null;
    },

    async release(lease, error) {
      await fenced(lease, 'release', `UPDATE hub.run SET state = 'pending', error = $3::jsonb WHERE ${LEASE}`, [
        JSON.stringify(error),
      ]);
    },

    async finish(lease, state, error) {
      const sql = `UPDATE hub.run SET state = $3, ended_at = now(), heartbeat_at = now(), error = $4::jsonb WHERE ${LEASE}`;
      await fenced(lease, 'end', sql, [state, error === undefined ? null : JSON.stringify(error)]);
    },

    async cancel(runId) {
      const sql =
        "UPDATE hub.run SET state = 'cancelled', ended_at = now() WHERE run_id = $1 AND state IN ('pending', 'running')";
      return ((await query(`cancelling run ${runId}`, sql, [runId])).rowCount ?? 0) > 0;
    },

    async recoverStale(olderThanMs) {
      const sql = `UPDATE hub.run SET state = 'pending'
        WHERE state = 'running' AND heartbeat_at < now() - $1 * interval '1 millisecond' RETURNING run_id, system`;
      return (await query('recovering stale runs', sql, [olderThanMs])).rows.map(toOpen);
    },

    async pending() {
      return (
        await query(
          'listing pending runs',
          "SELECT run_id, system FROM hub.run WHERE state = 'pending' ORDER BY run_id",
        )
      ).rows.map(toOpen);
    },

    async recent(limit, system) {
      const sql = `SELECT ${COLUMNS} FROM hub.run WHERE $2::text IS NULL OR system = $2 ORDER BY run_id DESC LIMIT $1`;
      return (await query('listing runs', sql, [limit, system ?? null])).rows.map(toRun);
    },

    async byId(runId) {
      const row = (await query(`reading run ${runId}`, `SELECT ${COLUMNS} FROM hub.run WHERE run_id = $1`, [runId]))
        .rows[0];
      return row === undefined ? null : toRun(row);
    },
  };
}
