import type { Connector } from '../connector.ts';
import type { SqlConnection } from '../sql/config.ts';
import type { Database } from '../sql/database.ts';
import { openMssql } from '../sql/mssql.ts';
import { openMysql } from '../sql/mysql.ts';
import { openOracle } from '../sql/oracle.ts';
import { openPg } from '../sql/pg.ts';
import { sqlSource } from '../sql/source.ts';
import { type SqlConfig, sqlConfig } from './config.ts';

const OPENERS: Readonly<Record<SqlConnection['client'], (connection: SqlConnection) => Database>> = {
  pg: openPg,
  mysql2: openMysql,
  mssql: openMssql,
  oracledb: openOracle,
};

export const sqlTable: Connector<SqlConfig> = {
  type: 'sql-table',
  summary: 'Tables and views of PostgreSQL, MySQL, MariaDB, SQL Server and Oracle, by key and by time of change',
  config: sqlConfig,
  keysOnce: 'portion',
  open: async (config, context) => sqlSource(OPENERS[config.connection.client](config.connection), config, context),
};
