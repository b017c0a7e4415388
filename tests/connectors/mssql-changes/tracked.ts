import { sqlConnection } from '../../../connectors/sql/config.ts';
import type { Database, Row } from '../../../connectors/sql/database.ts';
import { mssqlColumn, openMssql } from '../../../connectors/sql/mssql.ts';

/**
 * A table with change tracking, in memory: it answers the statements that the connector writes, by their shape and
 * bindings. No SQL Server can be had for the tests; what the statements say is tested as text beside this.
 */
export class TrackedTable {
  version = 0;
  oldest: number | null = 0;
  readonly rows = new Map<string, string | null>();
  readonly changes = new Map<string, { version: number; op: 'I' | 'U' | 'D' }>();
  readonly statements: string[] = [];
  /** Called before each statement that reads changes. */
  meanwhile: () => void = () => {};

  put(id: string, name: string | null): void {
    this.changes.set(id, { version: ++this.version, op: this.rows.has(id) ? 'U' : 'I' });
    this.rows.set(id, name);
  }
  remove(id: string): void {
    this.changes.set(id, { version: ++this.version, op: 'D' });
    this.rows.delete(id);
  }

  #answer(sql: string, bindings: readonly unknown[]): readonly Row[] {
    this.statements.push(sql);
    if (sql.includes('CHANGE_TRACKING_CURRENT_VERSION'))
      return [[String(this.version), this.oldest === null ? null : String(this.oldest)]];
    if (sql.includes('CHANGETABLE')) {
      this.meanwhile();
      const [limit, since, until, ...after] = bindings;
      const [last, key] = after.length === 0 ? [-1, ''] : [Number(after.at(-2)), String(after.at(-1))];
      return [...this.changes]
        .filter(
          ([id, { version }]) =>
            version > Number(since) && version <= Number(until) && (version > last || (version === last && id > key)),
        )
        .sort(([a, x], [b, y]) => x.version - y.version || (a < b ? -1 : 1))
        .slice(0, Number(limit))
        .map(([id, { version, op }]) => [
          String(version),
          op === 'D' || !this.rows.has(id) ? 'D' : 'U',
          id,
          this.rows.get(id) ?? null,
        ]);
    }
    const [limit, after = ''] = bindings;
    return [...this.rows]
      .filter(([id]) => id > String(after))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, Number(limit));
  }

  open(): Database {
    const db = openMssql(sqlConnection.parse({ client: 'mssql', host: 'nowhere', database: 'd' }));
    const size = { length: '20', precision: null, scale: null, collation: null };
    return {
      ...db,
      [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
      cancel: async () => {},
      notes: async () => ['SQL Server in memory'],
      tables: async () => [{ schema: 'dbo', table: 't' }],
      rows: async (query) => {
        const { sql, bindings } = query.toSQL().toNative();
        return this.#answer(sql, bindings);
      },
      describe: async ({ table }) =>
        table !== 't'
          ? null
          : {
              ...{ schema: 'dbo', table, primaryKey: ['id'], rowEstimate: this.rows.size },
              columns: [mssqlColumn('id', 'varchar', size, false, ''), mssqlColumn('name', 'nvarchar', size, true, '')],
              indexes: [{ columns: ['id'], unique: true }],
            },
    };
  }
}
