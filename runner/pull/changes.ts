import type { Pool } from 'pg';
import { storeFailure } from '../../schemas/store/failure.ts';
import type { Change, Decision } from './drift.ts';

export interface StoredChange extends Change {
  readonly system: string;
  readonly stream: string;
  readonly seenAt: Date;
}

/** `hub.stream_change`: what changed at the sources. A change that is open is kept once, however often it is seen. */
export interface ChangeLog {
  save(system: string, stream: string, changes: readonly Change[]): Promise<void>;
  /** Those with such a decision are over: a person has applied the file, or the source is as it was. */
  close(system: string, stream: string, decisions: readonly Decision[]): Promise<void>;
  open(): Promise<readonly StoredChange[]>;
}

export function openChangeLog(pool: Pool): ChangeLog {
  async function query<Row extends object>(what: string, sql: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await pool.query<Row>(sql, values)).rows;
    } catch (error) {
      throw storeFailure(error, what);
    }
  }
  return {
    async save(system, stream, changes) {
      if (changes.length === 0) return;
      await query(
        `keeping what changed at ${system}/${stream}`,
        `INSERT INTO hub.stream_change (system, stream, kind, column_name, before, after, decision, reason)
          SELECT $1, $2, c.* FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) AS c
          ON CONFLICT DO NOTHING`,
        [
          ...[system, stream, changes.map(({ kind }) => kind), changes.map(({ column }) => column)],
          ...[changes.map(({ before }) => before), changes.map(({ after }) => after)],
          ...[changes.map(({ decision }) => decision), changes.map(({ reason }) => reason)],
        ],
      );
    },
    async close(system, stream, decisions) {
      await query(
        `closing what changed at ${system}/${stream}`,
        `UPDATE hub.stream_change SET closed_at = now()
          WHERE system = $1 AND stream = $2 AND closed_at IS NULL AND decision = ANY ($3::text[])`,
        [system, stream, [...decisions]],
      );
    },
    open: () =>
      query<StoredChange>(
        'reading what changed at the sources',
        `SELECT system, stream, kind, column_name AS "column", before, after, decision, reason, seen_at AS "seenAt"
          FROM hub.feed_stream_change WHERE closed_at IS NULL AND decision <> 'continue' ORDER BY system, stream, seen_at`,
      ),
  };
}
