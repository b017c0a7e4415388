import type { ClientBase } from 'pg';
import { localDay } from '../calendar.ts';
import type { Projection } from '../pipeline.ts';
import type { StoredRecord } from '../record.ts';
import { DIMENSIONS, macroeconomicAttributes } from './attributes.ts';
import { type CellKey, cellOf, statusOf, whyUnpublished } from './cell.ts';

const COLUMNS = DIMENSIONS.join(', ');
/** Rank of a kind of authority that is not named; also the default of the column. */
const LAST = 99;

/**
 * Observations as a table of vintages. A source row that changes supersedes what it said before; one that is deleted
 * withdraws it. Nothing is ever removed, so any past day can be asked for. What `whyUnpublished` names has no observation,
 * an area that was not there in the period (M21) among it: what is told of it belongs elsewhere, nobody can say where.
 */
export const observations: Projection = {
  async apply(client, schema, records) {
    const told = records.flatMap((record) => {
      if (record.deleted || whyUnpublished(record.attributes) !== null) return [];
      return [{ record, cell: cellOf(record.attributes) as CellKey }];
    });
    await client.query(
      `UPDATE ${schema}.observation SET superseded_at = now() WHERE superseded_at IS NULL AND record_id = ANY($1::bigint[])`,
      [records.map(({ recordId }) => recordId)],
    );
    if (told.length === 0) return;
    await addSeries(
      client,
      schema,
      told.map(({ cell }) => cell),
    );
    await insert(client, schema, told);
  },
};

const arrays = (cells: readonly CellKey[]): string[][] => DIMENSIONS.map((name) => cells.map((cell) => cell[name]));
const PARAMETERS = DIMENSIONS.map((_, i) => `$${i + 1}::text[]`).join(', ');

async function addSeries(client: ClientBase, schema: string, cells: readonly CellKey[]): Promise<void> {
  await client.query(
    `INSERT INTO ${schema}.series (${COLUMNS}) SELECT DISTINCT ${COLUMNS} FROM unnest(${PARAMETERS}) AS n (${COLUMNS})
     WHERE NOT EXISTS (SELECT 1 FROM ${schema}.series s WHERE (s.${DIMENSIONS.join(', s.')}) = (n.${DIMENSIONS.join(', n.')}))
     ON CONFLICT DO NOTHING`,
    arrays(cells),
  );
}

interface Told {
  readonly record: StoredRecord;
  readonly cell: CellKey;
}

async function insert(client: ClientBase, schema: string, told: readonly Told[]): Promise<void> {
  const attribute = (name: string): (string | null)[] =>
    told.map(({ record }) => {
      const value = record.attributes[name];
      return value === null || value === undefined ? null : String(value);
    });
  const more = DIMENSIONS.length;
  await client.query(
    `INSERT INTO ${schema}.observation
       (record_id, series_id, period, value, status, released_on, release_kind, coverage, note, units, dated, mark, rank)
     SELECT n.record_id, s.series_id, n.period, n.value, n.status, n.released_on, n.release_kind, n.coverage, n.note, n.units, n.dated,
       n.mark, coalesce(array_position($${more + 12}::text[], c.authority), ${LAST})
     FROM unnest(${PARAMETERS}, $${more + 1}::bigint[], $${more + 2}::text[], $${more + 3}::numeric[], $${more + 4}::text[],
         $${more + 5}::date[], $${more + 6}::text[], $${more + 7}::text[], $${more + 8}::text[],
         $${more + 9}::integer[], $${more + 10}::boolean[], $${more + 11}::text[])
       AS n (${COLUMNS}, record_id, period, value, status, released_on, release_kind, coverage, note, units, dated, mark)
     JOIN ${schema}.series s ON (s.${DIMENSIONS.join(', s.')}) = (n.${DIMENSIONS.join(', n.')})
     JOIN ${schema}.source_record r USING (record_id) JOIN ${schema}.source c USING (source_id)`,
    [
      ...arrays(told.map(({ cell }) => cell)),
      told.map(({ record }) => record.recordId),
      told.map(({ cell }) => cell.period),
      attribute('value'),
      told.map(({ record }) => statusOf(record.attributes, record.issues)),
      told.map(({ record }) => releaseDay(record)),
      attribute('releaseKind'),
      attribute('coverage'),
      attribute('note'),
      attribute('units'),
      attribute('releaseDate').map((day) => day !== null && day !== ''),
      attribute('mark'),
      macroeconomicAttributes.value.authority,
    ],
  );
}

function releaseDay({ attributes, observedAt }: StoredRecord): string {
  const said = attributes['releaseDate'];
  if (typeof said === 'string' && said !== '') return said;
  return localDay(new Date(observedAt));
}
