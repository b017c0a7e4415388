import type { ClientBase } from 'pg';
import type { BatchFinding } from '../../pipeline.ts';
import { covers, sharedArea } from '../../standards/geometry/overlay.ts';
import { CONSTRUCTION } from '../land-use.ts';
import { featuresOf, IS_TRUE_UNIT, pairColumns, pairsOf, type Side } from './pairs.ts';

/** Square metres that two features may share: lines are digitised twice, and never quite alike. */
const HECTARE = 10_000;
const MU = 667;
const PLOT = 100;

interface Overlap {
  readonly tolerance: number;
  /** Over `a` and `b` of `featuresOf`; their rectangles meet. */
  readonly where: string;
  readonly message: (a: Side, b: Side, shared: string) => string;
  /** Both sides are told, because each may be the one to mend; otherwise the first is. */
  readonly isMutual: boolean;
}

const start = (alias: string): string => `coalesce(${alias}.attributes->>'validFrom', '')`;
const end = (alias: string): string => `coalesce(nullif(${alias}.attributes->>'validTo', ''), '9999-12-31')`;
const SAME_TIME = `${start('a')} <= ${end('b')} AND ${start('b')} <= ${end('a')}`;
const quoted = (codes: readonly string[]): string => codes.map((code) => `'${code}'`).join(', ');
const ofClass = (name: string): string =>
  `a.feature_class = '${name}' AND b.feature_class = '${name}' AND a.entity_id < b.entity_id`;

const OVERLAPS: Readonly<Record<'units' | 'mining' | 'grassland' | 'core', Overlap>> = {
  units: {
    tolerance: HECTARE,
    where: `${IS_TRUE_UNIT('a')} AND ${IS_TRUE_UNIT('b')} AND a.entity_id < b.entity_id
      AND (right(a.code, 2) = '00') = (right(b.code, 2) = '00') AND (right(a.code, 4) = '0000') = (right(b.code, 4) = '0000')`,
    message: (_, other, shared) => `shares ${shared} with ${other.code}`,
    isMutual: true,
  },
  mining: {
    tolerance: PLOT,
    where: `${ofClass('mining-right')} AND a.attributes->>'mineral' = b.attributes->>'mineral' AND ${SAME_TIME}`,
    message: (_, other, shared) => `shares ${shared} with ${other.code}, of the same mineral and time`,
    isMutual: true,
  },
  grassland: {
    tolerance: MU,
    where: `${ofClass('grassland-contract')} AND ${SAME_TIME}`,
    message: (_, other, shared) => `shares ${shared} with ${other.code}, of the same time`,
    isMutual: true,
  },
  core: {
    tolerance: PLOT,
    where: `a.feature_class IN ('cadastral-parcel', 'land-use-patch') AND a.attributes->>'landUse' IN (${quoted(CONSTRUCTION)})
      AND b.feature_class = 'protected-area' AND b.attributes->>'zone' LIKE '核心%'`,
    message: (_, area, shared) => `construction land, ${shared} of it in the core of ${area.code}`,
    isMutual: false,
  },
};

const hectares = (squareMetres: number): string => `${(squareMetres / HECTARE).toFixed(2)} ha`;

/** What they share beyond the tolerance, in words; null when they do not. */
function sharing({ geometry: a }: Side, { geometry: b }: Side, tolerance: number): string | null {
  if (a.type === 'Point') return covers(b, a.coordinates) ? 'a point' : null;
  const shared = sharedArea(a, b);
  if (shared === null) return 'an area that cannot be worked out';
  return shared > tolerance ? hectares(shared) : null;
}

/** Pairs by their rectangles, then by their geometry. */
export async function* searchOverlaps(
  client: ClientBase,
  schema: string,
  which: keyof typeof OVERLAPS,
): AsyncGenerator<BatchFinding> {
  const { tolerance, where, message, isMutual } = OVERLAPS[which];
  const features = featuresOf(schema);
  const statement = `SELECT ${pairColumns()} FROM ${features} AS a JOIN ${features} AS b ON a.box && b.box WHERE ${where}`;
  for await (const { a, b } of pairsOf(client, schema, statement)) {
    const shared = sharing(a, b, tolerance);
    if (shared === null) continue;
    const found = (one: Side, other: Side): BatchFinding => ({
      subject: `${one.code} ${other.code}`,
      message: message(one, other, shared),
      entityId: one.id,
      system: one.system,
    });
    yield found(a, b);
    if (isMutual) yield found(b, a);
  }
}
