import { FESTIVAL_YEARS, festivalShare, isLeap } from '../standards/spring-festival.ts';
import { DIMENSIONS } from './attributes.ts';
import { BREAKS } from './breaks.ts';
import { INDICATORS } from './indicators.ts';
import { releaseDays } from './release-calendar.ts';
import { RELEASE_KINDS, VERIFIED_STAGE } from './release-kinds.ts';
import { agreeBut, dayAfter, firstMonth, indicatorsThat, place, rowsOf, yearBefore } from './rule-sql.ts';

const YEARS = Array.from(
  { length: FESTIVAL_YEARS.last - FESTIVAL_YEARS.first + 1 },
  (_, i) => FESTIVAL_YEARS.first + i,
);
/** year, part of the festival's window in February. */
const FESTIVALS = rowsOf(YEARS.map((year) => [year, festivalShare(year, 2) ?? 0]));
const MOVED = 0.2;
const LEAP_YEARS = YEARS.filter(isLeap).join(', ');
const DUE = rowsOf(
  INDICATORS.flatMap(({ code }) =>
    (['M', 'Q', 'A'] as const).map((frequency) => [code, frequency, releaseDays(code, frequency)] as const),
  ),
);
const STAGES = rowsOf(RELEASE_KINDS);
const NOT_VERIFIED = RELEASE_KINDS.filter(([, stage]) => stage < VERIFIED_STAGE)
  .map(([word]) => `'${word}'`)
  .join(', ');
const SAME_VINTAGE = `c.coverage IS NOT DISTINCT FROM c.coverage_before AND c.release_kind IS NOT DISTINCT FROM c.kind_before
  AND c.released_before <= c.released_on`;
/** A stage of its own may have single periods of its own, which nobody took from years to date. */
const NEVER_ONE = `(c.coverage IS DISTINCT FROM c.coverage_before OR c.released_before > c.released_on)`;

