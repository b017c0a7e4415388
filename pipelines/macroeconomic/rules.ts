import type { Attributes, Rule } from '../pipeline.ts';
import { decidedElsewhere } from '../rules.ts';
import { BASE_UNITS } from '../standards/measures.ts';
import { periodEnd, yearOfPeriod } from '../standards/periods.ts';
import { parseDecimal } from '../standards/units.ts';
import { cellOf } from './cell.ts';
import { indicatorOf } from './indicators.ts';

const CODES: Readonly<Record<string, readonly string[]>> = {
  frequency: ['A', 'Q', 'M'],
  accumulation: ['S', 'C', 'E', 'V'],
  transformation: ['N', 'G1Y', 'G1', 'D1Y', 'C'],
  price: ['V', 'C', 'K', 'N'],
  adjustment: ['N', 'S'],
  status: ['A', 'M', 'P', 'B', 'E'],
};
const FREQUENCY_OF: Readonly<Record<number, string>> = { 4: 'A', 7: 'MQ' };
const YEARLY_TITLE = /累计|1\s*[-—~至]\s*(?:1[0-2]|[2-9])\s*月/;

const text = (attributes: Attributes, name: string): string => String(attributes[name] ?? '');
const number = (attributes: Attributes): number | null => {
  const value = parseDecimal(text(attributes, 'value'));
  return value === null ? null : Number(value.digits) / 10 ** value.scale;
};
const isRate = (unit: string): boolean => unit === 'PT' || unit === 'PP' || unit === 'PM';

