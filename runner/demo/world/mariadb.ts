import knex from 'knex';
import { toHubError } from '../../../schemas/kernel/errors.ts';
import { goldenInsurance } from './golden-insurance.ts';
import type { WorldOptions } from './person.ts';
import { rowsOf } from './sample-system.ts';
import { TABLES } from './tables.ts';
import { type SystemSummary, Tally } from './truth.ts';

const ROWS_AT_ONCE = 500;
const SQL_TYPES: Readonly<Record<string, string>> = { timestamp: 'datetime', 'numeric(12,2)': 'decimal(12,2)' };

/**
 * The social security system on MariaDB or MySQL, as `cbry` in the database that the URL names: the same rows as in
 * PostgreSQL. For tests and for `connectors/systems/optional/golden-insurance-mariadb.yaml`.
 * @throws HUB_STORE_UNAVAILABLE
 */
export async function createGoldenInsuranceMariadb(
  url: string,
  world: WorldOptions,
  signal: AbortSignal,
): Promise<SystemSummary> {
  const database = knex({ client: 'mysql2', connection: url, pool: { min: 0, max: 1 } });
  const { key, cursor, table, title } = TABLES['golden-insurance'];
  const columns = goldenInsurance.columns.map(({ name, type, title: comment }) => {
    const isNeeded = name === key || name === cursor;
    return `\`${name}\` ${SQL_TYPES[type] ?? type} ${isNeeded ? 'NOT NULL' : 'NULL'} COMMENT '${comment}'`;
  });
  const tally = new Tally();
  try {
    await database.raw(`DROP TABLE IF EXISTS ${table}`);
    await database.raw(
      `CREATE TABLE ${table} (${columns.join(', ')}, PRIMARY KEY (${key}), KEY (${cursor}, ${key}))
       CHARACTER SET utf8mb4 COMMENT '${title}'`,
    );
    let batch: Record<string, string | null>[] = [];
    const send = async (): Promise<void> => {
      await database(table).insert(batch);
      batch = [];
    };
    for (const row of rowsOf(goldenInsurance, world)) {
      signal.throwIfAborted();
      tally.add(row);
      batch.push(Object.fromEntries(goldenInsurance.columns.map(({ name }, at) => [name, row.cells[at] ?? null])));
      if (batch.length >= ROWS_AT_ONCE) await send();
    }
    if (batch.length > 0) await send();
  } catch (error) {
    if (signal.aborted) throw error;
    throw toHubError(error, 'HUB_STORE_UNAVAILABLE', 'The sample system golden-insurance cannot be filled on MariaDB');
  } finally {
    await database.destroy();
  }
  return tally.summary();
}
