type Statement = (schema: string) => string;

/** By id of the rule: what one feature cannot tell by itself. Distances on the sphere, metres. */
export const spatialBatchRules: Readonly<Record<string, Statement>> = {
  S20: (
    schema,
  ) => `SELECT l.link_key, 'two names: ' || string_agg(DISTINCT r.attributes->>'name', ', '), min(r.entity_id), NULL::text
    FROM ${schema}.link_key l JOIN ${schema}.source_record r USING (entity_id)
    WHERE NOT r.deleted AND l.link_key LIKE 'feature:%-station:%'
    GROUP BY l.link_key HAVING count(DISTINCT r.attributes->>'name') > 1`,

  S27: (
    schema,
  ) => `SELECT least(a.attributes->>'code', b.attributes->>'code') || ' ' || greatest(a.attributes->>'code', b.attributes->>'code'),
      (a.attributes->>'name') || ', two codes within a hundred metres', NULL::bigint, NULL::text
    FROM ${schema}.feed_feature a JOIN ${schema}.feed_feature b
      ON a.feature_class = b.feature_class AND a.entity_id < b.entity_id AND a.attributes->>'name' = b.attributes->>'name'
    WHERE 6371007 * sqrt(
        power(radians((center(a.box))[0] - (center(b.box))[0]) * cos(radians((center(a.box))[1])), 2)
        + power(radians((center(a.box))[1] - (center(b.box))[1]), 2)) < 100`,
};
