import { GEOMETRY_TYPES, type Geometry, type Position, toEwkb } from '../../schemas/geometry.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { assertGoodColumns } from '../files/agreement.ts';
import { byteOrderMark, settledEncoding } from '../files/encoding.ts';
import type { FileRows, FileShape, RowsRequest } from '../files/format.ts';
import type { OpenFile } from '../files/open-file.ts';
import { countedRows, type ReadRow } from '../files/rows.ts';
import { type ExactJson, jsonOf } from '../json/exact.ts';
import { parseExact } from '../json/parse.ts';
import type { GeoJsonStream } from './config.ts';
import { CRS, type Crs, namesCrs } from './crs.ts';
import { FeatureCutter } from './feature-cutter.ts';
import { geometryFault } from './geometry-fault.ts';

/** @throws HUB_FILE_TOO_LARGE, HUB_FILE_FORMAT, HUB_FILE_HEADER, HUB_FILE_CONTRADICTION */
export async function inspectGeoJson(file: OpenFile, stream: GeoJsonStream): Promise<FileShape> {
  if (file.size > stream.maxFileBytes)
    throw new HubError('HUB_FILE_TOO_LARGE', `${file.name} has ${file.size} bytes`, {
      file: file.name,
      allowed: stream.maxFileBytes,
    });
  const head = Buffer.alloc(Math.min(4_096, file.size));
  const got = await file.read(head, 0);
  const mark = byteOrderMark(head.subarray(0, got));
  // RFC 7946 and RFC 8259 know no other encoding.
  settledEncoding(file.name, 'utf-8', [mark], 'utf-8');
  const bom = mark?.length ?? 0;
  if (!/^\s*\{/.test(head.toString('latin1', bom, got)))
    throw new HubError('HUB_FILE_FORMAT', `${file.name} is no GeoJSON: it does not begin with {`, { file: file.name });
  const { srid } = CRS[stream.crs] as Crs;
  await assertCrs(file, stream);
  await assertProperties(file, stream, bom);
  return {
    columns: [
      ...stream.properties.map((name) => ({
        name,
        type: 'text' as const,
        sourceType: 'JSON',
        nullable: !stream.key.includes(name),
      })),
      { name: stream.geometry, type: 'bytes', sourceType: `geometry(Geometry,${srid})`, nullable: true },
    ],
    start: { records: 0, offset: bom },
    rowEstimate: null,
    notes: [],
  };
}

const ENDS_BYTES = 64 * 1024;

/** The member `crs` of GeoJSON 2008, which files of older programs have in front of their features or behind them. */
async function assertCrs(file: OpenFile, stream: GeoJsonStream): Promise<void> {
  const textAt = async (from: number, length: number): Promise<string> => {
    const bytes = Buffer.alloc(length);
    return bytes.toString('utf8', 0, await file.read(bytes, from));
  };
  const length = Math.min(ENDS_BYTES, file.size);
  const front = (await textAt(0, length)).split('"features"', 1)[0] ?? '';
  const back = /\][^\]]*$/.exec(await textAt(file.size - length, length))?.[0] ?? '';
  for (const text of [front, back]) {
    const name = /"crs"\s*:\s*\{.*?"name"\s*:\s*"([^"]{1,200})"/s.exec(text)?.[1];
    if (name === undefined || namesCrs(name, stream.crs)) continue;
    throw new HubError(
      'HUB_FILE_CONTRADICTION',
      `${file.name} is in two coordinate systems: its member crs says ${name}, the system file says ${stream.crs}`,
      { file: file.name, found: name, declared: stream.crs },
    );
  }
}

/** A property that no feature has is as a missing column. Read to the end only while one is missing. */
async function assertProperties(file: OpenFile, stream: GeoJsonStream, from: number): Promise<void> {
  const missing = new Set(stream.properties);
  const found = new Set<string>();
  const cutter = new FeatureCutter(stream.maxFeatureBytes);
  for (let offset = from; offset < file.size && missing.size > 0; ) {
    const buffer = Buffer.allocUnsafe(Math.min(ENDS_BYTES, file.size - offset));
    const bytes = buffer.subarray(0, await file.read(buffer, offset));
    if (bytes.length === 0) break;
    offset += bytes.length;
    for (const feature of cutter.push(bytes))
      for (const name of namesIn(feature)) if (missing.delete(name) || found.size < 300) found.add(name);
  }
  // Without a feature nothing is missing.
  if (missing.size === 0 || found.size === 0) return;
  assertGoodColumns(file.name, [...found], { ...stream, key: [...missing], columns: undefined });
}

function namesIn(feature: Buffer | null): readonly string[] {
  try {
    const parsed = feature === null ? null : (JSON.parse(feature.toString()) as Node);
    const properties = parsed === null ? null : (memberOf(parsed, 'properties') ?? null);
    const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
    return parsed !== null && hasMember(parsed, 'id') ? [...names, 'id'] : names;
  } catch {
    return [];
  }
}

export function readGeoJson(file: OpenFile, request: RowsRequest<GeoJsonStream, FileShape>): AsyncIterable<FileRows> {
  return countedRows(file, request, rows(file, request));
}

