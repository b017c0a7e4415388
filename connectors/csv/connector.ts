import type { Connector } from '../connector.ts';
import type { FileFormat } from '../files/format.ts';
import { fileSource } from '../files/source.ts';
import { type CsvConfig, type CsvStream, csvConfig } from './config.ts';
import { type CsvShape, inspectCsv } from './header.ts';
import { readCsv } from './read.ts';

const csvFormat: FileFormat<CsvStream, CsvShape> = { type: 'csv', inspect: inspectCsv, rows: readCsv };

export const csv: Connector<CsvConfig> = {
  type: 'csv',
  summary:
    'Delimited text files (CSV) in a folder, in UTF-8, GB18030 or another declared encoding, read record by record',
  config: csvConfig,
  keysOnce: 'file',
  versions: () => 'file',
  open: async (config, context) => fileSource(csvFormat, config, context),
};
