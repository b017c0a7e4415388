import type { Connector } from '../connector.ts';
import { type SqlConfig, type SqlConnection, sqlConfig } from './config.ts';
import type { Database } from './database.ts';
import { openMssql } from './mssql.ts';
import { openMysql } from './mysql.ts';
import { openPg } from './pg.ts';
import { sqlSource } from './source.ts';

const OPENERS: Readonly<Record<SqlConnection['client'], (connection: SqlConnection) => Database>> = {
  pg: openPg,
  mysql2: openMysql,
  mssql: openMssql,
};

export const sqlTable: Connector<SqlConfig> = {
  type: 'sql-table',
  summary: 'Tables and views of PostgreSQL, MySQL, MariaDB and SQL Server, by key and by time of change',
  config: sqlConfig,
  open: async (config, context) => sqlSource(OPENERS[config.connection.client](config.connection), config, context),
};
