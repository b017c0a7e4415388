import type { Rule } from '../pipeline.ts';
import type { Attributes } from '../record.ts';
import { elsewhere } from '../rules.ts';
import { areaProblem } from '../standards/boundaries.ts';
import { BASE_UNITS } from '../standards/measures.ts';
import { FREQUENCIES, frequencyOf, periodEnd, yearOfPeriod } from '../standards/periods.ts';
import { parseDecimal } from '../standards/units.ts';
import { cellOf } from './cell.ts';
import { indicatorOf } from './indicators.ts';
import { rulesOverMany } from './many-rules.ts';

const CODES: Readonly<Record<string, readonly string[]>> = {
  frequency: FREQUENCIES,
  accumulation: ['S', 'C', 'E', 'V'],
  transformation: ['N', 'G1Y', 'G1', 'D1Y', 'C'],
  price: ['V', 'C', 'K', 'N'],
  adjustment: ['N', 'S'],
  status: ['A', 'B', 'C', 'E', 'F', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'U'],
};
const YEARLY_TITLE = /累计|1\s*[-—~至]\s*(?:1[0-2]|[2-9])\s*月/;

const text = (attributes: Attributes, name: string): string => String(attributes[name] ?? '');
const number = (attributes: Attributes): number | null => {
  const value = parseDecimal(text(attributes, 'value'));
  return value === null ? null : Number(value.digits) / 10 ** value.scale;
};
const isRate = (unit: string): boolean => unit === 'PT' || unit === 'PP' || unit === 'PM';

const INDUSTRY_ITEM = /^4754-(\d{4}):/;
/** Years whose statistics use an edition; where one took over from another, either may be met. */
const INDUSTRY_YEARS: Readonly<Record<string, readonly [first: number, last: number]>> = {
  '1994': [1994, 2003],
  '2002': [2002, 2011],
  '2011': [2012, 2017],
  '2017': [2018, 9999],
};
/** In the unit of the table, such as 亿元. */
const MOST_DECIMALS = { rate: 2, level: 4 } as const;
const FEWEST_UNITS = 3;

