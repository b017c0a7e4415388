import { HubError } from '../../../schemas/kernel/errors.ts';
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

/** A message made bit by bit; it remembers which series it is in. */
export interface MessageWriter {
  head(): string;
  /** Rows of a series follow each other, over the portions too. */
  rows(portion: readonly Row[]): string;
  tail(): string;
}

/**
 * SDMX-ML 2.1, structure-specific.
 * @param byVintage each day of release becomes a data set of its own; rows come in the order of those days.
 */
export function xmlWriter(flow: Flow, detail: Detail, byVintage: boolean): MessageWriter {
  const coders = codersOf(flow);
  const { dimensions, attributes } = flow;
  let series: Row[string] | undefined;
  let vintage: Row[string] | undefined;

  const seriesOf = (row: Row): string =>
    `<Series${dimensions.map(({ code }, i) => ` ${code}="${xml((coders[i] as (one: Row) => string)(row))}"`).join('')}>`;
  /** What comes before the observation: the ends and beginnings of series and data sets. */
  function turnTo(row: Row): string {
    let text = '';
    if (byVintage && row['released'] !== vintage) {
      text = series === undefined ? '' : `</Series>${DATA_SET_TAIL}`;
      vintage = row['released'];
      series = undefined;
      text += dataSet(flow.id, String(vintage));
    }
    if (row['series_id'] === series) return text;
    text += `${series === undefined ? '' : '</Series>'}${seriesOf(row)}`;
    series = row['series_id'];
    return text;
  }
  function observation(row: Row): string {
    const value = row['value'] === null ? '' : ` OBS_VALUE="${row['value']}"`;
    const more = detail === 'full' ? attributes.map(({ code, column }) => attribute(code, row[column])).join('') : '';
    return `<Obs TIME_PERIOD="${xml(String(row['period']))}"${value}${more}/>`;
  }
  const isObserved = withObservations(detail);

  return {
    head: () => dataHead(flow.id, new Date()) + (byVintage ? '' : dataSet(flow.id, null)),
    rows: (portion) => textOf(portion, (row) => turnTo(row) + (isObserved ? observation(row) : '')),
    tail: () => `</Series>${DATA_SET_TAIL}${DATA_TAIL}`,
  };
}

/** SDMX-CSV 1.0. Vintages of one observation are lines of their own, told apart by their day of release. */
export function csvWriter(flow: Flow, detail: Detail): MessageWriter {
  const coders = codersOf(flow);
  const extra = detail === 'full' ? flow.attributes : [];
  const isObserved = withObservations(detail);
  const observed = isObserved ? ['TIME_PERIOD', 'OBS_VALUE', ...extra.map(({ code }) => code)] : [];
  let last: Row[string] | undefined;

  function line(row: Row): string {
    if (!isObserved && row['series_id'] === last) return '';
    last = row['series_id'];
    const cells = isObserved ? [row['period'], row['value'], ...extra.map(({ column }) => row[column])] : [];
    const all = [
      `${AGENCY}:${flow.id}(${VERSION})`,
      ...coders.map((code) => code(row)),
      ...cells.map((cell) => String(cell ?? '')),
    ];
    return `${all.map(quoted).join(',')}\r\n`;
  }

  return {
    head: () => `${['DATAFLOW', ...flow.dimensions.map(({ code }) => code), ...observed].join(',')}\r\n`,
    rows: (portion) => textOf(portion, line),
    tail: () => '',
  };
}

function textOf(portion: readonly Row[], of: (row: Row) => string): string {
  let text = '';
  for (const row of portion) text += of(row);
  return text;
}

/** The message of all portions. @throws HUB_CATALOG_NOT_FOUND when there is none */
export async function* written(writer: MessageWriter, portions: AsyncIterable<readonly Row[]>): AsyncGenerator<string> {
  let isEmpty = true;
  for await (const portion of portions) {
    const text = writer.rows(portion);
    yield isEmpty ? writer.head() + text : text;
    isEmpty = false;
  }
  if (isEmpty)
    throw new HubError('HUB_CATALOG_NOT_FOUND', 'No observation matches', { allowed: 'another key or period' });
  yield writer.tail();
}

/** RFC 4180; a text that a spreadsheet would take for a formula is left as it is: these are codes and numbers. */
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
