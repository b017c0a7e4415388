import type { Pool } from 'pg';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { Standing } from '../ingest/standing.ts';

/** Where the base stands in the partitions of a topic that it has read in this life. */
export async function standingsOf(
  pool: Pool,
  schema: string,
  topic: string,
  life: string,
): Promise<ReadonlyMap<number, Standing>> {
  try {
    const { rows } = await pool.query<Standing & { readonly partition: number }>(
      `SELECT DISTINCT ON (log_partition) log_partition AS partition, next_offset::float8 AS next,
         seen_until::float8 AS "seenUntil"
       FROM ${schema}.applied_position WHERE topic = $1 AND life IN ($2, '') ORDER BY log_partition, began_at DESC`,
      [topic, life],
    );
    return new Map(rows.map(({ partition, ...standing }) => [partition, standing]));
  } catch (error) {
    throw storeFailure(error, `reading the positions of ${topic} in ${schema}`);
  }
}
