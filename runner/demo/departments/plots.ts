import proj4 from 'proj4';
import { COUNTIES, type County, currentCode } from '../world/counties.ts';
import { CARTOGRAM, type Tile } from './cartogram.ts';
import { CGCS2000, type Ring } from './shapefile-out.ts';

/* Places of the sample world lie in the tile of their county, because it has no truer place. */

const MERIDIAN = 99;
const ZONE = 33;
export const ZONE_WKT = `PROJCS["CGCS2000_3_Degree_GK_Zone_${ZONE}",${CGCS2000},PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",${ZONE}500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",${MERIDIAN}.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`;

const { forward } = proj4(
  '+proj=longlat +ellps=GRS80 +no_defs',
  `+proj=tmerc +lat_0=0 +lon_0=${MERIDIAN} +k=1 +x_0=${ZONE}500000 +y_0=0 +ellps=GRS80 +units=m +no_defs`,
);

/** Degrees to metres of the 3-degree zone 33 of CGCS2000 (EPSG:4521). */
export const toZone = (position: readonly [number, number]): readonly [number, number] =>
  forward([...position]) as [number, number];

const tiles = new Map(CARTOGRAM.map((tile) => [tile.code, tile]));

function tileOf(county: County): Tile {
  return tiles.get(currentCode(county)) as Tile;
}

/** South-west corner of the tile. */
export const cornerOf = (county: County): readonly [number, number] => tileOf(county).ring[0] as [number, number];

/** Counties whose tiles the zone reaches. */
export const IN_ZONE: readonly County[] = COUNTIES.filter((county) => cornerOf(county)[0] > 96.9);

/** Clockwise, with centimetres, as surveyors write. */
export const rectangle = (west: number, south: number, width: number, height: number): Ring =>
  [
    [west, south],
    [west, south + height],
    [west + width, south + height],
    [west + width, south],
    [west, south],
  ].map(([x, y]) => [Number((x as number).toFixed(2)), Number((y as number).toFixed(2))] as const);
