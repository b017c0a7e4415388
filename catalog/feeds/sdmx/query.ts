import { HubError } from '../../../schemas/kernel/errors.ts';
import type { AreaDescription, Boundaries } from '../../../schemas/series.ts';
import type { Statement } from '../../../schemas/store/snapshot.ts';
import { sumsOverCounties } from './boundaries.ts';
import type { Dimension } from './structure.ts';

export interface DataQuery {
  readonly key: string;
  readonly startPeriod?: string | undefined;
  readonly endPeriod?: string | undefined;
  readonly firstNObservations?: number | undefined;
  readonly lastNObservations?: number | undefined;
  /** What the hub knew on that day, or at that moment. */
  readonly asOf?: string | undefined;
  /** Every vintage of each observation. */
  readonly includeHistory?: boolean | undefined;
  /** Sums over counties for areas of which nothing was published. */
  readonly boundaries?: Boundaries | undefined;
}

/** A year, a quarter, a month or a day. */
export const PERIOD = /^(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-\d{2})?))?$/;

/** First and last month of a period as `YYYYMM`: periods of different frequencies are compared by them. */
function months(text: string, which: 'first' | 'last'): string {
  const parts = PERIOD.exec(text);
  if (parts === null)
    throw new HubError('HUB_REQUEST_INVALID', `${which === 'first' ? 'startPeriod' : 'endPeriod'} is no period`, {
      allowed: '2024, 2024-Q1, 2024-03 or 2024-03-31',
    });
  const [, year = '', quarter, month] = parts;
  if (month !== undefined) return `${year}${month}`;
  if (quarter !== undefined) return year + String(Number(quarter) * 3 - (which === 'first' ? 2 : 0)).padStart(2, '0');
  return `${year}${which === 'first' ? '01' : '12'}`;
}

/**
 * Values of each dimension that a key asks for: `M.630000.GDP+RETAIL_SALES......`; empty = all. `all` or nothing at all is
 * every series (SDMX 2.1 REST, section 4.4.2).
 * @throws HUB_REQUEST_INVALID with the dimensions in their order.
 */
export function parseKey(key: string, dimensions: readonly Dimension[]): ReadonlyMap<string, readonly string[]> {
  const wanted = new Map<string, readonly string[]>();
  if (key === '' || key === 'all') return wanted;
  const parts = key.split('.');
  if (parts.length !== dimensions.length)
    throw new HubError(
      'HUB_REQUEST_INVALID',
      `the key has ${parts.length} parts, the structure ${dimensions.length} dimensions`,
      {
        allowed: dimensions.map(({ code }) => code).join('.'),
      },
    );
  for (const [i, part] of parts.entries()) {
    if (part === '') continue;
    const dimension = dimensions[i] as Dimension;
    const asked = part.split('+');
    const values = asked.flatMap((code) =>
      dimension.codes.filter((one) => one.code === code).map(({ value }) => value),
    );
    wanted.set(dimension.column, values);
  }
  return wanted;
}

/** The last month of a period in one text, whatever its frequency. */
const lastMonthSql = (period: string): string => `CASE WHEN ${period} LIKE '%-Q%'
    THEN left(${period}, 4) || lpad((right(${period}, 1)::int * 3)::text, 2, '0')
    WHEN ${period} LIKE '%-S%' THEN left(${period}, 4) || lpad((right(${period}, 1)::int * 6)::text, 2, '0')
    WHEN ${period} LIKE '%-W%' THEN to_char(to_date(${period}, 'IYYY"-W"IW') + 6, 'YYYYMM')
    WHEN length(${period}) = 4 THEN ${period} || '12' ELSE left(replace(${period}, '-', ''), 6) END`;

/** Likewise of the series that the hub computes, which are of years, quarters and months. */
export function lastMonth(period: string): string {
  if (period.length === 4) return `${period}12`;
  return period.includes('Q')
    ? period.slice(0, 4) + String(Number(period.slice(-1)) * 3).padStart(2, '0')
    : period.replace('-', '').slice(0, 6);
}

/** First and last month that a query asks for; null where it leaves them open. @throws HUB_REQUEST_INVALID */
export const monthsOf = ({ startPeriod, endPeriod }: DataQuery): readonly [string | null, string | null] => [
  startPeriod === undefined ? null : months(startPeriod, 'first'),
  endPeriod === undefined ? null : months(endPeriod, 'last'),
];

type Bind = (value: unknown) => string;
/** What the hub knew on the day of `asOf`, or knows now. */
const knownThen = ({ asOf }: DataQuery, bind: Bind): string => {
  if (asOf === undefined) return 'superseded_at IS NULL';
  const at = `${bind(asOf)}::timestamptz`;
  return `recorded_at <= ${at} AND (superseded_at IS NULL OR superseded_at > ${at})`;
};
const saidThen = ({ asOf }: DataQuery, bind: Bind): string =>
  asOf === undefined ? 'true' : `recorded_at <= ${bind(asOf)}::timestamptz`;

type Wanted = ReadonlyMap<string, readonly string[]>;

/** Which series; said inside the choice of vintages, so that a narrow key reads little. */
function seriesThat(schema: string, wanted: Wanted, bind: Bind): string {
  const conditions = [...wanted].map(([column, codes]) => `${column} = ANY (${bind(codes)}::text[])`);
  if (conditions.length === 0) return 'true';
  return `series_id = ANY (ARRAY(SELECT series_id FROM ${schema}.feed_series WHERE ${conditions.join(' AND ')}))`;
}

