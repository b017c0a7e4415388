import { daysBefore } from '../calendar.ts';
import { isTrustedIn, judging, recordsWith, searching, survivorsWith, yearsLater } from '../findings.ts';
import type { SearchRule } from '../pipeline.ts';
import { entityNameKey } from '../standards/names.ts';
import { conflictSearches } from './conflict-searches.ts';
import { relationSearches } from './relation-searches.ts';
import { sameCoreName } from './same-name.ts';
import { isDead, isLive } from './status-rules.ts';
import { withinOneEdit } from './within-one-edit.ts';

const L = 'L';
/** Those who give credit codes. */
const REGISTERS = `('market-regulation', 'staffing-office', 'civil-affairs')`;
/** States of taxpayers who file. */
const FILING = `('正常', '筹建', '报验')`;
/** After so many days the other departments have heard of a deregistration. */
const END_KNOWN_DAYS = 90;
const MOST_INSURED = 1.5;

interface Entries {
  readonly system: string;
  readonly bearers: readonly { readonly id: string; readonly name: string | null; readonly number: string | null }[];
}

/** By id of the rule: what one record cannot tell by itself. */
export const legalEntitySearches: Readonly<Record<string, SearchRule>> = {
  // The same entry written twice is a duplicate row, not a second entity.
  L13: judging<Entries>(
    L,
    (schema) => `SELECT system, json_agg(json_build_object('id', entity_id::text, 'name', name, 'number', number)
        ORDER BY entity_id, number, name) AS bearers
      FROM (SELECT r.source_id, r.system, r.entity_id, r.uscc, r.name, r."registrationNumber" AS number
        FROM ${recordsWith(schema, 'uscc', 'name', 'registrationNumber', 'status')} AS r
        WHERE r.authority IN ${REGISTERS} AND ${isLive('r.status')} AND ${isTrustedIn('r', 'uscc')}) AS f
      GROUP BY source_id, system, uscc HAVING count(*) > 1`,
    ({ system, bearers: [first, ...others] }) => {
      if (first === undefined) return [];
      const other = others.find(
        ({ name, number }) =>
          (number !== null && first.number !== null && number !== first.number) ||
          (name !== null && first.name !== null && !withinOneEdit(entityNameKey(name), entityNameKey(first.name))),
      );
      if (other === undefined) return [];
      const names = [...new Set([first.name, other.name])].filter((name) => name !== null).join(' and ');
      const message = `one credit code for two entries: ${names}`;
      return [
        { entity_id: first.id, other_id: other.id === first.id ? null : other.id, about: system, system, message },
      ];
    },
  ),

  L17: sameCoreName,
  ...conflictSearches,
  ...relationSearches,

  L21: searching(
    L,
    (schema, { today }) => `SELECT d.entity_id, s.system AS about, s.system,
        CASE WHEN x."lastTaxFiling" > d."deregisteredDate" THEN 'filed taxes on ' || x."lastTaxFiling"
          WHEN x."taxRegisteredDate" > d."deregisteredDate" THEN 'registered with tax on ' || x."taxRegisteredDate"
          WHEN x."insuredPersons" <> '0' THEN x."insuredPersons" || ' persons are insured'
          ELSE 'pays taxes as ' || x."taxStatus" END || ', deregistered on ' || d."deregisteredDate" AS message
      FROM ${survivorsWith(schema, 'deregisteredDate', 'status')} AS d
      JOIN ${schema}.source_record r ON r.entity_id = d.entity_id AND NOT r.deleted
      JOIN ${schema}.source s USING (source_id)
      CROSS JOIN LATERAL json_to_record(r.attributes)
        AS x ("lastTaxFiling" text, "taxRegisteredDate" text, "insuredPersons" text, "taxStatus" text)
      WHERE ${isDead('d.status')} AND (x."lastTaxFiling" > d."deregisteredDate" OR x."taxRegisteredDate" > d."deregisteredDate"
        OR (d."deregisteredDate" < '${daysBefore(today, END_KNOWN_DAYS)}'
          AND (x."taxStatus" IN ${FILING} OR x."insuredPersons" <> '0')))`,
  ),

  L28: searching(
    L,
    (schema, { today }) => `SELECT i.entity_id, i.system AS about, i.system,
        CASE WHEN insured > 0 THEN insured || ' insured, ' || reported || ' reported'
          ELSE 'nobody insured since ' || since || ', revenue of ' || revenue || ' yuan' END AS message
      FROM (SELECT r.entity_id, r.system, max(r."insuredPersons"::bigint) AS insured,
          max((r.observed_at AT TIME ZONE 'Asia/Shanghai')::date)::text AS since
        FROM ${recordsWith(schema, 'insuredPersons')} AS r WHERE r."insuredPersons" ~ '^\\d+$' GROUP BY r.entity_id, r.system) AS i
      CROSS JOIN LATERAL (
        SELECT max(CASE WHEN x.headcount ~ '^\\d+$' THEN x.headcount::bigint END) AS reported,
          max(CASE WHEN x."annualRevenue" ~ '^\\d+(\\.\\d+)?$' THEN x."annualRevenue"::numeric END) AS revenue
        FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id)
        CROSS JOIN LATERAL json_to_record(r.attributes) AS x (headcount text, "annualRevenue" text)
        WHERE r.entity_id = i.entity_id AND NOT r.deleted AND s.authority <> 'social-security') AS o
      WHERE (insured > 0 AND insured > ${MOST_INSURED} * reported)
        OR (insured = 0 AND revenue > 0 AND ${yearsLater('since', 2)} < '${today}')`,
  ),
};
