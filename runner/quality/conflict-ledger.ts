import type { Pool } from 'pg';
import type { ConflictLedger, OpenConflict } from '../../pipelines/cross/contract.ts';
import { storeFailure } from '../../schemas/store/failure.ts';

/**
 * Since when conflicts are open, in `hub.conflict_since`. A conflict that is seen for the first time is as old as its
 * golden record says at least, so that the first night of asking does not begin the counting anew.
 */
export const openConflictLedger = (hub: Pool): ConflictLedger => ({
  async begin(base) {
    const query = async <Row extends object>(sql: string, values: readonly unknown[]): Promise<readonly Row[]> => {
      try {
        return (await hub.query<Row>(sql, [...values])).rows;
      } catch (error) {
        throw storeFailure(error, `ageing the conflicts of ${base}`);
      }
    };
    // The clock of the database decides, on both sides of the comparison in `end`.
    const [round] = await query<{ at: string }>(`SELECT clock_timestamp()::text AS at`, []);
    const at = round?.at as string;
    return {
      async see(conflicts, days) {
        if (conflicts.length === 0) return [];
        return query<OpenConflict & { readonly since: string }>(
          `WITH seen AS (
             INSERT INTO hub.conflict_since AS c (base, entity_id, attribute, since, seen_at)
             SELECT $1, entity_id, attribute, least(written_at, $2::timestamptz), $2::timestamptz
             FROM unnest($3::bigint[], $4::text[], $5::timestamptz[]) AS n (entity_id, attribute, written_at)
             ON CONFLICT (base, entity_id, attribute) DO UPDATE SET seen_at = greatest(c.seen_at, EXCLUDED.seen_at)
             RETURNING entity_id, attribute, since)
           SELECT entity_id::float8 AS "entityId", attribute, to_json(since)#>>'{}' AS since FROM seen
           WHERE since < $2::timestamptz - $6 * interval '1 day' ORDER BY entity_id, attribute`,
          [
            ...[base, at],
            conflicts.map(({ entityId }) => entityId),
            conflicts.map(({ attribute }) => attribute),
            conflicts.map(({ writtenAt }) => writtenAt),
            days,
          ],
        );
      },
      async end() {
        await query('DELETE FROM hub.conflict_since WHERE base = $1 AND seen_at < $2::timestamptz', [base, at]);
      },
    };
  },
});
