import proj4 from 'proj4';
import type { Geometry, Position } from '../../../schemas/geometry.ts';

/** From positions of a coordinate system to CGCS2000 (EPSG:4490), longitude before latitude. */
export type Transform = (position: Position) => Position;

const CGCS2000 = '+proj=longlat +ellps=GRS80 +no_defs';
const same: Transform = (position) => position;

interface Zone {
  /** 25 to 45 of three degrees, 13 to 23 of six. */
  readonly number: number;
  readonly degrees: 3 | 6;
  /** Whether the number stands before the easting. */
  readonly isNumbered: boolean;
  readonly meridian: number;
  readonly falseEasting: number;
}

/** First code, whether the number stands before the easting, width. All Gauss-Krüger zones of CGCS2000 that EPSG has. */
const ZONES: readonly (readonly [first: number, last: number, isNumbered: boolean, degrees: 3 | 6])[] = [
  [4491, 4501, true, 6],
  [4502, 4512, false, 6],
  [4513, 4533, true, 3],
  [4534, 4554, false, 3],
];

function zoneOf(srid: number): Zone | null {
  const found = ZONES.find(([first, last]) => srid >= first && srid <= last);
  if (found === undefined) return null;
  const [first, , isNumbered, degrees] = found;
  const number = (degrees === 3 ? 25 : 13) + srid - first;
  const falseEasting = isNumbered ? number * 1_000_000 + 500_000 : 500_000;
  return { number, degrees, isNumbered, meridian: 75 + degrees * (srid - first), falseEasting };
}

/** Metres. Half a zone is 137 or 273 km wide at 36° N; half as much again for what reaches into its neighbour. */
const MOST_FROM_MERIDIAN = { 3: 205_000, 6: 410_000 } as const;

/** Why eastings are none of the declared zone (rule S05); null when they may be, or the system has no zones. */
export function zoneFault(srid: number, west: number, east: number): string | null {
  const zone = zoneOf(srid);
  if (zone === null) return null;
  const [from, to] = [Math.floor(west / 1_000_000), Math.floor(east / 1_000_000)];
  if (zone.isNumbered && to === 0) return `the easting ${west.toFixed(0)} does not begin with its zone, ${zone.number}`;
  const wanted = zone.isNumbered ? zone.number : 0;
  if (from !== wanted || to !== wanted)
    return `the easting ${west.toFixed(0)} is that of zone ${from}, the system declared has ${wanted === 0 ? 'none in front' : wanted}`;
  const apart = Math.max(Math.abs(west - zone.falseEasting), Math.abs(east - zone.falseEasting));
  return apart <= MOST_FROM_MERIDIAN[zone.degrees]
    ? null
    : `${(apart / 1_000).toFixed(0)} km from the meridian ${zone.meridian}° of the declared zone`;
}

function fromZone(srid: number): Transform | null {
  const zone = zoneOf(srid);
  if (zone === null) return null;
  const source = `+proj=tmerc +lat_0=0 +lon_0=${zone.meridian} +k=1 +x_0=${zone.falseEasting} +y_0=0 +ellps=GRS80 +units=m +no_defs`;
  const { forward } = proj4(source, CGCS2000);
  return ([x, y]) => {
    const [longitude, latitude] = forward([x, y]) as [number, number];
    return [longitude, latitude];
  };
}

const AXIS = 6_378_245;
const ECCENTRICITY = 0.006693421622965943;

