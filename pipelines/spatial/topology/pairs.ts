import type { ClientBase } from 'pg';
import { fromWkb, type Geometry } from '../../../schemas/geometry.ts';

/** Few, because each may bring a geometry of hundreds of thousands of points. */
const ROWS_A_FETCH = 50;
let cursors = 0;

/** Rows of a statement, a few at a time, in the transaction of the client; other statements may be asked in between. */
export async function* lotsOf<Row extends object>(
  client: ClientBase,
  statement: string,
  size = ROWS_A_FETCH,
): AsyncGenerator<readonly Row[]> {
  cursors += 1;
  const name = `lots_${cursors}`;
  await client.query(`DECLARE ${name} NO SCROLL CURSOR FOR ${statement}`);
  for (;;) {
    const { rows } = await client.query<Row>(`FETCH ${size} FROM ${name}`);
    if (rows.length > 0) yield rows;
    if (rows.length < size) break;
  }
  await client.query(`CLOSE ${name}`);
}

/** Features with the geometry that survived, and the system that it came from. */
export const featuresOf = (schema: string): string =>
  `(SELECT f.feature_class, f.box, r.entity_id, s.system, g.attributes, g.attributes->>'code' AS code
    FROM ${schema}.feature_box f JOIN ${schema}.source_record r USING (record_id) JOIN ${schema}.source s USING (source_id)
    JOIN ${schema}.golden g USING (entity_id) WHERE (g.winners->'geometry'->>0)::bigint = f.record_id)`;

/** A cartogram shows no true place, so no rule compares places with it. */
export const IS_TRUE_UNIT = (alias: string): string =>
  `${alias}.feature_class = 'administrative-unit' AND coalesce(${alias}.attributes->>'drawing', '') <> 'cartogram'`;

export interface Side {
  readonly id: number;
  readonly code: string;
  readonly system: string;
  readonly geometry: Geometry;
}

interface PairRow {
  readonly a: number;
  readonly a_code: string;
  readonly a_system: string;
  readonly b: number;
  readonly b_code: string;
  readonly b_system: string;
  readonly more: string | null;
}

/** Columns of a statement over `a` and `b`, both of `featuresOf`. */
export const pairColumns = (more = 'NULL::text'): string =>
  `a.entity_id::float8 AS a, a.code AS a_code, a.system AS a_system,
   b.entity_id::float8 AS b, b.code AS b_code, b.system AS b_system, ${more} AS more`;

export async function geometriesOf(
  client: ClientBase,
  schema: string,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Geometry>> {
  const { rows } = await client.query<{ id: number; wkb: string }>(
    `SELECT entity_id::float8 AS id, attributes->>'geometry' AS wkb FROM ${schema}.golden WHERE entity_id = ANY($1::bigint[])`,
    [[...new Set(ids)]],
  );
  const found = new Map<number, Geometry>();
  for (const { id, wkb } of rows) {
    const read = fromWkb(Buffer.from(wkb, 'base64'));
    if (read !== null) found.set(id, read.geometry);
  }
  return found;
}

/** Pairs that a statement with `pairColumns` names, each with both geometries. */
export async function* pairsOf(
  client: ClientBase,
  schema: string,
  statement: string,
): AsyncGenerator<{ readonly a: Side; readonly b: Side; readonly more: string | null }> {
  for await (const rows of lotsOf<PairRow>(client, statement)) {
    const geometries = await geometriesOf(
      client,
      schema,
      rows.flatMap(({ a, b }) => [a, b]),
    );
    for (const row of rows) {
      const [first, second] = [geometries.get(row.a), geometries.get(row.b)];
      if (first === undefined || second === undefined) continue;
      yield {
        a: { id: row.a, code: row.a_code, system: row.a_system, geometry: first },
        b: { id: row.b, code: row.b_code, system: row.b_system, geometry: second },
        more: row.more,
      };
    }
  }
}
