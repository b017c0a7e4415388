import type { Pool } from 'pg';
import { storeFailure } from '../../../schemas/store/failure.ts';

/** Messages of the topic that the base has taken, over all partitions. */
export async function takenOf(pool: Pool, schema: string, topic: string): Promise<number> {
  try {
    const { rows } = await pool.query<{ taken: number }>(
      `SELECT coalesce(sum(next_offset), 0)::float8 AS taken FROM ${schema}.applied_position WHERE topic = $1`,
      [topic],
    );
    return rows[0]?.taken ?? 0;
  } catch (error) {
    throw storeFailure(error, `reading the positions of ${topic} in ${schema}`);
  }
}
