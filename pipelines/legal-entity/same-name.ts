import { findingOf, rowsOf, survivorsWith } from '../findings.ts';
import type { SearchRule } from '../pipeline.ts';
import { entityCoreName } from '../standards/names.ts';
import { isLive } from './status-rules.ts';

const ROWS_A_WRITE = 2_000;
/** Shorter ones are no names, only lines of business. */
const SHORTEST_CORE = 3;

interface Named {
  readonly id: string;
  readonly name: string;
  readonly uscc: string;
  readonly region: string;
}

/**
 * Rule L17. Core names are worked out here, where their rules are, and compared in the database, so that no base is held
 * in memory.
 */
export const sameCoreName: SearchRule = {
  async *find(client, schema) {
    await client.query(`CREATE TEMPORARY TABLE IF NOT EXISTS core_name (core text, region text, uscc text, name text, entity_id bigint)
      ON COMMIT DELETE ROWS`);
    let rows: (Named & { readonly core: string })[] = [];
    const write = async (): Promise<void> => {
      const column = (of: (row: Named & { readonly core: string }) => string): readonly string[] => rows.map(of);
      await client.query(
        `INSERT INTO core_name (core, region, uscc, name, entity_id)
         SELECT core, region, uscc, name, id FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
           AS n (core, region, uscc, name, id)`,
        [
          ...[column(({ core }) => core), column(({ region }) => region), column(({ uscc }) => uscc)],
          ...[column(({ name }) => name), column(({ id }) => id)],
        ],
      );
      rows = [];
    };
    const live = `SELECT e.entity_id::text AS id, e.name, e.uscc, e.region
      FROM ${survivorsWith(schema, 'uscc', 'name', 'region', 'status')} AS e
      WHERE e.name IS NOT NULL AND e.region IS NOT NULL AND ${isLive('e.status')}`;
    for await (const row of rowsOf<Named>(client, live)) {
      const core = entityCoreName(row.name);
      if (core.length >= SHORTEST_CORE) rows.push({ ...row, core });
      if (rows.length >= ROWS_A_WRITE) await write();
    }
    await write();
    const shared = `SELECT array_agg(entity_id::text ORDER BY entity_id) AS ids, array_agg(name ORDER BY entity_id) AS names
      FROM core_name GROUP BY core, region HAVING min(uscc) <> max(uscc)`;
    for await (const { ids, names } of rowsOf<{ ids: readonly string[]; names: readonly string[] }>(client, shared)) {
      for (let i = 1; i < ids.length; i++) {
        const message = `${names[i]} and ${names[0]} in one county under two credit codes`;
        yield findingOf('L', { entity_id: ids[i] as string, other_id: ids[0] as string, message });
      }
    }
  },
};
