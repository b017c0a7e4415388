import type { Pool } from 'pg';
import { inTransaction } from '../../../schemas/store/transaction.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import { WHOLE_TABLES } from '../../whole-tables.ts';

/**
 * Each table is read once. The rows of an entity's records stand beside it by record id, so that a winner finds its row
 * without a join: a province has ten times as many winners as entities.
 */
const hashStatement = (schema: string): string => `
  WITH said AS (
    SELECT r.entity_id,
      string_agg(o.name || r.source_key || ' ' || md5(r.attributes::text), E'\\n' ORDER BY (o.name || r.source_key) COLLATE "C") AS members,
      json_object_agg(r.record_id, o.name || r.source_key) AS rows
    FROM ${schema}.source_record AS r
    JOIN (SELECT source_id, system || '/' || stream || ' ' AS name FROM ${schema}.source) AS o USING (source_id)
    WHERE NOT r.deleted GROUP BY r.entity_id),
  fingerprint AS MATERIALIZED (
    SELECT md5(concat_ws(E'\\n', said.members,
      (SELECT string_agg(w.key || '=' || coalesce(said.rows->>(w.value->>0), '?') || ' ' || (w.value->>1), E'\\n' ORDER BY w.key COLLATE "C")
        FROM json_each(g.winners) AS w),
      (SELECT string_agg(a.key || '=' || a.value, E'\\n' ORDER BY a.key COLLATE "C") FROM json_each_text(g.attributes) AS a),
      array_to_string(g.conflicts, ','))) AS of_entity
    FROM said LEFT JOIN ${schema}.golden AS g USING (entity_id))
  SELECT md5(string_agg(of_entity, '' ORDER BY of_entity COLLATE "C")) AS hash FROM fingerprint`;

/**
 * One hash over what a base says, whatever its ids and times: which rows are together, what survived and from which row,
 * and which attributes are in conflict. Two bases with equal hashes say the same, on whatever servers they are.
 */
export const baseHash = (pool: Pool, { schema, name }: Pick<BaseDefinition, 'schema' | 'name'>): Promise<string> =>
  inTransaction(
    pool,
    `hashing ${name}`,
    async (client) => {
      await client.query(WHOLE_TABLES);
      const { rows } = await client.query<{ hash: string | null }>(hashStatement(schema));
      return rows[0]?.hash ?? 'empty';
    },
    { snapshot: true },
  );
