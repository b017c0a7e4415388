import { type Geometry, type Position, partsOf, signedArea } from '../../../schemas/geometry.ts';

export type Box = readonly [west: number, south: number, east: number, north: number];

export function boxOf(geometry: Geometry): Box {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const part of partsOf(geometry))
    for (const [x, y] of part) {
      west = Math.min(west, x);
      east = Math.max(east, x);
      south = Math.min(south, y);
      north = Math.max(north, y);
    }
  return [west, south, east, north];
}

export const polygonsOf = (geometry: Geometry): readonly (readonly (readonly Position[])[])[] =>
  geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];

/** Radius of the sphere with the surface of the ellipsoid, metres. */
const AUTHALIC = 6_371_007.2;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Square metres on the sphere (Chamberlain and Duquette, JPL 07-03): within half a percent of the ellipsoid. */
function ringArea(ring: readonly Position[]): number {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    const [[x1, y1], [x2, y2]] = [ring[i] as Position, ring[i + 1] as Position];
    sum += radians(x2 - x1) * (2 + Math.sin(radians(y1)) + Math.sin(radians(y2)));
  }
  return Math.abs((sum * AUTHALIC * AUTHALIC) / 2);
}

/** Square metres; null for what has none. */
export function areaOf(geometry: Geometry): number | null {
  const polygons = polygonsOf(geometry);
  if (polygons.length === 0) return null;
  return polygons.reduce((all, [outer = [], ...holes]) => {
    const net = ringArea(outer) - holes.reduce((sum, hole) => sum + ringArea(hole), 0);
    return all + net;
  }, 0);
}

/** Rings closed, outer ones counter-clockwise, holes clockwise (RFC 7946, 3.1.6). `changed` says what was not so. */
export function repaired(geometry: Geometry): { readonly geometry: Geometry; readonly changed: readonly string[] } {
  const changed = new Set<string>();
  const ring = (positions: readonly Position[], outer: boolean): readonly Position[] => {
    const [first, last] = [positions[0], positions.at(-1)];
    const closed = first?.[0] === last?.[0] && first?.[1] === last?.[1];
    if (!closed) changed.add('a ring was closed');
    const whole = closed || first === undefined ? positions : [...positions, first];
    if (signedArea(whole) > 0 === outer) return whole;
    changed.add('the orientation of a ring was turned');
    return [...whole].reverse();
  };
  const polygon = (rings: readonly (readonly Position[])[]): readonly (readonly Position[])[] =>
    rings.map((positions, i) => ring(positions, i === 0));
  const mended: Geometry =
    geometry.type === 'Polygon'
      ? { type: 'Polygon', coordinates: polygon(geometry.coordinates) }
      : geometry.type === 'MultiPolygon'
        ? { type: 'MultiPolygon', coordinates: geometry.coordinates.map(polygon) }
        : geometry;
  return { geometry: mended, changed: [...changed] };
}

/** Comparing every edge with every other costs the square: rings beyond this are looked at by a job, not here. */
const MOST_EDGES = 2_000;

/** Where a ring crosses itself; null when none does, or a ring is too long to be asked. */
export function selfCrossing(geometry: Geometry): Position | null {
  for (const polygon of polygonsOf(geometry))
    for (const ring of polygon) {
      if (ring.length > MOST_EDGES) continue;
      for (let i = 0; i + 1 < ring.length; i++)
        for (let j = i + 2; j + 1 < ring.length; j++) {
          if (i === 0 && j + 2 === ring.length) continue;
          if (crosses(ring[i] as Position, ring[i + 1] as Position, ring[j] as Position, ring[j + 1] as Position))
            return ring[i] as Position;
        }
    }
  return null;
}

const side = ([ax, ay]: Position, [bx, by]: Position, [cx, cy]: Position): number =>
  Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));

const crosses = (a: Position, b: Position, c: Position, d: Position): boolean =>
  side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;

/** Points of a ring that has fewer than a triangle, closed, needs; null when all have enough. */
export function shortRing(geometry: Geometry): number | null {
  for (const polygon of polygonsOf(geometry)) for (const ring of polygon) if (ring.length < 4) return ring.length;
  return null;
}

const POSITIONS_LOOKED_AT = 50;
const decimals = (value: number): number => {
  const text = String(value);
  return text.includes('e') ? 17 : text.length - (text.indexOf('.') + 1 || text.length);
};

/** The most decimals that the first positions are written with. */
export function decimalsOf(geometry: Geometry): number {
  let [most, seen] = [0, 0];
  for (const part of partsOf(geometry))
    for (const [x, y] of part) {
      most = Math.max(most, decimals(x), decimals(y));
      if (++seen >= POSITIONS_LOOKED_AT) return most;
    }
  return most;
}
