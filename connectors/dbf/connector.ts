import type { Connector } from '../connector.ts';
import { type DbfShape, inspectDbf } from '../dbf-table/header.ts';
import { readDbf } from '../dbf-table/read.ts';
import type { DbfStream } from '../dbf-table/stream.ts';
import type { FileFormat } from '../files/format.ts';
import { fileSource } from '../files/source.ts';
import { type DbfConfig, dbfConfig } from './config.ts';

const dbfFormat: FileFormat<DbfStream, DbfShape> = {
  type: 'dbf',
  beside: ['.cpg'],
  inspect: inspectDbf,
  rows: readDbf,
};

export const dbf: Connector<DbfConfig> = {
  type: 'dbf',
  summary:
    'dBASE III and FoxPro tables (DBF) in a folder, GB18030 unless .cpg or code page byte say otherwise, exact to the record',
  config: dbfConfig,
  keysOnce: 'file',
  versions: () => 'file',
  open: async (config, context) => fileSource(dbfFormat, config, context),
};
