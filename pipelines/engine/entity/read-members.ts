import type { ClientBase } from 'pg';
import type { Attributes } from '../../record.ts';
import type { Member } from './member.ts';

/* Rows come as arrays, 64-bit numbers as float8 (exact below 2^53): both are cheaper to parse. */

const KEY_SEPARATOR = '\u001f';
const LINK_KEYS = `array_to_string(link_keys, E'\\x1f')`;
const MILLISECONDS = '(extract(epoch FROM observed_at) * 1000)::float8';

const NO_ISSUES: Member['issues'] = [];
const splitKeys = (text: string): readonly string[] => (text === '' ? [] : text.split(KEY_SEPARATOR));

/** The row of a record, `system/stream key`: an order that does not depend on when it came. */
export type OrderOf = (sourceId: number, key: string) => string;

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
  const text = `SELECT record_id::float8, source_id, source_key, entity_id::float8, link_rule, attributes, issues, ${LINK_KEYS}, ${MILLISECONDS}, natural_id::float8
    FROM ${schema}.source_record WHERE ${column} = ANY($1::bigint[]) AND NOT deleted`;
  type Row = [
    number,
    number,
    string,
    number,
    string,
    Attributes,
    Member['issues'] | null,
    string,
    number,
    number | null,
  ];
  const { rows } = await client.query<Row>({ text, values: [ids], rowMode: 'array' });
  return rows.map(([recordId, sourceId, key, entityId, linkRule, attributes, issues, linkKeys, time, naturalId]) => ({
    recordId,
    sourceId,
    order: orderOf(sourceId, key),
    entityId,
    naturalId,
    linkRule,
    attributes,
    attributesCopy: null,
    issues: issues ?? NO_ISSUES,
    keys: splitKeys(linkKeys),
    observedAt: Math.round(time),
    changed: false,
  }));
}
