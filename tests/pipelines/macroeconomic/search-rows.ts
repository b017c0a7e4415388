import type { Row } from '../engine/scene.ts';
import type { SearchRows } from '../search-fixtures.ts';

/* Rows of which the fixtures of the rules over many observations are made. */

let key = 0;
const sales = { indicator: 'retail.sales', area: '630000', frequency: 'M', accumulation: 'C', unit: 'CNY' };
export const row = (fields: object): Row => ({ key: String(++key), ...sales, ...fields });
const monthOf = (year: number, i: number): string => `${year}-${String(i + 1).padStart(2, '0')}`;
export const months = (values: readonly (number | null)[], more: object = {}, year = 2024): Row[] =>
  values.flatMap((value, i) =>
    value === null ? [] : [row({ period: monthOf(year, i), value: String(value), ...more })],
  );
export const annual = (year: number, value: number, change: object = {}): Row =>
  row({ frequency: 'A', accumulation: 'S', period: String(year), value: String(value), ...change });
export const growth = { unit: 'PT', transformation: 'G1Y' };
export const single = { accumulation: 'S' };
export const statistics = (...rows: readonly (Row | readonly Row[])[]): SearchRows => ({
  statistics: rows.flat() as Row[],
});
export const subject = (period: string, key = 'M C N'): string => `retail.sales 630000 ${key} ${period}`;

export const gdp = (primary: number, secondary: number, tertiary: number, whole: number, more: object = {}): Row[] => [
  annual(2023, whole, { indicator: 'gdp', ...more }),
  annual(2023, primary, { indicator: 'gdp.primary', ...more }),
  annual(2023, secondary, { indicator: 'gdp.secondary', ...more }),
  annual(2023, tertiary, { indicator: 'gdp.tertiary', ...more }),
];
export const parts = (values: readonly number[], whole: number): Row[] => {
  const [primary = 0, secondary = 0, tertiary = 0] = values;
  const share = { transformation: 'C', unit: 'PP' };
  return [
    ...gdp(primary, secondary, tertiary, 0, share).slice(1),
    annual(2023, whole, { indicator: 'gdp', ...growth }),
  ];
};
export const XINING = ['630102', '630103', '630104', '630105', '630106', '630121', '630123'];
export const areas = (year: number, whole: number, counties: readonly string[]): Row[] => [
  annual(year, whole, { area: '630100' }),
  ...counties.map((area) => annual(year, 10, { area })),
];
export const tenYears = (values: readonly number[], more: object = {}): Row[] =>
  values.map((value, i) => annual(2010 + i, value, more));
export const STEADY = [100, 104, 109, 113, 118, 122, 127, 131, 136, 140, 145];
export const industry = { indicator: 'industry.value-added' };
/** Releases of one month, each with its value. */
export const releases = (period: string, values: readonly number[], more: object = {}): Row[] =>
  values.map((value, i) => row({ period, value: String(value), releaseDate: `2025-0${i + 1}-10`, ...more }));
