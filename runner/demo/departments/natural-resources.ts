import { type County, currentCode } from '../world/counties.ts';
import { entityAt } from '../world/entity.ts';
import { below, pick } from '../world/hash.ts';
import { addressIn, personAt, type WorldOptions } from '../world/person.ts';
import type { SampleColumn } from '../world/sample-system.ts';
import { type SampleDepartment, withoutServer } from './department.ts';
import { cornerOf, IN_ZONE, rectangle, toZone, ZONE_WKT } from './plots.ts';
import { type PolygonRow, type Ring, writePolygons } from './shapefile-out.ts';

const column = (name: string, type: string): SampleColumn => ({ name, type, title: '' });
const PARCEL_COLUMNS = [
  ...[column('ZDDM', 'C(28)'), column('QLR', 'C(80)'), column('QLRZJH', 'C(18)'), column('ZL', 'C(120)')],
  ...[column('TDYT', 'C(4)'), column('MJ_PFM', 'N(14,2)'), column('XZQH', 'C(6)'), column('CLRQ', 'D')],
];
const PATCH_COLUMNS = [
  column('TBBH', 'C(24)'),
  column('ZDDM', 'C(28)'),
  column('DLBM', 'C(4)'),
  column('MJ_PFM', 'N(14,2)'),
];
const MINE_COLUMNS = [
  ...[
    column('XKZH', 'C(23)'),
    column('KQMC', 'C(60)'),
    column('KZ', 'C(20)'),
    column('QLR', 'C(80)'),
    column('TYDM', 'C(18)'),
  ],
  ...[column('MJ_GQ', 'N(14,2)'), column('QSRQ', 'D'), column('ZZRQ', 'D'), column('XZQH', 'C(6)')],
];

const PARCELS_A_COUNTY = 24;
/** What surveyors, typists and other offices have done to some. */
const BOW_TIE = 5;
const IN_MU = 17;
const OTHER_ZONE = 41;
const UNKNOWN_USE = 63;
const SHORT_CODE = 77;
const PATCHES_MISSING = 88;
const BAD_NUMBER = 100;
/** A mining camp in the core of a protected area of the environment office. */
const CAMP = { index: 120, place: [98.6, 34.9] } as const;

const DWELLINGS = ['0701', '0702'];
const WORKS = ['0601', '0501', '0505', '0803', '0801', '1005'];

interface Plot {
  readonly index: number;
  readonly county: County;
  readonly code: string;
  readonly use: string;
  readonly west: number;
  readonly south: number;
  readonly width: number;
  readonly height: number;
  /** Square metres as surveyed. */
  readonly area: number;
}

function plotAt({ seed }: WorldOptions, index: number): Plot {
  const county = IN_ZONE[Math.floor(index / PARCELS_A_COUNTY)] as County;
  const at = index % PARCELS_A_COUNTY;
  const [x, y] = cornerOf(county);
  const [west, south] =
    index === CAMP.index
      ? toZone(CAMP.place)
      : toZone([x + 0.3, y + 0.3]).map((metres, i) => metres + (i === 0 ? at % 6 : Math.floor(at / 6)) * 110);
  const [width, height] = [20 + below(seed, index, 6101, 70), 20 + below(seed, index, 6102, 70)];
  const isDwelling = at % 3 !== 0;
  const number = `${currentCode(county)}${String(1 + (at % 3)).padStart(3, '0')}001GB${String(at + 1).padStart(5, '0')}`;
  return {
    ...{ index, county, west: west as number, south: south as number, width, height },
    code: index === SHORT_CODE ? number.slice(0, 18) : number,
    use:
      index === CAMP.index
        ? '0602'
        : index === UNKNOWN_USE
          ? '0799'
          : pick(isDwelling ? DWELLINGS : WORKS, seed, index, 6103),
    area: width * height * (0.995 + below(seed, index, 6104, 100) / 10_000),
  };
}

/** People live on some, bodies have the others. */
function holderOf(world: WorldOptions, { index, use }: Plot): readonly [name: string, number: string] {
  if (DWELLINGS.includes(use)) {
    const { name, citizenNumber } = personAt(world, below(world.seed, index, 6105, world.persons));
    return [name, index === BAD_NUMBER ? citizenNumber.slice(0, 15) : citizenNumber];
  }
  const { name, uscc } = entityAt(world, below(world.seed, index, 6106, world.entities));
  return [name, uscc];
}

