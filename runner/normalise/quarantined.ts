import { HubError } from '../../schemas/kernel/errors.ts';
import { query } from '../../schemas/store/query.ts';
import type { SystemFile } from '../../schemas/system.ts';
import type { Hub } from '../compose.ts';

/**
 * Records that the bases have refused, whenever they were read, and that nobody has settled. One question a base.
 * @returns by stream, what it gave to the base that it feeds now
 */
export async function readQuarantined({
  bases,
}: Pick<Hub, 'bases'>): Promise<(spec: Pick<SystemFile, 'system' | 'streams'>) => ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const [name, { pool, definition }] of bases) {
    const { rows } = await query<{ place: string; count: number }>(
      pool,
      `counting what ${name} has refused`,
      `SELECT concat_ws('/', system, stream) AS place, count(*)::float8 AS count FROM ${definition.schema}.quarantine
       WHERE state = 'open' GROUP BY 1`,
    );
    for (const { place, count } of rows) counts.set(`${name}/${place}`, count);
  }
  return ({ system, streams }) =>
    new Map(
      Object.entries(streams).flatMap(([stream, { base }]): [string, number][] => {
        const count = counts.get(`${base}/${system}/${stream}`);
        return count === undefined ? [] : [[stream, count]];
      }),
    );
}

/** null: none. */
export function recordsRejected(system: string, quarantined: ReadonlyMap<string, number>): HubError | null {
  if (quarantined.size === 0) return null;
  const told = [...quarantined].map(([stream, count]) => `${stream}: ${count} records`).join(', ');
  return new HubError('HUB_RECORDS_REJECTED', `${system}: refused by the rules of the base and not settled: ${told}`, {
    system,
    streams: Object.fromEntries(quarantined),
  });
}
