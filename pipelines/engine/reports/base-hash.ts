import type { Pool } from 'pg';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { BaseDefinition } from '../../pipeline.ts';

/**
 * One hash over what a base says, whatever its ids and times: which rows are together, what survived and from which row,
 * and which attributes are in conflict. Two bases with equal hashes say the same.
 */
export async function baseHash(pool: Pool, { schema, name }: Pick<BaseDefinition, 'schema' | 'name'>): Promise<string> {
  try {
    const { rows } = await pool.query<{ hash: string | null }>(
      `WITH member AS (
         SELECT r.entity_id, r.record_id, s.system || '/' || s.stream || ' ' || r.source_key AS row, r.attributes
         FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id) WHERE NOT r.deleted),
       said AS (
         SELECT m.entity_id, string_agg(m.row || ' ' || md5(m.attributes::text), E'\\n' ORDER BY m.row COLLATE "C") AS members
         FROM member m GROUP BY m.entity_id),
       won AS (
         SELECT g.entity_id, string_agg(w.key || '=' || m.row || ' ' || (w.value->>1), E'\\n' ORDER BY w.key COLLATE "C") AS winners
         FROM ${schema}.golden g CROSS JOIN LATERAL json_each(g.winners) AS w
         JOIN member m ON m.record_id = (w.value->>0)::bigint GROUP BY g.entity_id)
       SELECT md5(string_agg(md5(said.members || coalesce(won.winners, '') || (
           SELECT string_agg(a.key || '=' || a.value, E'\\n' ORDER BY a.key COLLATE "C") FROM json_each_text(g.attributes) AS a)
           || array_to_string(g.conflicts, ',')), '' ORDER BY said.members COLLATE "C")) AS hash
       FROM said JOIN ${schema}.golden g USING (entity_id) LEFT JOIN won USING (entity_id)`,
    );
    return rows[0]?.hash ?? 'empty';
  } catch (error) {
    throw storeFailure(error, `hashing ${name}`);
  }
}
