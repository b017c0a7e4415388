import type { ClientBase } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import type { BaseDefinition } from '../../pipeline.ts';

export interface NamedRow {
  readonly recordId: number;
  /** `system/stream key`. */
  readonly row: string;
  readonly entityId: number;
}

const MOST_DIGITS = 15;

/** The text names a record by its number, and not a row by system, stream and key. */
const isRecordNumber = (text: string): boolean => /^\d+$/.test(text) && text.length <= MOST_DIGITS;

/**
 * A living row, named by `system/stream key` or by the number of its record: pages show the number, because a key may be
 * an identity number.
 * @throws HUB_CATALOG_NOT_FOUND
 */
export async function rowNamed(
  client: Pick<ClientBase, 'query'>,
  { schema, name }: Pick<BaseDefinition, 'schema' | 'name'>,
  text: string,
): Promise<NamedRow> {
  const at = text.indexOf(' ');
  const byNumber = isRecordNumber(text);
  const { rows } = await client.query<NamedRow>(
    `SELECT r.record_id::float8 AS "recordId", s.system || '/' || s.stream || ' ' || r.source_key AS row, r.entity_id::float8 AS "entityId"
     FROM ${schema}.source_record r JOIN ${schema}.source s USING (source_id)
     WHERE NOT r.deleted AND ${byNumber ? 'r.record_id = $1' : "s.system || '/' || s.stream = $1 AND r.source_key = $2"}`,
    byNumber ? [text] : [text.slice(0, at), text.slice(at + 1)],
  );
  const [found] = rows;
  if (found !== undefined) return found;
  throw new HubError('HUB_CATALOG_NOT_FOUND', `${name} has no row "${text}"`, {
    allowed: '"system/stream key" or the number of a record, as hub review list shows them',
  });
}
