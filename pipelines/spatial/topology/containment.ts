import type { ClientBase } from 'pg';
import { type Geometry, type Position, partsOf } from '../../../schemas/geometry.ts';
import { foreignPlace } from '../../gazetteer.ts';
import type { SearchFinding } from '../../pipeline.ts';
import { covers, metresToEdge, sharedArea } from '../../standards/geometry/overlay.ts';
import { areaOf } from '../../standards/geometry/shape.ts';
import { featuresOf, pairColumns, pairsOf, withUnits } from './pairs.ts';

/** Metres beyond a boundary that a position may lie: boundaries of 1:250,000 are no better. */
const BORDER_TOLERANCE_M = 100;
/** Share of an area that may lie beyond. */
const SHARE_TOLERANCE = 0.1;

const isWithin = (region: Geometry, position: Position): boolean =>
  covers(region, position) || metresToEdge(region, position) <= BORDER_TOLERANCE_M;

/** How much of a geometry lies outside, 0 to 1; null when it cannot be worked out. */
function shareOutside(geometry: Geometry, region: Geometry): number | null {
  const whole = areaOf(geometry);
  if (whole !== null && whole > 0) {
    const shared = sharedArea(geometry, region);
    return shared === null ? null : Math.max(0, 1 - shared / whole);
  }
  let [count, outside] = [0, 0];
  for (const part of partsOf(geometry))
    for (const position of part) {
      count += 1;
      if (!isWithin(region, position)) outside += 1;
    }
  return count === 0 ? 0 : outside / count;
}

function outsideOfRegion(geometry: Geometry, region: Geometry, code: string): string | null {
  const share = shareOutside(geometry, region);
  if (share === null) return `whether it lies in ${code} cannot be worked out`;
  if (share <= SHARE_TOLERANCE) return null;
  return share > 1 - 1e-9 ? `lies outside ${code}` : `${Math.round(share * 100)} % of it lie outside ${code}`;
}

/** A position says more than the text beside it: the county that it lies in is the one that the address must name. */
function contradictedByAddress(geometry: Geometry, county: Geometry, code: string, address: string): string | null {
  if (geometry.type !== 'Point' || !covers(county, geometry.coordinates)) return null;
  if (metresToEdge(county, geometry.coordinates) <= BORDER_TOLERANCE_M) return null;
  const named = foreignPlace(code, address);
  return named === null ? null : `the address names ${named}, the point lies in ${code}`;
}

/** Features against the boundaries of the regions that they name, or that their addresses name. */
export async function* searchContainment(
  client: ClientBase,
  schema: string,
  by: 'region' | 'address',
): AsyncGenerator<SearchFinding> {
  const features = featuresOf(schema);
  const statement =
    by === 'region'
      ? `${withUnits(schema)} SELECT ${pairColumns()} FROM ${features} AS a JOIN unit AS b ON a.attributes->>'region' = b.code
         WHERE a.feature_class <> 'administrative-unit'`
      : `${withUnits(schema)} SELECT ${pairColumns("a.attributes->>'address'")} FROM ${features} AS a JOIN unit AS b ON a.box && b.box
         WHERE a.feature_class <> 'administrative-unit' AND a.attributes->>'address' <> '' AND right(b.code, 2) <> '00'`;
  for await (const { a, b, more } of pairsOf(client, schema, statement)) {
    const message =
      by === 'region'
        ? outsideOfRegion(a.geometry, b.geometry, b.code)
        : contradictedByAddress(a.geometry, b.geometry, b.code, more ?? '');
    if (message !== null) yield { subject: a.code, message, entityId: a.id, system: a.system };
  }
}
