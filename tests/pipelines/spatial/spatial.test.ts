import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { intersection } from 'polyclip-ts';
import { prepareConversion } from '../../../pipelines/conversions.ts';
import { compileMapping } from '../../../pipelines/mapping.ts';
import { spatial } from '../../../pipelines/spatial/definition.ts';
import {
  crsName,
  fromGcj02,
  mapPositions,
  toGcj02,
  transformFrom,
  zoneFault,
} from '../../../pipelines/standards/geometry/crs.ts';
import { sharedArea } from '../../../pipelines/standards/geometry/overlay.ts';
import { areaOf, boxOf, repaired } from '../../../pipelines/standards/geometry/shape.ts';
import { invalidityOf, loadValidity } from '../../../pipelines/standards/geometry/validity.ts';
import { CARTOGRAM } from '../../../runner/demo/departments/cartogram.ts';
import { fromWkb, type Geometry, type Position, toEwkb, toWkb } from '../../../schemas/geometry.ts';

/** Code, longitude, latitude, easting, northing: by pyproj 3.8 from longitude and latitude. */
const ZONES: readonly (readonly [number, number, number, number, number])[] = JSON.parse(
  readFileSync('tests/pipelines/spatial/zones-by-pyproj.json', 'utf8'),
);
const SQUARE: readonly Position[] = [
  [95, 35],
  [96, 35],
  [96, 36],
  [95, 36],
  [95, 35],
];
const polygon = (ring: readonly Position[]): Geometry => ({ type: 'Polygon', coordinates: [ring] });

beforeAll(loadValidity);

describe('WKB', () => {
  const position = fc.tuple(
    fc.double({ min: -180, max: 180, noNaN: true }),
    fc.double({ min: -90, max: 90, noNaN: true }),
  );
  const line = fc.array(position, { minLength: 2, maxLength: 5 });
  const geometry = fc.oneof(
    position.map((coordinates): Geometry => ({ type: 'Point', coordinates })),
    line.map((coordinates): Geometry => ({ type: 'LineString', coordinates })),
    line.map((coordinates): Geometry => ({ type: 'MultiPoint', coordinates })),
    fc.array(line, { minLength: 1, maxLength: 3 }).map((coordinates): Geometry => ({ type: 'Polygon', coordinates })),
    fc
      .array(line, { minLength: 1, maxLength: 3 })
      .map((coordinates): Geometry => ({ type: 'MultiLineString', coordinates })),
    fc
      .array(fc.array(line, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 })
      .map((coordinates): Geometry => ({ type: 'MultiPolygon', coordinates })),
  );
  test('what is written is read again, with and without SRID (property)', () => {
    fc.assert(
      fc.property(geometry, (one) => {
        expect(fromWkb(toEwkb(one, 4490))).toEqual({ geometry: one, srid: 4490 });
        expect(fromWkb(toWkb(one))).toEqual({ geometry: one, srid: null });
      }),
    );
  });
  test('whatever is cut off or made up is none, and costs nothing (property)', () => {
    fc.assert(
      fc.property(geometry, fc.nat(), fc.uint8Array({ maxLength: 60 }), (one, cut, noise) => {
        const bytes = toWkb(one);
        expect(fromWkb(bytes.subarray(0, cut % bytes.length))).toBeNull();
        expect(() => fromWkb(noise)).not.toThrow();
      }),
    );
    const bomb = Buffer.from('0103000000ffffffff', 'hex');
    expect(fromWkb(bomb)).toBeNull();
  });
});

/** Metres from the equator on GRS80, by Simpson's rule over the radius of curvature. */
function meridianArc(latitude: number): number {
  const [axis, flattening, steps] = [6_378_137, 1 / 298.257222101, 20_000];
  const square = flattening * (2 - flattening);
  const radius = (angle: number): number => (axis * (1 - square)) / (1 - square * Math.sin(angle) ** 2) ** 1.5;
  const width = (latitude * Math.PI) / 180 / steps;
  let sum = radius(0) + radius(width * steps);
  for (let i = 1; i < steps; i++) sum += radius(width * i) * (i % 2 === 1 ? 4 : 2);
  return (sum * width) / 3;
}

