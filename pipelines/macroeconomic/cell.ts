import type { Attributes, Issue, LinkKey } from '../record.ts';
import { isDistrusted } from '../rules.ts';
import { areaProblem } from '../standards/boundaries.ts';
import { BASE_UNITS } from '../standards/measures.ts';
import { frequencyOf, yearOfPeriod } from '../standards/periods.ts';
import { DIMENSIONS, type Dimension } from './attributes.ts';
import { indicatorOf } from './indicators.ts';

export type CellKey = Readonly<Record<Dimension | 'period', string>>;

const text = (attributes: Attributes, name: string): string | null => {
  const value = attributes[name];
  return value === null || value === undefined || value === '' ? null : String(value);
};

/** How tables name the row of the total. */
const TOTALS: ReadonlySet<string> = new Set(['_T', '合计', '总计', '全部']);
const itemOf = (item: string | null): string => (item === null || TOTALS.has(item) ? '_T' : item);

/**
 * The cell of an observation with what need not be written filled in: a stock is at the end of its period, a flow in it,
 * a level, at current prices, not adjusted, in total. null while indicator, area, period or unit are not known.
 */
export function cellOf(attributes: Attributes): CellKey | null {
  const indicator = indicatorOf(attributes['indicator']);
  const area = text(attributes, 'area');
  const period = text(attributes, 'period');
  const frequency = text(attributes, 'frequency');
  const transformation = text(attributes, 'transformation') ?? 'N';
  const unit = text(attributes, 'unit') ?? (transformation === 'N' ? (indicator?.unit ?? null) : 'PT');
  if (indicator === null || area === null || period === null || frequency === null || unit === null) return null;
  return {
    ...{ indicator: indicator.code, area, period, frequency, unit, transformation },
    accumulation: text(attributes, 'accumulation') ?? (indicator.kind === 'stock' ? 'E' : 'S'),
    price: text(attributes, 'price') ?? (indicator.unit === 'CNY' && transformation === 'N' ? 'V' : 'N'),
    adjustment: text(attributes, 'adjustment') ?? 'N',
    item: itemOf(text(attributes, 'item')),
  };
}

/** Why an observation cannot be published: what of it is missing or unknown, and the value that is. */
export interface Unpublished {
  readonly what: Dimension | 'period';
  readonly why: string;
  readonly value: string | null;
}

/** null for what will be published. */
export function whyUnpublished(attributes: Attributes): Unpublished | null {
  for (const what of ['indicator', 'area', 'period', 'frequency'] as const)
    if (text(attributes, what) === null) return { what, why: `no ${what}`, value: null };
  const [code, area, period] = [attributes['indicator'], attributes['area'], attributes['period']].map(String) as [
    string,
    string,
    string,
  ];
  if (indicatorOf(code) === null) return { what: 'indicator', why: 'no indicator that the hub knows', value: code };
  if (frequencyOf(period) === null) return { what: 'period', why: 'no period', value: period };
  const problem = areaProblem(area, yearOfPeriod(period));
  if (problem !== null) return { what: 'area', why: problem.replace(` ${area} `, ' '), value: area };
  const unit = cellOf(attributes)?.unit ?? '';
  return BASE_UNITS[unit] === undefined ? { what: 'unit', why: 'no unit that the hub knows', value: unit } : null;
}

/** `M.630000.retail.sales…`: dimensions joined in the order of the SDMX key. */
const seriesKey = (cell: CellKey): string => DIMENSIONS.map((dimension) => cell[dimension]).join(' ');

/** Observations of one cell are one entity, whoever publishes them and however often. */
export function cellKeys(attributes: Attributes, issues: readonly Issue[]): readonly LinkKey[] {
  const cell = cellOf(attributes);
  const doubtful = cell === null || [...DIMENSIONS, 'period'].some((name) => isDistrusted(issues, name));
  return doubtful ? [] : [{ scheme: 'cell', value: `${seriesKey(cell)} ${cell.period}` }];
}

/** Whether an attribute is of the figure itself: its value, its period, or what it is a figure of. */
export const tellsFigure = (attribute: string | null): boolean =>
  attribute === 'value' || attribute === 'period' || DIMENSIONS.some((name) => name === attribute);

/** That a cell is of few units says nothing against its value. */
const CONFIDENTIAL = 'M30';

/**
 * The status under which a value is published: what the source says, and U (low reliability) in the place of A where a rule
 * of severity E is broken by the figure.
 */
export function statusOf(attributes: Attributes, issues: readonly Issue[]): string {
  const isThere = (attributes['value'] ?? null) !== null;
  const said = String(attributes['status'] ?? (isThere ? 'A' : 'O'));
  if (said !== 'A' || !isThere) return said;
  const isDoubted = issues.some(
    ({ rule, severity, attribute }) => severity === 'E' && rule !== CONFIDENTIAL && tellsFigure(attribute),
  );
  return isDoubted ? 'U' : said;
}