function ringOf({ index, west, south, width, height }: Plot): Ring {
  const ring = rectangle(index === OTHER_ZONE ? west + 1_000_000 : west, south, width, height);
  const [a, b, c, d] = ring as unknown as [Ring[0], Ring[0], Ring[0], Ring[0]];
  return index === BOW_TIE ? [a, c, b, d, a] : ring;
}

function parcel(world: WorldOptions, plot: Plot): PolygonRow {
  const { index, county, code, use, area } = plot;
  const said = index === IN_MU ? (area * 3) / 2_000 : area;
  const surveyed = `20${12 + (index % 12)}0${1 + (index % 9)}1${index % 10}`;
  return {
    ring: ringOf(plot),
    cells: [
      code,
      ...holderOf(world, plot),
      addressIn(county, world.seed, index, 6110),
      use,
      said.toFixed(2),
      currentCode(county),
      surveyed,
    ],
  };
}

/** Each parcel is of one use or two; the parts have the area of the whole. */
function patches({ index, code, use, west, south, width, height, area }: Plot): readonly PolygonRow[] {
  const share = index % 4 === 0 ? 0.7 : 1;
  const parts: readonly (readonly [use: string, share: number, from: number])[] =
    share === 1 || index === PATCHES_MISSING
      ? [[use, share, 0]]
      : [
          [use, share, 0],
          ['0810', 1 - share, share],
        ];
  return parts.map(([own, part, from], i) => ({
    ring: rectangle(west + from * width, south, part * width, height),
    cells: [`${code}-${i + 1}`, code, own, (area * part).toFixed(2)],
  }));
}

const MINERALS = ['煤', '盐', '铜', '金', '石灰岩', '建筑用砂'];
const MINES = 18;
/** Granted over part of the one before it, for the same mineral. */
const DOUBLE_GRANT = 7;

function mine(world: WorldOptions, index: number): PolygonRow {
  const { seed } = world;
  const isDouble = index === DOUBLE_GRANT;
  const like = isDouble ? index - 1 : index;
  const county = IN_ZONE[like % IN_ZONE.length] as County;
  const [x, y] = cornerOf(county);
  const [west = 0, south = 0] = toZone([x + 0.5 + 0.1 * Math.floor(like / IN_ZONE.length), y + 0.1]).map(
    (metres) => metres + (isDouble ? 400 : 0),
  );
  const [width, height] = [800 + below(seed, like, 6121, 1_500), 800 + below(seed, like, 6122, 1_500)];
  const { name, uscc } = entityAt(world, below(seed, index, 6123, world.entities));
  const since = 2008 + below(seed, like, 6124, 12);
  const mineral = MINERALS[like % MINERALS.length] as string;
  return {
    ring: rectangle(west, south, width, height),
    cells: [
      ...[
        `C${currentCode(county)}${since}067110${String(index + 1).padStart(6, '0')}`,
        `${county.name}${mineral}矿${index + 1}号矿区`,
      ],
      ...[
        mineral,
        name,
        uscc,
        ((width * height) / 10_000).toFixed(2),
        `${since}0701`,
        `${since + 20}0630`,
        currentCode(county),
      ],
    ],
  };
}

/** 自然资源: parcels, land use and mining rights, as shapefiles in a zone of CGCS2000. */
export const naturalResources: SampleDepartment = {
  name: 'natural-resources',
  async fill(place) {
    const { world } = place;
    const plots = Array.from({ length: IN_ZONE.length * PARCELS_A_COUNTY }, (_, index) => plotAt(world, index));
    const parts = plots.flatMap(patches);
    await writePolygons(
      place,
      'ZD',
      PARCEL_COLUMNS,
      plots.map((plot) => parcel(world, plot)),
      ZONE_WKT,
    );
    await writePolygons(place, 'DLTB', PATCH_COLUMNS, parts, ZONE_WKT);
    const mines = Array.from({ length: MINES }, (_, index) => mine(world, index));
    await writePolygons(place, 'KYQ', MINE_COLUMNS, mines, ZONE_WKT);
    return { parcels: plots.length, patches: parts.length, mines: MINES };
  },
  open: async ({ folder }) => withoutServer({ NATURAL_RESOURCES_FOLDER: folder }),
};
