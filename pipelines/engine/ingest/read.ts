import type { ClientBase } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import type { StoredVersion } from './versions.ts';

/* Reads of a batch. Rows come as arrays, 64-bit numbers as float8 (exact below 2^53): both are cheaper to parse. */

const MILLISECONDS = '(extract(epoch FROM observed_at) * 1000)::float8';

/** @param since records stored before have the offset -1: theirs is of another life of the topic */
export async function readVersions(
  client: ClientBase,
  schema: string,
  sourceId: number,
  keys: readonly string[],
  since: string,
): Promise<Map<string, StoredVersion>> {
  const versions = new Map<string, StoredVersion>();
  if (keys.length === 0) return versions;
  const text = `SELECT record_id::float8, entity_id::float8, source_key, encode(hash, 'hex'), deleted, ${MILLISECONDS},
      log_partition, CASE WHEN recorded_at < $3::timestamptz THEN -1 ELSE log_offset::float8 END, natural_id::float8
    FROM ${schema}.source_record WHERE source_id = $1 AND source_key = ANY($2::text[])`;
  const { rows } = await client.query<[number, number, string, string, boolean, number, number, number, number | null]>(
    {
      text,
      values: [sourceId, keys, since],
      rowMode: 'array',
    },
  );
  for (const [recordId, entityId, key, hash, deleted, time, partition, offset, naturalId] of rows)
    versions.set(key, {
      recordId,
      entityId,
      naturalId,
      hash,
      deleted,
      observedAt: Math.round(time),
      partition,
      offset,
    });
  return versions;
}

/** Pairs of key and entity that exist for these keys. */
export async function readLinks(
  client: ClientBase,
  schema: string,
  keys: readonly string[],
): Promise<readonly (readonly [key: string, entityId: number])[]> {
  if (keys.length === 0) return [];
  const { rows } = await client.query<[string, number]>({
    text: `SELECT link_key, entity_id::float8 FROM ${schema}.link_key WHERE link_key = ANY($1::text[])`,
    values: [keys],
    rowMode: 'array',
  });
  return rows;
}

/** The next `count` numbers of an identity column. Only under the lock of the base: two callers could overlap. */
export async function takeIds(
  client: ClientBase,
  table: string,
  column: string,
  count: number,
): Promise<Iterator<number>> {
  if (count === 0) return [][Symbol.iterator]();
  const { rows } = await client.query<[number]>({
    text: `SELECT setval(s, nextval(s) + $1 - 1)::float8 FROM (SELECT pg_get_serial_sequence($2, $3)::regclass AS s) AS sequence`,
    values: [count, table, column],
    rowMode: 'array',
  });
  const last = rows[0]?.[0];
  if (last === undefined) throw new HubError('HUB_INTERNAL', `${table}.${column} has no sequence`);
  return range(last - count + 1, last);
}

function* range(first: number, last: number): Iterator<number> {
  for (let id = first; id <= last; id++) yield id;
}