/** Every vintage, or the last one of each period that was known then. */
function vintageOf(schema: string, query: DataQuery, wanted: Wanted, bind: Bind): string {
  if (query.includeHistory === true)
    return `(SELECT series_id, period, value, status, released_on, coverage, note, mark, observation_id FROM ${schema}.feed_observation
      WHERE ${saidThen(query, bind)} AND ${seriesThat(schema, wanted, bind)})`;
  return `(SELECT DISTINCT ON (series_id, period) series_id, period, value, status, released_on, coverage, note, mark
    FROM ${schema}.feed_observation WHERE ${knownThen(query, bind)} AND ${seriesThat(schema, wanted, bind)}
    ORDER BY series_id, period, released_on DESC, rank, observation_id DESC)`;
}

const without = (wanted: Wanted, column: string): Wanted => new Map([...wanted].filter(([name]) => name !== column));
const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;

/**
 * Observations series by series in the order of time: of the latest vintage, of the one known then, or of all, day by day of
 * release.
 */
export function dataStatement(
  schema: string,
  dimensions: readonly Dimension[],
  areas: AreaDescription,
  query: DataQuery,
): Statement {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const { boundaries } = query;
  const wanted = parseKey(query.key, dimensions);
  const columns = dimensions.map(({ column }) => column);
  const [first, last] = monthsOf(query);
  const periods = [
    ...(first === null ? [] : [`${lastMonthSql('v.period')} >= ${bind(first)}`]),
    ...(last === null ? [] : [`${lastMonthSql('v.period')} <= ${bind(last)}`]),
  ];
  const told = `SELECT v.series_id::text AS series_id, s.${columns.join(', s.')}, v.period, v.value, v.status,
      v.released_on::text AS released, v.coverage, v.note, v.mark${query.includeHistory === true ? ', v.observation_id' : ''}
    FROM ${vintageOf(schema, query, boundaries === undefined ? wanted : without(wanted, 'area'), bind)} AS v JOIN ${schema}.feed_series AS s USING (series_id)
    ${where(periods)}`;
  const [tables, from] =
    boundaries === undefined
      ? [`told AS (${told})`, 'told AS s']
      : [`told AS (${told}), ${sumsOverCounties(areas, boundaries, columns, bind)}`, 'found AS s'];
  const area = wanted.get('area');
  const chosen = boundaries === undefined || area === undefined ? [] : [`s.area = ANY (${bind(area)}::text[])`];
  const series = boundaries === undefined ? 's.series_id' : `concat_ws(' ', s.${columns.join(', s.')})`;
  const limits = [
    ...(query.firstNObservations === undefined ? [] : [`first_at <= ${bind(query.firstNObservations)}`]),
    ...(query.lastNObservations === undefined ? [] : [`last_at <= ${bind(query.lastNObservations)}`]),
  ];
  const ranks = `,
      dense_rank() OVER (PARTITION BY ${series} ORDER BY s.period) AS first_at,
      dense_rank() OVER (PARTITION BY ${series} ORDER BY s.period DESC) AS last_at`;
  const ranked = `SELECT ${series} AS series_id, s.${columns.join(', s.')}, s.period, s.value::text AS value, s.status, s.released,
      s.coverage, s.note, s.mark${query.includeHistory === true ? ', s.observation_id' : ''}${limits.length === 0 ? '' : ranks}
    FROM ${from} ${where(chosen)}`;
  const order = query.includeHistory === true ? 'released, series_id, period, observation_id' : 'series_id, period';
  return {
    text: `WITH ${tables} SELECT series_id, ${columns.join(', ')}, period, value, status, released, coverage, note, mark
      FROM (${ranked}) AS r ${limits.length === 0 ? '' : `WHERE ${limits.join(' OR ')}`}
      ORDER BY ${order}`,
    values,
  };
}

/** Everything that is needed to compute what the key asks for: whole groups of series, with what was said first. */
export function groupsStatement(
  schema: string,
  dimensions: readonly Dimension[],
  groupedBy: readonly string[],
  query: DataQuery,
): Statement {
  const values: unknown[] = [];
  const bind: Bind = (value) => `$${values.push(value)}`;
  const wanted = new Map([...parseKey(query.key, dimensions)].filter(([column]) => groupedBy.includes(column)));
  const columns = dimensions.map(({ column }) => column).filter((column) => column !== 'derivation');
  return {
    text: `SELECT o.series_id::text AS series_id, s.${columns.join(', s.')}, o.period, o.value::text AS value, o.status,
        o.released_on::text AS released, o.release_kind AS kind, o.coverage, o.system, f.value::text AS first
      FROM (SELECT DISTINCT ON (series_id, period) series_id, period, value, status, released_on, release_kind, coverage, system
          FROM ${schema}.feed_observation WHERE ${knownThen(query, bind)} AND ${seriesThat(schema, wanted, bind)}
          ORDER BY series_id, period, released_on DESC, rank, observation_id DESC) AS o
      JOIN (SELECT DISTINCT ON (series_id, period) series_id, period, value
          FROM ${schema}.feed_observation WHERE ${saidThen(query, bind)} AND ${seriesThat(schema, wanted, bind)}
          ORDER BY series_id, period, released_on, observation_id) AS f USING (series_id, period)
      JOIN ${schema}.feed_series AS s USING (series_id)
      ORDER BY s.${groupedBy.join(', s.')}, o.series_id, o.period`,
    values,
  };
}
