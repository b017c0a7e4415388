import type { ClientBase } from 'pg';
import { fromWkb, type Position } from '../../schemas/geometry.ts';
import type { SearchFinding } from '../pipeline.ts';
import { fromGcj02 } from '../standards/geometry/crs.ts';
import { lotsOf } from './topology/pairs.ts';

const FEWEST_POINTS = 5;
/** Enough for a median, few enough to be held. */
const MOST_POINTS = 5_000;
/** Metres: less is the accuracy of the two, more is another mistake. */
const [LEAST_OFFSET, MOST_OFFSET] = [200, 1_000];
/** The shift of map services is less in some places; its pattern gives it away. */
const LEAST_SHIFT = 75;
/** Metres around the common offset in which half of the points lie, when it is one. */
const SPREAD = 50;
const METRES_A_DEGREE = 111_195;

type Offset = readonly [east: number, north: number];

interface Compared {
  readonly system: string;
  readonly reference: string;
  readonly raw: Offset[];
  /** As if the system had shifted coordinates and did not say so. */
  readonly unshifted: Offset[];
}

const offset = ([x, y]: Position, [ax, ay]: Position): Offset => [
  (x - ax) * METRES_A_DEGREE * Math.cos((ay * Math.PI) / 180),
  (y - ay) * METRES_A_DEGREE,
];
const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
};
const lengthOf = (offsets: readonly Offset[]): number =>
  median(offsets.map(([east, north]) => Math.hypot(east, north)));

function messageOf({ raw, unshifted, reference }: Compared): string | null {
  const length = lengthOf(raw);
  if (raw.length < FEWEST_POINTS || length < LEAST_SHIFT || length > MOST_OFFSET) return null;
  const of = `${raw.length} points lie ${Math.round(length)} m from those of ${reference}`;
  if (lengthOf(unshifted) <= length / 5) return `${of}, as the shifted coordinates of map services (gcj02) do`;
  if (length < LEAST_OFFSET) return null;
  const centre: Offset = [median(raw.map(([east]) => east)), median(raw.map(([, north]) => north))];
  const spread = lengthOf(raw.map(([east, north]) => [east - centre[0], north - centre[1]]));
  if (spread > SPREAD) return null;
  return `${of}, all ${Math.round(centre[0])} m to the east and ${Math.round(centre[1])} m to the north`;
}

/** Positions of one feature from two systems: the one that survived is the reference of the other. */
export async function* searchOffsets(client: ClientBase, schema: string): AsyncGenerator<SearchFinding> {
  const compared = new Map<string, Compared>();
  const statement = `SELECT s.system, w.system AS reference, r.attributes->>'geometry' AS own, q.attributes->>'geometry' AS other
    FROM ${schema}.golden g JOIN ${schema}.source_record q ON q.record_id = (g.winners->'geometry'->>0)::bigint
    JOIN ${schema}.source_record r ON r.entity_id = g.entity_id AND r.source_id <> q.source_id AND NOT r.deleted
    JOIN ${schema}.source s ON s.source_id = r.source_id JOIN ${schema}.source w ON w.source_id = q.source_id
    WHERE g.sources > 1 AND g.attributes->>'geometryType' = 'Point' AND r.attributes->>'geometryType' = 'Point'`;
  interface Row {
    readonly system: string;
    readonly reference: string;
    readonly own: string;
    readonly other: string;
  }
  for await (const rows of lotsOf<Row>(client, statement, 1_000))
    for (const { system, reference, own, other } of rows) {
      const key = `${system} ${reference}`;
      const known = compared.get(key) ?? { system, reference, raw: [], unshifted: [] };
      compared.set(key, known);
      const [a, b] = [own, other].map((wkb) => fromWkb(Buffer.from(wkb, 'base64'))?.geometry);
      if (a?.type !== 'Point' || b?.type !== 'Point' || known.raw.length >= MOST_POINTS) continue;
      known.raw.push(offset(a.coordinates, b.coordinates));
      known.unshifted.push(offset(fromGcj02(a.coordinates), b.coordinates));
    }
  for (const [subject, one] of compared) {
    const message = messageOf(one);
    if (message !== null) yield { subject, message, entityId: null, system: one.system };
  }
}
