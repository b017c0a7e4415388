import { daysBefore } from '../calendar.ts';
import { isTrustedIn, judging, recordsWith, searching, survivorsWith } from '../findings.ts';
import type { SearchRule } from '../pipeline.ts';
import { familySearches } from './family-searches.ts';
import { EXAMPLE_NAMES } from './name-rules.ts';
import { numberSearches } from './number-searches.ts';

const P = 'P';
const MOST_ON_A_PHONE = 10;
/** So many persons of a name that serves for examples, and more than one in so many. */
const ENOUGH_EXAMPLES = 5;
const RAREST_EXAMPLE = 1_000;
/** Below so many, a share says nothing. */
const ENOUGH_BIRTHS = 10;
const TIMES_EXPECTED = 3;
/** After so many days a register has heard of a death. */
const DEATH_KNOWN_DAYS = 90;

/** By id of the rule: what one record cannot tell by itself. */
export const populationSearches: Readonly<Record<string, SearchRule>> = {
  ...numberSearches,
  ...familySearches,

  P20: searching(
    P,
    (schema) => `SELECT system || '/' || stream || ' ' || name AS about, system,
        bearers || ' of ' || names || ' persons have this name' AS message
      FROM (SELECT r.system, r.stream, r.name, count(*) AS bearers,
          sum(count(*)) OVER (PARTITION BY r.system, r.stream) AS names
        FROM ${recordsWith(schema, 'name')} AS r GROUP BY r.system, r.stream, r.name) AS f
      WHERE name IN (${EXAMPLE_NAMES.map((name) => `'${name}'`).join(', ')})
        AND bearers >= ${ENOUGH_EXAMPLES} AND bearers * ${RAREST_EXAMPLE} > names`,
  ),

  P25: searching(
    P,
    (schema, { today }) => `SELECT d.entity_id, s.system AS about, s.system,
        CASE WHEN x."marriageDate" > d."deathDate" THEN 'married on ' || x."marriageDate"
          WHEN left(x."benefitPaidUntil", 7) > left(d."deathDate", 7) THEN 'paid benefits until ' || x."benefitPaidUntil"
          WHEN x."insuredSince" > d."deathDate" THEN 'insured since ' || x."insuredSince"
          ELSE 'still insured' END || ', died on ' || d."deathDate" AS message
      FROM ${survivorsWith(schema, 'deathDate')} AS d
      JOIN ${schema}.source_record r ON r.entity_id = d.entity_id AND NOT r.deleted
      JOIN ${schema}.source s USING (source_id)
      CROSS JOIN LATERAL json_to_record(r.attributes)
        AS x ("marriageDate" text, "benefitPaidUntil" text, "insuredSince" text, "insuranceStatus" text)
      WHERE x."marriageDate" > d."deathDate" OR left(x."benefitPaidUntil", 7) > left(d."deathDate", 7)
        OR x."insuredSince" > d."deathDate"
        OR (x."insuranceStatus" = '1' AND d."deathDate" < '${daysBefore(today, DEATH_KNOWN_DAYS)}')`,
  ),

  // Two phones may look alike when masked: a few characters of a hash tell them apart.
  P28: searching(
    P,
    (schema) => `SELECT left(r.phone, 3) || '****' || right(r.phone, 4) || ' ' || left(md5(r.phone), 6) AS about,
        count(DISTINCT r.entity_id) || ' persons give this number' AS message,
        CASE WHEN min(r.system) = max(r.system) THEN min(r.system) END AS system
      FROM ${recordsWith(schema, 'phone')} AS r GROUP BY r.phone
      HAVING count(*) > ${MOST_ON_A_PHONE} AND count(DISTINCT r.entity_id) > ${MOST_ON_A_PHONE}`,
  ),

  P29: searching(
    P,
    (schema) => `SELECT system || '/' || stream AS about, system,
        first || ' of ' || births || ' births on 1 January' AS message
      FROM (SELECT r.system, r.stream, count(*) AS births, count(*) FILTER (WHERE r."birthDate" LIKE '%-01-01') AS first
        FROM ${recordsWith(schema, 'birthDate')} AS r GROUP BY r.system, r.stream) AS f
      WHERE first >= ${ENOUGH_BIRTHS} AND first > ${TIMES_EXPECTED} * births / 365.25`,
  ),

  P30: judging<{ readonly ids: readonly string[]; readonly name: string; readonly region: string }>(
    P,
    (schema) => `SELECT array_agg(g.entity_id::text ORDER BY g.entity_id) AS ids, min(g.name) AS name,
        coalesce(g."householdRegion", g."residenceRegion") AS region
      FROM ${survivorsWith(schema, 'citizenNumber', 'citizenNumberUpgraded', 'name', 'birthDate', 'householdRegion', 'residenceRegion')} AS g
      WHERE g."citizenNumberUpgraded" IS DISTINCT FROM 'true' AND g.name IS NOT NULL AND g."birthDate" IS NOT NULL
        AND coalesce(g."householdRegion", g."residenceRegion") IS NOT NULL
      GROUP BY replace(g.name, '·', ''), g."birthDate", coalesce(g."householdRegion", g."residenceRegion")
      HAVING min(g."citizenNumber") <> max(g."citizenNumber")`,
    ({ ids: [first, ...others], name, region }) =>
      others.map((other) => ({
        ...{ entity_id: other, other_id: first as string },
        message: `two numbers for ${name} of ${region}, born on one day`,
      })),
  ),

  P31: searching(
    P,
    (schema) => `SELECT r.entity_id, CASE WHEN min(r.system) = max(r.system) THEN min(r.system) END AS system,
        'lives in ' || string_agg(DISTINCT r."residenceRegion", ' and ') || ' by records of ' || r.day AS message
      FROM (SELECT entity_id, system, "residenceRegion", (observed_at AT TIME ZONE 'Asia/Shanghai')::date AS day
        FROM ${recordsWith(schema, 'residenceRegion', 'insuranceStatus', 'deathDate')} AS x
        WHERE "insuranceStatus" IS DISTINCT FROM '3' AND "deathDate" IS NULL AND "residenceRegion" ~ '^\\d{6}$'
          AND ${isTrustedIn('x', 'residenceRegion')}) AS r
      GROUP BY r.entity_id, r.day HAVING min(left(r."residenceRegion", 2)) <> max(left(r."residenceRegion", 2))`,
  ),

  // A quarter of the cycle is allowed, a day at least: a nightly run is not late at breakfast.
  P32: searching(
    P,
    (schema, { today }) => `SELECT s.system || '/' || s.stream AS about, s.system,
        'nothing new since ' || b.day || ', promised every ' || s.cycle_days || ' days' AS message
      FROM ${schema}.source s JOIN (
        SELECT topic, (last_committed_at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM ${schema}.stream_total) AS b USING (topic)
      WHERE b.day < date '${today}' - s.cycle_days - greatest(1, s.cycle_days / 4)`,
  ),
};