/** What one observation tells by itself. */
const rulesOverOne: readonly Rule[] = [
  {
    ...{
      id: 'M01',
      version: 1,
      attribute: null,
      severity: 'F',
      title: 'all dimensions are coded',
      zh: '各维度均有编码',
      basis: 'SDMX',
    },
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
      zh: '指标定义在该时期有效',
      basis: { zh: '平台规则', en: 'hub' },
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
      zh: '时期与频度相符且不在将来',
      basis: 'GB/T 7408',
    },
    check(attributes, { today }) {
      const period = text(attributes, 'period');
      if (period === '') return null;
      const end = periodEnd(period);
      if (end === null) return `${period} is no period`;
      const frequency = text(attributes, 'frequency');
      if (frequency !== '' && frequencyOf(period) !== frequency) return `${period} is not of frequency ${frequency}`;
      return `${end.slice(0, 8)}01` > today ? `${period} has not begun to end by ${today}` : null;
    },
  },
  elsewhere('conversion', {
    ...{ id: 'M04', attribute: 'value', severity: 'E', basis: { zh: '年鉴符号', en: 'yearbook signs' } },
    ...{ title: 'a number, or one of the signs for a missing one', zh: '数值或规定的缺失符号' },
  }),
  {
    ...{
      id: 'M05',
      version: 1,
      attribute: 'unit',
      severity: 'E',
      title: 'the unit is that of the indicator',
      zh: '单位与指标一致',
      basis: { zh: '平台规则', en: 'hub' },
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
      zh: '累计数标明为累计',
      basis: { zh: '平台规则', en: 'hub' },
    },
    check(attributes) {
      const named = YEARLY_TITLE.test(text(attributes, 'note')) || YEARLY_TITLE.test(text(attributes, 'coverage'));
      const cell = cellOf(attributes);
      return named && cell?.accumulation === 'S' && cell.frequency !== 'A'
        ? 'the title says 累计, the observation is of a single period'
        : null;
    },
  },
  {
    ...{
      id: 'M08',
      version: 1,
      attribute: 'period',
      severity: 'W',
      title: 'a single January where January and February come together',
      zh: '一、二月合并发布的指标没有一月单独数',
      basis: { zh: '国家统计局发布惯例', en: '国家统计局 release practice' },
    },
    check(attributes) {
      const cell = cellOf(attributes);
      const single =
        cell !== null && cell.frequency === 'M' && cell.accumulation === 'S' && cell.period.endsWith('-01');
      return single && indicatorOf(cell.indicator)?.withFebruary === true
        ? 'January of this indicator is published with February only'
        : null;
    },
  },
  {
    ...{
      id: 'M12',
      version: 1,
      attribute: 'unit',
      severity: 'E',
      title: 'percentage points are not percent',
      zh: '百分点不是百分比',
      basis: { zh: '平台规则', en: 'hub' },
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
    ...{
      id: 'M13',
      version: 1,
      attribute: 'value',
      severity: 'E',
      title: 'a rate or amount is within its bounds',
      zh: '比率和数量在合理范围内',
      basis: { zh: '平台规则', en: 'hub' },
    },
    check(attributes) {
      const value = number(attributes);
      const cell = cellOf(attributes);
      if (value === null || cell === null || cell.transformation !== 'N') return null;
      if (cell.indicator === 'unemployment.urban' && (value < 0 || value > 30)) return `${value} % out of work`;
      if (cell.unit === 'PT' && (value < 0 || value > 100)) return `a share of ${value} %`;
      if (cell.unit === 'PM' && (value < 0 || value > 100)) return `${value} in a thousand`;
      if (value < 0 && indicatorOf(cell.indicator)?.negative === false) return `${cell.indicator} is ${value}`;
      return cell.unit === 'IX' && (value < 20 || value > 500) ? `an index of ${value}` : null;
    },
  },
  {
    ...{
      id: 'M23',
      version: 1,
      attribute: 'releaseDate',
      severity: 'E',
      title: 'released after the period ended',
      zh: '发布日期不早于期末',
      basis: { zh: '平台规则', en: 'hub' },
    },
    check(attributes) {
      const released = text(attributes, 'releaseDate');
      const end = periodEnd(text(attributes, 'period'));
      return released !== '' && end !== null && released < end ? `released on ${released}, before ${end}` : null;
    },
  },
  {
    ...{
      id: 'M25',
      version: 1,
      attribute: 'price',
      severity: 'E',
      title: 'constant prices name their base year',
      zh: '不变价注明基年',
      basis: { zh: '平台规则', en: 'hub' },
    },
    check(attributes) {
      const said = /\d{4}/.test(text(attributes, 'coverage')) || /\d{4}/.test(text(attributes, 'note'));
      return text(attributes, 'price') === 'K' && !said
        ? 'constant prices without a base year in coverage or note'
        : null;
    },
  },
  {
    ...{ id: 'M21', version: 1, attribute: 'area', severity: 'E', title: 'the area existed in the period' },
    ...{ zh: '地区代码在该时期有效', basis: 'GB/T 2260', needs: ['area', 'period'] },
    check(attributes) {
      const [area, period] = [text(attributes, 'area'), text(attributes, 'period')];
      return area === '' || periodEnd(period) === null ? null : areaProblem(area, yearOfPeriod(period));
    },
  },
  {
    ...{
      id: 'M22',
      version: 1,
      attribute: 'item',
      severity: 'E',
      title: 'the industry is of the edition of its period',
    },
    ...{ zh: '行业分类版本与时期相符', basis: 'GB/T 4754', needs: ['item', 'period'] },
    check(attributes) {
      const edition = INDUSTRY_ITEM.exec(text(attributes, 'item'))?.[1];
      const period = text(attributes, 'period');
      if (edition === undefined || periodEnd(period) === null) return null;
      const [first, last] = INDUSTRY_YEARS[edition] ?? [0, 0];
      const year = yearOfPeriod(period);
      return year >= first && year <= last ? null : `GB/T 4754-${edition} is not that of ${year}`;
    },
  },
  {
    ...{ id: 'M26', version: 1, attribute: 'value', severity: 'I', title: 'no more decimals than are published' },
    ...{ zh: '小数位数不超过公布精度', basis: { zh: '平台规则', en: 'hub' } },
    check(attributes) {
      const cell = cellOf(attributes);
      const decimals = Number(attributes['decimals'] ?? 0);
      if (cell === null) return null;
      const most = isRate(cell.unit) || cell.unit === 'IX' ? MOST_DECIMALS.rate : MOST_DECIMALS.level;
      return decimals > most ? `${decimals} decimals, at most ${most} are published` : null;
    },
  },
  {
    ...{
      id: 'M30',
      version: 1,
      attribute: 'value',
      severity: 'E',
      title: 'a cell of fewer than three units is not published',
    },
    ...{ zh: '不足三个填报单位的数据不得公布', basis: { zh: '保密', en: 'confidentiality' } },
    check(attributes) {
      const units = attributes['units'] ?? null;
      if (units === null || (attributes['value'] ?? null) === null) return null;
      return Number(units) < FEWEST_UNITS ? `of ${units} units: kept in the base, left out of feeds` : null;
    },
  },
];

/** §5.4 of the rule catalogue, M01 to M32. */
export const macroeconomicRules: readonly Rule[] = [...rulesOverOne, ...rulesOverMany].sort((a, b) =>
  a.id.localeCompare(b.id),
);
