import type { SampleColumn } from '../world/sample-system.ts';
import { copyRows, inDatabase } from '../world/table-systems.ts';
import { createTable, finishTable, qualified, type SampleTable } from '../world/tables.ts';
import type { Place } from './department.ts';

/** Makes a table of the department anew and fills it by COPY. Gives the number of rows. */
export async function fillTable(
  place: Place,
  table: SampleTable,
  columns: readonly SampleColumn[],
  rows: Iterable<readonly (string | null)[]>,
): Promise<number> {
  let count = 0;
  await inDatabase(place.databaseUrl, qualified(table), place.signal, async (client) => {
    for (const statement of createTable(table, columns)) await client.query(statement);
    await copyRows(
      client,
      qualified(table),
      columns,
      asCells(rows),
      () => {
        count += 1;
      },
      place.signal,
    );
    for (const statement of finishTable(table)) await client.query(statement);
  });
  return count;
}

function* asCells(
  rows: Iterable<readonly (string | null)[]>,
): Generator<{ readonly cells: readonly (string | null)[] }> {
  for (const cells of rows) yield { cells };
}
