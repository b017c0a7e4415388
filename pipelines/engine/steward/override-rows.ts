import type { ClientBase } from 'pg';
import { HubError } from '../../../schemas/kernel/errors.ts';
import { localToday } from '../../calendar.ts';
import type { BaseDefinition } from '../../pipeline.ts';
import type { AttributeValue } from '../../record.ts';
import { entitiesOfRows } from '../match/decisions.ts';
import { rowNamed } from '../match/row.ts';
import { overrideValue } from './override-value.ts';

export interface NewOverride {
  /** A row (`system/stream key` or the number of its record), or the number of an entity. */
  readonly on: { readonly row: string } | { readonly entityId: number };
  readonly attribute: string;
  /** As a person writes it. */
  readonly value: string;
  readonly by: string;
  readonly reason: string;
  /** The last day, `YYYY-MM-DD` in the province. */
  readonly until: string;
}

export interface OverrideResult {
  readonly overrideId: number;
  readonly row: string;
  readonly entityId: number;
  readonly value: AttributeValue;
}

type SurviveAgain = (entityIds: readonly number[]) => Promise<void>;

/** An override of the same row and attribute that stands already gives way to the new one. */
export async function overrideIn(
  client: ClientBase,
  base: BaseDefinition,
  { on, attribute, value: text, by, reason, until }: NewOverride,
  surviveAgain: SurviveAgain,
): Promise<OverrideResult> {
  const { schema } = base;
  const today = localToday();
  requireLastDay(until, today);
  const value = overrideValue(base, attribute, text, today);
  const { row, entityId } =
    'row' in on ? await rowNamed(client, base, on.row) : await rowOfEntity(client, base, on.entityId, attribute);
  await client.query(
    `UPDATE ${schema}.override SET withdrawn_at = now(), withdrawn_by = $3
      WHERE source_row = $1 AND attribute = $2 AND withdrawn_at IS NULL AND expired_at IS NULL`,
    [row, attribute, by],
  );
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO ${schema}.override (source_row, attribute, value, set_by, reason, until)
      VALUES ($1, $2, $3, $4, $5, $6) RETURNING override_id::float8 AS id`,
    [row, attribute, JSON.stringify(value), by, reason, until],
  );
  await surviveAgain([entityId]);
  return { overrideId: rows[0]?.id as number, row, entityId, value };
}

function requireLastDay(until: string, today: string): void {
  const isDay =
    /^\d{4}-\d{2}-\d{2}$/.test(until) && new Date(`${until}T00:00:00Z`).toJSON()?.startsWith(until) === true;
  if (isDay && until >= today) return;
  throw new HubError(
    'HUB_REQUEST_INVALID',
    isDay ? `an override until ${until} would be over already` : `"${until}" is no day`,
    { field: 'until', allowed: `YYYY-MM-DD, ${today} or later` },
  );
}

/** The row that its value comes from now, so that a split leaves the correction with what it corrected; otherwise the first. */
async function rowOfEntity(
  client: ClientBase,
  { schema, name }: BaseDefinition,
  entityId: number,
  attribute: string,
): Promise<{ readonly row: string; readonly entityId: number }> {
  const { rows } = await client.query<{ row: string; entityId: number }>(
    `WITH survivor AS (SELECT coalesce(merged_into, entity_id) AS entity_id FROM ${schema}.entity WHERE entity_id = $1)
     SELECT s.system || '/' || s.stream || ' ' || r.source_key AS row, r.entity_id::float8 AS "entityId"
     FROM survivor v JOIN ${schema}.source_record r USING (entity_id) JOIN ${schema}.source s USING (source_id)
     LEFT JOIN ${schema}.golden g ON g.entity_id = v.entity_id
     WHERE NOT r.deleted
     ORDER BY coalesce((g.winners -> $2::text ->> 0)::bigint = r.record_id, false) DESC,
       (s.system || '/' || s.stream || ' ' || r.source_key) COLLATE "C" LIMIT 1`,
    [entityId, attribute],
  );
  const [found] = rows;
  if (found !== undefined) return found;
  throw new HubError('HUB_CATALOG_NOT_FOUND', `${name} has no entity with this id, or none of its rows is left`, {
    allowed: 'an id as the pages show it, or "system/stream key"',
  });
}

export async function withdrawOverrideIn(
  client: ClientBase,
  { schema }: BaseDefinition,
  overrideId: number,
  by: string,
  surviveAgain: SurviveAgain,
): Promise<void> {
  const { rows } = await client.query<{ row: string }>(
    `UPDATE ${schema}.override SET withdrawn_at = now(), withdrawn_by = $2
      WHERE override_id = $1 AND withdrawn_at IS NULL AND expired_at IS NULL RETURNING source_row AS row`,
    [overrideId, by],
  );
  if (rows.length === 0)
    throw new HubError('HUB_CATALOG_NOT_FOUND', `no override ${overrideId} stands`, {
      allowed: 'a number from hub override list',
    });
  await surviveAgain(await entitiesHolding(client, schema, rows));
}

/** Overrides whose last day is over give way. @returns how many */
export async function expireIn(
  client: ClientBase,
  { schema }: BaseDefinition,
  today: string,
  surviveAgain: SurviveAgain,
): Promise<number> {
  const { rows } = await client.query<{ row: string }>(
    `UPDATE ${schema}.override SET expired_at = now()
      WHERE withdrawn_at IS NULL AND expired_at IS NULL AND until < $1::date RETURNING source_row AS row`,
    [today],
  );
  await surviveAgain(await entitiesHolding(client, schema, rows));
  return rows.length;
}

const entitiesHolding = (client: ClientBase, schema: string, rows: readonly { readonly row: string }[]) =>
  entitiesOfRows(
    client,
    schema,
    rows.map(({ row }) => row),
  );
