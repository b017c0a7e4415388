import { type Geometry, isInside, type Position, signedArea } from '../../schemas/geometry.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import type { OpenFile } from '../files/open-file.ts';

const HEADER = 100;
const MAGIC = 9994;
/** Shape types without their Z and M: ESRI Shapefile Technical Description, 1998. */
const KINDS: Readonly<Record<number, 'point' | 'line' | 'area' | 'points'>> = {
  ...{ 1: 'point', 11: 'point', 21: 'point' },
  ...{ 3: 'line', 13: 'line', 23: 'line' },
  ...{ 5: 'area', 15: 'area', 25: 'area' },
  ...{ 8: 'points', 18: 'points', 28: 'points' },
};
export const SHAPE_NAMES = {
  point: 'Point',
  line: 'MultiLineString',
  area: 'MultiPolygon',
  points: 'MultiPoint',
} as const;

export interface ShpHeader {
  readonly kind: keyof typeof SHAPE_NAMES;
}

/** A shape, or why it cannot be taken; null for a null shape. */
export type Shape = { readonly geometry: Geometry } | { readonly fault: string } | null;

/** @throws HUB_FILE_FORMAT, HUB_FILE_TRUNCATED when the size is not that of the header */
export async function readShpHeader(file: OpenFile): Promise<ShpHeader> {
  const bytes = Buffer.alloc(HEADER);
  const got = await file.read(bytes, 0);
  if (got < HEADER || bytes.readInt32BE(0) !== MAGIC || bytes.readInt32LE(28) !== 1000)
    throw new HubError('HUB_FILE_FORMAT', `${file.name} is no shapefile`, { file: file.name });
  const length = bytes.readInt32BE(24) * 2;
  if (length !== file.size)
    throw new HubError('HUB_FILE_TRUNCATED', `${file.name} has ${file.size} bytes, its header says ${length}`, {
      file: file.name,
      size: file.size,
      header: length,
    });
  const kind = KINDS[bytes.readInt32LE(32)];
  if (kind === undefined)
    throw new HubError('HUB_FILE_FORMAT', `${file.name} has shapes of type ${bytes.readInt32LE(32)}`, {
      file: file.name,
      allowed: 'points, lines, polygons; no multipatches',
    });
  return { kind };
}

const WINDOW = 256 * 1024;

/**
 * Shapes in file order, by the handful; in memory is a window of the file, or one shape that is larger.
 * @throws HUB_FILE_TRUNCATED when a length leads out of the file
 */
export async function* readShapes(file: OpenFile, maxBytes: number): AsyncIterable<readonly Shape[]> {
  for (let at = HEADER; at < file.size; ) {
    const buffer = Buffer.allocUnsafe(Math.min(WINDOW, file.size - at));
    const window = buffer.subarray(0, await file.read(buffer, at));
    const shapes: Shape[] = [];
    let used = 0;
    for (let end = recordEnd(file, window, at, 0); end <= window.length; end = recordEnd(file, window, at, used)) {
      // A shape is copied out of the window by its numbers, not by its bytes.
      shapes.push(end - used - HEAD > maxBytes ? tooLarge(end - used) : shapeOf(window.subarray(used + HEAD, end)));
      used = end;
      if (used === window.length) break;
    }
    if (used === 0) {
      const length = recordEnd(file, window, at, 0);
      if (length - HEAD > maxBytes) shapes.push(tooLarge(length));
      else {
        const whole = Buffer.allocUnsafe(length);
        await file.read(whole, at);
        shapes.push(shapeOf(whole.subarray(HEAD)));
      }
      used = length;
    }
    yield shapes;
    at += used;
  }
}

const HEAD = 8;
const tooLarge = (bytes: number): Shape => ({ fault: `the shape has ${bytes - HEAD} bytes` });

