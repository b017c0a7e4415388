import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { prepareConversion } from '../../../pipelines/conversions.ts';
import { areaOf } from '../../../pipelines/standards/geometry/shape.ts';
import { invalidityOf, loadValidity } from '../../../pipelines/standards/geometry/validity.ts';
import { type Geometry, type Position, toWkb } from '../../../schemas/geometry.ts';
import { describeWithProgram } from '../../support/programs.ts';

const read = <T>(name: string): T => JSON.parse(readFileSync(`tests/pipelines/spatial/${name}`, 'utf8')) as T;
/** Verdicts of shapely 2.2 on GEOS 3.14. */
const CASES = read<readonly { name: string; geometry: Geometry; verdict: string }[]>('validity-by-shapely.json');
/** Square metres on GRS80 by pyproj 3.8; long edges cut in many, so that they are straight in longitude and latitude. */
const AREAS =
  read<readonly { name: string; rings: readonly (readonly Position[])[]; area: number }[]>('areas-by-pyproj.json');

/** Where JTS, whose port judges here, has another name than GEOS for the same fault. */
const ALIKE: Readonly<Record<string, readonly string[]>> = {
  'Ring Self-intersection': ['Self-intersection'],
  'Self-intersection': ['Duplicate Rings'],
  'Too few points in geometry component': ['Too few distinct points in geometry component'],
};
beforeAll(loadValidity);

const VALID = 'Valid Geometry';
const nameOf = (geometry: Geometry): string => invalidityOf(geometry)?.name ?? VALID;

describe('a geometry is valid as OGC Simple Features has it', () => {
  test.each(CASES.map(({ name, geometry, verdict }) => [name, verdict, geometry] as const))(
    '%s: %s',
    (_, verdict, geometry) => {
      const name = nameOf(geometry);
      expect([verdict, ...(ALIKE[verdict] ?? [])]).toContain(name);
    },
  );
  test('lines need two different points, points are always valid', () => {
    expect(nameOf({ type: 'Point', coordinates: [95, 35] })).toBe(VALID);
    const line = (...coordinates: Position[]): Geometry => ({ type: 'LineString', coordinates });
    expect(nameOf(line([95, 35], [96, 36]))).toBe(VALID);
    expect(nameOf(line([95, 35], [96, 36], [95, 36], [96, 35]))).toBe(VALID);
    expect(nameOf(line([95, 35]))).toMatch(/^Too few/);
    expect(nameOf(line([95, 35], [95, 35]))).toMatch(/^Too few/);
  });
  test('rings of very many points are judged too, and soon', () => {
    const ring = Array.from({ length: 50_000 }, (_, i): Position => {
      const angle = (2 * Math.PI * i) / 50_000;
      const radius = 1 + 0.01 * Math.sin(37.7 * i);
      return [97 + radius * Math.cos(angle), 35 + radius * Math.sin(angle)];
    });
    const closed = [...ring, ring[0] as Position];
    expect(nameOf({ type: 'Polygon', coordinates: [closed] })).toBe(VALID);
    const crossed = [...closed];
    [crossed[20_000], crossed[20_040]] = [crossed[20_040] as Position, crossed[20_000] as Position];
    expect(nameOf({ type: 'Polygon', coordinates: [crossed] })).toBe('Self-intersection');
  });
});

describe('areas are those of the ellipsoid', () => {
  test.each(AREAS.map(({ name, rings, area }) => [name, area, rings] as const))('%s: %d m²', (_, area, coordinates) => {
    const own = areaOf({ type: 'Polygon', coordinates }) ?? 0;
    // Coordinates of a small plot have no more digits than this.
    expect(Math.abs(own - area)).toBeLessThan(Math.max(0.001, area * 2e-8));
  });
});

test('what is not valid is told by name and place, and has no area', () => {
  const convert = prepareConversion('geometry');
  const found = (geometry: Geometry) =>
    convert([toWkb(geometry)], { attribute: 'geometry', at: null, today: '2026-06-01' });
  const square = (x: number, y: number, width: number): Position[] => [
    [x, y],
    [x + width, y],
    [x + width, y + width],
    [x, y + width],
    [x, y],
  ];
  const twice = found({ type: 'MultiPolygon', coordinates: [[square(95, 35, 1)], [square(95, 35, 1)]] });
  expect(twice.issues).toEqual([
    { rule: 'S06', severity: 'E', attribute: 'geometry', message: 'Duplicate Rings near 95.00000 35.00000' },
  ]);
  expect(twice.extra).not.toHaveProperty('computedArea');
  const apart = found({ type: 'MultiPolygon', coordinates: [[square(95, 35, 1)], [square(96, 36, 1)]] });
  expect(apart.issues).toEqual([]);
  expect(Number(apart.extra?.['computedArea'])).toBeGreaterThan(19e9);
});

const JUDGE = `
import json, sys
from shapely.geometry import shape
from shapely.validation import explain_validity
json.dump([explain_validity(shape(g)).split('[')[0] for g in json.load(sys.stdin)], sys.stdout)
`;

describeWithProgram('shapely (pip install shapely)', 'python3', ['-c', 'import shapely'], () => {
  test('random polygons on a small grid, where everything touches: never another verdict', () => {
    const seed = Number(process.env['PROPERTY_SEED'] ?? Date.now() % 2_147_483_648);
    process.stdout.write(`property seed ${seed}\n`);
    const place = fc.integer({ min: 0, max: 4 });
    const point = fc.tuple(place, place).map(([x, y]): Position => [95 + x, 35 + y]);
    const ring = fc.array(point, { minLength: 3, maxLength: 7 }).map((points) => [...points, points[0] as Position]);
    const polygon = fc.array(ring, { minLength: 1, maxLength: 2 });
    const geometry = fc.oneof(
      polygon.map((coordinates): Geometry => ({ type: 'Polygon', coordinates })),
      fc.tuple(polygon, polygon).map((coordinates): Geometry => ({ type: 'MultiPolygon', coordinates })),
    );
    const geometries = fc.sample(geometry, { seed, numRuns: 3_000 });
    const { stdout } = spawnSync('python3', ['-c', JUDGE], {
      input: JSON.stringify(geometries),
      encoding: 'utf8',
      maxBuffer: 1e8,
    });
    const verdicts = JSON.parse(stdout) as string[];
    const differ = geometries.filter((one, i) => (nameOf(one) === VALID) !== (verdicts[i] === VALID));
    expect(differ.slice(0, 3)).toEqual([]);
    expect(verdicts.filter((one) => one === VALID).length).toBeGreaterThan(100);
  });
});
