import { difference, type Geom, intersection } from 'polyclip-ts';
import { type Geometry, isInside, type Position } from '../../../schemas/geometry.ts';
import { areaOf, type Box, boxOf, polygonsOf } from './shape.ts';

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

/** The part of a closed ring on one side of a line along a parallel or a meridian. */
function cut(ring: readonly Position[], axis: 0 | 1, limit: number, sign: 1 | -1): readonly Position[] {
  const isOut = (position: Position): boolean => sign * (position[axis] - limit) < 0;
  if (!ring.some(isOut)) return ring;
  const kept: Position[] = [];
  let from = ring[0] as Position;
  let wasOut = isOut(from);
  for (let i = 1; i < ring.length; i++) {
    const to = ring[i] as Position;
    if (!wasOut) kept.push(from);
    const out = isOut(to);
    if (out !== wasOut) {
      const share = (limit - from[axis]) / (to[axis] - from[axis]);
      kept.push(
        axis === 0 ? [limit, from[1] + share * (to[1] - from[1])] : [from[0] + share * (to[0] - from[0]), limit],
      );
    }
    from = to;
    wasOut = out;
  }
  return kept.length < 3 ? [] : [...kept, kept[0] as Position];
}

/**
 * The part of a geometry in a rectangle (Sutherland and Hodgman). Rings may run along its sides twice: areas are right, and a
 * line of a hundred thousand points costs next to nothing where a small feature is compared with it.
 */
function within(geometry: Geometry, [west, south, east, north]: Box): readonly (readonly (readonly Position[])[])[] {
  return polygonsOf(geometry).flatMap((rings) => {
    const [outer = [], ...holes] = rings.map((ring) =>
      cut(cut(cut(cut(ring, 0, west, 1), 0, east, -1), 1, south, 1), 1, north, -1),
    );
    return outer.length === 0 ? [] : [[outer, ...holes.filter((hole) => hole.length > 0)]];
  });
}

/** A county is compared with many features one after the other. */
const boxes = new WeakMap<Geometry, Box>();
function knownBox(geometry: Geometry): Box {
  const known = boxes.get(geometry) ?? boxOf(geometry);
  boxes.set(geometry, known);
  return known;
}

/**
 * Square metres that two polygons share.
 * @param least what is certainly less may be told as nothing, which spares most of the work.
 */
export function sharedArea(a: Geometry, b: Geometry, least = 0): number | null {
  const [first, second] = [knownBox(a), knownBox(b)];
  const box: Box = [
    ...([Math.max(first[0], second[0]), Math.max(first[1], second[1])] as const),
    ...([Math.min(first[2], second[2]), Math.min(first[3], second[3])] as const),
  ];
  const [west, south, east, north] = box;
  if (west >= east || south >= north) return 0;
  const whole = area([
    [
      [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
      ],
    ],
  ]);
  if (whole <= least) return 0;
  const [own, other] = [within(a, box), within(b, box)];
  const [most, mostOther] = [area(own), area(other)];
  if (Math.min(most, mostOther) <= least) return 0;
  const isAll = (part: number): boolean => part >= whole * (1 - 1e-9);
  if (isAll(most) || isAll(mostOther)) return Math.min(most, mostOther);
  return attempt(() => area(intersection(own as Geom, other as Geom)));
}

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
