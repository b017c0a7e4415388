import { FESTIVAL_YEARS, festivalShare } from '../../standards/spring-festival.ts';
import { parseDecimal } from '../../standards/units.ts';
import { type DerivedSeries, type Dimensions, derived } from './figures.ts';

/** Indicators of the calendar: regressors for whoever adjusts a series. */
export const CALENDAR_INDICATORS = [
  {
    code: 'calendar.festival',
    zh: '春节窗口占比(前5天至后20天)',
    en: 'part of the Spring Festival window, 5 days before to 20 after',
  },
  { code: 'calendar.days', zh: '当月天数', en: 'days of the month' },
] as const;
const PROVINCE = '630000';

const dimensions = (indicator: string, unit: string): Dimensions => ({
  ...{ frequency: 'M', area: PROVINCE, indicator, accumulation: 'S', transformation: 'N' },
  ...{ price: 'N', adjustment: 'N', item: '_T', unit },
});

/** From the first year of the table of festivals to the year after `year`. */
export function calendarSeries(year: number): readonly DerivedSeries[] {
  const last = Math.min(year + 1, FESTIVAL_YEARS.last);
  const months = Array.from({ length: (last - FESTIVAL_YEARS.first + 1) * 12 }, (_, i) => ({
    year: FESTIVAL_YEARS.first + Math.floor(i / 12),
    month: (i % 12) + 1,
  }));
  const series = (
    indicator: string,
    unit: string,
    value: (of: { year: number; month: number }) => string,
  ): DerivedSeries => ({
    dimensions: dimensions(indicator, unit),
    derivation: 'CALENDAR',
    figures: months.map((of) =>
      derived(`${of.year}-${String(of.month).padStart(2, '0')}`, parseDecimal(value(of)), null),
    ),
  });
  return [
    series('calendar.festival', 'PT', (of) => ((festivalShare(of.year, of.month) ?? 0) * 100).toFixed(2)),
    series('calendar.days', 'EA', (of) => String(new Date(Date.UTC(of.year, of.month, 0)).getUTCDate())),
  ];
}
