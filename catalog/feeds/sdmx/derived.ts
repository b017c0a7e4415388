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

/** Rows of `groupsStatement` as groups of series: one group at a time is in memory. */
async function* groupsOf(
  flow: Flow,
  { groupedBy }: DerivedDescription,
  portions: AsyncIterable<readonly Row[]>,
): AsyncGenerator<Published[]> {
  const columns = flow.dimensions.map(({ column }) => column).filter((column) => column !== 'derivation');
  let group: Published[] = [];
  let groupKey: string | null = null;
  let seriesKey: Row[string] | undefined;
  for await (const rows of portions)
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
  return reason === 'CONFIDENTIAL' ? 'C' : 'O';
};

/** As many are computed before they are handed on. */
const ROWS_OF_A_PORTION = 500;

/**
 * What a query asks for of what can be computed, in portions of rows like those of published figures.
 * @param portions of `groupsStatement` for the same query.
 */
export async function* derivedRows(
  flow: Flow,
  description: DerivedDescription,
  query: DataQuery,
  portions: AsyncIterable<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  const take = takerOf(flow, query);
  let found: Row[] = [];
  for await (const group of groupsOf(flow, description, portions)) {
    for (const series of description.derive(group)) found.push(...take(series));
    if (found.length < ROWS_OF_A_PORTION) continue;
    yield found;
    found = [];
  }
  for (const series of description.calendar()) found.push(...take(series));
  if (found.length > 0) yield found;
}

/** Rows of a series, of the figures that are asked for. */
function takerOf(flow: Flow, query: DataQuery): (series: DerivedSeries) => readonly Row[] {
  const wanted = [...parseKey(query.key, flow.dimensions)];
  const [first, last] = monthsOf(query);
  const { firstNObservations = 0, lastNObservations = 0 } = query;
  const isCut = firstNObservations + lastNObservations > 0;
  return (series) => {
    const key: Readonly<Record<string, string>> = { ...series.dimensions, derivation: series.derivation };
    if (!wanted.every(([column, values]) => values.includes(key[column] ?? ''))) return [];
    const within = series.figures.filter(({ period }) => {
      const month = lastMonth(period);
      return (first === null || month >= first) && (last === null || month <= last);
    });
    const seriesId = Object.values(key).join('\u0000');
    return within.flatMap((figure, at) => {
      if (isCut && at >= firstNObservations && at < within.length - lastNObservations) return [];
      const { period, value, reason, published } = figure;
      return [{ ...key, series_id: seriesId, period, value, status: statusOf(figure), reason, published }];
    });
  };
}