describe('coordinate systems', () => {
  test('a zone with its number and one without come to the same place', () => {
    // 96° is the central meridian of the zone 32: on it the easting is the false one.
    const [x, y] = transformFrom(4520)?.([32_500_000, 4_000_000]) ?? [0, 0];
    expect(x).toBeCloseTo(96, 9);
    expect(meridianArc(y)).toBeCloseTo(4_000_000, 2);
    const without = transformFrom(4541)?.([500_000, 4_000_000]) ?? [0, 0];
    expect(without[0]).toBeCloseTo(x, 9);
    expect(without[1]).toBeCloseTo(y, 9);
  });
  test('a shifted place goes back to within a millimetre', () => {
    for (const place of [
      [101.78, 36.62],
      [94.9, 36.41],
      [97.37, 37.37],
    ] as const) {
      const shifted = toGcj02(place);
      const metres = Math.hypot((shifted[0] - place[0]) * 89_000, (shifted[1] - place[1]) * 111_000);
      expect(metres).toBeGreaterThan(50);
      expect(metres).toBeLessThan(1_000);
      const back = fromGcj02(shifted);
      expect(Math.abs(back[0] - place[0]) * 89_000).toBeLessThan(0.001);
      expect(Math.abs(back[1] - place[1]) * 111_000).toBeLessThan(0.001);
    }
  });
  test('every zone of CGCS2000 gives what PROJ gives, within a tenth of a millimetre', () => {
    expect(ZONES.map(([srid]) => srid)).toEqual(Array.from({ length: 64 }, (_, i) => 4491 + i));
    for (const [srid, longitude, latitude, x, y] of ZONES) {
      const [east, north] = transformFrom(srid)?.([x, y]) ?? [0, 0];
      expect([srid, Math.abs(east - longitude) < 1e-9, Math.abs(north - latitude) < 1e-9]).toEqual([srid, true, true]);
      expect([srid, zoneFault(srid, x, x)]).toEqual([srid, null]);
    }
    expect(zoneFault(4497, 32_500_000, 32_500_000)).toMatch(/zone 32/);
    expect(zoneFault(4508, 950_000, 950_000)).toMatch(/450 km from the meridian 111°/);
  });
  test('systems whose parameters are not public are not guessed', () => {
    expect([4214, 4555, 4610].map(crsName)).toEqual([
      'EPSG:4214 (北京54)',
      'EPSG:4555 (新北京54)',
      'EPSG:4610 (西安80)',
    ]);
    expect([4214, 4555, 4610, 3857, 4490 + 65, 0].map(transformFrom)).toEqual([null, null, null, null, null, null]);
  });
  test('every position of every kind is changed', () => {
    const moved = mapPositions({ type: 'MultiPolygon', coordinates: [[SQUARE]] }, ([x, y]) => [x + 1, y]);
    expect(boxOf(moved)).toEqual([96, 35, 97, 36]);
  });
});

describe('shapes', () => {
  test('the area of what has a hole is less by it, and a point has none', () => {
    const half: readonly Position[] = [
      [95.25, 35.25],
      [95.75, 35.25],
      [95.75, 35.75],
      [95.25, 35.75],
      [95.25, 35.25],
    ];
    const holed: Geometry = { type: 'Polygon', coordinates: [SQUARE, half] };
    expect(areaOf(holed)).toBeCloseTo((areaOf(polygon(SQUARE)) ?? 0) - (areaOf(polygon(half)) ?? 0), 0);
    expect(areaOf({ type: 'Point', coordinates: [95, 35] })).toBeNull();
  });
  test('what two polygons share is what cutting them whole gives (property)', () => {
    const star = fc
      .tuple(
        fc.double({ min: 95, max: 95.6, noNaN: true }),
        fc.double({ min: 35, max: 35.6, noNaN: true }),
        fc.array(fc.double({ min: 0.02, max: 0.5, noNaN: true }), { minLength: 3, maxLength: 24 }),
      )
      .map(([x, y, radii]): Geometry => {
        const ring = radii.map((radius, i): Position => {
          const angle = (2 * Math.PI * i) / radii.length;
          return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
        });
        return polygon([...ring, ring[0] as Position]);
      });
    const plain = (a: Geometry, b: Geometry): number =>
      areaOf({
        type: 'MultiPolygon',
        coordinates: intersection(a.coordinates as [number, number][][], b.coordinates as [number, number][][]),
      }) ?? 0;
    fc.assert(
      fc.property(star, star, (a, b) => {
        // A square metre of some hundred square kilometres.
        expect(Math.abs((sharedArea(a, b) ?? -1) - plain(a, b))).toBeLessThan(1);
        expect((sharedArea(a, b, 1e6) ?? -1) > 1e6).toBe(plain(a, b) > 1e6);
      }),
      { numRuns: 200 },
    );
  });
  test('a small polygon over one of very many points: inside, across its line, outside', () => {
    const ring = Array.from({ length: 100_000 }, (_, i): Position => {
      const angle = (2 * Math.PI * i) / 100_000;
      return [98 + 2 * Math.cos(angle) + 0.01 * Math.sin(90 * angle), 35 + Math.sin(angle)];
    });
    const region = polygon([...ring, ring[0] as Position]);
    const small = (x: number): Geometry =>
      mapPositions(polygon(SQUARE), ([a, b]) => [x + (a - 95) / 50, 35 + (b - 35) / 50]);
    expect(sharedArea(small(98), region)).toBeCloseTo(areaOf(small(98)) ?? 0, 3);
    expect(sharedArea(small(99.99), region)).toBeGreaterThan(0);
    expect(sharedArea(small(102), region)).toBe(0);
  });
  test('rings are closed and turned, and it is said', () => {
    expect(repaired(polygon(SQUARE)).changed).toEqual([]);
    const turned = repaired(polygon([...SQUARE].reverse()));
    expect([turned.geometry, turned.changed]).toEqual([polygon(SQUARE), ['the orientation of a ring was turned']]);
    expect(repaired(polygon(SQUARE.slice(0, 4)))).toEqual({
      geometry: polygon(SQUARE),
      changed: ['a ring was closed'],
    });
  });
});

