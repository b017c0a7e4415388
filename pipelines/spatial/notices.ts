import { flawNotices, type Tally, tallied } from '../notices.ts';
import type { Notices } from '../pipeline.ts';
import type { NormalRecord } from '../record.ts';
import { isDistrusted } from '../rules.ts';
import { spatialAttributes } from './attributes.ts';
import { spatialRules } from './rules.ts';

/** Why a feature is on no map; null for what will be there. */
function whyUnplaced({
  attributes,
  issues,
}: NormalRecord): { readonly why: string; readonly said: string | null } | null {
  const { geometry, featureClass } = attributes;
  if (typeof featureClass !== 'string') return { why: 'no featureClass', said: null };
  if (isDistrusted(issues, 'geometry')) {
    const issue = issues.find(({ attribute, severity }) => attribute === 'geometry' && severity !== 'W');
    return { why: 'a geometry that a rule refuses:', said: issue?.rule ?? null };
  }
  return typeof geometry === 'string' ? null : { why: 'no geometry', said: null };
}

/** What of the rows of one layer no map will show. */
export function spatialNotices(): Notices {
  let rows = 0;
  const flaws = flawNotices({ attributes: spatialAttributes, rules: spatialRules });
  const unplaced = new Map<string, Tally>();
  return {
    add(record) {
      rows++;
      const found = whyUnplaced(record);
      if (found !== null) tallied(unplaced, found.why).add(found.said);
      // Of a geometry it is said that the place is on no map.
      flaws.add({ ...record, issues: record.issues.filter(({ attribute }) => attribute !== 'geometry') });
    },
    end: () => [
      ...[...unplaced].map(
        ([why, tally]) => `${tally.count} of ${rows} records will not be published: ${why}${tally.shown()}`,
      ),
      ...flaws.end(),
    ],
  };
}
