import { BASES } from '../../pipelines/bases.ts';
import { compileMapping } from '../../pipelines/mapping.ts';
import type { Normalize, Normalizer } from '../../pipelines/pipeline.ts';
import { asRawEnvelope, columnsOfSchema, rawSchema, rawSubject } from '../../schemas/avro.ts';
import { createRawCodec, type RawCodec } from '../../schemas/codec.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { SchemaRegistry } from '../../schemas/registry/registry.ts';
import type { ColumnSpec, StreamSpec } from '../../schemas/stream.ts';
import type { StreamEntry, SystemFile } from '../../schemas/system.ts';
import { localDay } from './limits.ts';

/**
 * The codec for what the source has now, with its schema registered.
 * @param agreed the columns of the last time; null when there was none or a person has applied the system again.
 * @throws HUB_SOURCE_SCHEMA_CHANGED when an agreed or mapped column is gone, HUB_SCHEMA_INCOMPATIBLE when a type changed.
 */
export async function agreeOnSchema(
  spec: SystemFile,
  found: StreamSpec,
  agreed: readonly ColumnSpec[] | null,
  registry: SchemaRegistry,
): Promise<RawCodec> {
  const { system } = spec;
  const columns = found.columns.map(({ name }) => name);
  const missing = (agreed ?? []).map(({ name }) => name).filter((name) => !columns.includes(name));
  if (missing.length > 0) throw schemaChanged(system, found.name, `no longer has ${missing.join(', ')}`, { missing });
  try {
    compileStreamMapping(spec, found.name, columns);
  } catch (error) {
    if (!isHubError(error) || error.code !== 'HUB_MAPPING_INVALID') throw error;
    throw schemaChanged(system, found.name, `does not fit its mapping: ${error.message}`, error.details, error);
  }
  const schema = rawSchema(system, found);
  const { id } = await registry.register(rawSubject(system, found.name), schema);
  return createRawCodec(id, schema);
}

/** The stream as it was when its schema was last registered; null when it never was. */
export async function lastAgreed(system: string, stream: string, registry: SchemaRegistry): Promise<StreamSpec | null> {
  const latest = await registry.latest(rawSubject(system, stream));
  if (latest === null) return null;
  const { key } = asRawEnvelope(latest.schema) as { key?: unknown };
  return {
    name: stream,
    columns: columnsOfSchema(latest.schema),
    key: Array.isArray(key) ? key.map(String) : [],
    rowEstimate: null,
  };
}

const schemaChanged = (system: string, stream: string, what: string, details: object, cause?: unknown): HubError =>
  new HubError('HUB_SOURCE_SCHEMA_CHANGED', `${system}/${stream} ${what}`, { ...details, system, stream }, { cause });

/** null for a stream that feeds no base. HUB_MAPPING_INVALID when a column is not there. */
export function compileStreamMapping(
  spec: SystemFile,
  stream: string,
  columns: readonly string[],
  now: () => Date = () => new Date(),
): Normalizer | null {
  const entry = spec.streams[stream];
  const base = BASES.find(({ name }) => name === entry?.base);
  if (entry === undefined || base === undefined) return null;
  const place = { system: spec.system, stream, ownerCode: spec.owner.uscc };
  const compile = (mapping: StreamEntry['mapping']): Normalize =>
    compileMapping(base, mapping, columns, place, () => localDay(now()));
  if (entry.records === undefined) return compile(entry.mapping);
  return Object.entries(entry.records).map(([name, mapping]) => ({
    name,
    normalize: compile({ ...entry.mapping, ...mapping }),
  }));
}
