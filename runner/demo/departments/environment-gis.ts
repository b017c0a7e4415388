import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { areaOf } from '../../../pipelines/standards/geometry/shape.ts';
import { COUNTIES, currentCode } from '../world/counties.ts';
import { below, pick } from '../world/hash.ts';
import type { WorldOptions } from '../world/person.ts';
import type { SampleColumn } from '../world/sample-system.ts';
import { type SampleDepartment, withoutServer } from './department.ts';
import { type Ring, writePolygons } from './shapefile-out.ts';

const column = (name: string, type: string): SampleColumn => ({ name, type, title: '' });
const RESERVE_COLUMNS = [
  column('BHQBH', 'C(12)'),
  column('BHQMC', 'C(60)'),
  column('JB', 'C(10)'),
  column('XZQH', 'C(6)'),
  column('MJ_GQ', 'N(14,2)'),
  column('PZRQ', 'D'),
  column('GNQ', 'C(10)'),
];
const ZONES = ['核心区', '缓冲区', '实验区'];
const WATER_COLUMNS = [
  column('STBH', 'C(12)'),
  column('STMC', 'C(60)'),
  column('STLX', 'C(10)'),
  column('XZQH', 'C(6)'),
  column('MJ_GQ', 'N(14,2)'),
];
const WATERS = [
  '青海湖',
  '扎陵湖',
  '鄂陵湖',
  '哈拉湖',
  '托素湖',
  '可鲁克湖',
  '东给措纳湖',
  '冬给错那湖',
  '苦海',
  '龙羊峡水库',
];
const RESERVES = [
  '三江源',
  '可可西里',
  '青海湖',
  '隆宝',
  '孟达',
  '大通北川河源区',
  '祁连山',
  '柴达木梭梭林',
  '可鲁克湖',
];
const KINDS = ['大气', '地表水', '土壤', '噪声'];
const STATIONS = 180;

/** Schematic: a grid over the province, no county is where its cell is. */
const centre = (at: number): readonly [number, number] => [90.5 + (at % 9) * 1.35, 32.4 + Math.floor(at / 9) * 1.25];

/** A clockwise ring of eight corners around a centre, uneven by the seed. */
function ringAround({ seed }: WorldOptions, at: number, size: number): Ring {
  const [x, y] = centre(at % COUNTIES.length);
  const corners = Array.from({ length: 8 }, (_, i): readonly [number, number] => {
    const angle = (-2 * Math.PI * i) / 8;
    const radius = size * (0.6 + below(seed, at * 10 + i, 6001, 400) / 1_000);
    return [Number((x + radius * Math.cos(angle)).toFixed(6)), Number((y + radius * Math.sin(angle)).toFixed(6))];
  });
  return [...corners, corners[0] as readonly [number, number]];
}

function station(world: WorldOptions, index: number): object {
  const { seed } = world;
  const at = index % COUNTIES.length;
  const [x, y] = centre(at);
  const county = COUNTIES[at] as (typeof COUNTIES)[number];
  const shift = (salt: number): number => (below(seed, index, salt, 8_000) - 4_000) / 10_000;
  // One whose instrument wrote the axes the other way round.
  const place =
    index === 100 ? [y + 90, x + 30] : [Number((x + shift(6002)).toFixed(6)), Number((y + shift(6003)).toFixed(6))];
  return {
    type: 'Feature',
    properties: {
      ZDBH: `HJ${String(index + 1).padStart(5, '0')}`,
      ZDMC: `${county.name}${pick(KINDS, seed, index, 6004)}监测站`,
      JCLX: pick(KINDS, seed, index, 6004),
      XZQH: currentCode(county),
    },
    geometry: { type: 'Point', coordinates: place },
  };
}

/** 环保 GIS: stations as GeoJSON, protected areas and waters as shapefiles, all in CGCS2000. */
export const environmentGis: SampleDepartment = {
  name: 'environment-gis',
  async fill(place) {
    const { world } = place;
    const features = Array.from({ length: STATIONS }, (_, index) => JSON.stringify(station(world, index)));
    await writeFile(
      join(place.folder, 'JCZD.geojson'),
      `{"type":"FeatureCollection","features":[\n${features.join(',\n')}\n]}\n`,
    );
    /** Hectares as surveyed, near those of the drawing; one office counted in mu. */
    const area = (index: number, ring: Ring): string => {
      const computed = (areaOf({ type: 'Polygon', coordinates: [ring] }) ?? 0) / 10_000;
      const surveyed = computed * (0.98 + below(world.seed, index, 6010, 400) / 10_000);
      return (index === 103 ? surveyed * 15 : surveyed).toFixed(2);
    };
    const reserves = RESERVES.map((name, i) => ({ name, i, ring: ringAround(world, i * 4, 0.5) })).map(
      ({ name, i, ring }) => ({
        ring,
        cells: [
          `BHQ${String(i + 1).padStart(4, '0')}`,
          `${name}自然保护区`,
          i < 5 ? '国家级' : '省级',
          currentCode(COUNTIES[(i * 4) % COUNTIES.length] as (typeof COUNTIES)[number]),
          area(i, ring),
          `${1975 + 3 * i}0605`,
          ZONES[i % ZONES.length] as string,
        ],
      }),
    );
    await writePolygons(place, 'ZRBHQ', RESERVE_COLUMNS, reserves);
    const waters = WATERS.map((name, i) => ({ name, i, ring: ringAround(world, i * 3 + 1, 0.25) })).map(
      ({ name, i, ring }) => ({
        ring,
        cells: [
          `ST${String(i + 1).padStart(4, '0')}`,
          name,
          name.endsWith('水库') ? '水库' : '湖泊',
          currentCode(COUNTIES[(i * 3 + 1) % COUNTIES.length] as (typeof COUNTIES)[number]),
          area(100 + i, ring),
        ],
      }),
    );
    await writePolygons(place, 'STFB', WATER_COLUMNS, waters);
    return { stations: STATIONS, reserves: RESERVES.length, waters: WATERS.length };
  },
  open: async ({ folder }) => withoutServer({ ENVIRONMENT_GIS_FOLDER: folder }),
};
