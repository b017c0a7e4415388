import { type Candidate, isTrustedIn, judging, type Query, recordsWith, searching } from '../findings.ts';
import type { SearchRule } from '../pipeline.ts';
import { namesCompatible } from '../standards/names.ts';
import { isPlaceholderName } from './name-rules.ts';

const P = 'P';
const MOST_NAMES = 2;
/** Below so many, a share says nothing. */
const ENOUGH_ROUNDED = 3;

interface Bearer {
  readonly id: string;
  readonly system: string;
  readonly name: string;
  readonly former: string | null;
}

/** Numbers that records bear under more than one name, and who bears them. */
const sharedNumbers: Query = (schema) => `SELECT json_agg(json_build_object('id', entity_id::text, 'system', system,
      'name', name, 'former', former) ORDER BY entity_id, system, name) AS bearers
  FROM (SELECT r.entity_id, r.system, r."citizenNumber" AS number, r.name, r."formerName" AS former
    FROM ${recordsWith(schema, 'citizenNumber', 'name', 'formerName')} AS r
    WHERE r.name IS NOT NULL AND length(r."citizenNumber") = 18 AND ${isTrustedIn('r', 'citizenNumber')}) AS f
  GROUP BY number HAVING min(name) <> max(name)`;

const related = (a: Bearer, b: Bearer): boolean =>
  namesCompatible(a.name, b.name) ||
  (a.former !== null && namesCompatible(a.former, b.name)) ||
  (b.former !== null && namesCompatible(a.name, b.former));

/** Bearers whose names may be one person's, together. */
function persons(bearers: readonly Bearer[]): readonly (readonly Bearer[])[] {
  let groups: Bearer[][] = [];
  for (const bearer of bearers) {
    if (isPlaceholderName(bearer.name)) continue;
    const near = groups.filter((group) => group.some((other) => related(bearer, other)));
    groups = [...groups.filter((group) => !near.includes(group)), [...near.flat(), bearer]];
  }
  return groups;
}

/** A finding on each entity that bears the number, once there are more than `most` persons. */
const borneBy =
  (most: number) =>
  ({ bearers }: { readonly bearers: readonly Bearer[] }): readonly Candidate[] => {
    const groups = persons(bearers);
    if (groups.length <= most) return [];
    const [system, another] = new Set(bearers.map((bearer) => bearer.system));
    const names = groups.map((group) => group[0]?.name).join(', ');
    return [...new Set(groups.flat().map(({ id }) => id))].map((id) => ({
      ...{ entity_id: id, message: `one number under the names ${names}` },
      system: another === undefined ? (system as string) : null,
    }));
  };

export const numberSearches: Readonly<Record<string, SearchRule>> = {
  P09: searching(
    P,
    (schema) => `SELECT system || '/' || stream AS about, system,
        rounded || ' of ' || numbers || ' numbers have the sequence 000' AS message
      FROM (SELECT r.system, r.stream, count(*) AS numbers,
          count(*) FILTER (WHERE r."citizenNumber" ~ '^\\d{14}000[\\dX]$') AS rounded
        FROM ${recordsWith(schema, 'citizenNumber')} AS r GROUP BY r.system, r.stream) AS f
      WHERE rounded >= ${ENOUGH_ROUNDED} AND rounded * 100 > numbers`,
  ),
  P10: judging(P, sharedNumbers, borneBy(MOST_NAMES)),
  P21: judging(P, sharedNumbers, borneBy(1)),
};
