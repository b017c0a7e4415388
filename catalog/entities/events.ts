import { formatEntityId } from '../../schemas/entity-id.ts';
import { feedRows } from '../directory/hub-views.ts';
import type { CatalogBase } from '../options.ts';
import { TEXTS, type Text, textOf } from '../texts.ts';

/** How an entity became what it is. */
export interface EntityEvent {
  readonly kind: 'merge' | 'split' | 'move';
  /** Who goes on, came into being, or was given records. */
  readonly id: string;
  /** Who ended in it, or whose records they were. */
  readonly other: string;
  readonly reason: { readonly code: string } & Text;
  readonly at: string;
}

const MAX_EVENTS = 50;

/** A record that was split off has no key that joins it any more: that it is the first of its entity is no reason. */
const reasonText = (kind: EntityEvent['kind'], reason: string): Text =>
  kind === 'split' && (reason === 'first' || reason === 'alone') ? TEXTS.parted : textOf('link', reason);

/** Of any of the entities, the latest first. */
export async function readEvents(
  { pool, schema, name, entityPrefix }: CatalogBase,
  entityIds: readonly number[],
): Promise<readonly EntityEvent[]> {
  interface Row {
    readonly kind: EntityEvent['kind'];
    readonly id: number;
    readonly other: number;
    readonly reason: string;
    readonly at: Date;
  }
  const columns = 'event_id, kind, entity_id::float8 AS id, other_id::float8 AS other, reason, at';
  const rows = await feedRows<Row>(
    pool,
    `events of ${name}`,
    // Each half by an index of its own.
    `SELECT kind, id, other, reason, at FROM (
       SELECT ${columns} FROM ${schema}.feed_entity_event WHERE entity_id = ANY($1::bigint[])
       UNION SELECT ${columns} FROM ${schema}.feed_entity_event WHERE other_id = ANY($1::bigint[])) AS e
     ORDER BY event_id DESC LIMIT ${MAX_EVENTS}`,
    [entityIds],
  );
  return rows.map(({ kind, id, other, reason, at }) => ({
    ...{ kind, id: formatEntityId(entityPrefix, id), other: formatEntityId(entityPrefix, other) },
    ...{ reason: { code: reason, ...reasonText(kind, reason) }, at: at.toISOString() },
  }));
}
