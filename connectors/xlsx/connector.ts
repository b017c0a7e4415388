import type { Connector } from '../connector.ts';
import { fileSource } from '../files/source.ts';
import { sheetFormat } from '../sheets/format.ts';
import { type XlsxConfig, xlsxConfig } from './config.ts';
import { xlsxOpener } from './sheet.ts';

export const xlsx: Connector<XlsxConfig> = {
  type: 'xlsx',
  summary: 'Excel workbooks (.xlsx) in a folder: merged heads, columns that become rows, digits kept, read as a stream',
  config: xlsxConfig,
  keysOnce: 'file',
  versions: () => 'file',
  open: async (config, context) => fileSource(sheetFormat('xlsx', xlsxOpener()), config, context),
};
