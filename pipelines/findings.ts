import type { ClientBase } from 'pg';
import { formatEntityId } from '../schemas/entity-id.ts';
import type { RuleContext, SearchFinding, SearchRule } from './pipeline.ts';
import { WHOLE_TABLES } from './whole-tables.ts';

/* Rules over many records that name entities: SQL finds candidates, a judge in TypeScript decides what SQL cannot say. */

/** What a statement selects, by name. Ids come as text. */
export interface Candidate {
  /** The entity that the finding is about. */
  readonly entity_id?: string | null;
  /** The other entity that it is about as well, where there are two. */
  readonly other_id?: string | null;
  /** Tells findings on one entity apart, or says what a finding is about that is about none. */
  readonly about?: string | null;
  readonly message?: string;
  readonly system?: string | null;
}

export type Query = (schema: string, context: RuleContext) => string;

const ROWS_A_FETCH = 2_000;
const SEARCH = `${WHOLE_TABLES}; SET LOCAL cursor_tuple_fraction = 1`;

/** Rows of a statement, in the transaction of the caller; statements between two rows are allowed. */
export async function* rowsOf<Row extends object>(client: ClientBase, statement: string): AsyncGenerator<Row> {
  await client.query(`${SEARCH}; DECLARE candidate NO SCROLL CURSOR FOR ${statement}`);
  for (;;) {
    const { rows } = await client.query<Row>(`FETCH ${ROWS_A_FETCH} FROM candidate`);
    yield* rows;
    if (rows.length < ROWS_A_FETCH) break;
  }
  await client.query('CLOSE candidate');
}

/**
 * Subjects begin with the ids as people write them, so that whoever reads a finding can look the entity up.
 * @param prefix of the base's entity ids.
 */
export function findingOf(prefix: string, { entity_id, other_id, about, message, system }: Candidate): SearchFinding {
  const labels = [entity_id, other_id].flatMap((id) =>
    id === null || id === undefined ? [] : [formatEntityId(prefix, Number(id))],
  );
  return {
    subject: [...labels, ...(about ? [about] : [])].join(' '),
    message: message ?? '',
    entityId: entity_id === null || entity_id === undefined ? null : Number(entity_id),
    system: system ?? null,
  };
}

/** A rule whose statement gives the columns of `Candidate` and says everything. */
export const searching = (prefix: string, query: Query): SearchRule =>
  judging<Candidate>(prefix, query, (row) => [row]);

/** A rule whose statement gives candidates, each of which the judge makes findings of, or none. */
export function judging<Row extends object>(
  prefix: string,
  query: Query,
  judge: (row: Row, context: RuleContext) => readonly Candidate[],
): SearchRule {
  return {
    async *find(client, schema, context) {
      for await (const row of rowsOf<Row>(client, query(schema, context)))
        for (const candidate of judge(row, context)) yield findingOf(prefix, candidate);
    },
  };
}

const columns = (attributes: readonly string[]): string => attributes.map((name) => `"${name}" text`).join(', ');

/** Rows whose JSON has a value there, without parsing it: the engine writes JSON without blanks. */
const mentions = (column: string, attribute: string): string =>
  `${column}::text LIKE '%"${attribute}":%' AND ${column}::text NOT LIKE '%"${attribute}":null%'`;

/**
 * Live source records with some attributes as text; JSON is parsed once, and only where the first attribute has a value.
 * OFFSET 0 keeps it a table of its own: merged into a join, a table would be read again for each row of the other.
 * Columns beside them: record_id, source_id, entity_id, system, stream, authority, observed_at, issues.
 */
export const recordsWith = (schema: string, ...attributes: readonly [string, ...string[]]): string =>
  `(SELECT r.record_id, r.source_id, r.entity_id, s.system, s.stream, s.authority, r.observed_at, r.issues,
      ${attributes.map((name) => `x."${name}"`).join(', ')}
    FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id)
    CROSS JOIN LATERAL json_to_record(r.attributes) AS x (${columns(attributes)})
    WHERE NOT r.deleted AND ${mentions('r.attributes', attributes[0])} AND x."${attributes[0]}" IS NOT NULL OFFSET 0)`;

/** What survived of entities, likewise. Columns beside the attributes: entity_id, conflicts. */
export const survivorsWith = (schema: string, ...attributes: readonly [string, ...string[]]): string =>
  `(SELECT g.entity_id, g.conflicts, ${attributes.map((name) => `x."${name}"`).join(', ')}
    FROM ${schema}.golden g CROSS JOIN LATERAL json_to_record(g.attributes) AS x (${columns(attributes)})
    WHERE ${mentions('g.attributes', attributes[0])} AND x."${attributes[0]}" IS NOT NULL OFFSET 0)`;

/** What survived of the entities in `ids`, a column of another part of the statement; parsed for those alone. */
export const survivorOf = (schema: string, id: string, ...attributes: readonly string[]): string =>
  `LATERAL (SELECT ${attributes.map((name) => `x."${name}"`).join(', ')}
    FROM ${schema}.golden g CROSS JOIN LATERAL json_to_record(g.attributes) AS x (${columns(attributes)}) WHERE g.entity_id = ${id})`;

/** No finding of severity E of any rule on the attribute of the record `alias`. */
export const isTrustedIn = (alias: string, attribute: string): string =>
  `(${alias}.issues IS NULL OR NOT EXISTS (SELECT 1 FROM json_array_elements(${alias}.issues) AS i
      WHERE i->>'attribute' = '${attribute}' AND i->>'severity' = 'E'))`;

/** A date `YYYY-MM-DD` as text, so many years later; null for anything else. 29 February stays, which compares well. */
export const yearsLater = (date: string, years: number): string =>
  `CASE WHEN ${date} ~ '^\\d{4}-\\d\\d-\\d\\d$' THEN lpad((left(${date}, 4)::int + ${years})::text, 4, '0') || substr(${date}, 5) END`;
