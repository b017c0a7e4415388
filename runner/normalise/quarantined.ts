import { HubError } from '../../schemas/kernel/errors.ts';
import { query } from '../../schemas/store/query.ts';
import type { SystemFile } from '../../schemas/system.ts';
import type { Hub } from '../compose.ts';

/** Records of the streams of a system that their bases have refused, whenever they were read, and that nobody has settled. */
export async function quarantinedOf(
  { bases }: Pick<Hub, 'bases'>,
  { system, streams }: Pick<SystemFile, 'system' | 'streams'>,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const name of new Set(Object.values(streams).map((entry) => entry.base))) {
    const base = name === undefined ? undefined : bases.get(name);
    if (base === undefined) continue;
    const { rows } = await query<{ stream: string; count: number }>(
      base.pool,
      `counting what ${name} has refused of ${system}`,
      `SELECT stream, count(*)::float8 AS count FROM ${base.definition.schema}.quarantine
       WHERE system = $1 AND state = 'open' GROUP BY stream`,
      [system],
    );
    for (const { stream, count } of rows) if (streams[stream]?.base === name) found.set(stream, count);
  }
  return found;
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
