import type { SampleColumn, SystemName } from './sample-system.ts';

export type TableSystem = Extract<SystemName, 'golden-shield' | 'golden-insurance' | 'golden-tax'>;

export interface SampleTable {
  readonly schema: string;
  readonly table: string;
  readonly key: string;
  readonly cursor: string;
  readonly title: string;
  /** Its changes may be read from the log of the server. */
  readonly published?: boolean;
}

const PUBLICATION = 'hub';

export const TABLES: Readonly<Record<TableSystem, SampleTable>> = {
  'golden-shield': { schema: 'ga', table: 'czrk', key: 'RYBH', cursor: 'GXSJ', title: '常住人口信息', published: true },
  'golden-insurance': { schema: 'si', table: 'cbry', key: 'AAC001', cursor: 'AAE036', title: '参保人员信息' },
  'golden-tax': { schema: 'tax', table: 'nsrxx', key: 'NSRSBH', cursor: 'GXSJ', title: '纳税人信息' },
};

export const qualified = ({ schema, table }: SampleTable): string => `${schema}.${table}`;
const quoted = (name: string): string => `"${name}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const columnList = (columns: readonly SampleColumn[]): string =>
  columns.map(({ name }) => quoted(name)).join(', ');

/** Column names stay in capitals, as the Oracle of those days had them, so every statement quotes them. */
export function createTable(table: SampleTable, columns: readonly SampleColumn[]): readonly string[] {
  const name = qualified(table);
  return [
    `CREATE SCHEMA IF NOT EXISTS ${table.schema}`,
    `DROP TABLE IF EXISTS ${name}`,
    `CREATE TABLE ${name} (${columns.map((column) => `${quoted(column.name)} ${column.type}`).join(', ')})`,
    `COMMENT ON TABLE ${name} IS ${literal(table.title)}`,
    ...columns.map((column) => `COMMENT ON COLUMN ${name}.${quoted(column.name)} IS ${literal(column.title)}`),
  ];
}

/** After the rows are in: the key, and the index that a read by time of change needs. */
export function finishTable(table: SampleTable): readonly string[] {
  const name = qualified(table);
  return [
    `ALTER TABLE ${name} ADD PRIMARY KEY (${quoted(table.key)})`,
    `ALTER TABLE ${name} ALTER COLUMN ${quoted(table.cursor)} SET NOT NULL`,
    `CREATE INDEX ON ${name} (${quoted(table.cursor)}, ${quoted(table.key)})`,
    `ANALYZE ${name}`,
    // The owner's part of reading by the log of changes.
    ...(table.published === true
      ? [`DROP PUBLICATION IF EXISTS ${PUBLICATION}`, `CREATE PUBLICATION ${PUBLICATION} FOR TABLE ${name}`]
      : []),
  ];
}
