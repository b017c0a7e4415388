import type { AreaMember, AreaYears, Boundaries } from '../../schemas/series.ts';
import { type CodeYears, codeYears, resolveRegion } from './regions.ts';

const PROVINCE = '630000';
const uidOf = (code: string): string | undefined => resolveRegion(code)?.uid;
const today = (code: string): string => ALL.find((one) => one.code === code)?.current[0] ?? code;
const ALL = codeYears();

/** Where the county belongs: its prefecture of then or of now. null when parts of it went to different ones. */
function areaOf(county: CodeYears, boundaries: Boundaries): string | null {
  if (boundaries === 'published') return county.parent === null ? null : today(county.parent);
  const now = new Set(county.current.map((code) => ALL.find((one) => one.code === code)?.parent ?? null));
  return now.size === 1 ? ([...now][0] ?? null) : null;
}

const idOf = ({ code, current }: CodeYears): string => (current.length === 1 ? (current[0] as string) : code);

/** Counties of prefectures and of the province. Recodes and moves are followed; what was divided among areas is in none. */
export function members(boundaries: Boundaries): readonly AreaMember[] {
  const found: AreaMember[] = [];
  for (const county of ALL) {
    if (county.level !== 'county' || (county.statistical && county.untilYear !== null)) continue;
    const prefecture = areaOf(county, boundaries);
    for (const area of new Set([prefecture, PROVINCE])) {
      if (area === null) continue;
      const { firstYear, untilYear, statistical } = county;
      found.push({ county: idOf(county), area, firstYear, untilYear, required: !statistical });
    }
  }
  return found;
}

/** Areas whose boundaries were other than those of today, and in which years. */
export function changedAreas(): readonly AreaYears[] {
  return ALL.filter(({ level, statistical }) => level === 'county' && !statistical).flatMap((county) => {
    const [then, now] = [areaOf(county, 'published'), areaOf(county, 'constant')];
    if (then === now) return [];
    const { firstYear, untilYear } = county;
    return [then, now]
      .filter((area): area is string => area !== null && area !== PROVINCE)
      .map((area) => ({ area, firstYear, untilYear }));
  });
}

/** What is wrong with an area in a year, as rule M21 says it; null when it was there. */
export function areaProblem(code: string, year: number): string | null {
  if (!code.startsWith('63')) return resolveRegion(code) === null ? `area ${code} was never allocated` : null;
  const known = ALL.filter((one) => one.code === code);
  if (known.length === 0) return `area ${code} was never allocated`;
  // A place that was made of several is a new one: their figures are not its own.
  const uid = uidOf(code);
  const same = ALL.filter((one) => uidOf(one.code) === uid);
  const founded = Math.min(...same.map(({ firstYear }) => firstYear));
  // Lists begin in 1981: earlier years are as that one.
  if (Math.max(year, 1981) < founded) return `area ${code} was founded in ${founded}`;
  const ended = known[0]?.current.length === 1 ? null : (known[0]?.untilYear ?? null);
  return ended !== null && year >= ended ? `area ${code} was divided in ${ended}` : null;
}
