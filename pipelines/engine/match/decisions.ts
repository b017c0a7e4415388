import type { ClientBase } from 'pg';

/** Standing decisions of people, by row (`system/stream key`), as far as they were asked for. */
export interface Decisions {
  /** Reads the decisions about these rows. What was not asked for has none. */
  ask(rows: readonly string[]): Promise<void>;
  /** Rows that are one subject with this one. */
  confirmedWith(row: string): readonly string[];
  isForbidden(a: string, b: string): boolean;
  /** Whether one stands that is about this row. */
  concern(row: string): boolean;
}

const pairOf = (a: string, b: string): string => (a < b ? `${a}\u001f${b}` : `${b}\u001f${a}`);

/** One that needs a second pair of eyes does not stand before it has them. */
const STANDING = 'withdrawn_at IS NULL AND (NOT needs_second OR seconded_by IS NOT NULL)';

/**
 * A batch asks only for the decisions about the rows that it comes to: there may be hundreds of thousands of them. Each
 * side by an index of its own; a base without decisions is asked once.
 */
export async function openDecisions(client: ClientBase, schema: string): Promise<Decisions> {
  const { rows: known } = await client.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM ${schema}.decision WHERE withdrawn_at IS NULL) AS any`,
  );
  const isEmpty = known[0]?.any !== true;
  const asked = new Set<string>();
  const confirmed = new Map<string, Set<string>>();
  const forbidden = new Set<string>();
  const concerned = new Set<string>();
  const add = (from: string, to: string): void => {
    const others = confirmed.get(from);
    if (others === undefined) confirmed.set(from, new Set([to]));
    else others.add(to);
  };
  return {
    async ask(rows) {
      const wanted = isEmpty ? [] : rows.filter((row) => !asked.has(row));
      if (wanted.length === 0) return;
      for (const row of wanted) asked.add(row);
      const side = (column: string): string =>
        `SELECT left_row, right_row, kind FROM ${schema}.decision WHERE ${column} = ANY ($1::text[]) AND ${STANDING}`;
      const found = await client.query<[left: string, right: string, kind: string]>({
        text: `${side('left_row')} UNION ALL ${side('right_row')}`,
        values: [wanted],
        rowMode: 'array',
      });
      for (const [left, right, kind] of found.rows) {
        concerned.add(left).add(right);
        if (kind === 'forbidden') forbidden.add(pairOf(left, right));
        else {
          add(left, right);
          add(right, left);
        }
      }
    },
    confirmedWith: (row) => [...(confirmed.get(row) ?? [])],
    concern: (row) => concerned.has(row),
    isForbidden: (a, b) => forbidden.size > 0 && forbidden.has(pairOf(a, b)),
  };
}

/** Entities in which the rows are. */
export async function entitiesOfRows(
  client: ClientBase,
  schema: string,
  rows: readonly string[],
): Promise<readonly number[]> {
  if (rows.length === 0) return [];
  const names = rows.map((row) => row.slice(0, row.indexOf(' ')));
  const keys = rows.map((row) => row.slice(row.indexOf(' ') + 1));
  const found = await client.query<[number]>({
    text: `SELECT r.entity_id::float8 FROM unnest($1::text[], $2::text[]) AS w (name, key)
      JOIN ${schema}.source AS s ON s.system || '/' || s.stream = w.name
      JOIN ${schema}.source_record AS r ON r.source_id = s.source_id AND r.source_key = w.key
      WHERE NOT r.deleted`,
    values: [names, keys],
    rowMode: 'array',
  });
  return found.rows.map(([entityId]) => entityId);
}
