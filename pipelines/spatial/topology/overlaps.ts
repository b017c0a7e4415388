import type { ClientBase } from 'pg';
import type { SearchFinding } from '../../pipeline.ts';
import { covers, sharedArea } from '../../standards/geometry/overlay.ts';
import { CONSTRUCTION } from '../land-use.ts';
import { featuresOf, pairColumns, pairsOf, type Side, withCores, withUnits } from './pairs.ts';

/** Square metres that two features may share: lines are digitised twice, and never quite alike. */
const HECTARE = 10_000;
const MU = 667;
const PLOT = 100;

interface Overlap {
  readonly tolerance: number;
  /** FROM and WHERE over `a` and `b`, whose rectangles meet. */
  readonly pairs: (schema: string) => { readonly first?: string; readonly from: string };
  readonly message: (a: Side, b: Side, shared: string) => string;
  /** Both sides are told, because each may be the one to mend; otherwise the first is. */
  readonly isMutual: boolean;
}

const start = (alias: string): string => `coalesce(${alias}.attributes->>'validFrom', '')`;
const end = (alias: string): string => `coalesce(nullif(${alias}.attributes->>'validTo', ''), '9999-12-31')`;
const SAME_TIME = `${start('a')} <= ${end('b')} AND ${start('b')} <= ${end('a')}`;
const quoted = (codes: readonly string[]): string => codes.map((code) => `'${code}'`).join(', ');
const ofClass =
  (name: string, more: string) =>
  (schema: string): { readonly from: string } => ({
    from: `${featuresOf(schema)} AS a JOIN ${featuresOf(schema)} AS b ON a.box && b.box
      WHERE a.feature_class = '${name}' AND b.feature_class = '${name}' AND a.entity_id < b.entity_id AND ${more}`,
  });

const OVERLAPS: Readonly<Record<'units' | 'mining' | 'grassland' | 'core', Overlap>> = {
  units: {
    tolerance: HECTARE,
    pairs: (schema) => ({
      first: withUnits(schema),
      from: `unit AS a JOIN unit AS b ON a.box && b.box AND a.entity_id < b.entity_id
        WHERE (right(a.code, 2) = '00') = (right(b.code, 2) = '00') AND (right(a.code, 4) = '0000') = (right(b.code, 4) = '0000')`,
    }),
    message: (_, other, shared) => `shares ${shared} with ${other.code}`,
    isMutual: true,
  },
  mining: {
    tolerance: PLOT,
    pairs: ofClass('mining-right', `a.attributes->>'mineral' = b.attributes->>'mineral' AND ${SAME_TIME}`),
    message: (_, other, shared) => `shares ${shared} with ${other.code}, of the same mineral and time`,
    isMutual: true,
  },
  grassland: {
    tolerance: MU,
    pairs: ofClass('grassland-contract', SAME_TIME),
    message: (_, other, shared) => `shares ${shared} with ${other.code}, of the same time`,
    isMutual: true,
  },
  core: {
    tolerance: PLOT,
    pairs: (schema) => ({
      first: withCores(schema),
      from: `${featuresOf(schema)} AS a JOIN core AS b ON a.box && b.box
        WHERE a.feature_class IN ('cadastral-parcel', 'land-use-patch') AND a.attributes->>'landUse' IN (${quoted(CONSTRUCTION)})`,
    }),
    message: (_, area, shared) => `construction land, ${shared} of it in the core of ${area.code}`,
    isMutual: false,
  },
};

const hectares = (squareMetres: number): string => `${(squareMetres / HECTARE).toFixed(2)} ha`;

/** What they share beyond the tolerance, in words; null when they do not. */
function sharing({ geometry: a }: Side, { geometry: b }: Side, tolerance: number): string | null {
  if (a.type === 'Point') return covers(b, a.coordinates) ? 'a point' : null;
  const shared = sharedArea(a, b, tolerance);
  if (shared === null) return 'an area that cannot be worked out';
  return shared > tolerance ? hectares(shared) : null;
}

/** Pairs by their rectangles, then by their geometry. */
export async function* searchOverlaps(
  client: ClientBase,
  schema: string,
  which: keyof typeof OVERLAPS,
): AsyncGenerator<SearchFinding> {
  const { tolerance, pairs, message, isMutual } = OVERLAPS[which];
  const { first = '', from } = pairs(schema);
  const statement = `${first} SELECT ${pairColumns()} FROM ${from}`;
  for await (const { a, b } of pairsOf(client, schema, statement)) {
    const shared = sharing(a, b, tolerance);
    if (shared === null) continue;
    const found = (one: Side, other: Side): SearchFinding => ({
      subject: `${one.code} ${other.code}`,
      message: message(one, other, shared),
      entityId: one.id,
      system: one.system,
    });
    yield found(a, b);
    if (isMutual) yield found(b, a);
  }
}