/** Rules of §5.4 that compare periods and vintages of a series. */
export const timeRules: Readonly<Record<string, string>> = {
  M01: `SELECT subject, count(*) || ' rows of ' || system || ', values ' || string_agg(DISTINCT value::text, ', '), min(record_id) FROM told
    WHERE superseded_at IS NULL GROUP BY series_id, period, released_on, system, subject
    HAVING count(*) > 1 AND count(DISTINCT value) > 1`,

  M05: `SELECT subject, 'from ' || before || ' to ' || value || ': another unit?', record_id FROM (
      SELECT subject, record_id, value, lag(value) OVER (PARTITION BY series_id ORDER BY period) AS before FROM latest
      WHERE transformation = 'N') AS x
    WHERE value > 0 AND before > 0 AND (greatest(value, before) / least(value, before) BETWEEN 5e3 AND 2e4
      OR greatest(value, before) / least(value, before) BETWEEN 5e7 AND 2e8)`,

  M10: `SELECT b.subject, CASE WHEN ${SAME_VINTAGE} OR c.at = 1 THEN 'the years to date give ' || c.step
        ELSE 'made from years to date of two vintages or coverages' END, b.record_id
    FROM (SELECT ${DIMENSIONS.map((name) => `a.${name}`).join(', ')}, a.period, a.value, a.coverage, a.release_kind, a.released_on,
        ${place('a.period')} AS at, CASE WHEN ${place('a.period')} = 1 THEN value ELSE value - lag(value) OVER w END AS step,
        lag(${place('a.period')}) OVER w AS at_before, lag(coverage) OVER w AS coverage_before, lag(release_kind) OVER w AS kind_before,
        lag(released_on) OVER w AS released_before
      FROM latest AS a WHERE accumulation = 'C' AND transformation = 'N' AND frequency IN ('M', 'Q')
      WINDOW w AS (PARTITION BY series_id, left(period, 4) ORDER BY period)) AS c
    JOIN latest AS b ON ${agreeBut('accumulation').replaceAll('a.', 'c.')} AND b.period = c.period AND b.accumulation = 'S'
    WHERE (c.at = 1 OR c.at_before = c.at - 1) AND CASE WHEN c.at = 1 OR (${SAME_VINTAGE})
      THEN abs(b.value - c.step) > 0.005 * abs(c.step) + 0.0001 * abs(c.value) ELSE b.value = c.step AND ${NEVER_ONE} END`,

  // The festival moves between January and February: the two are one period here, as in M18.
  M17: `WITH singles AS (
      SELECT series_id, period, value, subject, record_id, frequency = 'M' AND accumulation = 'S' AND transformation = 'N' AND substr(period, 6) IN ('01', '02') AS together
      FROM latest WHERE accumulation <> 'C' OR frequency = 'A'),
    periods AS (
      SELECT series_id, period, value, subject, record_id FROM singles WHERE NOT together
      UNION ALL SELECT series_id, max(period), sum(value), max(subject), max(record_id) FROM singles WHERE together
      GROUP BY series_id, left(period, 4) HAVING count(*) = 2),
    compared AS (
      SELECT series_id, subject, record_id, value - lag(value) OVER (PARTITION BY series_id, substr(period, 5) ORDER BY period) AS step
      FROM periods),
    middle AS (
      SELECT series_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY step) AS median FROM compared WHERE step IS NOT NULL
      GROUP BY 1 HAVING count(*) >= 8),
    spread AS (
      SELECT series_id, b.median, percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(a.step::float8 - b.median)) AS mad
      FROM compared AS a JOIN middle AS b USING (series_id) WHERE a.step IS NOT NULL GROUP BY 1, 2)
    SELECT subject, 'changed by ' || step || ' on the same period a year before, usual is ' || round(median::numeric, 2), record_id
    FROM compared JOIN spread USING (series_id) WHERE mad > 0 AND abs(step::float8 - median) > 6 * 1.4826 * mad`,

  M18: `SELECT g.subject, '春节 moved between January and February: compare them together' || coalesce(', which gives ' || (
        SELECT round((sum(x.value) FILTER (WHERE left(x.period, 4) = left(g.period, 4))
          / nullif(sum(x.value) FILTER (WHERE left(x.period, 4) <> left(g.period, 4)), 0) - 1) * 100, 1) FROM latest AS x
        WHERE x.indicator = g.indicator AND x.area = g.area AND x.item = g.item AND x.frequency = 'M' AND x.accumulation = 'S'
          AND x.transformation = 'N' AND x.adjustment = g.adjustment AND left(x.period, 4) IN (left(g.period, 4), left(${yearBefore('g.period')}, 4))
          AND substr(x.period, 6) IN ('01', '02') HAVING count(*) = 4) || ' %', ''), g.record_id
    FROM latest AS g JOIN ${FESTIVALS} AS f (year, share) ON f.year = left(g.period, 4)::int
    JOIN ${FESTIVALS} AS e (year, share) ON e.year = f.year - 1
    WHERE g.frequency = 'M' AND g.accumulation = 'S' AND g.transformation = 'G1Y' AND g.adjustment = 'N'
      AND substr(g.period, 6) IN ('01', '02') AND abs(f.share - e.share) > ${MOVED}`,

  M19: `SELECT subject, 'published ' || value || ' %, day by day ' || round(((1 + value / 100)
        * CASE WHEN left(period, 4)::int IN (${LEAP_YEARS}) THEN days / (days + 1.0) ELSE (days + 1.0) / days END - 1) * 100, 1) || ' %', record_id
    FROM (SELECT subject, record_id, indicator, frequency, transformation, accumulation, period, value,
        CASE accumulation WHEN 'C' THEN 59 ELSE 28 END AS days FROM latest) AS g
    WHERE frequency = 'M' AND transformation = 'G1Y' AND accumulation IN ('S', 'C') AND period LIKE '%-02'
      AND indicator IN (${indicatorsThat(({ daily }) => daily)})
      AND (left(period, 4)::int IN (${LEAP_YEARS}) OR left(period, 4)::int - 1 IN (${LEAP_YEARS}))`,

  M20: `SELECT subject, 'from ' || month || ' on: ' || what || ', without a break', record_id FROM (
      SELECT x.subject, x.record_id, x.period, x.status, k.month, k.what, lag(x.period) OVER (PARTITION BY x.series_id, k.month ORDER BY x.period) AS before
      FROM latest AS x JOIN ${rowsOf(BREAKS.map(({ indicator, from, en }) => [indicator, from, en]))} AS k (indicator, month, what)
        ON k.indicator = x.indicator WHERE x.transformation = 'N') AS y
    WHERE ${firstMonth('period')} >= month AND ${firstMonth('before')} < month AND status <> 'B'
    UNION ALL SELECT subject, 'coverage was ' || before || ', is ' || coverage || ', without a break', record_id FROM (
      SELECT subject, record_id, coverage, status, lag(coverage) OVER (PARTITION BY series_id ORDER BY period) AS before FROM latest WHERE transformation = 'N') AS z
    WHERE coverage <> before AND status <> 'B'`,

  M23: `SELECT a.subject, a.release_kind || ' of ' || a.released_on || ' before ' || b.release_kind || ' of ' || b.released_on, a.record_id
    FROM told AS a JOIN ${STAGES} AS s (word, stage) ON s.word = a.release_kind
    JOIN told AS b ON b.series_id = a.series_id AND b.period = a.period AND b.system = a.system AND b.released_on > a.released_on
    JOIN ${STAGES} AS t (word, stage) ON t.word = b.release_kind
    WHERE s.stage > t.stage AND a.superseded_at IS NULL AND b.superseded_at IS NULL AND a.dated AND b.dated`,

  M24: `SELECT subject, 'revised by ' || round(revision * 100, 2) || ' %, usual is ' || round(usual * 100, 2) || ' %', record_id FROM (
      SELECT subject, record_id, revision, (sum(revision) OVER w - revision) / nullif(count(*) OVER w - 1, 0) AS usual, count(*) OVER w AS times
      FROM (
        SELECT series_id, subject, record_id, abs(value / nullif(lag(value) OVER (
          PARTITION BY series_id, period, system ORDER BY released_on, observation_id), 0) - 1) AS revision FROM told) AS r
      WHERE revision > 0 WINDOW w AS (PARTITION BY series_id)) AS x
    WHERE times >= 4 AND revision > 3 * usual`,

  M28: `SELECT subject, 'first released on ' || released || ', due ' || due, record_id FROM (
      SELECT t.subject, min(t.record_id) AS record_id, min(t.released_on) AS released, ${dayAfter('t.period')} - 1 + d.days AS due
      FROM told AS t JOIN ${DUE} AS d (indicator, frequency, days) USING (indicator, frequency)
      WHERE t.dated GROUP BY t.series_id, t.period, t.subject, d.days) AS x
    WHERE released > due`,

  M32: `WITH singles AS (
      SELECT series_id, left(period, 4) AS year, value, subject, record_id, lag(value) OVER y AS before, lead(value) OVER y AS next,
        sum(value) OVER e AS total, max(value) OVER e AS most, count(*) OVER e AS earlier
      FROM latest WHERE accumulation = 'S' AND transformation = 'N' AND frequency = 'M' AND value > 0
        AND indicator IN (${indicatorsThat(({ kind, negative }) => kind === 'flow' && !negative)})
      WINDOW y AS (PARTITION BY series_id, left(period, 4) ORDER BY period), e AS (y ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
    SELECT subject, value || ' is as much as the ' || earlier || ' months before it together, ' || trim_scale(round(total, 4)) || ': a year to date?', record_id
    FROM singles WHERE earlier >= 3 AND value >= total AND value > 1.5 * most AND (next IS NULL OR next < value / 1.5)
    UNION ALL SELECT max(subject), 'rises in each of ' || count(*) || ' months of ' || year || ', from ' || min(value) || ' to ' || max(value)
      || ': years to date?', max(record_id) FROM singles GROUP BY series_id, year
    HAVING count(*) >= 6 AND bool_and(before IS NULL OR value > before) AND max(value) >= 3 * min(value)`,

  M29: `SELECT subject, 'preliminary since ' || released_on, record_id FROM latest
    WHERE (release_kind IN (${NOT_VERIFIED}) OR status = 'P') AND released_on < current_date - interval '14 months'`,
};