async function* rows(
  file: OpenFile,
  { stream, shape, connection, signal }: RowsRequest<GeoJsonStream, FileShape>,
): AsyncIterable<readonly ReadRow[]> {
  const crs = CRS[stream.crs] as Crs;
  const cutter = new FeatureCutter(stream.maxFeatureBytes);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let offset = shape.start.offset; offset < file.size; ) {
    signal.throwIfAborted();
    const buffer = Buffer.allocUnsafe(Math.min(connection.chunkBytes, file.size - offset));
    const bytes = buffer.subarray(0, await file.read(buffer, offset));
    if (bytes.length === 0) break;
    offset += bytes.length;
    const read: ReadRow[] = [];
    for (const feature of cutter.push(bytes))
      read.push(
        feature === null
          ? { fault: `the feature has more than ${stream.maxFeatureBytes} bytes`, raw: Buffer.alloc(0) }
          : rowOf(feature, stream, crs, decoder),
      );
    yield read;
  }
  if (!cutter.isComplete)
    throw new HubError('HUB_FILE_TRUNCATED', `${file.name} is no whole collection of features: ${cutter.state}`, {
      file: file.name,
    });
}

interface ParsedFeature {
  /** Numbers are doubles, as coordinates are. */
  readonly fast: Node;
  /** Numbers are as written. */
  readonly exact: Node;
}

/**
 * The fast parser reads coordinates as well as any; the exact one is asked only where a property is a number, whose digits
 * must stay as they were written, or where a member seems to come twice. A text says what is wrong.
 */
function parseFeature(text: string, properties: readonly string[]): ParsedFeature | string {
  let fast: Node;
  try {
    fast = JSON.parse(text) as Node;
  } catch {
    return 'no feature';
  }
  const given = memberOf(fast, 'properties') ?? null;
  const isExact = (value: Node | undefined): boolean =>
    value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean';
  const all = isExact(memberOf(fast, 'id')) && properties.every((name) => isExact(memberOf(given, name)));
  if (all && (text.match(MEMBER) ?? []).length === membersIn(fast)) return { fast, exact: fast };
  const exact = parseExact(text)?.value as Node | undefined;
  return exact === undefined ? 'a member of it comes twice with different values' : { fast, exact };
}

/** Also the beginning of a text `":..."`: then the count is too high, and the exact parser tells. */
const MEMBER = /"\s*:/g;

function membersIn(node: Node): number {
  if (typeof node !== 'object' || node === null) return 0;
  if (Array.isArray(node)) return (node as readonly Node[]).reduce<number>((sum, one) => sum + membersIn(one), 0);
  let count = 0;
  for (const [name, member] of Object.entries(node as Readonly<Record<string, Node>>))
    count += 1 + (name === 'coordinates' ? 0 : membersIn(member));
  return count;
}

/** JSON in which numbers may be numbers or their text. */
type Node = string | number | boolean | null | readonly Node[] | { readonly [name: string]: Node };

function rowOf(bytes: Buffer, stream: GeoJsonStream, crs: Crs, decoder: InstanceType<typeof TextDecoder>): ReadRow {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { fault: 'the feature is not valid UTF-8', code: 'HUB_FILE_ENCODING', raw: bytes };
  }
  const parsed = parseFeature(text, stream.properties);
  if (typeof parsed === 'string') return { fault: parsed, raw: bytes };
  const feature = parsed.exact;
  if (memberOf(feature, 'type') !== 'Feature') return { fault: 'no feature', raw: bytes };
  const value: Record<string, string | Uint8Array | null> = {};
  const properties = memberOf(feature, 'properties') ?? null;
  for (const name of stream.properties) {
    const member = name === 'id' && !hasMember(properties, 'id') ? memberOf(feature, 'id') : memberOf(properties, name);
    value[name] =
      member === undefined || member === null
        ? null
        : typeof member === 'object'
          ? jsonOf(member as ExactJson)
          : String(member);
  }
  const given = memberOf(parsed.fast, 'geometry') ?? null;
  value[stream.geometry] = null;
  if (given === null) return { value };
  const geometry = geometryOf(given);
  if (geometry === null)
    return { fault: 'its geometry is none of RFC 7946 (is a coordinate no number?), or a collection', raw: bytes };
  const fault = geometryFault(geometry, crs, stream.maxPoints);
  if (fault !== null) return { fault, raw: bytes };
  value[stream.geometry] = toEwkb(geometry, crs.srid);
  return { value };
}

const hasMember = (object: Node, name: string): boolean =>
  typeof object === 'object' && object !== null && Object.hasOwn(object, name);
/** Names of properties may hold dots, so they are no paths. */
const memberOf = (object: Node, name: string): Node | undefined =>
  hasMember(object, name) ? (object as Readonly<Record<string, Node>>)[name] : undefined;

/** Depth of the arrays of positions. */
const DEPTHS: Readonly<Record<Geometry['type'], number>> = {
  Point: 0,
  LineString: 1,
  MultiPoint: 1,
  Polygon: 2,
  MultiLineString: 2,
  MultiPolygon: 3,
};

function geometryOf(node: Node): Geometry | null {
  const type = GEOMETRY_TYPES.find((one) => one === memberOf(node, 'type'));
  const coordinates = type === undefined ? null : positionsIn(memberOf(node, 'coordinates'), DEPTHS[type]);
  return coordinates === null ? null : ({ type, coordinates } as unknown as Geometry);
}

/** A third coordinate is left out. */
function positionsIn(node: Node | undefined, depth: number): unknown {
  if (!Array.isArray(node)) return null;
  const nodes = node as readonly Node[];
  if (depth === 0) {
    const [x, y] = nodes;
    return typeof x === 'number' && typeof y === 'number' && nodes.length <= 4 ? ([x, y] satisfies Position) : null;
  }
  const parts: unknown[] = new Array(nodes.length);
  for (let i = 0; i < nodes.length; i++) {
    const part = positionsIn(nodes[i], depth - 1);
    if (part === null) return null;
    parts[i] = part;
  }
  return parts;
}
