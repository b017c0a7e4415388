import { BASES } from '../../pipelines/bases.ts';
import { localDay } from '../../pipelines/calendar.ts';
import { loadConversions } from '../../pipelines/conversions.ts';
import { compileMapping } from '../../pipelines/mapping.ts';
import type { Normalize, Normalizer } from '../../pipelines/record.ts';
import { asRawEnvelope, columnsOfSchema, rawSchema, rawSubject } from '../../schemas/avro.ts';
import { createRawCodec, type RawCodec } from '../../schemas/codec.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { SchemaRegistry } from '../../schemas/registry/registry.ts';
import type { ColumnSpec, StreamSpec } from '../../schemas/stream.ts';
import { mappingsOf, type StreamEntry, type SystemFile } from '../../schemas/system.ts';
import { breaksSchema, type Change, changesBetween } from './drift.ts';

export interface Agreement {
  readonly codec: RawCodec;
  /** What differs from the last time, none of which pauses the stream. */
  readonly changes: readonly Change[];
}

/**
 * The codec for what the source has now, with its schema registered.
 * @param agreed the columns of the last time; null when there was none or a person has applied the system again, which
 *   is consent to whatever the source has now.
 * @throws HUB_SOURCE_SCHEMA_CHANGED when a column that is needed is gone or of another type (`details.changes`).
 */
export async function agreeOnSchema(
  spec: SystemFile,
  found: StreamSpec,
  agreed: readonly ColumnSpec[] | null,
  registry: SchemaRegistry,
): Promise<Agreement> {
  const { system } = spec;
  const changes = agreed === null ? [] : changesBetween(agreed, found, spec.streams[found.name]);
  const pausing = changes.filter(({ decision }) => decision === 'pause');
  if (pausing.length > 0)
    throw schemaChanged(system, found.name, `has changed: ${pausing.map(changeSentence).join('; ')}`, { changes });
  const columns = found.columns.map(({ name }) => name);
  try {
    compileStreamMapping(spec, found.name, columns);
  } catch (error) {
    if (!isHubError(error) || error.code !== 'HUB_MAPPING_INVALID') throw error;
    throw schemaChanged(system, found.name, `does not fit its mapping: ${error.message}`, error.details, error);
  }
  const schema = rawSchema(system, found);
  // Messages name the schema that wrote them: readers of old ones are not touched by a kind that changed.
  const consent = agreed === null || breaksSchema(agreed, found.columns);
  const { id } = await registry.register(rawSubject(system, found.name), schema, consent ? 'none' : 'backward');
  return { codec: createRawCodec(id, schema), changes };
}

/** `NAME dropped (varchar(20)): the mapping reads it`. */
export function changeSentence({ kind, column, before, after, reason }: Change): string {
  const how = [before, after].filter((part) => part !== null).join(' -> ');
  return `${column} ${kind}${how === '' ? '' : ` (${how})`}: ${reason}`;
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

/** As `compileStreamMapping`, with what its conversions need loaded: records may be converted. */
export async function openStreamMapping(...args: Parameters<typeof compileStreamMapping>): Promise<Normalizer | null> {
  const normalizer = compileStreamMapping(...args);
  const [{ streams }, stream] = args;
  const mappings = streams[stream] === undefined ? [] : mappingsOf(streams[stream]);
  await loadConversions(mappings.flatMap((mapping) => Object.values(mapping).map(({ as }) => as)));
  return normalizer;
}

/** null for a stream that feeds no base. HUB_MAPPING_INVALID when a column is not there. */
function compileStreamMapping(
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
