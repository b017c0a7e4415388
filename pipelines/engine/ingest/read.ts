import type { ClientBase } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import type { Attributes } from '../../record.ts';
import type { Member } from './group.ts';
import type { StoredVersion } from './versions.ts';

/* Reads of a batch. Rows come as arrays, 64-bit numbers as float8 (exact below 2^53): both are cheaper to parse. */

const KEY_SEPARATOR = '\u001f';
const LINK_KEYS = `array_to_string(link_keys, E'\\x1f')`;
const MILLISECONDS = '(extract(epoch FROM observed_at) * 1000)::float8';

const NO_ISSUES: Member['issues'] = [];
const splitKeys = (text: string): readonly string[] => (text === '' ? [] : text.split(KEY_SEPARATOR));

export async function readVersions(
  client: ClientBase,
  schema: string,
  sourceId: number,
  keys: readonly string[],
): Promise<Map<string, StoredVersion>> {
  const versions = new Map<string, StoredVersion>();
  if (keys.length === 0) return versions;
  const text = `SELECT record_id::float8, entity_id::float8, source_key, encode(hash, 'hex'), deleted, ${MILLISECONDS},
      log_partition, log_offset::float8
    FROM ${schema}.source_record WHERE source_id = $1 AND source_key = ANY($2::text[])`;
  const { rows } = await client.query<[number, number, string, string, boolean, number, number, number]>({
    text,
    values: [sourceId, keys],
    rowMode: 'array',
  });
  for (const [recordId, entityId, key, hash, deleted, time, partition, offset] of rows)
    versions.set(key, { recordId, entityId, hash, deleted, observedAt: Math.round(time), partition, offset });
  return versions;
}

type OrderOf = (sourceId: number, key: string) => string;

/** All live records of the entities. */
export const readMembers = (
  client: ClientBase,
  schema: string,
  entityIds: readonly number[],
  orderOf: OrderOf,
): Promise<readonly Member[]> => readLive(client, schema, 'entity_id', entityIds, orderOf);

/** Those of the records that live. */
export const readMembersById = (
  client: ClientBase,
  schema: string,
  recordIds: readonly number[],
  orderOf: OrderOf,
): Promise<readonly Member[]> => readLive(client, schema, 'record_id', recordIds, orderOf);

async function readLive(
  client: ClientBase,
  schema: string,
  column: 'entity_id' | 'record_id',
  ids: readonly number[],
  orderOf: OrderOf,
): Promise<readonly Member[]> {
  if (ids.length === 0) return [];
  const text = `SELECT record_id::float8, source_id, source_key, entity_id::float8, link_rule, attributes, issues, ${LINK_KEYS}, ${MILLISECONDS}
    FROM ${schema}.source_record WHERE ${column} = ANY($1::bigint[]) AND NOT deleted`;
  type Row = [number, number, string, number, string, Attributes, Member['issues'] | null, string, number];
  const { rows } = await client.query<Row>({ text, values: [ids], rowMode: 'array' });
  return rows.map(([recordId, sourceId, key, entityId, linkRule, attributes, issues, linkKeys, time]) => ({
    recordId,
    sourceId,
    order: orderOf(sourceId, key),
    entityId,
    linkRule,
    attributes,
    attributesCopy: null,
    issues: issues ?? NO_ISSUES,
    keys: splitKeys(linkKeys),
    observedAt: Math.round(time),
    changed: false,
  }));
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
