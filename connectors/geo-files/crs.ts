/** A coordinate system that a file may be declared to have. */
export interface Crs {
  /** EPSG code; of labels without one, a number of the hub's own above 900,000. */
  readonly srid: number;
  readonly isGeographic: boolean;
  /** Names of the datum in a .prj. */
  readonly datum: RegExp;
  /** Degrees; null for geographic ones. */
  readonly centralMeridian: number | null;
  /** Metres; with the number of the zone in front where the code says so. */
  readonly falseEasting: number | null;
}

const CGCS = /China.?(?:Geodetic.?Coordinate.?System.?)?2000|CGCS.?2000|China_2000/i;
const WGS = /WGS.?(?:19)?84/i;
const geographic = (srid: number, datum: RegExp): Crs => ({
  srid,
  isGeographic: true,
  datum,
  centralMeridian: null,
  falseEasting: null,
});

/**
 * Gauss-Krüger zones of CGCS2000. Of 3 degrees: EPSG 4513 to 4533 with the zone in the easting (25 to 45), 4534 to 4554 by
 * meridian (75 to 135); of 6 degrees: 4491 to 4501 (13 to 23) and 4502 to 4512.
 */
const zones = (
  count: number,
  [degrees, firstZone, numbered, plain]: readonly [degrees: 3 | 6, zone: number, numbered: number, plain: number],
): readonly (readonly [string, Crs])[] =>
  Array.from({ length: count }, (_, i) => {
    const meridian = 75 + degrees * i;
    const zone = firstZone + i;
    const projected = (srid: number, falseEasting: number): readonly [string, Crs] => [
      `EPSG:${srid}`,
      { srid, isGeographic: false, datum: CGCS, centralMeridian: meridian, falseEasting },
    ];
    return [projected(numbered + i, zone * 1_000_000 + 500_000), projected(plain + i, 500_000)];
  }).flat();

/**
 * A closed list. `gcj02` and `bd09` are the shifted coordinates of map services; they are taken only when the owner says so,
 * because nothing in a number tells them from true ones.
 */
export const CRS: Readonly<Record<string, Crs>> = Object.fromEntries([
  ['EPSG:4490', geographic(4490, CGCS)],
  ['EPSG:4326', geographic(4326, WGS)],
  ['EPSG:4214', geographic(4214, /Beijing.?1954/i)],
  ['EPSG:4555', geographic(4555, /New.?Beijing/i)],
  ['EPSG:4610', geographic(4610, /Xi.?an.?1980/i)],
  ['gcj02', geographic(900_002, WGS)],
  ['bd09', geographic(900_009, WGS)],
  ...zones(21, [3, 25, 4513, 4534]),
  ...zones(11, [6, 13, 4491, 4502]),
]);
export const CRS_NAMES = Object.keys(CRS) as [string, ...string[]];

/** Why a .prj (WKT of ESRI) is another system than declared; null when it agrees or says nothing that could tell. */
export function prjDisagrees(wkt: string, { isGeographic, datum, centralMeridian, falseEasting }: Crs): string | null {
  const isProjected = /^\s*PROJ(?:CS|CRS)/i.test(wkt);
  if (!isProjected && !/^\s*GEOG(?:CS|CRS)/i.test(wkt)) return null;
  if (isProjected === isGeographic) return isProjected ? 'it is projected' : 'it is in degrees';
  if (!datum.test(wkt)) return `its datum is ${/DATUM\s*\[\s*"([^"]*)"/i.exec(wkt)?.[1] ?? 'another one'}`;
  const parameter = (name: string): number | null => {
    const found = new RegExp(`"${name}"\\s*,\\s*(-?[\\d.]+)`, 'i').exec(wkt)?.[1];
    return found === undefined ? null : Number(found);
  };
  const meridian = parameter('Central_Meridian');
  const easting = parameter('False_Easting');
  if (isProjected && meridian !== null && meridian !== centralMeridian) return `its central meridian is ${meridian}`;
  return isProjected && easting !== null && easting !== falseEasting ? `its false easting is ${easting}` : null;
}

/** Whether a name such as `urn:ogc:def:crs:OGC:1.3:CRS84` or `EPSG:4490` is the declared system. Shifted ones carry the name of WGS 84. */
export function namesCrs(name: string, declared: string): boolean {
  const code = /(?:EPSG|epsg)[:/].*?(\d{4,6})$/.exec(name)?.[1] ?? (/CRS84$/i.test(name) ? '4326' : null);
  return code !== null && (`EPSG:${code}` === declared || (code === '4326' && !declared.startsWith('EPSG:')));
}
