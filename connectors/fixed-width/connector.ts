import type { Connector } from '../connector.ts';
import type { FileFormat } from '../files/format.ts';
import { fileSource } from '../files/source.ts';
import { type FixedWidthConfig, type FixedWidthStream, fixedWidthConfig } from './config.ts';
import { type FixedWidthShape, inspectFixedWidth } from './inspect.ts';
import { readFixedWidth } from './read.ts';

const format: FileFormat<FixedWidthStream, FixedWidthShape> = {
  type: 'fixed-width',
  inspect: inspectFixedWidth,
  rows: readFixedWidth,
};

export const fixedWidth: Connector<FixedWidthConfig> = {
  type: 'fixed-width',
  summary:
    'Text files whose columns are bytes at fixed places, in a declared encoding, with header and counted trailer',
  config: fixedWidthConfig,
  keysOnce: 'file',
  versions: () => 'file',
  open: async (config, context) => fileSource(format, config, context),
};
