import type { SearchRule } from '../pipeline.ts';
import { searchOffsets } from './offsets.ts';
import { searchContainment } from './topology/containment.ts';
import { searchGaps } from './topology/gaps.ts';
import { searchOverlaps } from './topology/overlaps.ts';

/** A rectangle with a hundred metres and a little around it. */
const around = (box: string): string =>
  `box(point((${box}[1])[0] - 0.0013, (${box}[1])[1] - 0.0013), point((${box}[0])[0] + 0.0013, (${box}[0])[1] + 0.0013))`;

/** By id of the rule: what one feature cannot tell by itself. Distances on the sphere, metres. */
export const spatialSearches: Readonly<Record<string, SearchRule>> = {
  S04: { find: searchOffsets },
  S11: { find: (client, schema) => searchOverlaps(client, schema, 'units') },
  S12: { find: searchGaps },
  S13: { find: (client, schema) => searchContainment(client, schema, 'region') },
  S15: { find: (client, schema) => searchContainment(client, schema, 'address') },

  S18: (
    schema,
  ) => `SELECT p.attributes->>'code', 'its land use adds up to ' || u.total || ' of ' || (p.attributes->>'area') || ' square metres',
      p.entity_id, s.system
    FROM (
      SELECT attributes->>'parcelCode' AS code, sum((attributes->>'area')::numeric) AS total FROM ${schema}.golden
      WHERE attributes->>'featureClass' = 'land-use-patch' GROUP BY 1) AS u
    JOIN ${schema}.golden AS p ON p.attributes->>'featureClass' = 'cadastral-parcel' AND p.attributes->>'code' = u.code
    JOIN ${schema}.source_record AS r ON r.record_id = (p.winners->'area'->>0)::bigint JOIN ${schema}.source AS s USING (source_id)
    WHERE abs(u.total - (p.attributes->>'area')::numeric) > greatest(1, 0.01 * (p.attributes->>'area')::numeric)`,

  S19: { find: (client, schema) => searchOverlaps(client, schema, 'mining') },

  S20: (
    schema,
  ) => `SELECT l.link_key, 'two names: ' || string_agg(DISTINCT r.attributes->>'name', ', '), min(r.entity_id), NULL::text
    FROM ${schema}.link_key l JOIN ${schema}.source_record r USING (entity_id)
    WHERE NOT r.deleted AND l.link_key LIKE 'feature:%-station:%'
    GROUP BY l.link_key HAVING count(DISTINCT r.attributes->>'name') > 1`,

  S21: { find: (client, schema) => searchOverlaps(client, schema, 'grassland') },
  S24: { find: (client, schema) => searchOverlaps(client, schema, 'core') },

  S27: (
    schema,
  ) => `SELECT least(a.attributes->>'code', b.attributes->>'code') || ' ' || greatest(a.attributes->>'code', b.attributes->>'code'),
      (a.attributes->>'name') || ', two codes within a hundred metres', NULL::bigint, NULL::text
    FROM ${schema}.feed_feature a JOIN ${schema}.feed_feature b
      ON b.box && ${around('a.box')} AND a.feature_class = b.feature_class AND a.entity_id < b.entity_id AND a.attributes->>'name' = b.attributes->>'name'
    WHERE 6371007 * sqrt(
        power(radians((center(a.box))[0] - (center(b.box))[0]) * cos(radians((center(a.box))[1])), 2)
        + power(radians((center(a.box))[1] - (center(b.box))[1]), 2)) < 100`,
};
