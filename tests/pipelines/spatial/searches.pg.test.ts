import { spatial } from '../../../pipelines/spatial/definition.ts';
import { toGcj02 } from '../../../pipelines/standards/geometry/crs.ts';
import { type Geometry, type Position, toWkb } from '../../../schemas/geometry.ts';
import type { Row } from '../engine/scene.ts';
import { describeSearches, type SearchFixtures, type SearchRows } from '../search-fixtures.ts';

const wkb = (geometry: Geometry): string => toWkb(geometry).toString('base64');
const point = (x: number, y: number) => ({
  geometry: wkb({ type: 'Point', coordinates: [x, y] }),
  geometryType: 'Point',
});
const ring = (west: number, south: number, east: number, north: number): readonly Position[] => [
  [west, south],
  [east, south],
  [east, north],
  [west, north],
  [west, south],
];
const box = (...[west, south, east, north]: readonly [number, number, number, number]) => ({
  geometry: wkb({ type: 'Polygon', coordinates: [ring(west, south, east, north)] }),
  geometryType: 'Polygon',
});

let keys = 0;
const row = (featureClass: string, code: string, ...more: readonly object[]): Row => {
  keys += 1;
  return Object.assign({ key: String(keys), featureClass, code }, ...more) as Row;
};
const unit = (code: string, ...more: readonly object[]): Row => row('administrative-unit', code, ...more);
const gis = (...rows: readonly Row[]): SearchRows => ({ environment: rows });

// 海北州 has four counties: 632221 to 632224. Rectangles stand for them.
const [WEST, EAST] = [box(100, 36, 101, 37), box(101, 36, 102, 37)];
const haibei = (last: object = box(101.5, 37, 102, 38)): readonly Row[] => [
  unit('632200', box(100, 36, 102, 38)),
  unit('632221', WEST),
  unit('632222', EAST),
  unit('632223', box(100, 37, 101.5, 38)),
  unit('632224', last),
];
const schematic = { drawing: 'cartogram' };

const stations = (moved: (position: Position, at: number) => Position, count = 8): SearchRows => {
  const places = Array.from({ length: count }, (_, i): Position => [95 + i, 34 + (i % 4)]);
  const all = (change: (position: Position, at: number) => Position) =>
    places.map((place, i) => row('hydrology-station', `C${i}`, point(...change(place, i)), { name: `站${i}` }));
  return { 'natural-resources': all((place) => place), water: all(moved) };
};

const mine = (code: string, place: object, more: object = {}): Row =>
  row('mining-right', code, place, { mineral: '煤', area: '5', validFrom: '2010-01-01', validTo: '2030-01-01' }, more);
const meadow = (code: string, place: object, more: object = {}): Row =>
  row('grassland-contract', code, place, { holderName: '甲', validFrom: '1994-01-01', validTo: '2043-12-31' }, more);
const parcel = (code: string, ...more: readonly object[]): Row =>
  row('cadastral-parcel', code, { area: '1000', landUse: '0701' }, ...more);
const patch = (code: string, parcelCode: string, area: string): Row =>
  row('land-use-patch', code, { parcelCode, area, landUse: '0701' });
const core = (zone: string): Row => row('protected-area', 'B1', box(98, 34, 99, 35), { zone });

