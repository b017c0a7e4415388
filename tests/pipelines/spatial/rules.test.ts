import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadConversions, prepareConversion } from '../../../pipelines/conversions.ts';
import type { Attributes } from '../../../pipelines/record.ts';
import { spatialRules } from '../../../pipelines/spatial/rules.ts';
import { spatialSearches } from '../../../pipelines/spatial/searches.ts';
import { type Geometry, type Position, toEwkb, toWkb } from '../../../schemas/geometry.ts';
import type { RawValue } from '../../../schemas/stream.ts';
import { describeRules, type RuleFixtures, TODAY } from '../rule-fixtures.ts';

beforeAll(() => loadConversions(['geometry']));

const station: Attributes = { featureClass: 'monitoring-station', code: 'HJ1', name: '城东监测站' };
const lake: Attributes = { ...station, featureClass: 'water-body', area: '1000000', computedArea: '1010000' };
const parcel: Attributes = { ...station, featureClass: 'cadastral-parcel', code: '6301021234567890123' };
const mine: Attributes = { ...station, featureClass: 'mining-right', area: '5', validTo: '2030-01-01' };
const meadow: Attributes = {
  ...{ ...station, featureClass: 'grassland-contract', holderName: '才让', validFrom: '1994-01-01' },
  validTo: '2043-12-31',
};

const located = (more: Attributes): Attributes => ({ ...station, geometry: 'AQ==', sourceCrs: 'EPSG:4490', ...more });

const fixtures: Record<string, RuleFixtures> = {
  S09: {
    good: [lake, { ...lake, computedArea: null }, { ...lake, area: '5000', computedArea: '9000' }],
    bad: [
      { ...lake, area: '1100000' },
      { ...lake, area: '900000' },
      { ...lake, area: '15150000' },
    ],
  },
  S10: {
    good: [lake, { ...lake, area: '2000000' }, { ...lake, area: null }],
    bad: [
      { ...lake, area: '15150000' },
      { ...lake, area: '67333.3' },
      { ...lake, area: '15000000', computedArea: '1000000' },
    ],
  },
  S08: {
    good: [
      located({ coordinateDecimals: 6, accuracy: '1' }),
      located({ coordinateDecimals: 2, accuracy: '0.05', sourceCrs: 'EPSG:4521' }),
      located({ coordinateDecimals: 15, accuracy: null }),
    ],
    bad: [
      located({ coordinateDecimals: 8, accuracy: '1' }),
      located({ coordinateDecimals: 5, accuracy: '20' }),
      located({ coordinateDecimals: 4, accuracy: '0.05', sourceCrs: 'EPSG:4521' }),
    ],
  },
  S14: {
    good: [station, { ...station, region: '630202' }, { ...station, region: '630111', address: '西宁市城东区' }],
    bad: [
      { ...station, region: '639999' },
      { ...station, region: '西海' },
      { ...station, region: '630111' },
    ],
  },
  S16: {
    good: [parcel, station, { ...parcel, code: `${parcel['code']}W00000000` }],
    bad: [
      { ...parcel, code: '630102123456789012' },
      { ...parcel, code: '6101021234567890123' },
      { ...parcel, code: '' },
    ],
  },
  S17: {
    good: [
      parcel,
      { ...parcel, holderNumber: '630102199003071231' },
      { ...parcel, holderNumber: '11630000015000126U' },
    ],
    bad: [
      { ...parcel, holderNumber: '630102199003071236' },
      { ...parcel, holderNumber: '未办证' },
      { ...parcel, holderNumber: '63010219900307' },
    ],
  },
  S18: {
    good: [parcel, { ...parcel, landUse: '0701' }, { ...parcel, landUse: '04' }],
    bad: [
      { ...parcel, landUse: '0799' },
      { ...parcel, landUse: '071' },
      { ...parcel, landUse: '城镇住宅用地' },
    ],
  },
  S19: {
    good: [mine, station, { ...mine, area: '0.5' }],
    bad: [
      { ...mine, area: '0' },
      { ...mine, area: null },
      { ...mine, validTo: null },
    ],
  },
  S21: {
    good: [meadow, station, { ...meadow, town: '刚察' }],
    bad: [
      { ...meadow, holderName: null },
      { ...meadow, validTo: null },
      { ...meadow, validFrom: '' },
    ],
  },
  S22: {
    good: [station, { ...station, elevation: '2261.2' }, { ...station, elevation: '6860' }],
    bad: [
      { ...station, elevation: '22612' },
      { ...station, elevation: '0' },
      { ...station, elevation: '-2261' },
    ],
  },
  S23: {
    good: [meadow, station, { ...meadow, validTo: '1994-01-01' }],
    bad: [
      { ...meadow, validTo: '1993-12-31' },
      { ...meadow, validFrom: '2044-01-01' },
      { ...station, captureDate: '2026-06-02' },
    ],
  },
  S25: {
    good: [station, { ...station, name: null }, { ...station, name: '青海湖 Qinghai Lake', localName: 'མཚོ་སྔོན' }],
    bad: [
      { ...station, name: 'Qinghai Lake' },
      { ...station, name: '1' },
      { ...station, localName: 'མཚོ\uFFFD' },
    ],
  },
  S26: {
    good: [
      station,
      located({ accuracy: '0.5', captureScale: '5000' }),
      located({ drawing: 'cartogram', accuracy: null }),
    ],
    bad: [located({ accuracy: null }), located({ accuracy: '0' }), located({ accuracy: '0.5', captureScale: '10000' })],
  },
  S28: {
    good: [station, lake, parcel],
    bad: [
      { ...station, featureClass: 'military-site' },
      { ...station, featureClass: null },
      { ...parcel, landUse: '0901' },
    ],
  },
};

