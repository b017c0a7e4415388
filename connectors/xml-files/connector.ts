import type { Connector } from '../connector.ts';
import type { FileFormat } from '../files/format.ts';
import { fileSource } from '../files/source.ts';
import { type XmlFilesConfig, type XmlStream, xmlFilesConfig } from './config.ts';
import { inspectXml, readXml, type XmlShape } from './read.ts';

const format: FileFormat<XmlStream, XmlShape> = { type: 'xml-files', inspect: inspectXml, rows: readXml };

export const xmlFiles: Connector<XmlFilesConfig> = {
  type: 'xml-files',
  summary:
    'XML documents in a folder, one or many records in each, in the encoding that they declare, read as a stream',
  config: xmlFilesConfig,
  keysOnce: 'file',
  versions: () => 'file',
  open: async (config, context) => fileSource(format, config, context),
};
