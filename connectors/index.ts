import { HubError } from '../schemas/kernel/errors.ts';
import type { Connector } from './connector.ts';
import { csv } from './csv/connector.ts';
import { dbf } from './dbf/connector.ts';
import { fixedWidth } from './fixed-width/connector.ts';
import { geoFiles } from './geo-files/connector.ts';
import { mssqlChanges } from './mssql-changes/connector.ts';
import { oaiPmh } from './oai-pmh/connector.ts';
import { postgresCdc } from './postgres-cdc/connector.ts';
import { restJson } from './rest-json/connector.ts';
import { soap } from './soap/connector.ts';
import { sqlTable } from './sql-table/connector.ts';
import { webhook } from './webhook/connector.ts';
import { xls } from './xls/connector.ts';
import { xlsx } from './xlsx/connector.ts';
import { xmlFiles } from './xml-files/connector.ts';

/** Every kind of source there is: one line each, nothing is discovered. `config.parse` goes before `open`. */
export const CONNECTORS: Readonly<Record<string, Connector<unknown>>> = {
  csv,
  dbf,
  'fixed-width': fixedWidth,
  'geo-files': geoFiles,
  'mssql-changes': mssqlChanges,
  'oai-pmh': oaiPmh,
  'postgres-cdc': postgresCdc,
  'rest-json': restJson,
  soap,
  'sql-table': sqlTable,
  webhook,
  xls,
  xlsx,
  'xml-files': xmlFiles,
};

/** @throws HUB_CONFIG_INVALID with the allowed names. */
export function connectorByType(type: string): Connector<unknown> {
  const connector = Object.hasOwn(CONNECTORS, type) ? CONNECTORS[type] : undefined;
  if (connector !== undefined) return connector;
  const allowed = Object.keys(CONNECTORS).sort();
  throw new HubError('HUB_CONFIG_INVALID', `There is no connector ${type}; there are ${allowed.join(', ')}`, {
    type,
    allowed,
  });
}
