import type { Query } from '../findings.ts';

/** A record of an entity on whose `attribute` sources differ. */
export interface Statement {
  readonly system: string;
  readonly authority: string;
  /** The day of approval, or else that of the observation. */
  readonly since: string;
  readonly value: string;
  /** Of the legal representative, beside the name. */
  readonly number: string | null;
}

export interface Dispute {
  readonly entity_id: string;
  /** What survived. */
  readonly survivor: string;
  /** Former names that any record tells. */
  readonly former: readonly string[] | null;
  readonly statements: readonly Statement[];
}

/** Entities on whose attribute trusted values differ, with what each live record says. */
export const disputed =
  (attribute: string): Query =>
  (schema) =>
    `SELECT g.entity_id::text, g.attributes->>'${attribute}' AS survivor, f.former, f.statements
    FROM ${schema}.golden g CROSS JOIN LATERAL (
      SELECT array_agg(x."formerName") FILTER (WHERE x."formerName" IS NOT NULL) AS former,
        json_agg(json_build_object('system', s.system, 'authority', s.authority, 'value', x."${attribute}",
          'number', x."legalRepresentativeNumber",
          'since', coalesce(x."approvedDate", (r.observed_at AT TIME ZONE 'Asia/Shanghai')::date::text))
          ORDER BY s.system, r.record_id) FILTER (WHERE x."${attribute}" IS NOT NULL) AS statements
      FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id)
      CROSS JOIN LATERAL json_to_record(r.attributes)
        AS x ("${attribute}" text, "formerName" text, "legalRepresentativeNumber" text, "approvedDate" text)
      WHERE r.entity_id = g.entity_id AND NOT r.deleted) AS f
    WHERE '${attribute}' = ANY (g.conflicts)`;
