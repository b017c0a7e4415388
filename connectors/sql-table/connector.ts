import type { Connector } from '../connector.ts';
import type { SqlConnection } from '../sql/config.ts';
import type { Database } from '../sql/database.ts';
import { sqlSource } from '../sql/source.ts';
import { type SqlConfig, sqlConfig } from './config.ts';

/** A driver is loaded with the first connection that needs it: every command would wait for all of them. */
const OPENERS: Readonly<Record<SqlConnection['client'], (connection: SqlConnection) => Promise<Database>>> = {
  pg: async (connection) => (await import('../sql/pg.ts')).openPg(connection),
  mysql2: async (connection) => (await import('../sql/mysql.ts')).openMysql(connection),
  mssql: async (connection) => (await import('../sql/mssql.ts')).openMssql(connection),
  oracledb: async (connection) => (await import('../sql/oracle.ts')).openOracle(connection),
};

export const sqlTable: Connector<SqlConfig> = {
  type: 'sql-table',
  summary: 'Tables and views of PostgreSQL, MySQL, MariaDB, SQL Server and Oracle, by key and by time of change',
  config: sqlConfig,
  keysOnce: 'portion',
  open: async (config, context) =>
    sqlSource(await OPENERS[config.connection.client](config.connection), config, context),
};
