import { isTrustedIn, judging, recordsWith, searching, survivorOf, survivorsWith } from '../findings.ts';
import type { SearchRule } from '../pipeline.ts';
import { entityCoreName } from '../standards/names.ts';
import { isDead, isLive } from './status-rules.ts';

const L = 'L';
/** Of the credit codes that this province gives: others may be unknown here and still exist. */
const isLocal = (code: string): string => `substr(${code}, 3, 2) = '63'`;

interface Heirs {
  readonly trader_id: string;
  readonly company_id: string;
  readonly trader: string;
  readonly company: string;
  readonly one_address: boolean;
}

const heads = (schema: string, entityClass: string): string =>
  `(SELECT entity_id, name, region, address, "establishedDate", head FROM (SELECT entity_id, coalesce("entityClass", left(uscc, 2)) AS class, name, region, address, "establishedDate",
        "legalRepresentativeNumber" AS head
      FROM ${survivorsWith(schema, 'legalRepresentativeNumber', 'entityClass', 'uscc', 'name', 'region', 'address', 'establishedDate')} AS g) AS x
    WHERE class = '${entityClass}')`;

/** Rules about what entities have to do with each other. */
export const relationSearches: Readonly<Record<string, SearchRule>> = {
  L27: searching(
    L,
    (schema) => `SELECT entity_id, other_id, message FROM (
        SELECT b.entity_id, k.entity_id AS other_id, CASE
          WHEN b."legalPerson" = 'true' THEN 'a branch is shown as a legal person'
          WHEN b."parentUscc" = b.uscc THEN 'is its own parent'
          WHEN k.entity_id IS NULL AND ${isLocal('b."parentUscc"')} THEN 'the parent ' || b."parentUscc" || ' is not known'
          WHEN ${isLive('b.status')} AND ${isDead('p.status')} THEN 'lives on, its parent ' || coalesce(p.name, '') || ' does not' END AS message
        FROM ${survivorsWith(schema, 'parentUscc', 'uscc', 'legalPerson', 'status')} AS b
        LEFT JOIN ${schema}.link_key k ON k.link_key = 'uscc:' || b."parentUscc"
        LEFT JOIN ${survivorOf(schema, 'k.entity_id', 'status', 'name')} AS p ON true) AS f
      WHERE message IS NOT NULL`,
  ),

  // Found are pairs to be related, and entities that hold records of both.
  L29: judging<Heirs | { readonly merged_id: string }>(
    L,
    (
      schema,
    ) => `SELECT t.entity_id::text AS trader_id, c.entity_id::text AS company_id, t.name AS trader, c.name AS company,
        t.address IS NOT DISTINCT FROM c.address AND c.address IS NOT NULL AS one_address, NULL::text AS merged_id
      FROM ${heads(schema, '92')} AS t JOIN ${heads(schema, '91')} AS c USING (head)
      WHERE (t.address = c.address OR t.region = c.region) AND (c."establishedDate" < t."establishedDate") IS NOT TRUE
      UNION ALL
      SELECT NULL, NULL, NULL, NULL, NULL, g.entity_id::text FROM ${schema}.golden g CROSS JOIN LATERAL (
        SELECT bool_or(r.attributes->>'entityClass' = '91') AND bool_or(r.attributes->>'entityClass' = '92') AS both
        FROM ${schema}.source_record r WHERE r.entity_id = g.entity_id AND NOT r.deleted) AS f
      WHERE 'entityClass' = ANY (g.conflicts) AND f.both`,
    (row) => {
      if ('trader_id' in row && row.trader_id !== null) {
        const { trader_id, company_id, trader, company, one_address } = row;
        if (!one_address && entityCoreName(trader) !== entityCoreName(company)) return [];
        const message = `${company} has head and place of the sole trader ${trader}: to be related, not merged`;
        return [{ entity_id: company_id, other_id: trader_id, message }];
      }
      const { merged_id } = row as { readonly merged_id: string };
      return [{ entity_id: merged_id, message: 'holds records of a sole trader and of an enterprise' }];
    },
  ),

  L30: searching(
    L,
    (schema) => `SELECT r.entity_id, r."licenceHolder" AS about, r.system, 'the licence holder is not known' AS message
      FROM ${recordsWith(schema, 'licenceHolder')} AS r
      WHERE ${isLocal('r."licenceHolder"')} AND ${isTrustedIn('r', 'licenceHolder')}
        AND NOT EXISTS (SELECT 1 FROM ${schema}.link_key k WHERE k.link_key = 'uscc:' || r."licenceHolder")`,
  ),

  L31: searching(
    L,
    (schema) => `SELECT e.entity_id, e.name || ' (class ' || e."entityClass" || ') is not in the list' AS message
      FROM ${survivorsWith(schema, 'entityClass', 'name', 'status')} AS e
      WHERE e."entityClass" IN ('11', '12') AND ${isLive('e.status')}
        AND EXISTS (SELECT 1 FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id)
          WHERE s.authority = 'staffing-office' AND NOT r.deleted)
        AND NOT EXISTS (SELECT 1 FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id)
          WHERE r.entity_id = e.entity_id AND s.authority = 'staffing-office' AND NOT r.deleted)`,
  ),
};
