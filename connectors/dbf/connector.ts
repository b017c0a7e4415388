import type { Connector } from '../connector.ts';
import type { FileFormat } from '../files/format.ts';
import { fileSource } from '../files/source.ts';
import { type DbfConfig, type DbfStream, dbfConfig } from './config.ts';
import { type DbfShape, inspectDbf } from './header.ts';
import { readDbf } from './read.ts';

const dbfFormat: FileFormat<DbfStream, DbfShape> = { type: 'dbf', inspect: inspectDbf, rows: readDbf };

export const dbf: Connector<DbfConfig> = {
  type: 'dbf',
  summary: 'dBASE III and FoxPro tables (DBF) in a folder, GB18030 by default, exact to the record',
  config: dbfConfig,
  open: async (config, context) => fileSource(dbfFormat, config, context),
};
