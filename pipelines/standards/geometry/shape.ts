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

/** GRS80, the ellipsoid of CGCS2000. */
const AXIS = 6_378_137;
const FLATTENING = 1 / 298.257222101;
const SQUARE = FLATTENING * (2 - FLATTENING);
const ECCENTRICITY = Math.sqrt(SQUARE);
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Surface of the ellipsoid from the equator to a latitude, for an angle of one radian, as a part of half the square of the axis. */
function zone(latitude: number): number {
  const sine = Math.sin(radians(latitude));
  const part = ECCENTRICITY * sine;
  return (1 - SQUARE) * (sine / (1 - part * part) + Math.atanh(part) / ECCENTRICITY);
}

/**
 * Square metres on the ellipsoid, with edges that are straight in longitude and latitude (RFC 7946, 3.1.1): exact but for
 * the rule of Simpson along each edge.
 */
function ringArea(ring: readonly Position[]): number {
  let sum = 0;
  let [[x1, y1] = [0, 0]] = ring;
  let from = zone(y1);
  for (let i = 1; i < ring.length; i++) {
    const [x2, y2] = ring[i] as Position;
    const to = zone(y2);
    sum += radians(x2 - x1) * (from + 4 * zone((y1 + y2) / 2) + to);
    [x1, y1, from] = [x2, y2, to];
  }
  return Math.abs((sum * AXIS * AXIS) / 12);
}

/** Square metres on the ellipsoid; null for what has none. Of what is not valid it says nothing. */
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
