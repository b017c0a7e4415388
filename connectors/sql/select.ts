import type { Knex } from 'knex';
import type { Database, SqlColumn, TableName } from './database.ts';

/** Where a page begins and ends. `after` are the texts of the order columns of the last row taken. */
export interface Page {
  readonly table: TableName;
  readonly columns: readonly SqlColumn[];
  readonly order: readonly SqlColumn[];
  readonly after: readonly string[] | null;
  readonly limit: number;
  /** Bounds of the first order column; `until` is inclusive, `from` when `fromIncluded`. */
  readonly from?: string | null | undefined;
  readonly fromIncluded?: boolean | undefined;
  readonly until?: string | null | undefined;
  /** Only rows in which this column is NULL, or holds what stands for it. */
  readonly isNull?: SqlColumn | undefined;
}

type Dialect = Pick<Database, 'knex' | 'quote' | 'comparesRows'>;

/** The table's alias, without AS, which Oracle does not take: ORDER BY names columns of the table with it, never the text that the SELECT list made of them. */
const ALIAS = 't';

/** Quoted by us: knex takes dots and ` as ` in a name for syntax. A question mark would be taken for a binding. */
const named = (db: Dialect, name: string): string => db.quote(name).replaceAll('?', '\\?');

/** A template with ?? for the name of a column, such as `max(??)`. */
export const over = (db: Dialect, template: string, { name }: Pick<SqlColumn, 'name'>): string =>
  template.replaceAll('??', () => named(db, name));

export function tableOf(db: Dialect, { schema, table }: TableName): Knex.QueryBuilder {
  const place = schema === undefined ? named(db, table) : `${named(db, schema)}.${named(db, table)}`;
  return db.knex.queryBuilder().from(db.knex.raw(`${place} ${db.quote(ALIAS)}`));
}

const selected = (db: Dialect, column: SqlColumn): Knex.Raw =>
  db.knex.raw(over(db, column.select === null ? '??' : `${column.select} AS ??`, column));

const bound = ({ bind }: SqlColumn): string => bind ?? '?';

const compared = (db: Dialect, column: SqlColumn, operator: string): string =>
  `${named(db, column.name)} ${operator} ${bound(column)}`;

/** One page by keyset: order and comparison use the same columns, so the server's own collation decides both. */
export function selectPage(db: Dialect, page: Page): Knex.QueryBuilder {
  const query = tableOf(db, page.table).select(page.columns.map((column) => selected(db, column)));
  const [first] = page.order;
  if (first !== undefined && page.from != null)
    query.whereRaw(compared(db, first, page.fromIncluded === false ? '>' : '>='), [page.from]);
  if (first !== undefined && page.until != null) query.whereRaw(compared(db, first, '<='), [page.until]);
  if (page.isNull !== undefined) query.whereRaw(over(db, page.isNull.unset ?? '?? is null', page.isNull));
  // A row without a key has no place in the order; it is looked for by itself.
  for (const column of page.order) if (column.nullable) query.whereRaw(over(db, '?? is not null', column));
  if (page.after !== null) whereAfter(db, query, page.order, page.after);
  for (const column of page.order) query.orderByRaw(over(db, `${db.quote(ALIAS)}.??`, column));
  return query.limit(page.limit);
}

/** `(a, b) > (x, y)`, written out as `a >= x AND (a > x OR (a = x AND b > y))` where rows cannot be compared well. */
function whereAfter(
  db: Dialect,
  query: Knex.QueryBuilder,
  order: readonly SqlColumn[],
  after: readonly string[],
): void {
  if (db.comparesRows || order.length === 1) {
    const left = order.map(({ name }) => named(db, name)).join(', ');
    query.whereRaw(`(${left}) > (${order.map(bound).join(', ')})`, after);
    return;
  }
  const branches = order.map((last, i) => {
    const terms = [...order.slice(0, i).map((column) => compared(db, column, '=')), compared(db, last, '>')];
    return `(${terms.join(' AND ')})`;
  });
  const bindings = order.flatMap((_, i) => after.slice(0, i + 1));
  // The first term alone is what an index can use.
  query.whereRaw(compared(db, order[0] as SqlColumn, '>='), [after[0] as string]);
  query.whereRaw(`(${branches.join(' OR ')})`, bindings);
}

/** Up to two rows that the server takes for equal in `columns` to these texts. */
export function selectEqual(
  db: Dialect,
  table: TableName,
  columns: readonly SqlColumn[],
  texts: readonly string[],
): Knex.QueryBuilder {
  const query = tableOf(db, table).select(columns.map((column) => selected(db, column)));
  for (const [i, column] of columns.entries()) query.whereRaw(compared(db, column, '='), [texts[i] as string]);
  return query.limit(2);
}

/** Rows that the keyset cannot see because a key column is NULL. */
export function selectKeyless(
  db: Dialect,
  table: TableName,
  columns: readonly SqlColumn[],
  key: readonly SqlColumn[],
  limit: number,
): Knex.QueryBuilder {
  const without = key.filter(({ nullable }) => nullable).map((column) => over(db, '?? is null', column));
  return tableOf(db, table)
    .select(columns.map((column) => selected(db, column)))
    .whereRaw(`(${without.join(' or ')})`)
    .limit(limit);
}

/** One key that several rows have, with how many; NULLs are looked for by themselves. */
export function selectRepeated(db: Dialect, table: TableName, key: readonly SqlColumn[]): Knex.QueryBuilder {
  const names = key.map((column) => over(db, `${db.quote(ALIAS)}.??`, column)).join(', ');
  const query = tableOf(db, table).select([...key.map((column) => selected(db, column)), db.knex.raw('count(*)')]);
  for (const column of key) if (column.nullable) query.whereRaw(over(db, '?? is not null', column));
  return query.groupByRaw(names).havingRaw('count(*) > 1').limit(1);
}
