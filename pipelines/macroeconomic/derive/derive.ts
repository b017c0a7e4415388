import type { Figure } from '../../../schemas/series.ts';
import type { Dimension } from '../attributes.ts';
import { type Indicator, indicatorOf } from '../indicators.ts';
import {
  byPeriod,
  combined,
  type Derivation,
  type DerivedFigure,
  type DerivedSeries,
  type Dimensions,
  derived,
  type Level,
  levelOf,
  type PublishedSeries,
} from './figures.ts';
import { impliedBase, indexGrowth, janFeb, twoYear, yearOnYear } from './growth.ts';
import { quarters, singles, type Told, years } from './levels.ts';
import { firstPublished, meanRevision } from './revisions.ts';

/** Series that agree in these are derived together. */
export const GROUPED_BY = ['area', 'indicator', 'item', 'adjustment'] as const satisfies readonly Dimension[];

type Change = Partial<Dimensions>;
const RATES = new Set(['PT', 'PP', 'PM', 'IX']);
const GROWTH: Change = { transformation: 'G1Y', price: 'N', unit: 'PT' };

/**
 * All that can be computed of the published series of one thing: series of our own, each with the way it was made, beside what
 * was published of the same. Nothing is derived across vintages, publishers, coverages or breaks; where a value cannot be, the
 * reason stands. Nothing of it is ever stored.
 * @param group the series that agree in `GROUPED_BY`.
 */
export function derive(group: readonly PublishedSeries[]): readonly DerivedSeries[] {
  const indicator = indicatorOf(group[0]?.dimensions.indicator);
  if (indicator === null) return [];
  const found = new Derived();
  const growths = group.filter(({ dimensions }) => dimensions.transformation === 'G1Y');
  const levels = group.filter(({ dimensions }) => dimensions.transformation === 'N');
  for (const series of growths) found.add(series.dimensions, 'TWO_YEAR', twoYear(series.figures));
  for (const series of group) {
    found.add(series.dimensions, 'FIRST', firstPublished(series.figures));
    const isRate = RATES.has(series.dimensions.unit);
    found.add(
      isRate ? series.dimensions : { ...series.dimensions, unit: 'PT' },
      'REVISION',
      meanRevision(series.figures, isRate),
    );
  }
  // Current and constant prices, yuan and dollars are things apart.
  for (const alike of groupsOf(levels, ({ dimensions: { price, unit } }) => `${price} ${unit}`))
    deriveLevels(found, indicator, alike, growths);
  return found.series;
}

class Derived {
  readonly series: DerivedSeries[] = [];
  add(dimensions: Dimensions, derivation: Derivation, figures: readonly DerivedFigure[]): void {
    if (figures.length > 0) this.series.push({ dimensions, derivation, figures });
  }
}

function deriveLevels(
  found: Derived,
  indicator: Indicator,
  levels: readonly PublishedSeries[],
  growths: readonly PublishedSeries[],
): void {
  const [any] = levels;
  if (any === undefined) return;
  const told = (frequency: string, accumulation: string): readonly Level[] =>
    levels
      .filter(({ dimensions: one }) => one.frequency === frequency && one.accumulation === accumulation)
      .flatMap(({ figures }) => figures.map(levelOf));
  const growthOf = (frequency: string, accumulation: string): readonly Figure[] =>
    growths
      .filter(({ dimensions: one }) => one.frequency === frequency && one.accumulation === accumulation)
      .flatMap(({ figures }) => figures);
  const keyed = (change: Change): Dimensions => ({ ...any.dimensions, ...change });
  /** Levels of our own with what was published of the same periods. */
  const give = (change: { frequency: string; accumulation: string }, how: Derivation, own: readonly Level[]): void => {
    const same = byPeriod(told(change.frequency, change.accumulation));
    const figures = own.map(({ period, value, reason }) => {
      const there = same.get(period)?.value ?? null;
      return derived(period, value, reason, there === null ? null : derived(period, there, null).value);
    });
    found.add(keyed(change), how, figures);
  };

  if (indicator.kind === 'rate') {
    for (const { dimensions, figures } of levels)
      if (dimensions.unit === 'IX')
        found.add(
          { ...dimensions, ...GROWTH },
          'INDEX',
          indexGrowth(figures.map(levelOf), byPeriod(growthOf(dimensions.frequency, dimensions.accumulation))),
        );
    return;
  }

  const single = new Map(
    (['M', 'Q'] as const).map(
      (frequency) =>
        [frequency, singles(indicator, closed(told(frequency, 'C'), [...told('A', 'C'), ...told('A', 'S')]))] as const,
    ),
  );
  for (const [frequency, own] of single) give({ frequency, accumulation: 'S' }, 'SINGLE', own);
  /** What was published of a frequency; single periods that were not are those that its years to date give. */
  const all = (frequency: 'M' | 'Q'): Told => ({
    toDate: told(frequency, 'C'),
    single: combined(told(frequency, 'S'), single.get(frequency) ?? []),
    atEnd: told(frequency, 'E'),
  });
  const [months, byQuarter] = [all('M'), all('Q')];
  const accumulation = indicator.kind === 'stock' ? 'E' : 'S';
  give({ frequency: 'Q', accumulation }, 'QUARTER', quarters(indicator, months));
  const ofYears = combined(years(indicator, months, 'M'), years(indicator, byQuarter, 'Q'));
  give({ frequency: 'A', accumulation }, 'YEAR', ofYears);

  for (const frequency of ['A', 'Q', 'M'])
    for (const way of ['S', 'C', 'E', 'V']) {
      const published = told(frequency, way);
      const base = way === 'S' && frequency !== 'A' ? all(frequency as 'M' | 'Q').single : published;
      const rates = growthOf(frequency, way);
      const key = { frequency, accumulation: way };
      found.add(
        keyed({ ...key, ...GROWTH }),
        'YOY',
        yearOnYear(indicator, base, byPeriod(rates), frequency === 'M' && way === 'S'),
      );
      found.add(keyed(key), 'BASE', impliedBase(published, rates));
    }
  const together = janFeb(indicator, months.toDate, months.single);
  found.add(
    keyed({ frequency: 'M', accumulation: 'C', ...GROWTH }),
    'JAN_FEB',
    yearOnYear(indicator, together, byPeriod(growthOf('M', 'C')), false),
  );
}

/** Years to date; the year itself stands for the last period where tables call it 全年. */
function closed(toDate: readonly Level[], years: readonly Level[]): readonly Level[] {
  const known = byPeriod(toDate);
  const [any] = toDate;
  if (any === undefined) return [];
  const last = any.period.includes('Q') ? 'Q4' : '12';
  const begun = new Set(toDate.map(({ period }) => period.slice(0, 4)));
  const closing = new Map(
    years
      .filter(({ period }) => begun.has(period) && !known.has(`${period}-${last}`))
      .map((level) => [level.period, { ...level, period: `${level.period}-${last}` }]),
  );
  return [...toDate, ...closing.values()].sort((a, b) => (a.period < b.period ? -1 : 1));
}

function groupsOf<T>(all: readonly T[], key: (one: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return [...groups.values()];
}