/* The shift of map services, as their users have worked it out; its inverse is found by going back from the forward one. */
function gcjShift([x, y]: Position): Position {
  const [dx, dy] = [x - 105, y - 35];
  const { abs, cos, PI, sin, sqrt } = Math;
  const wave = (v: number, a: number, b: number, c: number): number =>
    ((20 * sin(6 * v * PI) + 20 * sin(2 * v * PI)) * 2) / 3 +
    ((20 * sin(v * PI) + 40 * sin((v / 3) * PI)) * 2) / 3 +
    ((a * sin((v / 12) * PI) + b * sin((v / c) * PI)) * 2) / 3;
  const south = -100 + 2 * dx + 3 * dy + 0.2 * dy * dy + 0.1 * dx * dy + 0.2 * sqrt(abs(dx));
  const east = 300 + dx + 2 * dy + 0.1 * dx * dx + 0.1 * dx * dy + 0.1 * sqrt(abs(dx));
  const common = ((20 * sin(6 * dx * PI) + 20 * sin(2 * dx * PI)) * 2) / 3;
  const northing =
    south +
    common +
    ((20 * sin(dy * PI) + 40 * sin((dy / 3) * PI)) * 2) / 3 +
    ((160 * sin((dy / 12) * PI) + 320 * sin((dy * PI) / 30)) * 2) / 3;
  const easting = east + wave(dx, 150, 300, 30);
  const latitude = (y / 180) * PI;
  const magic = 1 - ECCENTRICITY * sin(latitude) ** 2;
  return [
    (easting * 180) / ((AXIS / sqrt(magic)) * cos(latitude) * PI),
    (northing * 180) / (((AXIS * (1 - ECCENTRICITY)) / (magic * sqrt(magic))) * PI),
  ];
}

export const toGcj02: Transform = ([x, y]) => {
  const [dx, dy] = gcjShift([x, y]);
  return [x + dx, y + dy];
};

/** Within a millimetre after five steps. */
export const fromGcj02: Transform = (shifted) => {
  let [x, y] = shifted;
  for (let i = 0; i < 5; i++) {
    const [gx, gy] = toGcj02([x, y]);
    x += shifted[0] - gx;
    y += shifted[1] - gy;
  }
  return [x, y];
};

const BD_TURN = (Math.PI * 3_000) / 180;
const fromBd09: Transform = ([x, y]) => {
  const [dx, dy] = [x - 0.0065, y - 0.006];
  const length = Math.hypot(dx, dy) - 0.00002 * Math.sin(dy * BD_TURN);
  const angle = Math.atan2(dy, dx) - 0.000003 * Math.cos(dx * BD_TURN);
  return fromGcj02([length * Math.cos(angle), length * Math.sin(angle)]);
};

const transforms = new Map<number, Transform | null>([
  [4490, same],
  // The frames differ by centimetres, less than any department's accuracy.
  [4326, same],
  [900_002, fromGcj02],
  [900_009, fromBd09],
]);

/** null for a system that cannot be turned into CGCS2000 without parameters that are not public (1954, 1980) or is unknown. */
export function transformFrom(srid: number): Transform | null {
  let known = transforms.get(srid);
  if (known === undefined) {
    known = fromZone(srid);
    transforms.set(srid, known);
  }
  return known;
}

/** Systems that are met and whose way to CGCS2000 is not public, by their geographic codes. */
const CLOSED: Readonly<Record<number, string>> = { 4214: '北京54', 4555: '新北京54', 4610: '西安80' };

/** What a SRID is called; those of the hub's own stand for shifted coordinates. */
export const crsName = (srid: number): string => {
  if (srid === 900_002) return 'gcj02';
  if (srid === 900_009) return 'bd09';
  return CLOSED[srid] === undefined ? `EPSG:${srid}` : `EPSG:${srid} (${CLOSED[srid]})`;
};

export function mapPositions(geometry: Geometry, change: Transform): Geometry {
  const part = (positions: readonly Position[]): readonly Position[] => positions.map(change);
  switch (geometry.type) {
    case 'Point':
      return { type: 'Point', coordinates: change(geometry.coordinates) };
    case 'MultiPoint':
    case 'LineString':
      return { type: geometry.type, coordinates: part(geometry.coordinates) };
    case 'Polygon':
    case 'MultiLineString':
      return { type: geometry.type, coordinates: geometry.coordinates.map(part) };
    default:
      return { type: 'MultiPolygon', coordinates: geometry.coordinates.map((polygon) => polygon.map(part)) };
  }
}
