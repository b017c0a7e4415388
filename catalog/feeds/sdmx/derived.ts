import type { DerivedDescription, DerivedSeries, Figure } from '../../../schemas/series.ts';
import type { Row } from './messages.ts';
import { type DataQuery, lastMonth, monthsOf, parseKey } from './query.ts';
import type { Flow } from './structure.ts';

interface Published {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly figures: Figure[];
}

const text = (value: Row[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

/** Rows of `groupsStatement` as groups of series. */
function* groupsOf(flow: Flow, { groupedBy }: DerivedDescription, rows: readonly Row[]): Generator<Published[]> {
  const columns = flow.dimensions.map(({ column }) => column).filter((column) => column !== 'derivation');
  let group: Published[] = [];
  let groupKey: string | null = null;
  let seriesKey: Row[string] | undefined;
  for (const row of rows) {
    const key = groupedBy.map((column) => row[column]).join('\u0000');
    if (key !== groupKey) {
      if (group.length > 0) yield group;
      group = [];
      groupKey = key;
      seriesKey = undefined;
    }
    if (row['series_id'] !== seriesKey) {
      seriesKey = row['series_id'];
      group.push({
        dimensions: Object.fromEntries(columns.map((column) => [column, String(row[column])])),
        figures: [],
      });
    }
    group.at(-1)?.figures.push({
      ...{ period: String(row['period']), value: text(row['value']), status: String(row['status']) },
      ...{ released: String(row['released']), kind: text(row['kind']), coverage: text(row['coverage']) },
      ...{ system: text(row['system']), first: text(row['first']) },
    });
  }
  if (group.length > 0) yield group;
}

const statusOf = ({ value, reason }: DerivedSeries['figures'][number]): string => {
  if (value !== null) return 'E';
  return reason === 'CONFIDENTIAL' ? 'C' : 'M';
};

/**
 * What a query asks for of what can be computed, in rows like those of published figures.
 * @param rows of `groupsStatement` for the same query.
 */
export function derivedRows(
  flow: Flow,
  description: DerivedDescription,
  query: DataQuery,
  rows: readonly Row[],
): readonly Row[] {
  const wanted = [...parseKey(query.key, flow.dimensions)];
  const [first, last] = monthsOf(query);
  const found: Row[] = [];
  const take = (series: DerivedSeries): void => {
    const key: Readonly<Record<string, string>> = { ...series.dimensions, derivation: series.derivation };
    if (!wanted.every(([column, values]) => values.includes(key[column] ?? ''))) return;
    const within = series.figures.filter(({ period }) => {
      const month = lastMonth(period);
      return (first === null || month >= first) && (last === null || month <= last);
    });
    const { firstNObservations = 0, lastNObservations = 0 } = query;
    const isCut = firstNObservations + lastNObservations > 0;
    const seriesId = Object.values(key).join('\u0000');
    for (const [at, figure] of within.entries()) {
      if (isCut && at >= firstNObservations && at < within.length - lastNObservations) continue;
      const { period, value, reason, published } = figure;
      found.push({ ...key, series_id: seriesId, period, value, status: statusOf(figure), reason, published });
    }
  };
  for (const group of groupsOf(flow, description, rows)) for (const series of description.derive(group)) take(series);
  for (const series of description.calendar()) take(series);
  return found;
}
