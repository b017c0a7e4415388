import type { ClientBase } from 'pg';

/** Standing decisions of people, by row (`system/stream key`). */
export interface Decisions {
  /** Rows that are one subject with this one. */
  confirmedWith(row: string): readonly string[];
  isForbidden(a: string, b: string): boolean;
  readonly isEmpty: boolean;
}

const pairOf = (a: string, b: string): string => (a < b ? `${a}\u001f${b}` : `${b}\u001f${a}`);

/** One that needs a second pair of eyes does not stand before it has them. */
export async function readDecisions(client: ClientBase, schema: string): Promise<Decisions> {
  const { rows } = await client.query<{ left_row: string; right_row: string; kind: string }>(
    `SELECT left_row, right_row, kind FROM ${schema}.decision
      WHERE withdrawn_at IS NULL AND (NOT needs_second OR seconded_by IS NOT NULL)`,
  );
  const confirmed = new Map<string, string[]>();
  const forbidden = new Set<string>();
  const add = (from: string, to: string): void => {
    const known = confirmed.get(from);
    if (known === undefined) confirmed.set(from, [to]);
    else known.push(to);
  };
  for (const { left_row: left, right_row: right, kind } of rows) {
    if (kind === 'forbidden') forbidden.add(pairOf(left, right));
    else {
      add(left, right);
      add(right, left);
    }
  }
  return {
    confirmedWith: (row) => confirmed.get(row) ?? [],
    isForbidden: (a, b) => forbidden.size > 0 && forbidden.has(pairOf(a, b)),
    isEmpty: rows.length === 0,
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
