import type * as series from '../../../schemas/series.ts';
import { type Decimal, decimalText, parseDecimal } from '../../standards/units.ts';
import type { Dimension } from '../attributes.ts';
import { type Indicator, isBroken } from '../indicators.ts';

export type Dimensions = Readonly<Record<Dimension, string>>;
export type PublishedSeries = series.PublishedSeries<Dimension>;

/** Why there is no value, or with what care one is to be read. */
export const REASONS = {
  JANUARY: ['一月与二月合并公布', 'January is published together with February'],
  NO_PREVIOUS: ['缺少上期累计数', 'the year to date of the period before is not there'],
  MISSING: ['公布数缺失', 'a figure that it needs is missing'],
  CONFIDENTIAL: ['因保密未公布', 'a figure that it needs is confidential'],
  COVERAGE: ['统计口径不同', 'the figures are of different coverage'],
  VINTAGE: ['数据版本不同', 'the figures are of different vintages'],
  PUBLISHER: ['发布部门不同', 'the figures are of different publishers'],
  BREAK: ['期间口径或分类有中断', 'a break of the series lies between'],
  INCOMPLETE: ['期内数据不全', 'not every part of the period is there'],
  BASE: ['基数为负或为零', 'the base is negative or zero'],
  FESTIVAL: ['春节在一、二月间移动,宜合并比较', 'the Spring Festival moved: compare January and February together'],
} as const;
export type Reason = keyof typeof REASONS;

/** How a value was made. */
export const DERIVATIONS = {
  SINGLE: ['当期值:本年累计之差', 'single period: step of the year to date'],
  QUARTER: ['季度值:由月度数得出', 'quarter from its months'],
  YEAR: ['年度值:由月度或季度数得出', 'year from its months or quarters'],
  YOY: ['同比增速:按公布的水平值计算', 'growth on a year before, of published levels'],
  JAN_FEB: ['1-2月合并同比', 'growth of January and February together'],
  TWO_YEAR: ['两年平均增速', 'average growth of two years, of published growth'],
  BASE: ['推算基数:本期值除以公布增速', 'base that published growth implies'],
  INDEX: ['增速:指数减100', 'growth: index less 100'],
  FIRST: ['首次公布值', 'value as first published'],
  REVISION: ['平均绝对修订幅度(截至该期)', 'mean absolute revision of the periods so far'],
  CALENDAR: ['日历因素', 'calendar'],
} as const;
export type Derivation = keyof typeof DERIVATIONS;

export type DerivedFigure = series.DerivedFigure<Reason>;
export type DerivedSeries = series.DerivedSeries<Dimension, Derivation, Reason>;

/** A figure to compute with. */
export interface Level {
  readonly period: string;
  readonly value: Decimal | null;
  readonly reason: Reason | null;
  readonly status: string;
  readonly released: string;
  readonly kind: string | null;
  readonly coverage: string | null;
  readonly system: string | null;
}

export function levelOf(figure: series.Figure): Level {
  const { period, status, released, kind, coverage, system } = figure;
  const value = figure.value === null ? null : parseDecimal(figure.value);
  const reason = value !== null ? null : status === 'C' || status === 'Q' ? 'CONFIDENTIAL' : 'MISSING';
  return { period, value, reason, status, released, kind, coverage, system };
}

export const byPeriod = <T extends { readonly period: string }>(figures: readonly T[]): ReadonlyMap<string, T> =>
  new Map(figures.map((one) => [one.period, one]));

/**
 * Point by point the first that has a value; where neither has, the reason of the first. What is withheld stays so: nothing
 * made of other figures takes its place.
 */
export function combined(first: readonly Level[], second: readonly Level[]): readonly Level[] {
  const found = new Map(second.map((level) => [level.period, level]));
  for (const level of first) {
    const other = found.get(level.period);
    const isOpen = level.value === null && level.reason !== 'CONFIDENTIAL';
    if (other === undefined || other.value === null || !isOpen) found.set(level.period, level);
  }
  return [...found.values()].sort((a, b) => (a.period < b.period ? -1 : 1));
}

/** Why two figures cannot be compared over time; null when they can. */
export function apart(indicator: Indicator, earlier: Level, later: Level): Reason | null {
  const missing = later.reason ?? earlier.reason;
  if (missing !== null) return missing;
  if (earlier.system !== later.system) return 'PUBLISHER';
  if (later.status === 'B' || isBroken(indicator, earlier.period, later.period)) return 'BREAK';
  return earlier.coverage === later.coverage ? null : 'COVERAGE';
}

/**
 * Why one figure cannot be taken from another: they must be of one vintage too. Releases follow each other month by month, so
 * that the earlier figure may be older; revised after the later one, it is no longer part of it.
 */
export function notOfOneVintage(indicator: Indicator, earlier: Level, later: Level): Reason | null {
  const reason = apart(indicator, earlier, later);
  if (reason !== null) return reason;
  return earlier.kind === later.kind && earlier.released <= later.released ? null : 'VINTAGE';
}

export const derived = (
  period: string,
  value: Decimal | null,
  reason: Reason | null,
  published: string | null = null,
): DerivedFigure => ({ period, value: value === null ? null : decimalText(value), reason, published });
