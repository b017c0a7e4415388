import { prepareBatch } from '../../pipelines/engine/ingest/prepare.ts';
import { notOpen, type Quarantined, readQuarantined } from '../../pipelines/engine/steward/settle.ts';
import { nearest } from '../../pipelines/nearest.ts';
import { columnsOfSchema } from '../../schemas/avro.ts';
import { createRawCodec, schemaIdOf } from '../../schemas/codec.ts';
import { HubError, isHubError } from '../../schemas/kernel/errors.ts';
import type { ColumnSpec, RawRecord, RawValue } from '../../schemas/stream.ts';
import type { Hub } from '../compose.ts';
import { normalizerOf } from './pipelines.ts';
import { baseNamed } from './rebuild.ts';

export interface Mend {
  readonly base: string;
  readonly id: number;
  /** New values by column of the source, as text; null empties the column. */
  readonly changes: Readonly<Record<string, string | null>>;
  readonly by: string;
  readonly reason: string;
}

export interface OpenedEntry extends Quarantined {
  /** The row as the source had it; null when its bytes cannot be read. */
  readonly record: RawRecord | null;
  readonly columns: readonly ColumnSpec[];
}

/** An entry with its row decoded. @throws HUB_CATALOG_NOT_FOUND */
export async function openEntry(hub: Hub, base: string, id: number): Promise<OpenedEntry> {
  const { pool, definition } = baseNamed(hub, base);
  const entry = await readQuarantined(pool, definition.schema, id);
  try {
    const reader = hub.rawReader();
    await reader.prepare([entry.raw]);
    const record = reader.decode(entry.raw);
    return { ...entry, record, columns: columnsOfSchema(await hub.registry.byId(schemaIdOf(entry.raw))) };
  } catch (error) {
    if (!isHubError(error) || error.recovery !== 'reject') throw error;
    return { ...entry, record: null, columns: [] };
  }
}

/**
 * Puts the row into the log again with some values corrected, so that whatever is built from the log holds the correction
 * too. It keeps its key and its time: a version that the source has sent since then goes before it. The entry is settled
 * once the row is durable; a crash in between leaves it open, and mending it again changes nothing.
 * @throws HUB_QUARANTINE_REFUSED when the row cannot be read, is settled, or would be rejected again.
 */
export async function mendEntry(hub: Hub, { base, id, changes, by, reason }: Mend): Promise<OpenedEntry> {
  const entry = await openEntry(hub, base, id);
  if (entry.state !== 'open') throw notOpen(id, entry.state);
  const { record, columns, system, stream, topic } = entry;
  if (record === null || record.op === 'delete')
    throw refused(`the bytes of entry ${id} are no row`, 'let the source be read again, or dismiss the entry');
  const stored = await hub.systems.get(system);
  const value = { ...record.value, ...valuesOf(changes, columns) };
  const mended: RawRecord = { ...record, value, origin: `${record.origin} mended` };
  const codec = createRawCodec(schemaIdOf(entry.raw), await hub.registry.byId(schemaIdOf(entry.raw)));
  const bytes = codec.encode(mended);

  const { base: target, normalize } = await normalizerOf(hub, stored, stream);
  const reader = hub.rawReader();
  const trial = { topic, partition: 0, messages: [{ offset: 0, value: bytes }] };
  const [still] = (await prepareBatch(trial, target.definition, reader, normalize)).rejects;
  if (still !== undefined)
    throw refused(`the row would be rejected again: ${still.message}`, 'other values; see hub quarantine show');

  await hub.events.append(topic, [
    { key: record.key === '' ? null : Buffer.from(record.key), value: bytes, headers: { mended: `${base} ${id}` } },
  ]);
  await target.stewardship.settle(id, { state: 'mended', by, reason, changes });
  return entry;
}

const refused = (message: string, allowed: string): HubError =>
  new HubError('HUB_QUARANTINE_REFUSED', message, { allowed });

function valuesOf(
  changes: Readonly<Record<string, string | null>>,
  columns: readonly ColumnSpec[],
): Readonly<Record<string, RawValue>> {
  const names = columns.map(({ name }) => name);
  return Object.fromEntries(
    Object.entries(changes).map(([name, text]) => {
      const column = columns.find((one) => one.name === name);
      if (column === undefined) {
        const meant = nearest(name, names);
        throw refused(
          `the row has no column "${name}"${meant === null ? '' : `; did you mean "${meant}"`}`,
          names.join(', '),
        );
      }
      return [name, text === null ? null : cellOf(text, column)];
    }),
  );
}

/** Text, decimals and times travel as the source printed them. */
function cellOf(text: string, { name, type }: ColumnSpec): RawValue {
  switch (type) {
    case 'integer':
    case 'float': {
      const number = Number(text);
      if (text.trim() !== '' && Number.isFinite(number)) return number;
      throw refused(`column ${name} is of type ${type}, "${text}" is no number`, 'a number');
    }
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw refused(`column ${name} is of type boolean`, 'true or false');
    case 'bytes':
      throw refused(`column ${name} holds bytes, which cannot be typed`, 'another column');
    default:
      return text;
  }
}
