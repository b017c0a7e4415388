import type { QueryResultRow } from 'pg';
import { formatEntityId } from '../../schemas/entity-id.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import type { CrossBase } from './contract.ts';

/** Entities read, and keys looked up, in one statement. */
const PAGE = 2_000;

export async function rowsOf<Row extends QueryResultRow>(
  { pool, definition }: CrossBase,
  what: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  try {
    return (await pool.query<Row>(sql, [...values])).rows;
  } catch (error) {
    throw storeFailure(error, `${what} of ${definition.name}`);
  }
}

export interface GoldenPage {
  /** Expressions over `g`, the golden record, with their names. */
  readonly columns: string;
  readonly where: string;
}

/** Golden records in the order of their entities, a page at a time: no transaction stays open between two pages. */
export async function* goldenPages<Row extends { readonly entityId: number }>(
  base: CrossBase,
  { columns, where }: GoldenPage,
  signal: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  const { schema } = base.definition;
  for (let after = 0; ; ) {
    signal.throwIfAborted();
    const rows = await rowsOf<Row & QueryResultRow>(
      base,
      'reading entities',
      `SELECT g.entity_id::float8 AS "entityId", ${columns} FROM ${schema}.golden AS g
        WHERE g.entity_id > $1 AND (${where}) ORDER BY g.entity_id LIMIT ${PAGE}`,
      [after],
    );
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.entityId;
  }
}

/** The system of the record that won the attribute. */
export async function systemsOfWinners(
  base: CrossBase,
  attribute: string,
  entityIds: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (entityIds.length === 0) return new Map();
  const { schema } = base.definition;
  const rows = await rowsOf<{ entityId: number; system: string }>(
    base,
    'reading winners',
    `SELECT g.entity_id::float8 AS "entityId", s.system FROM ${schema}.golden AS g
      JOIN ${schema}.source_record AS r ON r.record_id = (g.winners->$2->>0)::bigint
      JOIN ${schema}.source AS s USING (source_id)
      WHERE g.entity_id = ANY($1::bigint[])`,
    [entityIds, attribute],
  );
  return new Map(rows.map(({ entityId, system }) => [entityId, system]));
}

export const idOf = ({ definition }: CrossBase, entityId: number): string =>
  formatEntityId(definition.entityPrefix, entityId);
