import type { SearchRule } from '../pipeline.ts';
import { DIMENSIONS, type Dimension } from './attributes.ts';
import { BREAKS } from './breaks.ts';
import { INDICATORS, type Indicator } from './indicators.ts';

/* Pieces of SQL that the rules over many observations share. Everything put into them is data of ours. */

export const quoted = (codes: readonly string[]): string => codes.map((code) => `'${code}'`).join(', ');
export const indicatorsThat = (holds: (one: Indicator) => boolean): string =>
  quoted(INDICATORS.filter(holds).map(({ code }) => code));

/** Rows as `VALUES`, numbers bare and texts quoted. */
export const rowsOf = (rows: readonly (readonly (string | number | boolean | null)[])[]): string =>
  `(VALUES ${rows
    .map(
      (cells) =>
        `(${cells.map((cell) => (typeof cell === 'string' ? `'${cell}'` : String(cell ?? 'NULL'))).join(', ')})`,
    )
    .join(', ')})`;

/** `a` and `b` agree in all dimensions but these. */
export const agreeBut = (...left: readonly Dimension[]): string =>
  DIMENSIONS.filter((name) => !left.includes(name))
    .map((name) => `a.${name} = b.${name}`)
    .join(' AND ');

const SUBJECT = (s: string, period: string): string =>
  `concat_ws(' ', ${s}.indicator, ${s}.area, ${s}.frequency, ${s}.accumulation, ${s}.transformation, nullif(${s}.item, '_T'), ${period})`;

export const yearBefore = (period: string): string => `((left(${period}, 4)::int - 1)::text || substr(${period}, 5))`;
/** `YYYY-MM`. */
export const firstMonth = (period: string): string =>
  `(CASE WHEN length(${period}) = 4 THEN ${period} || '-01'
    WHEN ${period} LIKE '%-Q%' THEN left(${period}, 5) || lpad((right(${period}, 1)::int * 3 - 2)::text, 2, '0')
    WHEN ${period} LIKE '%-S%' THEN left(${period}, 5) || lpad((right(${period}, 1)::int * 6 - 5)::text, 2, '0')
    WHEN ${period} LIKE '%-W%' THEN to_char(to_date(${period}, 'IYYY"-W"IW'), 'YYYY-MM') ELSE left(${period}, 7) END)`;
/** The first day after the period. */
export const dayAfter = (period: string): string =>
  `(CASE WHEN ${period} LIKE '%-W%' THEN to_date(${period}, 'IYYY"-W"IW') + 7 WHEN length(${period}) = 10 THEN ${period}::date + 1
    ELSE ((${firstMonth(period)} || '-01')::date + CASE WHEN length(${period}) = 4 THEN interval '1 year'
    WHEN ${period} LIKE '%-Q%' THEN interval '3 months' WHEN ${period} LIKE '%-S%' THEN interval '6 months' ELSE interval '1 month' END)::date END)`;
/** Place of a month or quarter in its year. */
export const place = (period: string): string => `replace(substr(${period}, 6), 'Q', '')::int`;

/** Whether a break of the indicator lies between two periods. */
export const broken = (indicator: string, earlier: string, later: string): string =>
  `EXISTS (SELECT 1 FROM ${rowsOf(BREAKS.map((one) => [one.indicator, one.from]))} AS k (indicator, month)
    WHERE k.indicator = ${indicator} AND k.month > ${firstMonth(earlier)} AND k.month <= ${firstMonth(later)})`;

/**
 * A rule as a query over `latest` (what a reader gets who asks for no vintage) and `told` (everything that was ever said), which
 * gives subject, message and the record that it is about.
 */
export const overCells =
  (body: string): SearchRule =>
  (schema) =>
    `WITH latest AS (
       SELECT o.series_id, s.${DIMENSIONS.join(', s.')}, o.period, o.value, o.status, o.released_on, o.release_kind, o.coverage, o.record_id,
         ${SUBJECT('s', 'o.period')} AS subject
       FROM ${schema}.feed_latest o JOIN ${schema}.feed_series s USING (series_id) WHERE o.value IS NOT NULL),
     told AS (
       SELECT o.series_id, s.${DIMENSIONS.join(', s.')}, o.period, o.value, o.status, o.released_on, o.release_kind, o.dated, o.system,
         o.superseded_at, o.record_id, o.observation_id, ${SUBJECT('s', 'o.period')} AS subject
       FROM ${schema}.feed_observation o JOIN ${schema}.feed_series s USING (series_id) WHERE o.value IS NOT NULL),
     found (subject, message, record_id) AS (${body})
     SELECT f.subject, f.message, r.entity_id, c.system FROM found AS f
     LEFT JOIN ${schema}.source_record r USING (record_id) LEFT JOIN ${schema}.source c USING (source_id)`;
