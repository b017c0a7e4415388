import type { AttributeSpec } from '../pipeline.ts';
import { indicatorOf } from './indicators.ts';

const publisher = ['statistics', 'finance', 'tax', 'banking', 'customs', 'agriculture', 'development'];
const dimension = (type: AttributeSpec['type'], zh: string, en: string): AttributeSpec => ({
  ...{ type, zh, en, sensitivity: 1, authority: publisher },
});

/** What makes a cell: an observation of the same cell is another vintage of it. In the order of the SDMX key. */
export const DIMENSIONS = [
  'frequency',
  'area',
  'indicator',
  'accumulation',
  'transformation',
  'price',
  'adjustment',
  'item',
  'unit',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const macroeconomicAttributes = {
  indicator: {
    ...dimension('code', '指标', 'indicator'),
    named: (code) => indicatorOf(code)?.zh ?? null,
    reads: 'indicator',
  },
  area: dimension('region', '地区', 'area'),
  frequency: dimension('code', '频度', 'frequency: A year, S half-year, Q quarter, M month, W week, D day'),
  period: { ...dimension('text', '时期', 'period'), reads: 'period' },
  accumulation: dimension('code', '累计口径', 'accumulation: S single, C year to date, E end of period, V average'),
  transformation: dimension(
    'code',
    '变换',
    'transformation: N level, G1Y growth on a year before, G1 on the period before, D1Y change, C contribution',
  ),
  price: dimension('code', '价格', 'prices: V current, C comparable, K constant, N not of money'),
  adjustment: dimension('code', '季节调整', 'adjustment: N none, S seasonally adjusted'),
  item: dimension('text', '分组', 'breakdown such as a tax or a crop; _T for the total'),
  unit: dimension('code', '单位', 'unit'),
  value: dimension('decimal', '数值', 'value'),
  status: dimension(
    'code',
    '状态',
    'status as SDMX has it: A normal, P provisional, R revised, B break, E estimated, F forecast, U unreliable; without a value M none exists, N negligible, O not available, Q withheld, L not read',
  ),
  releaseDate: dimension('date', '发布日期', 'day of release'),
  releaseKind: dimension('text', '发布阶段', 'preliminary, verified, census revision'),
  coverage: dimension('text', '统计口径', 'coverage'),
  mark: dimension('text', '标记', 'marks printed beside the value, for the footnote that they point to'),
  note: dimension('text', '注释', 'footnote'),
  units: dimension('integer', '填报单位数', 'number of reporting units that the value is made of'),
  decimals: dimension('integer', '小数位数', 'decimals of the value as it was published'),
} as const satisfies Record<string, AttributeSpec>;
