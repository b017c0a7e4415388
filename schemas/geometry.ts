/* Geometries as they travel: WKB (OGC 06-103r4) with the SRID in front, as PostGIS writes it. Longitude before latitude. */

export type Position = readonly [x: number, y: number];
export type Geometry =
  | { readonly type: 'Point'; readonly coordinates: Position }
  | { readonly type: 'MultiPoint' | 'LineString'; readonly coordinates: readonly Position[] }
  | { readonly type: 'Polygon' | 'MultiLineString'; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly Position[])[])[] };

const CODES = { Point: 1, LineString: 2, Polygon: 3, MultiPoint: 4, MultiLineString: 5, MultiPolygon: 6 } as const;
export const GEOMETRY_TYPES = Object.keys(CODES) as readonly (keyof typeof CODES)[];
const SRID_FLAG = 0x2000_0000;

/** All positions, part by part. */
export function* partsOf(geometry: Geometry): Generator<readonly Position[]> {
  switch (geometry.type) {
    case 'Point':
      yield [geometry.coordinates];
      break;
    case 'MultiPoint':
    case 'LineString':
      yield geometry.coordinates;
      break;
    case 'Polygon':
    case 'MultiLineString':
      yield* geometry.coordinates;
      break;
    default:
      for (const polygon of geometry.coordinates) yield* polygon;
  }
}

/** EWKB, little-endian, with the SRID in front (PostGIS; OGC 06-103r4 for the rest). */
export function toEwkb(geometry: Geometry, srid: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeOf(geometry) + 4);
  const end = writeGeometry(bytes, 0, geometry, srid);
  return bytes.subarray(0, end);
}

const ring = (points: readonly unknown[]): number => 4 + 16 * points.length;
function sizeOf(geometry: Geometry): number {
  switch (geometry.type) {
    case 'Point':
      return 21;
    case 'LineString':
      return 5 + ring(geometry.coordinates);
    case 'MultiPoint':
      return 9 + 21 * geometry.coordinates.length;
    case 'Polygon':
      return 9 + geometry.coordinates.reduce((sum, one) => sum + ring(one), 0);
    case 'MultiLineString':
      return 9 + geometry.coordinates.reduce((sum, one) => sum + 5 + ring(one), 0);
    default:
      return (
        9 + geometry.coordinates.reduce((sum, one) => sum + 9 + one.reduce((inner, part) => inner + ring(part), 0), 0)
      );
  }
}

function writeGeometry(to: Buffer, from: number, geometry: Geometry, srid: number | null): number {
  let at = to.writeUInt8(1, from);
  at = to.writeUInt32LE((CODES[geometry.type] | (srid === null ? 0 : SRID_FLAG)) >>> 0, at);
  if (srid !== null) at = to.writeUInt32LE(srid, at);
  switch (geometry.type) {
    case 'Point':
      return position(to, at, geometry.coordinates);
    case 'LineString':
      return positions(to, at, geometry.coordinates);
    case 'Polygon':
      at = to.writeUInt32LE(geometry.coordinates.length, at);
      for (const one of geometry.coordinates) at = positions(to, at, one);
      return at;
    case 'MultiPoint':
      at = to.writeUInt32LE(geometry.coordinates.length, at);
      for (const one of geometry.coordinates) at = writeGeometry(to, at, { type: 'Point', coordinates: one }, null);
      return at;
    case 'MultiLineString':
      at = to.writeUInt32LE(geometry.coordinates.length, at);
      for (const one of geometry.coordinates)
        at = writeGeometry(to, at, { type: 'LineString', coordinates: one }, null);
      return at;
    default:
      at = to.writeUInt32LE(geometry.coordinates.length, at);
      for (const one of geometry.coordinates) at = writeGeometry(to, at, { type: 'Polygon', coordinates: one }, null);
      return at;
  }
}

const position = (to: Buffer, at: number, [x, y]: Position): number => to.writeDoubleLE(y, to.writeDoubleLE(x, at));
function positions(to: Buffer, from: number, points: readonly Position[]): number {
  let at = to.writeUInt32LE(points.length, from);
  for (const one of points) at = position(to, at, one);
  return at;
}

/** Twice the signed area; positive when counter-clockwise. */
export function signedArea(points: readonly Position[]): number {
  let sum = 0;
  for (let i = 0; i + 1 < points.length; i++) {
    const [[x1, y1], [x2, y2]] = [points[i] as Position, points[i + 1] as Position];
    sum += x1 * y2 - x2 * y1;
  }
  return sum;
}

/** Whether a point is inside a ring (even-odd). */
export function isInside([x, y]: Position, points: readonly Position[]): boolean {
  let inside = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [points[i] as Position, points[j] as Position];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** WKB without the SRID. */
export function toWkb(geometry: Geometry): Buffer {
  const bytes = Buffer.alloc(sizeOf(geometry));
  return bytes.subarray(0, writeGeometry(bytes, 0, geometry, null));
}

class NoGeometry extends Error {}

const MOST_PARTS = 5_000_000;

/** Reads WKB or EWKB of either byte order. null for what is none, is cut off, or claims more parts than its bytes hold. */
export function fromWkb(bytes: Uint8Array): { readonly geometry: Geometry; readonly srid: number | null } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let little = true;
  const u32 = (): number => {
    at += 4;
    return view.getUint32(at - 4, little);
  };
  const point = (): Position => {
    at += 16;
    return [view.getFloat64(at - 16, little), view.getFloat64(at - 8, little)];
  };
  const many = <T>(smallest: number, read: () => T): T[] => {
    const count = u32();
    if (count > MOST_PARTS || count * smallest > bytes.byteLength - at) throw new NoGeometry('more parts than bytes');
    return Array.from({ length: count }, read);
  };
  const points = (): Position[] => many(16, point);
  let srid: number | null = null;
  const read = (): Geometry => {
    little = view.getUint8(at++) === 1;
    const code = u32();
    if ((code & SRID_FLAG) !== 0) srid = u32();
    const type = GEOMETRY_TYPES.find((name) => CODES[name] === (code & 0xff));
    switch (type) {
      case 'Point':
        return { type, coordinates: point() };
      case 'LineString':
        return { type, coordinates: points() };
      case 'Polygon':
        return { type, coordinates: many(4, points) };
      case 'MultiPoint':
        return { type, coordinates: many(21, () => read().coordinates as Position) };
      case 'MultiLineString':
        return { type, coordinates: many(9, () => read().coordinates as readonly Position[]) };
      case 'MultiPolygon':
        return { type, coordinates: many(9, () => read().coordinates as readonly (readonly Position[])[]) };
      default:
        throw new NoGeometry('no geometry of the simple kinds');
    }
  };
  try {
    const geometry = read();
    return at === bytes.byteLength ? { geometry, srid } : null;
  } catch (error) {
    // A RangeError is the view's: the bytes end too early.
    if (error instanceof NoGeometry || error instanceof RangeError) return null;
    throw error;
  }
}
