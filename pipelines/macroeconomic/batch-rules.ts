import { INDICATORS } from './indicators.ts';

/* Rules of §5.4 that compare observations. Each statement gives a subject and a message for everything it finds. */

const quoted = (codes: readonly string[]): string => codes.map((code) => `'${code}'`).join(', ');
const RISING = quoted(INDICATORS.filter(({ kind, negative }) => kind === 'flow' && !negative).map(({ code }) => code));
const PARTS = INDICATORS.filter(({ partOf }) => partOf !== null);
const WHOLES = [...new Set(PARTS.map(({ partOf }) => partOf as string))];

/** Latest vintage with its dimensions; subjects are named by them. */
const latest = (schema: string): string =>
  `(SELECT s.indicator, s.area, s.frequency, s.accumulation, s.transformation, s.price, s.adjustment, s.item, s.unit, o.period, o.value,
      concat_ws(' ', s.indicator, s.area, s.frequency, s.accumulation, s.transformation, nullif(s.item, '_T'), o.period) AS subject
    FROM ${schema}.feed_latest o JOIN ${schema}.feed_series s USING (series_id) WHERE o.value IS NOT NULL)`;
const DIMENSIONS_BUT = (...left: string[]): string =>
  ['indicator', 'area', 'frequency', 'accumulation', 'transformation', 'price', 'adjustment', 'item', 'unit']
    .filter((name) => !left.includes(name))
    .map((name) => `a.${name} = b.${name}`)
    .join(' AND ');

type Statement = (schema: string) => string;
/** Observations belong to cells, which are entities only for the kernel: findings name the cell instead. */
const aboutCells =
  (statement: Statement): Statement =>
  (schema) =>
    `SELECT subject, message, NULL::bigint, NULL::text FROM (${statement(schema)}) AS f (subject, message)`;

