import { AGENCY, type Flow, VERSION } from './structure.ts';
import { DATA_SET_TAIL, DATA_TAIL, dataHead, dataSet, xml } from './xml.ts';

/** One observation with its dimensions by column; rows of a series follow each other. */
export type Row = Readonly<Record<string, string | number | null>>;
export type Detail = 'full' | 'dataonly' | 'serieskeysonly' | 'nodata';

const withObservations = (detail: Detail): boolean => detail === 'full' || detail === 'dataonly';

/** Code of each value, by dimension. */
const codersOf = ({ dimensions }: Flow): readonly ((row: Row) => string)[] =>
  dimensions.map(({ column, codes }) => {
    const ids = new Map(codes.map(({ value, code }) => [value, code]));
    return (row) => ids.get(String(row[column])) ?? String(row[column]);
  });

const attribute = (code: string, value: Row[string] | undefined): string =>
  value === null || value === undefined ? '' : ` ${code}="${xml(String(value))}"`;

/**
 * SDMX-ML 2.1, structure-specific.
 * @param byVintage each day of release becomes a data set of its own; rows come in the order of those days.
 */
export function* xmlMessage(flow: Flow, rows: readonly Row[], detail: Detail, byVintage: boolean): Generator<string> {
  const coders = codersOf(flow);
  const { dimensions, attributes } = flow;
  yield dataHead(flow.id, new Date());
  let series: Row[string] | undefined;
  let vintage: Row[string] | undefined;
  if (!byVintage) yield dataSet(flow.id, null);
  for (const row of rows) {
    if (byVintage && row['released'] !== vintage) {
      if (series !== undefined) yield `</Series>${DATA_SET_TAIL}`;
      vintage = row['released'];
      series = undefined;
      yield dataSet(flow.id, String(vintage));
    }
    if (row['series_id'] !== series) {
      if (series !== undefined) yield '</Series>';
      series = row['series_id'];
      yield `<Series${dimensions.map(({ code }, i) => ` ${code}="${xml((coders[i] as (one: Row) => string)(row))}"`).join('')}>`;
    }
    if (!withObservations(detail)) continue;
    const value = row['value'] === null ? '' : ` OBS_VALUE="${row['value']}"`;
    const more = detail === 'full' ? attributes.map(({ code, column }) => attribute(code, row[column])).join('') : '';
    yield `<Obs TIME_PERIOD="${xml(String(row['period']))}"${value}${more}/>`;
  }
  yield `</Series>${DATA_SET_TAIL}${DATA_TAIL}`;
}

/** SDMX-CSV 1.0. Vintages of one observation are lines of their own, told apart by their day of release. */
export function* csvMessage(flow: Flow, rows: readonly Row[], detail: Detail): Generator<string> {
  const coders = codersOf(flow);
  const extra = detail === 'full' ? flow.attributes : [];
  const observed = withObservations(detail) ? ['TIME_PERIOD', 'OBS_VALUE', ...extra.map(({ code }) => code)] : [];
  yield `${['DATAFLOW', ...flow.dimensions.map(({ code }) => code), ...observed].join(',')}\r\n`;
  let last: Row[string] | undefined;
  for (const row of rows) {
    if (!withObservations(detail) && row['series_id'] === last) continue;
    last = row['series_id'];
    const cells = withObservations(detail)
      ? [row['period'], row['value'], ...extra.map(({ column }) => row[column])]
      : [];
    const line = [
      `${AGENCY}:${flow.id}(${VERSION})`,
      ...coders.map((code) => code(row)),
      ...cells.map((cell) => String(cell ?? '')),
    ];
    yield `${line.map(quoted).join(',')}\r\n`;
  }
}

/** RFC 4180; a text that a spreadsheet would take for a formula is left as it is: these are codes and numbers. */
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
