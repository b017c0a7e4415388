import { difference, type Geom, intersection } from 'polyclip-ts';
import { type Geometry, isInside, type Position } from '../../../schemas/geometry.ts';
import { areaOf, polygonsOf } from './shape.ts';

/* Polygons over polygons, in degrees; areas on the sphere. null: the library could not work it out for these shapes. */

const shapes = (geometry: Geometry): Geom =>
  polygonsOf(geometry).map((rings) => rings.map((ring) => ring.map(([x, y]): [number, number] => [x, y])));
const area = (coordinates: readonly (readonly (readonly Position[])[])[]): number =>
  areaOf({ type: 'MultiPolygon', coordinates }) ?? 0;

function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    // What it throws says nothing to anybody but its authors.
    return null;
  }
}

/** Square metres that two polygons share. */
export const sharedArea = (a: Geometry, b: Geometry): number | null =>
  attempt(() => area(intersection(shapes(a), shapes(b))));

/** Square metres of each piece of the whole that lies in none of the parts. */
export const uncovered = (whole: Geometry, parts: readonly Geometry[]): readonly number[] | null =>
  attempt(() => {
    // One after the other: what is left gets smaller.
    const left = parts.reduce<Geom>(
      (rest, part) => (rest.length === 0 ? rest : difference(rest, shapes(part))),
      shapes(whole),
    );
    return (left as [number, number][][][]).map((polygon) => area([polygon]));
  });

/** Whether a position lies in a polygon: inside an outer ring and outside its holes. */
export const covers = (geometry: Geometry, position: Position): boolean =>
  polygonsOf(geometry).some(
    ([outer = [], ...holes]) => isInside(position, outer) && !holes.some((hole) => isInside(position, hole)),
  );

const METRES_A_DEGREE = 111_195;

/** Metres from a position to the nearest edge of a polygon, flat around the position: right for short distances. */
export function metresToEdge(geometry: Geometry, [x, y]: Position): number {
  const across = METRES_A_DEGREE * Math.cos((y * Math.PI) / 180);
  let nearest = Infinity;
  for (const polygon of polygonsOf(geometry))
    for (const ring of polygon)
      for (let i = 0; i + 1 < ring.length; i++) {
        const [from, to] = [ring[i] as Position, ring[i + 1] as Position];
        const [ax, ay] = [(from[0] - x) * across, (from[1] - y) * METRES_A_DEGREE];
        const [dx, dy] = [(to[0] - from[0]) * across, (to[1] - from[1]) * METRES_A_DEGREE];
        const length = dx * dx + dy * dy;
        const at = length === 0 ? 0 : Math.min(1, Math.max(0, -(ax * dx + ay * dy) / length));
        nearest = Math.min(nearest, Math.hypot(ax + at * dx, ay + at * dy));
      }
  return nearest;
}
