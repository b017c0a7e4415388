import { isTrustedIn, recordsWith, searching, survivorOf, survivorsWith, yearsLater } from '../findings.ts';
import type { SearchRule } from '../pipeline.ts';
import { OLDEST_MOTHER, YOUNGEST_PARENT } from './rules.ts';

const P = 'P';
const isMarried = (status: string): string => `${status} BETWEEN '20' AND '23'`;
/** 本人 and 户主. */
const HEAD = `('01', '02')`;
/** Children and parents by blood: not 女婿, 儿媳, parents-in-law, step and foster relations. */
const CHILD = `('20', '21', '22', '23', '24', '25', '26', '30', '31', '32', '33', '34', '35', '36')`;
const PARENT = `('50', '51', '52')`;

const members = (schema: string): string =>
  recordsWith(schema, 'householdNumber', 'householdRelation', 'birthDate', 'sex', 'deathDate');

export const familySearches: Readonly<Record<string, SearchRule>> = {
  // A veto can leave several entities under the number of the spouse: one that fits is enough.
  P16: searching(
    P,
    (schema) => `SELECT entity_id, min(other_id) AS other_id, min(problem) AS message FROM (
        SELECT a.entity_id, k.entity_id AS other_id, CASE
          WHEN a."spouseNumber" = a."citizenNumber" THEN 'is recorded as married to himself or herself'
          WHEN a."deathDate" IS NULL AND b."deathDate" IS NOT NULL AND ${isMarried(`coalesce(a."maritalStatus", '20')`)}
            THEN 'is recorded as married to somebody who died on ' || b."deathDate"
          WHEN a."deathDate" IS NULL AND b."deathDate" IS NULL AND b."spouseNumber" <> a."citizenNumber"
            THEN 'the spouse is recorded as married to somebody else'
          WHEN a."deathDate" IS NULL AND b."deathDate" IS NULL AND b."spouseNumber" IS NULL AND NOT ${isMarried(`b."maritalStatus"`)}
            THEN 'the spouse is recorded as not married' END AS problem
        FROM ${survivorsWith(schema, 'spouseNumber', 'citizenNumber', 'maritalStatus', 'deathDate')} AS a
        JOIN ${schema}.link_key k ON k.link_key = 'citizen:' || a."spouseNumber"
        CROSS JOIN ${survivorOf(schema, 'k.entity_id', 'spouseNumber', 'maritalStatus', 'deathDate')} AS b) AS f
      GROUP BY entity_id HAVING count(*) = count(problem)`,
  ),

  // What the numbers of father and mother tell, the record decides; here are those whom only the household names.
  P26: searching(
    P,
    (
      schema,
    ) => `WITH member AS (SELECT source_id, entity_id, system, "householdNumber", "householdRelation", "birthDate", sex
        FROM ${members(schema)} AS r WHERE ${isTrustedIn('r', 'birthDate')})
      SELECT child_id AS entity_id, parent_id AS other_id, system,
        'parent born on ' || parent_birth || ', child on ' || child_birth AS message
      FROM (
        SELECT h.system, m.entity_id AS child_id, h.entity_id AS parent_id, m."birthDate" AS child_birth,
          h."birthDate" AS parent_birth, h.sex AS parent_sex
        FROM member h JOIN member m USING (source_id, "householdNumber")
        WHERE h."householdRelation" IN ${HEAD} AND m."householdRelation" IN ${CHILD}
        UNION ALL
        SELECT h.system, h.entity_id, m.entity_id, h."birthDate", m."birthDate",
          CASE m."householdRelation" WHEN '52' THEN '2' WHEN '51' THEN '1' ELSE m.sex END
        FROM member h JOIN member m USING (source_id, "householdNumber")
        WHERE h."householdRelation" IN ${HEAD} AND m."householdRelation" IN ${PARENT}) AS f
      WHERE child_birth < ${yearsLater('parent_birth', YOUNGEST_PARENT)}
        OR (parent_sex = '2' AND child_birth >= ${yearsLater('parent_birth', OLDEST_MOTHER + 1)})`,
  ),

  // A household is known by its number within its source, which no other source repeats.
  P27: searching(
    P,
    (schema) => `SELECT system || ' ' || "householdNumber" AS about, system,
        CASE heads WHEN 0 THEN 'no living head' ELSE heads || ' living heads' END || ' among ' || living || ' persons' AS message
      FROM (SELECT m.system, m."householdNumber", count(DISTINCT m.entity_id) AS living, count(m."householdRelation") AS related,
          count(DISTINCT m.entity_id) FILTER (WHERE m."householdRelation" IN ${HEAD}) AS heads
        FROM ${members(schema)} AS m WHERE m."deathDate" IS NULL
        GROUP BY m.source_id, m.system, m."householdNumber") AS f
      WHERE heads <> 1 AND related > 0`,
  ),
};
