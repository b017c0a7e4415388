import type { Command } from 'commander';
import type { Pool } from 'pg';
import type { BaseDescription } from '../../schemas/base.ts';
import type { JsonValue } from '../../schemas/kernel/context.ts';
import { HubError } from '../../schemas/kernel/errors.ts';
import { isPseudonym, type Pseudonyms } from '../../schemas/masking/pseudonyms.ts';
import { type KeyedRow, shownKey, shownOrigin } from '../../schemas/masking/rows.ts';
import { maskNumbersIn } from '../../schemas/masking/texts.ts';
import { HIDDEN, hidesAnything, maskValue, shownFinding } from '../../schemas/masking/values.ts';
import { storeFailure } from '../../schemas/store/failure.ts';
import { mappingsOf, type StreamEntry } from '../../schemas/system.ts';
import type { Unmasked } from './recorded.ts';

/** What a command shows of a base: masked like the pages, or as it is. */
export interface Sight {
  readonly isClear: boolean;
  text(text: string): string;
  finding(attribute: string | null, message: string): string;
  value(attribute: string, value: JsonValue): JsonValue;
  /** The place of a row at its source. */
  place(row: Omit<KeyedRow, 'attributes'>, origin: string): string;
  key(row: KeyedRow): string;
  /** Values of columns of a source, each masked like what the mapping makes of it. */
  columns(
    stream: StreamEntry | undefined,
    values: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>>;
}

const CLEAR: Sight = {
  isClear: true,
  text: (text) => text,
  finding: (_, message) => message,
  value: (_, value) => value,
  place: (_, origin) => origin,
  key: ({ sourceKey }) => sourceKey,
  columns: (_, values) => values,
};

type Seen = Pick<BaseDescription, 'attributes' | 'people'>;

function masked(base: Seen, pseudonyms: Pseudonyms | undefined): Sight {
  const { attributes, people } = base;
  const seen = { attributes, people, pseudonyms };
  return {
    isClear: false,
    text: maskNumbersIn,
    finding: (attribute, message) => shownFinding(seen, attribute, message),
    value(attribute, value) {
      const spec = attributes[attribute];
      return spec === undefined ? value : maskValue(attribute, spec, value).value;
    },
    place: (row, origin) => shownOrigin(seen, { ...row, attributes: {} }, origin),
    key: (row) => shownKey(seen, row),
    columns: (stream, values) =>
      Object.fromEntries(
        Object.entries(values).map(([column, value]) => [column, maskColumn(base, stream, column, value)]),
      ),
  };
}

/** A column that is mapped to nothing may hold anything: of a row of a person it is hidden. */
function maskColumn(base: Seen, stream: StreamEntry | undefined, column: string, value: unknown): unknown {
  if (value === null || value === undefined || !hidesAnything(base.attributes)) return value;
  const targets = (stream === undefined ? [] : mappingsOf(stream)).flatMap((mapping) =>
    Object.entries(mapping).flatMap(([name, { from }]) => {
      const spec = base.attributes[name];
      return spec !== undefined && [from].flat().includes(column) ? [[name, spec] as const] : [];
    }),
  );
  const [strictest] = targets.sort(([, a], [, b]) => b.sensitivity - a.sensitivity);
  const text = value instanceof Uint8Array ? HIDDEN : String(value);
  if (strictest === undefined) return base.people === true ? HIDDEN : maskNumbersIn(text);
  // As the source wrote it a value may have more in it than the attribute: what is shown of it is masked too.
  const [name, spec] = strictest;
  if (spec.sensitivity === 1) return maskNumbersIn(text);
  if (spec.type === 'date') return HIDDEN;
  return spec.type === 'code' || spec.type === 'boolean' ? text : maskValue(name, spec, text).value;
}

export const clearable = (command: Command): Command =>
  command.option('--clear', 'keys and values as they are, not masked; that somebody looked is in the audit log');

export interface SightOptions {
  /** Leave to show everything: `unmasked` gives it. */
  readonly clear?: Unmasked | null;
  readonly pseudonyms?: Pseudonyms;
}

/** @param base null for what belongs to no base */
export const sightOf = (base: Seen | null, { clear = null, pseudonyms }: SightOptions): Sight =>
  clear === null ? masked(base ?? { attributes: {} }, pseudonyms) : CLEAR;

interface Entry {
  readonly system: string;
  readonly stream: string;
  readonly key?: string | null;
  readonly origin: string | null;
  readonly message: string;
}

/** Shorter keys are in half of all messages. */
const SHORTEST_KEY = 4;

/**
 * An entry of quarantine. Its message is what a rule, a conversion or a connector says of it: it may name the row, and quote
 * any of its values.
 */
export function entrySeen<E extends Entry>(entry: E, sight: Sight): E {
  const { system, stream, key = null, origin } = entry;
  const row = { system, stream, sourceKey: key ?? '' };
  const place = origin === null ? null : sight.place(row, origin);
  const called = key === null ? null : sight.key({ ...row, attributes: {} });
  let { message } = entry;
  if (origin !== null && place !== null && origin !== '') message = message.replaceAll(origin, place);
  if (key !== null && called !== null && key.length >= SHORTEST_KEY) message = message.replaceAll(key, called);
  return {
    ...entry,
    ...(called === null ? {} : { key: called }),
    ...{ origin: place, message: sight.finding(null, message) },
  };
}

const splitRow = (row: string): readonly [source: string, key: string] => {
  const at = row.indexOf(' ');
  return [row.slice(0, at), row.slice(at + 1)];
};

interface RowsOf {
  readonly pool: Pool;
  readonly definition: Pick<BaseDescription, 'name' | 'schema'>;
}

/** What to call each of the rows (`system/stream key`). */
export async function namesOfRows(
  { pool, definition: { schema } }: RowsOf,
  sight: Sight,
  rows: readonly string[],
): Promise<(row: string) => string> {
  if (sight.isClear || rows.length === 0) return (row) => row;
  const parts = [...new Set(rows)].map(splitRow);
  try {
    const { rows: found } = await pool.query<{ source: string; key: string; attributes: KeyedRow['attributes'] }>(
      `SELECT w.source, w.key, r.attributes FROM unnest($1::text[], $2::text[]) AS w (source, key)
       JOIN ${schema}.source AS s ON s.system || '/' || s.stream = w.source
       JOIN ${schema}.source_record AS r ON r.source_id = s.source_id AND r.source_key = w.key`,
      [parts.map(([source]) => source), parts.map(([, key]) => key)],
    );
    const known = new Map(found.map(({ source, key, attributes }) => [`${source} ${key}`, attributes]));
    return (row) => {
      const [source, sourceKey] = splitRow(row);
      const [system = '', stream = ''] = source.split('/');
      return `${source} ${sight.key({ system, stream, sourceKey, attributes: known.get(row) ?? {} })}`;
    };
  } catch (error) {
    throw storeFailure(error, `reading rows of ${schema}`);
  }
}

const AT_ONCE = 20_000;

/**
 * A row as a person names it, in words that the base knows: what stands under a pseudonym is found by trying every key, which
 * takes seconds for a million rows.
 * @returns the number of the record for a pseudonym, everything else as it is
 * @throws HUB_CATALOG_NOT_FOUND
 */
export async function rowMeant(
  { pool, definition: { schema, name } }: RowsOf,
  pseudonyms: Pseudonyms,
  text: string,
): Promise<string> {
  const [source, pseudonym] = text.startsWith('~') ? ['', text] : splitRow(text);
  if (!isPseudonym(pseudonym)) return text;
  for (let after = 0; ; ) {
    const { rows } = await pool
      .query<{ id: number; row: string }>(
        `SELECT r.record_id::float8 AS id, s.system || '/' || s.stream || ' ' || r.source_key AS row
         FROM ${schema}.source_record AS r JOIN ${schema}.source AS s USING (source_id)
         WHERE r.record_id > $1 AND NOT r.deleted AND ($2 = '' OR s.system || '/' || s.stream = $2)
         ORDER BY r.record_id LIMIT ${AT_ONCE}`,
        [after, source],
      )
      .catch((error: unknown) => {
        throw storeFailure(error, `reading rows of ${schema}`);
      });
    const meant = rows.find(({ row }) => pseudonyms.of(row) === pseudonym);
    if (meant !== undefined) return String(meant.id);
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.id;
  }
  throw new HubError('HUB_CATALOG_NOT_FOUND', `${name} has no row ${text}`, {
    allowed: '"system/stream key" or the number of a record, as hub review list shows them',
  });
}
