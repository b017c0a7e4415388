import { type Geometry, type Position, partsOf } from '../../schemas/geometry.ts';
import type { Crs } from './crs.ts';

/** What keeps a geometry from being taken; null when nothing does. */
export function geometryFault(
  geometry: Geometry,
  { isGeographic, falseEasting }: Crs,
  maxPoints: number,
): string | null {
  let points = 0;
  const isArea = geometry.type === 'Polygon' || geometry.type === 'MultiPolygon';
  const isLine = geometry.type === 'LineString' || geometry.type === 'MultiLineString';
  for (const part of partsOf(geometry)) {
    points += part.length;
    if (points > maxPoints) return `more than ${maxPoints} points`;
    for (let i = 0; i < part.length; i++) {
      const [x, y] = part[i] as Position;
      if (!Number.isFinite(x) || !Number.isFinite(y)) return 'a coordinate that is no number';
      if (isGeographic && (Math.abs(x) > 180 || Math.abs(y) > 90))
        return `${x} ${y} is no longitude and latitude: is the file projected, or is the order of its axes another one?`;
      if (!isGeographic && falseEasting !== null && (Math.abs(x - falseEasting) > 600_000 || y < 0 || y > 10_000_000))
        return `${x} ${y} is far from the declared zone`;
    }
    if (isLine && part.length < 2) return 'a line of one point';
    if (!isArea) continue;
    const [first, last] = [part[0], part.at(-1)];
    if (part.length < 4) return `a ring of ${part.length} points`;
    if (first?.[0] !== last?.[0] || first?.[1] !== last?.[1]) return 'a ring that is not closed';
  }
  return points === 0 ? 'an empty geometry' : null;
}
