import { resolveRegion } from '../../../pipelines/standards/regions.ts';

export interface Tile {
  readonly code: string;
  readonly name: string;
  readonly prefecture: string;
  /** Counter-clockwise, closed. */
  readonly ring: readonly (readonly [number, number])[];
}

/*
 * A tile for each county-level unit, drawn for this project: rows from north to south, columns from west to east, so that
 * neighbours are near each other. It shows no boundary and no true place.
 */
const ROWS = [
  '632803 632857 632802 632823 632222 632221 630121 630223',
  '632801 632822 632821 632224 632223 630123 630105 630104 630203',
  '......  ......  632521 632523 630106 630103 630102 630202',
  '632724 632726 632626 ...... 632322 630224 630222 630225',
  '632722 632725 632621 632522 632525 632301 632323',
  '632701 632723 632624 632623 632625 632524 632324 632622',
];

const TILE = 0.9;
const [WEST, NORTH] = [90.2, 38.6];

const square = (column: number, row: number): Tile['ring'] => {
  const [x, y] = [WEST + column * TILE * 1.25, NORTH - row * TILE];
  const at = (dx: number, dy: number): readonly [number, number] => [
    Number((x + dx).toFixed(4)),
    Number((y + dy).toFixed(4)),
  ];
  return [at(0, 0), at(TILE, 0), at(TILE, TILE * 0.8), at(0, TILE * 0.8), at(0, 0)];
};

/** The 44 counties of today and Dachaidan, which statistics count beside them: each once. */
export const CARTOGRAM: readonly Tile[] = ROWS.flatMap((line, row) =>
  line.split(/\s+/).flatMap((code, column): readonly Tile[] => {
    const name = resolveRegion(code)?.name;
    if (name === undefined) return [];
    const prefecture = resolveRegion(`${code.slice(0, 4)}00`)?.name ?? '';
    return [{ code, name, prefecture, ring: square(column, row) }];
  }),
);