describe('rules that the record decides', () => describeRules(spatialRules, fixtures));

const polygon = (...ring: readonly Position[]): Geometry => ({ type: 'Polygon', coordinates: [ring] });
const SQUARE: readonly Position[] = [
  [95, 35],
  [96, 35],
  [96, 36],
  [95, 36],
  [95, 35],
];
const at = (x: number, y: number): Geometry => ({ type: 'Point', coordinates: [x, y] });
type Reading = readonly [as: string, ...values: RawValue[]];
const wkb = (geometry: Geometry): Reading => ['geometry', toWkb(geometry)];
const ewkb = (srid: number, geometry: Geometry): Reading => ['geometry', toEwkb(geometry, srid)];

/** What a source may write: three values that keep the rule, three that break it. */
const readings: Record<
  string,
  { good: readonly [Reading, Reading, Reading]; bad: readonly [Reading, Reading, Reading] }
> = {
  S01: {
    good: [ewkb(4490, at(101, 36)), ewkb(4521, at(33_500_000, 4_000_000)), ['point(gcj02)', '101.7', '36.6']],
    bad: [ewkb(4214, at(101, 36)), ewkb(4610, at(101, 36)), ewkb(2343, at(500_000, 4_000_000))],
  },
  S02: {
    good: [wkb(at(101, 36)), ['point', '89.2', '38'], wkb(polygon(...SQUARE))],
    bad: [wkb(at(116.4, 39.9)), ['point', '101', '30'], ['point', '0', '0']],
  },
  S03: {
    good: [['point', '101.7', '36.6'], wkb(at(101, 36)), ['point', '116.4', '39.9']],
    bad: [['point', '36.6', '101.7'], wkb(at(36, 101)), wkb(polygon([35, 95], [35, 96], [36, 96], [36, 95], [35, 95]))],
  },
  S05: {
    good: [
      ewkb(4521, at(33_500_000, 4_000_000)),
      ewkb(4542, at(420_000, 4_000_000)),
      ewkb(4521, at(33_680_000, 4_000_000)),
    ],
    bad: [
      ewkb(4521, at(500_000, 4_000_000)),
      ewkb(4521, at(34_500_000, 4_000_000)),
      ewkb(4542, at(820_000, 4_000_000)),
    ],
  },
  S06: {
    good: [wkb(polygon(...SQUARE)), wkb(at(101, 36)), wkb({ type: 'LineString', coordinates: SQUARE })],
    bad: [
      wkb(polygon([95, 35], [96, 36], [96, 35], [95, 36], [95, 35])),
      wkb(polygon([95, 35], [96, 35])),
      wkb(polygon(...[...SQUARE].reverse())),
    ],
  },
  S07: {
    good: [wkb(at(101, 36)), ['geometry', null], ['point', '101', '36']],
    bad: [['geometry', 'xyz!'], wkb({ type: 'LineString', coordinates: [] }), wkb(at(Number.NaN, 36))],
  },
};

describe('rules that conversions report', () => {
  const found = ([as, ...values]: Reading): readonly string[] =>
    prepareConversion(as)(values, { attribute: 'geometry', at: null, today: TODAY }).issues.map(({ rule }) => rule);
  const decided = spatialRules.filter(({ decidedBy }) => decidedBy === 'conversion');
  test('each has readings', () => {
    expect(Object.keys(readings)).toEqual(decided.map(({ id }) => id));
  });
  test.each(decided.map(({ id, title }) => [id, title]))('%s %s', (id) => {
    for (const good of readings[id]?.good ?? [])
      expect([good, found(good)]).toEqual([good, found(good).filter((rule) => rule !== id)]);
    for (const bad of readings[id]?.bad ?? []) expect([bad, found(bad)]).toEqual([bad, expect.arrayContaining([id])]);
  });
});

describe('the catalogue', () => {
  test('each of the 28 is there once, in order, in both languages, with somebody who decides it', () => {
    const ids = Array.from({ length: 28 }, (_, i) => `S${String(i + 1).padStart(2, '0')}`);
    expect(spatialRules.map(({ id }) => id)).toEqual(ids);
    expect(spatialRules.filter(({ zh }) => !/\p{Script=Han}/u.test(zh ?? '')).map(({ id }) => id)).toEqual([]);
    const asked = (id: string): boolean => id in fixtures || id in readings || id in spatialSearches;
    expect(ids.filter((id) => !asked(id))).toEqual([]);
  });
});
