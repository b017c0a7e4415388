import type { SearchRule } from '../pipeline.ts';
import { members } from '../standards/boundaries.ts';
import { currentRegions } from '../standards/regions.ts';
import { INDICATORS } from './indicators.ts';
import { agreeBut, broken, indicatorsThat, overCells, quoted, rowsOf, yearBefore } from './rule-sql.ts';
import { timeRules } from './time-rules.ts';
import { areaTolerance } from './tolerances.ts';

const RISING = indicatorsThat(({ kind, negative }) => kind === 'flow' && !negative);
const PARTS = INDICATORS.filter(({ partOf }) => partOf !== null);
const WHOLES = [...new Set(PARTS.map(({ partOf }) => partOf as string))];
const WHOLE_OF = `CASE indicator ${PARTS.map(({ code, partOf }) => `WHEN '${code}' THEN '${partOf}'`).join(' ')} END`;
const PARTS_OF = (whole: string): string =>
  `CASE ${whole} ${WHOLES.map((one) => `WHEN '${one}' THEN ${PARTS.filter(({ partOf }) => partOf === one).length}`).join(' ')} END`;
const PART_CODES = quoted(PARTS.map(({ code }) => code));

/** child, parent, level, first year, year after the last, whether a sum needs it. */
const MEMBERS = rowsOf([
  ...members('published').map(
    ({ county, area, firstYear, untilYear, required }) =>
      [county, area, 'county', firstYear, untilYear ?? 9999, required] as const,
  ),
  ...currentRegions()
    .filter(({ level }) => level === 'prefecture')
    .map(({ code, parent }) => [code, parent, 'prefecture', 1900, 9999, true] as const),
]);

