import { HubError } from '../../schemas/kernel/errors.ts';
import type { Dimension } from './structure.ts';

export interface DataQuery {
  readonly key: string;
  readonly startPeriod?: string | undefined;
  readonly endPeriod?: string | undefined;
  readonly firstNObservations?: number | undefined;
  readonly lastNObservations?: number | undefined;
  /** What the hub knew on that day, or at that moment. */
  readonly asOf?: string | undefined;
}

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

const PERIOD = /^(\d{4})(?:-(?:Q([1-4])|(\d{2})(?:-\d{2})?))?$/;

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

/** Observations of the latest vintage, or of the one known then, series by series in the order of time. */
export function dataStatement(schema: string, dimensions: readonly Dimension[], query: DataQuery): Statement {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const where = [...parseKey(query.key, dimensions)].map(
    ([column, wanted]) => `s.${column} = ANY (${bind(wanted)}::text[])`,
  );
  // The last month of a period in one text, whatever its frequency.
  const lastMonth = `CASE WHEN v.period LIKE '%-Q%' THEN left(v.period, 4) || lpad((right(v.period, 1)::int * 3)::text, 2, '0')
    WHEN length(v.period) = 4 THEN v.period || '12' ELSE replace(v.period, '-', '') END`;
  if (query.startPeriod !== undefined) where.push(`${lastMonth} >= ${bind(months(query.startPeriod, 'first'))}`);
  if (query.endPeriod !== undefined) where.push(`${lastMonth} <= ${bind(months(query.endPeriod, 'last'))}`);
  const vintage =
    query.asOf === undefined
      ? `${schema}.feed_latest`
      : `(SELECT DISTINCT ON (series_id, period) series_id, period, value, status, released_on, coverage, note
          FROM ${schema}.feed_observation
          WHERE recorded_at <= ${bind(query.asOf)}::timestamptz AND (superseded_at IS NULL OR superseded_at > ${bind(query.asOf)}::timestamptz)
          ORDER BY series_id, period, released_on DESC, observation_id DESC)`;
  const columns = dimensions.map(({ column }) => `s.${column}`).join(', ');
  const inner = `SELECT v.series_id, ${columns}, v.period, v.value::text AS value, v.status, v.released_on::text AS released,
      v.coverage, v.note, row_number() OVER (PARTITION BY v.series_id ORDER BY v.period) AS first_at,
      row_number() OVER (PARTITION BY v.series_id ORDER BY v.period DESC) AS last_at
    FROM ${vintage} AS v JOIN ${schema}.feed_series AS s USING (series_id)
    ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}`;
  const limits = [
    ...(query.firstNObservations === undefined ? [] : [`first_at <= ${bind(query.firstNObservations)}`]),
    ...(query.lastNObservations === undefined ? [] : [`last_at <= ${bind(query.lastNObservations)}`]),
  ];
  const names = [
    ...dimensions.map(({ column }) => column),
    'period',
    'value',
    'status',
    'released',
    'coverage',
    'note',
  ];
  return {
    text: `SELECT series_id, ${names.join(', ')} FROM (${inner}) AS found ${limits.length === 0 ? '' : `WHERE ${limits.join(' OR ')}`}
      ORDER BY series_id, period LIMIT ${MOST_OBSERVATIONS + 1}`,
    values,
  };
}

/** More are asked for in parts: one answer is held in memory. */
export const MOST_OBSERVATIONS = 500_000;