const fixtures: Record<string, SearchFixtures> = {
  S04: {
    good: [
      stations((place) => place),
      stations(toGcj02, 4),
      // Each somewhere else: carelessness, no system.
      stations(([x, y], i) => [x + 0.004 * Math.cos(i), y + 0.004 * Math.sin(i)]),
    ],
    bad: [
      [stations(toGcj02), ['water natural-resources']],
      [stations(([x, y]) => [x + 0.004, y]), ['water natural-resources']],
      [stations(([x, y]) => [x, y - 0.003]), ['water natural-resources']],
    ],
  },
  S11: {
    good: [
      gis(...haibei()),
      gis(unit('632221', WEST), unit('632222', box(100.999999, 36, 102, 37))),
      gis(unit('632221', WEST), unit('632222', box(100.5, 36, 102, 37), schematic)),
    ],
    bad: [
      [gis(unit('632221', WEST), unit('632222', box(100.9, 36, 102, 37))), ['632221 632222', '632222 632221']],
      [gis(unit('632221', WEST), unit('632222', WEST)), ['632221 632222', '632222 632221']],
      [gis(unit('632200', WEST), unit('632300', box(100, 36.99, 102, 38))), ['632200 632300', '632300 632200']],
    ],
  },
  S12: {
    good: [
      gis(...haibei()),
      // Not all have been delivered yet.
      gis(...haibei().slice(0, 4)),
      gis(...haibei(box(101.5, 37, 102, 37.9999999))),
    ],
    bad: [
      [gis(...haibei(box(101.5, 37, 102, 37.9))), ['632200']],
      [gis(...haibei(box(101.6, 37, 102, 38))), ['632200']],
      [gis(...haibei(box(101.5, 37, 101.99, 38))), ['632200']],
    ],
  },
  S13: {
    good: [
      gis(unit('632221', WEST), row('water-body', 'W', box(100.9, 36.9, 101.01, 36.95), { region: '632221' })),
      gis(unit('632221', WEST), row('hydrology-station', 'H', point(101.0005, 36.5), { region: '632221' })),
      gis(unit('632221', WEST, schematic), row('hydrology-station', 'H', point(95, 36), { region: '632221' })),
    ],
    bad: [
      [gis(unit('632221', WEST), row('hydrology-station', 'H', point(101.1, 36.5), { region: '632221' })), ['H']],
      [gis(unit('632221', WEST), row('water-body', 'W', box(100.5, 36, 101.5, 37), { region: '632221' })), ['W']],
      [
        gis(
          unit('632221', WEST),
          row('water-body', 'L', { region: '632221', ...line([100.5, 36.5], [103, 36.5], [104, 36.5]) }),
        ),
        ['L'],
      ],
    ],
  },
  S15: {
    good: [
      gis(unit('632221', WEST), row('address', 'D', point(100.5, 36.5), { address: '青海省海北州门源县浩门镇' })),
      gis(unit('632221', WEST), row('address', 'D', point(100.5, 36.5), { address: '门源路1号' })),
      gis(unit('632221', WEST), row('address', 'D', point(102.5, 36.5), { address: '青海省海北州祁连县八宝镇' })),
    ],
    bad: [
      [gis(unit('632221', WEST), row('address', 'D', point(100.5, 36.5), { address: '祁连县八宝镇' })), ['D']],
      [gis(unit('632221', WEST), row('address', 'D', point(100.5, 36.5), { address: '青海省西宁市五四大街' })), ['D']],
      [
        gis(
          unit('632221', WEST),
          unit('632222', EAST),
          row('address', 'D', point(101.5, 36.5), { address: '门源县浩门镇' }),
        ),
        ['D'],
      ],
    ],
  },
  S18: {
    good: [
      gis(parcel('P1'), patch('T1', 'P1', '600'), patch('T2', 'P1', '400.5')),
      gis(parcel('P1')),
      gis(patch('T1', 'P9', '600')),
    ],
    bad: [
      [gis(parcel('P1'), patch('T1', 'P1', '600')), ['P1']],
      [gis(parcel('P1'), patch('T1', 'P1', '600'), patch('T2', 'P1', '600')), ['P1']],
      [gis(parcel('P1'), parcel('P2'), patch('T1', 'P1', '1000'), patch('T2', 'P2', '1011')), ['P2']],
    ],
  },
  S19: {
    good: [
      gis(mine('K1', WEST), mine('K2', EAST)),
      gis(mine('K1', WEST), mine('K2', WEST, { mineral: '铜' })),
      gis(mine('K1', WEST), mine('K2', WEST, { validFrom: '2031-01-01', validTo: '2040-01-01' })),
    ],
    bad: [
      [gis(mine('K1', WEST), mine('K2', box(100.9, 36, 102, 37))), ['K1 K2', 'K2 K1']],
      [gis(mine('K1', WEST), mine('K2', WEST, { validFrom: '2029-12-31', validTo: null })), ['K1 K2', 'K2 K1']],
      [gis(mine('K1', WEST), mine('K2', box(100.4, 36.4, 100.6, 36.6))), ['K1 K2', 'K2 K1']],
    ],
  },
  S20: {
    good: [
      gis(row('hydrology-station', 'A', { name: '西宁' }), row('hydrology-station', 'B', { name: '湟源' })),
      {
        environment: [row('hydrology-station', 'A', { name: '西宁' })],
        water: [row('hydrology-station', 'A', { name: '西宁' })],
      },
      gis(row('water-body', 'A', { name: '甲' }), row('water-body', 'A', { name: '乙' })),
    ],
    bad: [
      [
        gis(row('hydrology-station', 'A', { name: '西宁' }), row('hydrology-station', 'A', { name: '湟源' })),
        ['feature:hydrology-station:A'],
      ],
      [
        {
          environment: [row('monitoring-station', 'A', { name: '甲' })],
          water: [row('monitoring-station', 'A', { name: '乙' })],
        },
        ['feature:monitoring-station:A'],
      ],
      [
        gis(...['甲', '乙', '丙'].map((name) => row('hydrology-station', 'A', { name }))),
        ['feature:hydrology-station:A'],
      ],
    ],
  },
  S21: {
    good: [
      gis(meadow('G1', WEST), meadow('G2', EAST)),
      gis(meadow('G1', WEST), meadow('G2', WEST, { validFrom: '2044-01-01', validTo: '2074-12-31' })),
      // Fences are no surveyor's lines: half a mu.
      gis(meadow('G1', box(100, 36, 100.01, 36.003)), meadow('G2', box(100.00999, 36, 100.02, 36.003))),
    ],
    bad: [
      [gis(meadow('G1', WEST), meadow('G2', WEST)), ['G1 G2', 'G2 G1']],
      [gis(meadow('G1', WEST), meadow('G2', box(100.5, 36.5, 101.5, 37.5))), ['G1 G2', 'G2 G1']],
      [
        gis(meadow('G1', WEST, { validTo: '2000-12-31' }), meadow('G2', WEST, { validFrom: '1999-01-01' })),
        ['G1 G2', 'G2 G1'],
      ],
    ],
  },
  S24: {
    good: [
      gis(core('实验区'), parcel('P', box(98.1, 34.1, 98.2, 34.2))),
      gis(core('核心区'), parcel('P', box(98.1, 34.1, 98.2, 34.2), { landUse: '0401' })),
      gis(core('核心区'), parcel('P', box(99, 34.1, 99.2, 34.2))),
    ],
    bad: [
      [gis(core('核心区'), parcel('P', box(98.1, 34.1, 98.2, 34.2))), ['P B1']],
      [gis(core('核心保护区'), parcel('P', point(98.5, 34.5), { landUse: '0602' })), ['P B1']],
      [gis(core('核心区'), row('land-use-patch', 'T', box(98.99, 34, 99.2, 34.1), { landUse: '1003' })), ['T B1']],
    ],
  },
  S27: {
    good: [
      gis(
        row('water-body', 'A', point(101, 36), { name: '甲' }),
        row('water-body', 'B', point(101.01, 36), { name: '甲' }),
      ),
      gis(
        row('water-body', 'A', point(101, 36), { name: '甲' }),
        row('water-body', 'B', point(101, 36), { name: '乙' }),
      ),
      gis(
        row('water-body', 'A', point(101, 36), { name: '甲' }),
        row('protected-area', 'B', point(101, 36), { name: '甲' }),
      ),
    ],
    bad: [
      [
        gis(
          row('water-body', 'A', point(101, 36), { name: '甲' }),
          row('water-body', 'B', point(101.0005, 36), { name: '甲' }),
        ),
        ['A B'],
      ],
      [
        gis(
          row('water-body', 'B', point(101, 36), { name: '甲' }),
          row('water-body', 'A', point(101, 36), { name: '甲' }),
        ),
        ['A B'],
      ],
      [
        gis(...['A', 'B', 'C'].map((code, i) => row('water-body', code, point(101, 36 + i * 0.0008), { name: '甲' }))),
        ['A B', 'B C'],
      ],
    ],
  },
};

function line(...coordinates: readonly Position[]) {
  return { geometry: wkb({ type: 'LineString', coordinates }), geometryType: 'LineString' };
}

describeSearches(spatial, fixtures);