/** Rules of §5.4 that compare figures of one period: parts, areas, growths, departments. */
const bodies: Readonly<Record<string, string>> = {
  M07: `SELECT subject, 'fell from ' || before || ' to ' || value, record_id FROM (
      SELECT subject, value, indicator, record_id, lag(value) OVER w AS before FROM latest
      WHERE accumulation = 'C' AND transformation = 'N'
      WINDOW w AS (PARTITION BY series_id, left(period, 4) ORDER BY period)) AS y
    WHERE value < before AND indicator IN (${RISING})`,

  M09: `SELECT a.subject, 'year to date ' || a.value || ', the year ' || b.value, a.record_id
    FROM latest AS a JOIN latest AS b ON ${agreeBut('frequency', 'accumulation')} AND b.period = left(a.period, 4)
    WHERE a.accumulation = 'C' AND a.frequency IN ('M', 'Q') AND (a.period LIKE '%-12' OR a.period LIKE '%-Q4')
      AND b.frequency = 'A' AND b.accumulation IN ('S', 'C') AND a.transformation = 'N'
      AND abs(a.value - b.value) > 0.005 * abs(b.value)`,

  M11: `SELECT g.subject, CASE WHEN g.indicator IN (${indicatorsThat(({ comparable }) => comparable)}) THEN 'at comparable prices: ' ELSE 'nominal: ' END
        || 'published ' || g.value || ' %, levels give ' || round((a.value / b.value - 1) * 100, 1) || ' %', g.record_id
    FROM latest AS g
    JOIN latest AS a ON a.indicator = g.indicator AND a.area = g.area AND a.frequency = g.frequency AND a.item = g.item
      AND a.accumulation = g.accumulation AND a.adjustment = g.adjustment AND a.transformation = 'N' AND a.period = g.period
    JOIN latest AS b ON b.series_id = a.series_id AND b.period = ${yearBefore('a.period')}
    WHERE g.transformation = 'G1Y' AND b.value > 0 AND NOT ${broken('a.indicator', 'b.period', 'a.period')}
      AND abs((a.value / b.value - 1) * 100 - g.value) > CASE WHEN g.indicator IN (${indicatorsThat(({ comparable }) => comparable)}) THEN 5 ELSE 1 END`,

  M14: `SELECT w.subject, 'the parts sum to ' || trim_scale(round(p.total, 4)), w.record_id FROM latest AS w JOIN (
      SELECT ${WHOLE_OF} AS whole, area, frequency, accumulation, price, adjustment, item, unit, period, sum(value) AS total, count(*) AS parts
      FROM latest WHERE transformation = 'N' AND indicator IN (${PART_CODES}) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9) AS p
    ON p.whole = w.indicator AND (p.area, p.frequency, p.accumulation, p.price, p.adjustment, p.item, p.unit, p.period)
      = (w.area, w.frequency, w.accumulation, w.price, w.adjustment, w.item, w.unit, w.period) AND w.transformation = 'N'
    WHERE p.parts = ${PARTS_OF('p.whole')} AND abs(p.total - w.value) > 0.005 * abs(w.value)`,

  M15: `SELECT a.subject, 'its ' || count(*) || ' ' || m.level || ' areas sum to ' || trim_scale(round(sum(b.value), 4)), a.record_id
    FROM latest AS a
    JOIN ${MEMBERS} AS m (child, parent, level, since, until, required)
      ON m.parent = a.area AND left(a.period, 4)::int >= m.since AND left(a.period, 4)::int < m.until
    JOIN latest AS b ON ${agreeBut('area')} AND b.area = m.child AND b.period = a.period
    WHERE a.transformation = 'N' AND a.accumulation <> 'V' AND a.indicator IN (${indicatorsThat(({ sums }) => sums)})
    GROUP BY a.subject, a.record_id, a.indicator, a.area, a.period, a.value, m.level
    HAVING count(*) FILTER (WHERE m.required) = (
        SELECT count(*) FROM ${MEMBERS} AS e (child, parent, level, since, until, required) WHERE e.parent = a.area
          AND e.level = m.level AND e.required AND left(a.period, 4)::int >= e.since AND left(a.period, 4)::int < e.until)
      AND abs(sum(b.value) - a.value) > abs(a.value) * CASE a.indicator ${INDICATORS.map(({ code }) => `WHEN '${code}' THEN ${areaTolerance(code)}`).join(' ')} END`,

  M16: `SELECT g.subject, 'contributions sum to ' || trim_scale(round(p.total, 4)) || ', the growth is ' || g.value, g.record_id FROM latest AS g JOIN (
      SELECT ${WHOLE_OF} AS whole, area, frequency, accumulation, adjustment, item, period, sum(value) AS total, count(*) AS parts
      FROM latest WHERE transformation = 'C' AND indicator IN (${PART_CODES}) GROUP BY 1, 2, 3, 4, 5, 6, 7) AS p
    ON p.whole = g.indicator AND (p.area, p.frequency, p.accumulation, p.adjustment, p.item, p.period)
      = (g.area, g.frequency, g.accumulation, g.adjustment, g.item, g.period) AND g.transformation = 'G1Y'
    WHERE p.parts = ${PARTS_OF('p.whole')} AND abs(p.total - g.value) > 0.05 * (p.parts + 1)`,

  M27: `SELECT subject, string_agg(DISTINCT system || ' ' || value, ', '), NULL::bigint FROM told
    WHERE superseded_at IS NULL AND transformation = 'N' GROUP BY series_id, period, subject
    HAVING count(DISTINCT system) > 1 AND max(value) - min(value) > 0.01 * abs(max(value))`,

  M31: `SELECT g.subject, 'grew by ' || g.value || ' % on ' || b.value, g.record_id FROM latest AS g
    JOIN latest AS b ON b.indicator = g.indicator AND b.area = g.area AND b.frequency = g.frequency AND b.item = g.item
      AND b.accumulation = g.accumulation AND b.adjustment = g.adjustment AND b.transformation = 'N'
      AND b.period = ${yearBefore('g.period')}
    WHERE g.transformation = 'G1Y' AND b.value <= 0`,
};

/** By id of the rule. */
export const macroSearches: Readonly<Record<string, SearchRule>> = Object.fromEntries(
  Object.entries({ ...bodies, ...timeRules })
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([id, body]) => [id, overCells(body)]),
);