describe('conversions', () => {
  const input = { attribute: 'geometry', at: null, today: '2026-06-01' };
  const convert = (as: string, ...values: (string | Uint8Array | null)[]) => prepareConversion(as)(values, input);
  const found = (as: string, ...values: (string | Uint8Array | null)[]) =>
    convert(as, ...values).issues.map(({ rule, severity }) => `${rule} ${severity}`);

  test('a polygon in a zone arrives in degrees, with type, system and area', () => {
    const zone = polygon([
      [32_500_000, 3_900_000],
      [32_510_000, 3_900_000],
      [32_510_000, 3_910_000],
      [32_500_000, 3_910_000],
      [32_500_000, 3_900_000],
    ]);
    const { value, issues, extra } = convert('geometry', toEwkb(zone, 4520));
    expect(issues).toEqual([]);
    expect(extra).toMatchObject({ geometryType: 'Polygon', sourceCrs: 'EPSG:4520' });
    expect(Number(extra?.['computedArea']) / 1e8).toBeCloseTo(1, 2);
    const box = boxOf(fromWkb(Buffer.from(String(value), 'base64'))?.geometry ?? polygon(SQUARE));
    expect(box[0]).toBeCloseTo(96, 6);
  });
  test('hexadecimal and base64 are read as bytes are', () => {
    const bytes = toWkb({ type: 'Point', coordinates: [101.7, 36.6] });
    for (const value of [bytes, bytes.toString('hex'), bytes.toString('base64')])
      expect(convert('geometry', value).value).toBe(bytes.toString('base64'));
  });
  test.each<[string, string, (string | Uint8Array | null)[], string[]]>([
    ['two columns', 'point', ['101.7', '36.6'], []],
    ['nothing', 'point', [null, '-'], []],
    ['one of two', 'point', ['101.7', null], ['S07 E']],
    ['minutes and seconds', 'point', ['101°42′', '36°36′'], ['S07 E']],
    ['the axes exchanged', 'point', ['36.6', '101.7'], ['S03 E']],
    ['Beijing', 'point', ['116.4', '39.9'], ['S02 E']],
    [
      'a bow tie',
      'geometry',
      [
        toWkb(
          polygon([
            [95, 35],
            [96, 36],
            [96, 35],
            [95, 36],
            [95, 35],
          ]),
        ),
      ],
      ['S06 E', 'S06 I'],
    ],
    ['a clockwise ring', 'geometry', [toWkb(polygon([...SQUARE].reverse()))], ['S06 I']],
    ['the system of 1954', 'geometry', [toEwkb(polygon(SQUARE), 4214)], ['S01 F']],
    ['no geometry', 'geometry', ['xyz!'], ['S07 E']],
  ])('%s', (_, as, values, expected) => {
    expect(found(as, ...values).sort()).toEqual(expected);
  });
  test('a ring that crosses itself is told as an error also where something else was mended in it', () => {
    const normalize = compileMapping(
      spatial,
      { featureClass: { from: [], as: 'constant(water-body)' }, geometry: { from: 'GEOM', as: 'geometry' } },
      ['GEOM'],
      { system: 'gis', stream: 'waters' },
      () => '2026-06-01',
    );
    const open = toWkb(
      polygon([
        [95, 35],
        [96, 36],
        [96, 35],
        [95, 36],
      ]),
    );
    const { issues } = normalize({
      stream: 'waters',
      key: '1',
      op: 'upsert',
      value: { GEOM: open },
      observedAt: 0,
      origin: '',
    });
    expect(issues.filter(({ rule }) => rule === 'S06').map(({ severity }) => severity)).toEqual(['E']);
  });
  test('an unknown system is refused when the file is applied', () => {
    expect(() => prepareConversion('point(EPSG:3857)')).toThrow(
      expect.objectContaining({ code: 'HUB_MAPPING_INVALID' }),
    );
  });
});

test('the cartogram has a tile for each of the 45 units, and no two share a place', () => {
  expect(new Set(CARTOGRAM.map(({ code }) => code)).size).toBe(45);
  expect(new Set(CARTOGRAM.map(({ ring }) => JSON.stringify(ring))).size).toBe(45);
  for (const { ring } of CARTOGRAM) expect(invalidityOf(polygon(ring))).toBeNull();
});