/** Where the record that begins at `from` ends, in the window or beyond it; beyond it too when its head is cut off. */
function recordEnd(file: OpenFile, window: Buffer, at: number, from: number): number {
  if (from + HEAD > window.length && at + from + HEAD <= file.size) return Number.POSITIVE_INFINITY;
  const length = from + HEAD > window.length ? -1 : window.readInt32BE(from + 4) * 2;
  if (length >= 4 && at + from + HEAD + length <= file.size) return from + HEAD + length;
  throw new HubError('HUB_FILE_TRUNCATED', `${file.name}: the record at byte ${at + from} claims ${length} bytes`, {
    file: file.name,
    offset: at + from,
  });
}

function shapeOf(bytes: Buffer): Shape {
  const type = bytes.readInt32LE(0);
  if (type === 0) return null;
  const kind = KINDS[type];
  if (kind === undefined) return { fault: `shape type ${type}` };
  if (kind === 'point')
    return bytes.length < 20
      ? { fault: 'the point is cut off' }
      : { geometry: { type: 'Point', coordinates: positionAt(bytes, 4) } };
  if (kind === 'points') {
    const count = bytes.length < 40 ? -1 : bytes.readInt32LE(36);
    if (count < 0 || 40 + 16 * count > bytes.length) return { fault: `${count} points do not fit into the record` };
    return { geometry: { type: 'MultiPoint', coordinates: positionsAt(bytes, 40, count) } };
  }
  const parts = partsAt(bytes);
  if (typeof parts === 'string') return { fault: parts };
  if (kind === 'line') return { geometry: { type: 'MultiLineString', coordinates: parts } };
  return { geometry: { type: 'MultiPolygon', coordinates: polygonsOf(parts) } };
}

function partsAt(bytes: Buffer): readonly (readonly Position[])[] | string {
  if (bytes.length < 44) return 'the shape is cut off';
  const partCount = bytes.readInt32LE(36);
  const pointCount = bytes.readInt32LE(40);
  const start = 44 + 4 * partCount;
  if (partCount < 0 || pointCount < 0 || partCount > pointCount || start + 16 * pointCount > bytes.length)
    return `${partCount} parts and ${pointCount} points do not fit into the record`;
  const parts: (readonly Position[])[] = [];
  for (let i = 0; i < partCount; i++) {
    const from = bytes.readInt32LE(44 + 4 * i);
    const to = i + 1 < partCount ? bytes.readInt32LE(48 + 4 * i) : pointCount;
    if (from < 0 || to < from || to > pointCount) return `part ${i + 1} goes from point ${from} to ${to}`;
    parts.push(positionsAt(bytes, start + 16 * from, to - from));
  }
  return parts;
}

const positionAt = (bytes: Buffer, at: number): Position => [bytes.readDoubleLE(at), bytes.readDoubleLE(at + 8)];
function positionsAt(bytes: Buffer, at: number, count: number): readonly Position[] {
  const positions: Position[] = new Array(count);
  for (let i = 0; i < count; i++) positions[i] = positionAt(bytes, at + 16 * i);
  return positions;
}

/**
 * Clockwise rings are outer ones, the others are holes of the outer ring they lie in. They are given the other way round,
 * which is how WKB and GeoJSON turn them.
 */
function polygonsOf(rings: readonly (readonly Position[])[]): readonly (readonly (readonly Position[])[])[] {
  return grouped(rings).map((polygon) => polygon.map((ring) => [...ring].reverse()));
}

function grouped(rings: readonly (readonly Position[])[]): readonly (readonly (readonly Position[])[])[] {
  const [only] = rings;
  if (rings.length === 1 && only !== undefined) return [[only]];
  const outer = rings.filter((ring) => signedArea(ring) <= 0).map((ring) => [ring]);
  if (outer.length === 0) return rings.map((ring) => [ring]);
  for (const hole of rings) {
    if (signedArea(hole) <= 0) continue;
    const first = hole[0] as Position;
    (
      outer.find(([ring]) => isInside(first, ring as readonly Position[])) ?? (outer[0] as (readonly Position[])[])
    ).push(hole);
  }
  return outer;
}
