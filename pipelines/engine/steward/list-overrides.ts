import type { ClientBase } from 'pg';
import { storeFailure } from '../../../schemas/store/failure.ts';
import type { AttributeValue } from '../../record.ts';

export interface StoredOverride {
  readonly id: number;
  readonly row: string;
  readonly attribute: string;
  readonly value: AttributeValue;
  readonly by: string;
  readonly reason: string;
  readonly setAt: Date;
  /** The last day, `YYYY-MM-DD`. */
  readonly until: string;
  readonly state: 'stands' | 'withdrawn' | 'expired';
  /** The entity for which it counts; null while its row is deleted. */
  readonly entityId: number | null;
}

/** The latest first. @param all those that count no more, too. */
export async function listOverrides(
  client: Pick<ClientBase, 'query'>,
  schema: string,
  all: boolean,
  limit: number,
): Promise<readonly StoredOverride[]> {
  try {
    const { rows } = await client.query<StoredOverride>(
      `SELECT o.override_id::float8 AS id, o.source_row AS row, o.attribute, o.value, o.set_by AS by, o.reason, o.set_at AS "setAt",
         to_char(o.until, 'YYYY-MM-DD') AS until, r.entity_id::float8 AS "entityId",
         CASE WHEN o.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN o.expired_at IS NOT NULL THEN 'expired' ELSE 'stands' END AS state
       FROM ${schema}.override o
       LEFT JOIN ${schema}.source s ON s.system || '/' || s.stream = split_part(o.source_row, ' ', 1)
       LEFT JOIN ${schema}.source_record r ON r.source_id = s.source_id AND NOT r.deleted
         AND r.source_key = substr(o.source_row, strpos(o.source_row, ' ') + 1)
       WHERE $1 OR (o.withdrawn_at IS NULL AND o.expired_at IS NULL) ORDER BY o.override_id DESC LIMIT $2`,
      [all, limit],
    );
    return rows;
  } catch (error) {
    throw storeFailure(error, `reading the overrides of ${schema}`);
  }
}
