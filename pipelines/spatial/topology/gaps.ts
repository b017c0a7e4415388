import type { ClientBase } from 'pg';
import type { Geometry } from '../../../schemas/geometry.ts';
import type { SearchFinding } from '../../pipeline.ts';
import { uncovered } from '../../standards/geometry/overlay.ts';
import { currentRegions } from '../../standards/regions.ts';
import { geometriesOf, withUnits } from './pairs.ts';

/** Square metres: smaller pieces are two drawings of one line. */
const GAP_TOLERANCE = 10_000;

interface Unit {
  readonly id: number;
  readonly code: string;
  readonly system: string;
}

/**
 * Units that their own units do not fill. One is asked when each of them has a boundary: what has not been delivered yet
 * is no gap.
 */
export async function* searchGaps(client: ClientBase, schema: string): AsyncGenerator<SearchFinding> {
  const { rows: units } = await client.query<Unit>(
    `${withUnits(schema)} SELECT entity_id::float8 AS id, code, system FROM unit ORDER BY code`,
  );
  const byCode = new Map(units.map((unit) => [unit.code, unit]));
  for (const whole of units) {
    const wanted = currentRegions().filter(({ parent }) => parent === whole.code);
    if (wanted.length === 0 || wanted.some(({ code }) => !byCode.has(code))) continue;
    // 大柴旦 is counted beside the counties and is none: its land is no gap where it has a boundary of its own.
    const level = wanted[0]?.level === 'county' ? /^\d{4}(?!00)\d{2}$/ : /^\d{4}00$/;
    const parts = units.filter(
      ({ code }) => level.test(code) && code !== whole.code && code.startsWith(whole.code.replace(/(00)+$/, '')),
    );
    const geometries = await geometriesOf(
      client,
      schema,
      [whole, ...parts].map(({ id }) => id),
    );
    const own = geometries.get(whole.id);
    if (own === undefined) continue;
    const pieces = uncovered(
      own,
      parts.map(({ id }) => geometries.get(id)).filter((one): one is Geometry => one !== undefined),
    );
    const gaps = pieces?.filter((piece) => piece > GAP_TOLERANCE) ?? [];
    if (pieces !== null && gaps.length === 0) continue;
    const total = gaps.reduce((sum, piece) => sum + piece, 0);
    yield {
      subject: whole.code,
      message:
        pieces === null
          ? 'what its units leave cannot be worked out'
          : `${(total / 10_000).toFixed(2)} ha in ${gaps.length} places belong to none of its units`,
      entityId: whole.id,
      system: whole.system,
    };
  }
}
