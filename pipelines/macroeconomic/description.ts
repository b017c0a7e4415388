import type { NamedCode, SeriesDescription } from '../../schemas/series.ts';
import { localToday } from '../calendar.ts';
import { changedAreas, members } from '../standards/boundaries.ts';
import { BASE_UNITS } from '../standards/measures.ts';
import { currentRegions } from '../standards/regions.ts';
import { DIMENSIONS, macroeconomicAttributes } from './attributes.ts';
import { CALENDAR_INDICATORS, calendarSeries } from './derive/calendar.ts';
import { derive, GROUPED_BY } from './derive/derive.ts';
import { DERIVATIONS, REASONS } from './derive/figures.ts';
import { INDICATORS } from './indicators.ts';

const list = (table: Readonly<Record<string, readonly [zh: string, en: string]>>): readonly NamedCode[] =>
  Object.entries(table).map(([code, [zh, en]]) => ({ code, zh, en }));

/**
 * What feeds and pages need of the series: dimensions with the codes that are defined, what is computed of them, and which
 * counties make an area.
 */
export const SERIES_DESCRIPTION: SeriesDescription = {
  dimensions: DIMENSIONS.map((code) => ({
    code,
    zh: macroeconomicAttributes[code].zh,
    en: macroeconomicAttributes[code].en,
  })),
  codes: {
    frequency: list({
      ...{ A: ['年', 'annual'], S: ['半年', 'half-yearly'], Q: ['季', 'quarterly'], M: ['月', 'monthly'] },
      ...{ W: ['周', 'weekly'], D: ['日', 'daily'] },
    }),
    area: currentRegions().map(({ code, name }) => ({ code, zh: name, en: name })),
    indicator: [...INDICATORS, ...CALENDAR_INDICATORS].map(({ code, zh, en }) => ({ code, zh, en })),
    accumulation: list({
      S: ['当期', 'in the period'],
      C: ['本年累计', 'year to date'],
      E: ['期末', 'end of period'],
      V: ['平均', 'average'],
    }),
    transformation: list({
      N: ['水平', 'level'],
      G1Y: ['同比增长', 'growth on a year before'],
      G1: ['环比增长', 'growth on the period before'],
      D1Y: ['同比增减', 'change on a year before'],
      C: ['贡献', 'contribution'],
    }),
    price: list({
      V: ['现价', 'current prices'],
      C: ['可比价', 'comparable prices'],
      K: ['不变价', 'constant prices'],
      N: ['不涉及', 'not of money'],
    }),
    adjustment: list({ N: ['未调整', 'not adjusted'], S: ['季节调整', 'seasonally adjusted'] }),
    item: list({ _T: ['合计', 'total'] }),
    unit: Object.entries(BASE_UNITS).map(([code, names]) => ({ code, ...names })),
  },
  derived: {
    title: { zh: '宏观经济计算值(本平台推算，非官方公布)', en: 'figures computed by the hub, published by nobody' },
    groupedBy: GROUPED_BY,
    derivations: list(DERIVATIONS),
    reasons: list(REASONS),
    derive,
    calendar: () => calendarSeries(Number(localToday().slice(0, 4))),
  },
  areas: {
    members: { published: members('published'), constant: members('constant') },
    changed: changedAreas(),
    summed: INDICATORS.filter(({ sums }) => sums).map(({ code }) => code),
  },
};