/** §5.4 of the rule catalogue, M01 to M31: what one observation tells by itself; the rest compares many. */
export const macroeconomicRules: readonly Rule[] = [
  {
    ...{ id: 'M01', version: 1, attribute: null, severity: 'F', title: 'all dimensions are coded', basis: 'SDMX' },
    check(attributes) {
      const missing = ['indicator', 'area', 'period', 'frequency'].filter((name) => text(attributes, name) === '');
      if (missing.length > 0) return `no ${missing.join(', ')}`;
      const wrong = Object.entries(CODES).filter(([name, codes]) => {
        const code = text(attributes, name);
        return code !== '' && !codes.includes(code);
      });
      if (wrong.length === 0) return null;
      return wrong
        .map(([name, codes]) => `${name} is ${text(attributes, name)}, allowed ${codes.join(' ')}`)
        .join('; ');
    },
  },
  {
    ...{
      id: 'M02',
      version: 1,
      attribute: 'indicator',
      severity: 'E',
      title: 'the indicator is defined for the period',
      basis: 'hub',
    },
    check(attributes) {
      const indicator = indicatorOf(attributes['indicator']);
      if (indicator === null)
        return text(attributes, 'indicator') === '' ? null : `no indicator ${text(attributes, 'indicator')}`;
      const year = yearOfPeriod(text(attributes, 'period'));
      return indicator.since !== null && year < indicator.since
        ? `${indicator.code} is defined from ${indicator.since} on`
        : null;
    },
  },
  {
    ...{
      id: 'M03',
      version: 1,
      attribute: 'period',
      severity: 'E',
      title: 'the period fits the frequency and is not to come',
      basis: 'GB/T 7408',
    },
    check(attributes, { today }) {
      const period = text(attributes, 'period');
      if (period === '') return null;
      const end = periodEnd(period);
      if (end === null) return `${period} is no period`;
      const frequency = text(attributes, 'frequency');
      const fits = FREQUENCY_OF[period.length]?.includes(frequency) && period.includes('Q') === (frequency === 'Q');
      if (frequency !== '' && !fits) return `${period} is not of frequency ${frequency}`;
      return `${period}`.length > 0 && `${end.slice(0, 8)}01` > today
        ? `${period} has not begun to end by ${today}`
        : null;
    },
  },
  decidedElsewhere(
    'conversion',
    'M04',
    'value',
    'E',
    'a number, or one of the signs for a missing one',
    'yearbook signs',
  ),
  {
    ...{
      id: 'M05',
      version: 1,
      attribute: 'unit',
      severity: 'E',
      title: 'the unit is that of the indicator',
      basis: 'hub',
    },
    check(attributes) {
      const cell = cellOf(attributes);
      const indicator = indicatorOf(attributes['indicator']);
      if (cell === null || indicator === null) return null;
      if (BASE_UNITS[cell.unit] === undefined) return `unit ${cell.unit} is not known`;
      if (cell.transformation !== 'N') return isRate(cell.unit) ? null : `a growth is in PT or PP, not in ${cell.unit}`;
      return cell.unit === indicator.unit ? null : `${indicator.code} is in ${indicator.unit}, not in ${cell.unit}`;
    },
  },
  {
    ...{
      id: 'M06',
      version: 1,
      attribute: 'accumulation',
      severity: 'E',
      title: 'a year to date is called so',
      basis: 'hub',
    },
    check(attributes) {
      const named = YEARLY_TITLE.test(text(attributes, 'note')) || YEARLY_TITLE.test(text(attributes, 'coverage'));
      const cell = cellOf(attributes);
      return named && cell?.accumulation === 'S' && cell.frequency !== 'A'
        ? 'the title says 累计, the observation is of a single period'
        : null;
    },
  },
  decidedElsewhere('batch', 'M07', 'value', 'E', 'a year to date does not fall within its year', 'accounting'),
  {
    ...{
      id: 'M08',
      version: 1,
      attribute: 'period',
      severity: 'W',
      title: 'a single January where January and February come together',
      basis: '国家统计局 release practice',
    },
    check(attributes) {
      const cell = cellOf(attributes);
      const together = ['retail.sales', 'industry.value-added', 'investment.fixed'];
      const single =
        cell !== null && cell.frequency === 'M' && cell.accumulation === 'S' && cell.period.endsWith('-01');
      return single && together.includes(cell.indicator)
        ? 'January of this indicator is published with February only'
        : null;
    },
  },
  decidedElsewhere('batch', 'M09', 'value', 'W', 'the year to December equals the year', 'accounting'),
  decidedElsewhere('batch', 'M10', 'value', 'E', 'single periods are derived inside one vintage and coverage', 'hub'),
  decidedElsewhere('batch', 'M11', 'value', 'I', 'published growth and growth of published levels', '国家统计局 notes'),
  {
    ...{
      id: 'M12',
      version: 1,
      attribute: 'unit',
      severity: 'E',
      title: 'percentage points are not percent',
      basis: 'hub',
    },
    check(attributes) {
      const cell = cellOf(attributes);
      if (cell === null) return null;
      if (cell.transformation === 'D1Y' && cell.unit !== 'PP') return 'a difference of rates is in percentage points';
      return (cell.transformation === 'G1Y' || cell.transformation === 'G1') && cell.unit === 'PP'
        ? 'a growth is in percent'
        : null;
    },
  },
  {
    ...{ id: 'M13', version: 1, attribute: 'value', severity: 'E', title: 'a rate is within its bounds', basis: 'hub' },
    check(attributes) {
      const value = number(attributes);
      const cell = cellOf(attributes);
      if (value === null || cell === null || cell.transformation !== 'N') return null;
      if (cell.indicator === 'unemployment.urban' && (value < 0 || value > 30)) return `${value} % out of work`;
      if (cell.unit === 'PT' && (value < 0 || value > 100)) return `a share of ${value} %`;
      return cell.unit === 'IX' && (value < 20 || value > 500) ? `an index of ${value}` : null;
    },
  },
  decidedElsewhere('batch', 'M14', 'value', 'E', 'parts sum to their whole', 'accounting'),
  decidedElsewhere(
    'batch',
    'M15',
    'value',
    'I',
    'counties sum to the province within the tolerance',
    'unified accounting',
  ),
  decidedElsewhere('batch', 'M16', 'value', 'W', 'contributions sum to the growth', 'accounting'),
  decidedElsewhere('batch', 'M17', 'value', 'W', 'no outlier against the same month of other years', 'median and MAD'),
  decidedElsewhere('batch', 'M18', 'value', 'I', 'January and February are compared together', '春节'),
  decidedElsewhere('batch', 'M19', 'value', 'I', 'a February of 29 days', 'calendar'),
  decidedElsewhere('batch', 'M20', 'value', 'W', 'a jump where coverage changed bears a break', '国家统计局 notes'),
  decidedElsewhere('conversion', 'M21', 'area', 'E', 'the area existed in the period', 'GB/T 2260'),
  decidedElsewhere('conversion', 'M22', 'item', 'E', 'the industry is of the edition of its period', 'GB/T 4754'),
  {
    ...{
      id: 'M23',
      version: 1,
      attribute: 'releaseDate',
      severity: 'E',
      title: 'released after the period ended',
      basis: 'hub',
    },
    check(attributes) {
      const released = text(attributes, 'releaseDate');
      const end = periodEnd(text(attributes, 'period'));
      return released !== '' && end !== null && released < end ? `released on ${released}, before ${end}` : null;
    },
  },
  decidedElsewhere('batch', 'M24', 'value', 'W', 'no revision of more than three usual ones', 'vintages'),
  {
    ...{
      id: 'M25',
      version: 1,
      attribute: 'price',
      severity: 'E',
      title: 'constant prices name their base year',
      basis: 'hub',
    },
    check(attributes) {
      const said = /\d{4}/.test(text(attributes, 'coverage')) || /\d{4}/.test(text(attributes, 'note'));
      return text(attributes, 'price') === 'K' && !said
        ? 'constant prices without a base year in coverage or note'
        : null;
    },
  },
  decidedElsewhere('batch', 'M26', 'value', 'I', 'no more decimals than were published', 'hub'),
  decidedElsewhere('batch', 'M27', 'value', 'W', 'two departments agree on an indicator', 'hub'),
  decidedElsewhere('batch', 'M28', 'releaseDate', 'W', 'released by its calendar', 'hub'),
  decidedElsewhere('batch', 'M29', 'releaseKind', 'W', 'a preliminary figure is replaced within 14 months', 'hub'),
  decidedElsewhere('batch', 'M30', 'value', 'W', 'a cell of fewer than three units is not published', 'hub'),
  {
    ...{
      id: 'M31',
      version: 1,
      attribute: 'value',
      severity: 'E',
      title: 'no negative amount of what cannot be negative',
      basis: 'hub',
    },
    check(attributes) {
      const value = number(attributes);
      const indicator = indicatorOf(attributes['indicator']);
      const level = cellOf(attributes)?.transformation === 'N';
      return value !== null && value < 0 && level && indicator !== null && !indicator.negative
        ? `${indicator.code} is ${value}`
        : null;
    },
  },
];
