import type { Pool } from 'pg';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { BaseDefinition, BatchResult } from '../../pipeline.ts';

/** What a base holds and how it came to it. */
export interface BaseAccount extends BatchResult {
  /** With a golden record. */
  readonly entities: number;
  /** Live source rows. */
  readonly sourceRecords: number;
  /** Conservation, asked of the database: see `accountOf`. */
  readonly balanced: boolean;
}

/**
 * Running totals of all batches. Balanced means that every batch adds up (read = inserted + updated + unchanged + stale +
 * rejected), that every offset before the stored positions was counted exactly once, and that the source rows are those
 * that were inserted.
 */
export async function accountOf(pool: Pool, base: BaseDefinition): Promise<BaseAccount> {
  const { schema } = base;
  try {
    const { rows } = await pool.query<
      Record<keyof BatchResult | 'entities' | 'live' | 'rows' | 'counted' | 'offsets', string> & { odd: string }
    >(
      `SELECT b.read, b.inserted, b.updated, b.unchanged, b.stale, b.rejected, b.odd, b.counted,
         (SELECT count(*) FROM ${schema}.golden) AS entities,
         (SELECT count(*) FROM ${schema}.source_record WHERE NOT deleted) AS live,
         (SELECT count(*) FROM ${schema}.source_record) AS rows,
         (SELECT coalesce(sum(next_offset - uncounted), 0) FROM ${schema}.applied_position) AS offsets
       FROM (SELECT coalesce(sum(read), 0) AS read, coalesce(sum(inserted), 0) AS inserted,
           coalesce(sum(updated), 0) AS updated, coalesce(sum(unchanged), 0) AS unchanged,
           coalesce(sum(stale), 0) AS stale, coalesce(sum(rejected), 0) AS rejected,
           coalesce(sum(messages), 0) AS counted, coalesce(sum(odd), 0) AS odd
         FROM ${schema}.stream_total) AS b`,
    );
    const row = rows[0];
    const count = (name: keyof NonNullable<typeof row>): number => Number(row?.[name] ?? 0);
    return {
      entities: count('entities'),
      sourceRecords: count('live'),
      read: count('read'),
      inserted: count('inserted'),
      updated: count('updated'),
      unchanged: count('unchanged'),
      stale: count('stale'),
      rejected: count('rejected'),
      balanced: count('odd') === 0 && count('counted') === count('offsets') && count('rows') === count('inserted'),
    };
  } catch (error) {
    throw storeFailure(error, `asking ${base.name} for its account`);
  }
}
