import type { Connector } from '../connector.ts';
import { fileSource } from '../files/source.ts';
import { sheetFormat } from '../sheets/format.ts';
import { type XlsConfig, xlsConfig } from './config.ts';
import { openXlsSheet } from './sheet.ts';

export const xls: Connector<XlsConfig> = {
  type: 'xls',
  summary: 'Old Excel workbooks (.xls) in a folder, each opened in a process of its own with little memory and time',
  config: xlsConfig,
  keysOnce: 'file',
  versions: () => 'file',
  async open(config, context) {
    const format = sheetFormat('xls', (file, stream, signal) => openXlsSheet(file, stream, signal, config.connection));
    return fileSource(format, config, context);
  },
};