const statements: Readonly<Record<string, Statement>> = {
  M07: (schema) => `SELECT subject, 'fell from ' || before || ' to ' || value FROM (
      SELECT subject, value, indicator, lag(value) OVER w AS before FROM ${latest(schema)} AS x
      WHERE accumulation = 'C' AND transformation = 'N'
      WINDOW w AS (PARTITION BY indicator, area, frequency, price, adjustment, item, unit, left(period, 4) ORDER BY period)) AS y
    WHERE value < before AND indicator IN (${RISING})`,

  M09: (schema) => `SELECT a.subject, 'year to December ' || a.value || ', the year ' || b.value
    FROM ${latest(schema)} AS a JOIN ${latest(schema)} AS b ON ${DIMENSIONS_BUT('frequency', 'accumulation')}
    WHERE a.accumulation = 'C' AND a.frequency IN ('M', 'Q') AND (a.period LIKE '%-12' OR a.period LIKE '%-Q4')
      AND b.frequency = 'A' AND b.accumulation IN ('S', 'C') AND b.period = left(a.period, 4) AND a.transformation = 'N'
      AND abs(a.value - b.value) > 0.005 * abs(b.value)`,

  M11: (
    schema,
  ) => `SELECT g.subject, 'published ' || g.value || ' %, levels give ' || round((a.value / b.value - 1) * 100, 1) || ' %'
    FROM ${latest(schema)} AS g
    JOIN ${latest(schema)} AS a ON a.indicator = g.indicator AND a.area = g.area AND a.frequency = g.frequency AND a.item = g.item
      AND a.accumulation = g.accumulation AND a.transformation = 'N' AND a.period = g.period
    JOIN ${latest(schema)} AS b ON ${DIMENSIONS_BUT()} AND b.period = (left(a.period, 4)::int - 1)::text || substr(a.period, 5)
    WHERE g.transformation = 'G1Y' AND b.value > 0 AND abs((a.value / b.value - 1) * 100 - g.value) > 5`,

  M14: (schema) => `SELECT w.subject, 'the parts sum to ' || p.total FROM ${latest(schema)} AS w JOIN (
      SELECT CASE indicator ${PARTS.map(({ code, partOf }) => `WHEN '${code}' THEN '${partOf}'`).join(' ')} END AS whole,
        area, frequency, accumulation, transformation, price, adjustment, item, unit, period, sum(value) AS total, count(*) AS parts
      FROM ${latest(schema)} AS x WHERE transformation = 'N' AND indicator IN (${quoted(PARTS.map(({ code }) => code))})
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) AS p
    ON p.whole = w.indicator AND (p.area, p.frequency, p.accumulation, p.transformation, p.price, p.adjustment, p.item, p.unit, p.period)
      = (w.area, w.frequency, w.accumulation, w.transformation, w.price, w.adjustment, w.item, w.unit, w.period)
    WHERE p.parts = CASE p.whole ${WHOLES.map((whole) => `WHEN '${whole}' THEN ${PARTS.filter(({ partOf }) => partOf === whole).length}`).join(' ')} END
      AND abs(p.total - w.value) > 0.005 * abs(w.value)`,

  M17: (schema) => `WITH compared AS (
      SELECT subject, indicator, area, frequency, accumulation, transformation, price, adjustment, item, unit, value,
        value - lag(value) OVER (PARTITION BY indicator, area, frequency, accumulation, transformation, price, adjustment, item, unit,
          substr(period, 5) ORDER BY period) AS step
      FROM ${latest(schema)} AS x WHERE accumulation <> 'C' OR frequency = 'A'),
    middle AS (
      SELECT indicator, area, frequency, accumulation, transformation, price, adjustment, item, unit,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY step) AS median FROM compared WHERE step IS NOT NULL
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 HAVING count(*) >= 8),
    spread AS (
      SELECT a.indicator, a.area, a.frequency, a.accumulation, a.transformation, a.price, a.adjustment, a.item, a.unit, b.median,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(a.step::float8 - b.median)) AS mad
      FROM compared AS a JOIN middle AS b ON ${DIMENSIONS_BUT()} WHERE a.step IS NOT NULL
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
    SELECT a.subject, 'changed by ' || a.step || ' on the same period a year before, usual is ' || round(b.median::numeric, 2)
    FROM compared AS a JOIN spread AS b ON ${DIMENSIONS_BUT()}
    WHERE b.mad > 0 AND abs(a.step::float8 - b.median) > 6 * 1.4826 * b.mad`,

  M27: (schema) => `SELECT concat_ws(' ', s.indicator, s.area, s.accumulation, nullif(s.item, '_T'), o.period),
      string_agg(DISTINCT c.system || ' ' || o.value, ', ')
    FROM ${schema}.feed_observation o JOIN ${schema}.feed_series s USING (series_id)
    JOIN ${schema}.source_record r USING (record_id) JOIN ${schema}.source c USING (source_id)
    WHERE o.superseded_at IS NULL AND o.value IS NOT NULL AND s.transformation = 'N'
    GROUP BY s.series_id, s.indicator, s.area, s.accumulation, s.item, o.period
    HAVING count(DISTINCT c.system) > 1 AND max(o.value) - min(o.value) > 0.01 * abs(max(o.value))`,

  M29: (
    schema,
  ) => `SELECT concat_ws(' ', s.indicator, s.area, s.frequency, s.accumulation, nullif(s.item, '_T'), o.period),
      'preliminary since ' || o.released_on
    FROM ${schema}.feed_latest o JOIN ${schema}.feed_series s USING (series_id)
    WHERE (o.release_kind IN ('preliminary', '初步核算', '初步') OR o.status = 'P') AND o.released_on < current_date - interval '14 months'`,
};

/** By id of the rule. */
export const macroBatchRules: Readonly<Record<string, Statement>> = Object.fromEntries(
  Object.entries(statements).map(([id, statement]) => [id, aboutCells(statement)]),
);
