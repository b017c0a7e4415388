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
  /** Only rows in which this column is, or is not, NULL. */
  readonly isNull?: SqlColumn | undefined;
}

export const tableOf = (knex: Knex, { schema, table }: TableName): Knex.QueryBuilder =>
  schema === undefined ? knex(table) : knex(table).withSchema(schema);

/** One page by keyset: order and comparison use the same columns, so the server's own collation decides both. */
export function selectPage({ knex, comparesRows }: Database, page: Page): Knex.QueryBuilder {
  const query = tableOf(knex, page.table).select(page.columns.map((column) => selected(knex, column)));
  const [first] = page.order;
  if (first !== undefined && page.from != null)
    query.whereRaw(`?? ${page.fromIncluded === false ? '>' : '>='} ${bound(first)}`, [first.name, page.from]);
  if (first !== undefined && page.until != null) query.whereRaw(`?? <= ${bound(first)}`, [first.name, page.until]);
  if (page.isNull !== undefined) query.whereNull(page.isNull.name);
  if (page.after !== null) whereAfter(query, page.order, page.after, comparesRows);
  for (const { name } of page.order) query.orderBy(name);
  return query.limit(page.limit);
}

const selected = (knex: Knex, { name, select }: SqlColumn): Knex.Raw | string =>
  select === null ? name : knex.raw(`${select} AS ??`, [name, name]);

const bound = ({ bind }: SqlColumn): string => bind ?? '?';

/** `(a, b) > (x, y)`, written out as `a >= x AND (a > x OR (a = x AND b > y))` where rows cannot be compared well. */
function whereAfter(
  query: Knex.QueryBuilder,
  order: readonly SqlColumn[],
  after: readonly string[],
  comparesRows: boolean,
): void {
  const names = order.map(({ name }) => name);
  if (comparesRows || order.length === 1) {
    const left = names.map(() => '??').join(', ');
    query.whereRaw(`(${left}) > (${order.map(bound).join(', ')})`, [...names, ...after]);
    return;
  }
  const branches: string[] = [];
  const bindings: string[] = [];
  for (let i = 0; i < order.length; i++) {
    const terms = order.slice(0, i + 1).map((column, j) => `?? ${j < i ? '=' : '>'} ${bound(column)}`);
    branches.push(`(${terms.join(' AND ')})`);
    for (let j = 0; j <= i; j++) bindings.push(names[j] as string, after[j] as string);
  }
  // The first term alone is what an index can use.
  query.whereRaw(`?? >= ${bound(order[0] as SqlColumn)}`, [names[0] as string, after[0] as string]);
  query.whereRaw(`(${branches.join(' OR ')})`, bindings);
}

/** Rows that the keyset cannot see because a key column is NULL. */
export function selectKeyless(
  { knex }: Database,
  table: TableName,
  columns: readonly SqlColumn[],
  key: readonly SqlColumn[],
  limit: number,
): Knex.QueryBuilder {
  return tableOf(knex, table)
    .select(columns.map((column) => selected(knex, column)))
    .where((either) => {
      for (const { name } of key) either.orWhereNull(name);
    })
    .limit(limit);
}
